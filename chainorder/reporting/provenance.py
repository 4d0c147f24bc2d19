"""How a report was made: version, command, machine and time, so that it can be made again."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from .._version import __version__

if TYPE_CHECKING:
    from .comparison import Comparison


def provenance(comparison: Comparison, command: str | None) -> dict[str, str]:
    """What somebody needs to make the report again, label by label.

    Args:
        comparison: what is reported on.
        command: the command line; None where the library was called.
    """
    made = {
        "version": f"chainorder {__version__}",
        "made with": command or "chainorder.report in Python",
        "objective": comparison.objective,
    }
    if comparison.seed is not None:
        made["seed"] = str(comparison.seed)
    made["machine"] = machine()
    made["time"] = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    return made


def machine() -> str:
    """The processor, as far as the system tells, and the Python."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            model = next(line.split(":")[1].strip() for line in file if "model name" in line)
    except (OSError, StopIteration):
        model = platform.processor() or platform.machine()
    return f"{model}, {os.cpu_count()} cores, Python {platform.python_version()}"
