"""Comparisons as text for a terminal: terse tables that fit 80 columns."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from ..chain import Chain
from ..plans import Plan

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from ..graph import Graph
    from .comparison import Comparison

NAMED_ELEMENTALS = 24
"""Chains longer than this are not bracketed on a terminal."""

WIDE_FIGURE = 15
"""Characters of a figure that do not fit into a column of a table."""

NARROW_BRACKETING = 22
"""Characters of a bracketing that still fits into the table."""


def comparison_text(comparison: Comparison) -> str:
    """The comparison without colour, 80 columns wide."""
    from rich.console import Console

    page = io.StringIO()
    print_comparison(comparison, Console(file=page, width=80, color_system=None))
    return page.getvalue().rstrip("\n")


def print_comparison(comparison: Comparison, console: Console) -> None:
    """Print the problem, the planned costs, the counted costs, and the bracketings."""
    console.print(problem_line(comparison.problem), highlight=False, markup=False)
    console.print()
    if max(len(f"{plan.flops:,}") for plan in comparison.plans) > WIDE_FIGURE:
        _print_stacked(comparison, console)
    else:
        _print_tables(comparison, console)
    notes = _notes(comparison)
    if notes:
        console.print()
        for note in notes:
            console.print(note, highlight=False, markup=False)


def _print_stacked(comparison: Comparison, console: Console) -> None:
    """One figure a line: these are too long to stand side by side."""
    for plan in comparison.plans:
        lines = [
            ("bracketing", plan.bracketing if is_named(plan) else ""),
            ("fma", f"{plan.fma:,}"),
            ("flops", f"{plan.flops:,}"),
            ("× best", times(comparison.ratio(plan))),
            ("peak entries", f"{plan.peak_entries:,}"),
        ]
        run = comparison.runs.get(plan.name)
        if run is not None:
            lines += [
                ("executed fma", f"{run.fma:,}"),
                ("executed flops", f"{run.flops:,}"),
                ("seconds", f"{run.seconds:.6f}"),
            ]
        console.print(plan.name, style="bold", highlight=False)
        for label, value in lines:
            if value:
                console.print(f"  {label:<14}  {value}", highlight=False, soft_wrap=True)


def _print_tables(comparison: Comparison, console: Console) -> None:
    bracketings = [p.bracketing if is_named(p) else "" for p in comparison.plans]
    is_narrow = max(map(len, bracketings)) <= NARROW_BRACKETING
    console.print(_planned(comparison, bracketings if is_narrow else None))
    if comparison.runs:
        console.print()
        console.print(_executed(comparison))
    if any(bracketings) and not is_narrow:
        console.print()
        for plan, text in zip(comparison.plans, bracketings, strict=True):
            if text:
                console.print(f"{plan.name}: {text}", highlight=False, soft_wrap=True, markup=False)


def problem_line(problem: Chain | Graph) -> str:
    """The problem in one line: `1000-1-1000: 2 elementals, Jacobian 1000 × 1000`."""
    if not isinstance(problem, Chain):
        from .graph_text import graph_line

        return graph_line(problem)
    chain = problem
    sizes = chain.size_array
    if len(sizes) <= 13:
        shown = "-".join(map(str, sizes.tolist()))
    else:
        first, last = sizes[:6].tolist(), sizes[-6:].tolist()
        shown = "-".join(map(str, first)) + "-…-" + "-".join(map(str, last))
    count = f"{len(chain):,} elemental{'s' if len(chain) > 1 else ''}"
    return f"{shown}: {count}, Jacobian {sizes[-1]} × {sizes[0]}"


def is_named(plan: Plan) -> bool:
    """Whether the plan has a bracketing, short enough for people."""
    return isinstance(plan.problem, Chain) and 1 < len(plan.problem) <= NAMED_ELEMENTALS


def _table() -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    return Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1))


def _planned(comparison: Comparison, bracketings: list[str] | None) -> Table:
    table = _table()
    table.add_column("planned", style="bold", no_wrap=True)
    show_bracketing = bracketings is not None and any(bracketings)
    if show_bracketing:
        table.add_column("bracketing")
    on_graph = not isinstance(comparison.problem, Chain)
    for heading in ("fma", "flops", "× best", "peak entries", *(["gap"] if on_graph else [])):
        table.add_column(heading, justify="right", overflow="fold")
    for t, plan in enumerate(comparison.plans):
        row = [plan.name]
        if show_bracketing and bracketings is not None:
            row.append(bracketings[t])
        ratio = comparison.ratio(plan)
        row += [f"{plan.fma:,}", f"{plan.flops:,}", times(ratio), f"{plan.peak_entries:,}"]
        if on_graph:
            row.append(percent(comparison.gap(plan)))
        table.add_row(*row, style="green" if ratio == 1 else None)
    return table


def _executed(comparison: Comparison) -> Table:
    table = _table()
    table.add_column("executed", style="bold", no_wrap=True)
    for heading in ("fma", "flops", "peak entries", "seconds"):
        table.add_column(heading, justify="right", overflow="fold")
    for plan in comparison.plans:
        run = comparison.runs[plan.name]
        counts = [f"{n:,}" for n in (run.fma, run.flops, run.peak_entries)]
        table.add_row(plan.name, *counts, f"{run.seconds:.6f}")
    return table


def _notes(comparison: Comparison) -> list[str]:
    notes = []
    proved = [p.name for p in comparison.plans if p.proof == "optimal"]
    if proved:
        notes.append(f"proved optimal for {comparison.objective}: {', '.join(proved)}")
    if not isinstance(comparison.problem, Chain):
        from .graph_text import graph_notes

        notes += graph_notes(comparison)
    if comparison.not_executed:
        notes.append(f"{comparison.not_executed}; --execute does it all the same")
    return notes


def percent(gap: float) -> str:
    """A gap to a tenth of a per cent, never rounded to 0 unless it is 0."""
    if gap == 0:
        return "0%"
    return f"{max(gap, 0.1):,.1f}%" if gap != float("inf") else "?"


def times(ratio: float) -> str:
    """A ratio to three digits or more, never rounded to 1 unless it is 1."""
    if ratio == 1:
        return "1"
    if ratio < 1.005:
        return "1.00…"
    return f"{ratio:.2f}" if ratio < 100 else f"{ratio:,.0f}"
