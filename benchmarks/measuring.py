"""What the benchmarks share: timing side by side, tables, and their results as JSON or a page."""

from __future__ import annotations

import argparse
import json
import shlex
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import chainorder as co
from chainorder.reporting.blocks import Cell, Column, Figure, Row, Section, Table
from chainorder.reporting.figures.charts import ratios
from chainorder.reporting.html import page_html
from chainorder.reporting.page import Page
from chainorder.reporting.provenance import machine


def arguments(description: str) -> argparse.Namespace:
    """The options of every benchmark: `--small` for a smoke run, two paths for the results."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--small", action="store_true", help="small sizes, in a few seconds")
    parser.add_argument("--json", metavar="PATH", help="write the figures here too")
    parser.add_argument("--html", metavar="PATH", help="write tables and pictures as a page here")
    options = parser.parse_args()
    PAGE.update(
        title=description.strip().split(":")[0].split("\n")[0].rstrip("."), path=options.html
    )
    return options


def seconds(call: Callable[[], Any], runs: int) -> float:
    """The median time of a call."""
    return side_by_side([call], runs)[0]


def side_by_side(calls: Sequence[Callable[[], Any]], runs: int) -> list[float]:
    """The median time of each call, taken in turns, so that all meet the same machine.

    Each is called once before, which leaves compiling and first touches apart.
    """
    return [statistics.median(taken) for taken in samples(calls, runs)]


def samples(calls: Sequence[Callable[[], Any]], runs: int) -> list[list[float]]:
    """The times of each call, round by round; `side_by_side` has how they are taken."""
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
    return times


class Spread(NamedTuple):
    """The middle of some ratios, and the range of all but the lowest and the highest tenth."""

    low: float
    median: float
    high: float


def spread(values: Sequence[float]) -> Spread:
    """The spread of ratios."""
    ordered = sorted(values)
    tenth = len(ordered) // 10
    return Spread(ordered[tenth], statistics.median(ordered), ordered[-1 - tenth])


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> Spread:
    """How many times as long ours took, each round against the same round of theirs."""
    return spread([a / b for a, b in zip(ours, theirs, strict=True)])


def geometric_mean(values: Sequence[float]) -> float:
    """The mean of ratios."""
    return statistics.geometric_mean(values)


PAGE: dict[str, str] = {"title": "", "path": ""}
"""What the page is called, and where to write it."""

SECTIONS: list[Section] = []
"""What was shown so far."""


def show(title: str, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table, and keep it for the page."""
    from rich.console import Console
    from rich.table import Table as Grid

    grid = Grid(*headings[:1], title=title, title_justify="left")
    for heading in headings[1:]:
        grid.add_column(heading, justify="right")
    for row in rows:
        grid.add_row(*row)
    Console(width=110).print(grid)
    columns = tuple(Column(heading, numeric=t > 0) for t, heading in enumerate(headings))
    cells = tuple(Row(tuple(map(Cell, row))) for row in rows)
    SECTIONS.append(Section(title, (Table("results", columns, cells),)))


def show_times(
    title: str,
    what: Sequence[str],
    others: Sequence[str],
    rows: Sequence[tuple[Sequence[str], Sequence[float]]],
) -> None:
    """Show our times, then those of others with how many times as long they take.

    Args:
        title: of the table.
        what: headings of the first columns.
        others: who they are.
        rows: the first columns; our time, and that of each of the others.
    """
    headings = [*what, "ours", *(heading for other in others for heading in (other, "× ours"))]
    cells = []
    for labels, (ours, *theirs) in rows:
        compared = (cell for t in theirs for cell in (duration(t), f"{t / ours:.2f}"))
        cells.append((*labels, duration(ours), *compared))
    show(title, headings, cells)


def show_ratios(title: str, found: Mapping[str, Spread], limit: float | None = None) -> None:
    """Keep a picture of ratios for the page, under the table that was shown last."""
    items = [(name, *spread) for name, spread in found.items()]
    picture = Figure(
        f"ratios-{len(SECTIONS)}",
        "medians, and the range without the lowest and the highest tenth; left of 1 is faster",
        lambda: ratios(f"ratios-{len(SECTIONS)}", title, items, limit),
    )
    last = SECTIONS[-1]
    SECTIONS[-1] = Section(last.title, (picture, *last.blocks))


def write(path: str | None, figures: dict[str, Any]) -> None:
    """Write the figures as JSON if a path is given, and all that was shown as a page if asked."""
    figures = {"machine": machine(), **figures}
    if path:
        with open(path, "w", encoding="utf-8") as file:
            json.dump(figures, file, indent=1)
    if PAGE["path"]:
        page = Page(PAGE["title"], "", "", "", False, (), tuple(SECTIONS))
        made = {"version": f"chainorder {co.__version__}", "machine": machine()}
        made["made with"] = shlex.join(["python", *sys.argv])
        made["time"] = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())
        with open(PAGE["path"], "w", encoding="utf-8") as file:
            file.write(page_html(page, json.dumps(figures), made))


def duration(value: float) -> str:
    """A time in the unit that suits it."""
    for unit, length in (("s", 1.0), ("ms", 1e-3)):
        if value >= length:
            return f"{value / length:.3g} {unit}"
    return f"{value / 1e-6:.3g} µs"
