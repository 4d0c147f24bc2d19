"""What the benchmarks share: timing side by side, a table, a JSON file."""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any


def arguments(description: str) -> argparse.Namespace:
    """The options of every benchmark: `--small` for a smoke run, `--json PATH` for the figures."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--small", action="store_true", help="small sizes, in a few seconds")
    parser.add_argument("--json", metavar="PATH", help="write the figures here too")
    return parser.parse_args()


def seconds(call: Callable[[], Any], runs: int) -> float:
    """The median time of a call."""
    return side_by_side([call], runs)[0]


def side_by_side(calls: Sequence[Callable[[], Any]], runs: int) -> list[float]:
    """The median time of each call, taken in turns, so that all meet the same machine.

    Each is called once before, which leaves compiling and first touches apart.
    """
    times: list[list[float]] = [[] for _ in calls]
    for call in calls:
        call()
    for run in range(runs):
        # Who goes first changes: the first finds the caches as the last has left them.
        for position in range(len(calls)):
            which = (run + position) % len(calls)
            start = time.perf_counter()
            calls[which]()
            times[which].append(time.perf_counter() - start)
    return [statistics.median(taken) for taken in times]


def geometric_mean(values: Sequence[float]) -> float:
    """The mean of ratios."""
    return statistics.geometric_mean(values)


def machine() -> str:
    """The processor, as far as the system tells."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            model = next(line.split(":")[1].strip() for line in file if "model name" in line)
    except (OSError, StopIteration):
        model = platform.processor() or platform.machine()
    return f"{model}, {os.cpu_count()} cores, Python {platform.python_version()}"


def show(title: str, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table."""
    from rich.console import Console
    from rich.table import Table

    table = Table(*headings[:1], title=title, title_justify="left")
    for heading in headings[1:]:
        table.add_column(heading, justify="right")
    for row in rows:
        table.add_row(*row)
    Console(width=110).print(table)


def write(path: str | None, figures: dict[str, Any]) -> None:
    """Write the figures as JSON, with the machine, if a path is given."""
    if path:
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"machine": machine(), **figures}, file, indent=1)


def duration(value: float) -> str:
    """A time in the unit that suits it."""
    for unit, length in (("s", 1.0), ("ms", 1e-3)):
        if value >= length:
            return f"{value / length:.3g} {unit}"
    return f"{value / 1e-6:.3g} µs"
