"""Where in the user's code something was computed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from jax.extend import source_info_util

from .tracing import Program

source_info_util.register_exclusion(str(Path(__file__).parent))

FRAME = re.compile(r"(?P<file>[^/\\:]*):(?P<line>\d+)(:[\d-]+)* \((?P<function>.*)\)$")


def place(source: Any) -> tuple[str, int, str] | None:
    """File, line and function of an equation, innermost of the user's; None if it is not known."""
    found = FRAME.search(source_info_util.summarize(source))
    if found is None:
        return None
    return found["file"], int(found["line"]), found["function"].split(".")[-1]


def lines(program: Program, numbers: Iterable[int]) -> str | None:
    """The lines of some equations: `model.py:12-18`, the file that most of them are in."""
    places = [place(program.equations[number].source) for number in numbers]
    by_file: dict[str, list[int]] = {}
    for known in filter(None, places):
        by_file.setdefault(known[0], []).append(known[1])
    if not by_file:
        return None
    file = max(by_file, key=lambda name: len(by_file[name]))
    first, last = min(by_file[file]), max(by_file[file])
    return f"{file}:{first}" if first == last else f"{file}:{first}-{last}"
