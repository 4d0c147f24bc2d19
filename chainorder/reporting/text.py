"""Comparisons as text for a terminal: terse tables that fit 80 columns."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from ..plans.plan import Plan, elemental_names
from ..problems.chain import Chain

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from ..execution.run import Run
    from ..problems.graph import Graph
    from .comparison import Comparison
    from .steps import ShownStep

NAMED_ELEMENTALS = 24
"""Chains longer than this are not bracketed on a terminal."""

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
    _print_figures(comparison, console)
    notes = _notes(comparison)
    if notes:
        console.print()
        for note in notes:
            console.print(note, highlight=False, markup=False)


def _print_figures(comparison: Comparison, console: Console) -> None:
    """Planned and counted costs: tables, or one figure a line where a table does not fit."""
    bracketings = [described_bracketing(p) if is_named(p) else "" for p in comparison.plans]
    has_column = any(bracketings) and max(map(len, bracketings)) <= NARROW_BRACKETING
    tables = _tables(comparison, bracketings if has_column else None)
    if has_column and not _fit(tables, console):
        has_column = False
        tables = _tables(comparison, None)
    if _fit(tables, console):
        for at, table in enumerate(tables):
            if at:
                console.print()
            console.print(table)
    else:
        for table in tables:
            _print_lines(table, console)
    if any(bracketings) and not has_column:
        console.print()
        for plan, text in zip(comparison.plans, bracketings, strict=True):
            if text:
                console.print(f"{plan.name}: {text}", highlight=False, soft_wrap=True, markup=False)


def _tables(comparison: Comparison, bracketings: list[str] | None) -> list[Table]:
    tables = [_planned(comparison, bracketings)]
    if comparison.runs:
        tables.append(_executed(comparison))
    if any(plan.form == "operator" for plan in comparison.plans):
        tables.append(_kept(comparison))
    return tables


def _fit(tables: list[Table], console: Console) -> bool:
    """Whether every cell of the tables has its line, without being folded."""
    unbounded = console.options.update(width=10**6)
    return all(
        console.measure(table, options=unbounded).maximum <= console.width for table in tables
    )


def _print_lines(table: Table, console: Console) -> None:
    """The table as one `label: value` a line."""
    labels = [column.header for column in table.columns]
    for row in zip(*(column.cells for column in table.columns), strict=True):
        for indent, label, value in zip(("", *["  "] * len(row)), labels, row, strict=False):
            console.print(
                f"{indent}{label}: {value}",
                style="" if indent else "bold",
                highlight=False,
                markup=False,
                soft_wrap=True,
            )


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
    if bracketings is not None:
        table.add_column("bracketing")
    on_graph = not isinstance(comparison.problem, Chain)
    headings = [*cost_headings(comparison), "× best", "peak entries"]
    for heading in [*headings, "gap"] if on_graph else headings:
        table.add_column(heading, justify="right")
    for t, plan in enumerate(comparison.plans):
        row = [plan.name]
        if bracketings is not None:
            row.append(bracketings[t])
        ratio = comparison.ratio(plan)
        row += [*cost_figures(plan), times(ratio), f"{plan.peak_entries:,}"]
        if on_graph:
            row.append(percent(comparison.gap(plan)))
        table.add_row(*row, style="green" if ratio == 1 else None)
    for error in comparison.ruled_out:
        table.add_row(error.order, *["—"] * (len(table.columns) - 1), style="dim")
    return table


def _kept(comparison: Comparison) -> Table:
    """What the Jacobian takes in memory, and a product of it with a vector."""
    headings, *rows = kept_rows(comparison)
    table = _table()
    table.add_column(headings[0], style="bold", no_wrap=True)
    for heading in headings[1:]:
        table.add_column(heading, justify="right")
    for row in rows:
        table.add_row(*row)
    return table


def kept_rows(comparison: Comparison) -> list[tuple[str, ...]]:
    """The headings, then what the matrix and the operator take."""
    headings = ["kept as", "entries held", "fma a product"]
    if comparison.runs:
        headings += ["held, counted", "fma, counted"]
    rows = [tuple(headings)]
    matrix = next((p for p in comparison.plans if p.form == "matrix"), None)
    operator = next(p for p in comparison.plans if p.form == "operator")
    for label, plan in (("matrix", matrix), (f"{len(operator.factors)} factors", operator)):
        if plan is None:
            continue
        figures = [plan.held_entries, plan.product_fma]
        if comparison.runs:
            figures += kept_counts(comparison.runs[plan.name].jacobian)
        rows.append((label, *(f"{n:,}" for n in figures)))
    return rows


def kept_counts(jacobian: Any) -> list[int]:
    """Entries held and fma of a product, counted on the Jacobian itself."""
    if hasattr(jacobian, "product_fma"):
        return [jacobian.held_entries, jacobian.product_fma]
    if hasattr(jacobian, "nnz"):
        return [int(jacobian.nnz)] * 2
    return [jacobian.size, jacobian.size]


def cost_headings(comparison: Comparison) -> tuple[str, str]:
    """The columns of a plan's costs: where costs are times, fma are of the products alone."""
    is_timed = comparison.problem.timing is not None
    return ("seconds", "fma of products") if is_timed else ("fma", "flops")


def cost_figures(plan: Plan | ShownStep) -> tuple[str, str]:
    """What stands in those columns, for a plan or one of its steps."""
    if plan.seconds is not None:
        return f"{plan.seconds:.6g}", f"{plan.fma:,}"
    return f"{plan.fma:,}", f"{plan.flops:,}"


def described_bracketing(plan: Plan) -> str:
    """The bracketing and, where some elementals are not given, how each of them is used."""
    if plan.problem.is_given:
        return plan.bracketing
    ways = [f"{way} {elemental_names(numbers)}" for way, numbers in plan.ways().items()]
    return "; ".join([plan.bracketing, *ways])


def _executed(comparison: Comparison) -> Table:
    table = _table()
    table.add_column("executed", style="bold", no_wrap=True)
    for heading in execution_headings(comparison):
        table.add_column(heading, justify="right")
    for plan in comparison.plans:
        table.add_row(plan.name, *execution_figures(comparison, comparison.runs[plan.name]))
    return table


def execution_headings(comparison: Comparison) -> tuple[str, ...]:
    """The columns of what an execution counted.

    Where random matrices stand in for programs, how long they take says nothing.
    """
    if comparison.problem.is_given:
        return ("fma", "flops", "peak entries", "seconds")
    return ("fma", "flops", "peak entries", "tangents", "adjoints")


def execution_figures(comparison: Comparison, run: Run) -> tuple[str, ...]:
    """What stands in those columns."""
    counts = [run.fma, run.flops, run.peak_entries]
    if comparison.problem.is_given:
        return (*(f"{n:,}" for n in counts), f"{run.seconds:.6f}")
    return tuple(f"{n:,}" for n in (*counts, run.tangents, run.adjoints))


def _notes(comparison: Comparison) -> list[str]:
    notes = [str(error) for error in comparison.ruled_out]
    memory = comparison.plans[0].memory
    if memory is not None:
        bound = bound_text(comparison)
        notes.append(f"tapes of at most {memory:,} entries; with any memory {bound}")
    ignoring = ignoring_text(comparison)
    if ignoring is not None:
        notes.append(ignoring)
    proved = [p.name for p in comparison.plans if p.proof == "optimal"]
    if proved:
        notes.append(f"proved optimal for {comparison.objective}: {', '.join(proved)}")
    if not isinstance(comparison.problem, Chain):
        from .graph_text import graph_notes

        notes += graph_notes(comparison)
    if comparison.not_executed:
        notes.append(f"{comparison.not_executed}; --execute does it all the same")
    return notes


def ignoring_text(comparison: Comparison) -> str | None:
    """What the best order takes if every elemental is taken for dense; None if all are."""
    ignoring = comparison.ignoring_structure
    if ignoring is None:
        return None
    least = min((p.cost for p in comparison.plans if p.form == "matrix"), default=0)
    more = f": {times(ignoring.cost / least)} × as much" if least else ""
    unit = "picoseconds" if comparison.problem.timing else comparison.objective
    return f"ignoring structure, the best order takes {ignoring.cost:,} {unit}{more}"


def bound_text(comparison: Comparison) -> str:
    """The best bound that the plans know: `no order takes fewer than 56 fma`."""
    bound = comparison.lower_bound
    if comparison.problem.timing is not None:
        return f"no order takes less than {bound / 1e12:.6g} seconds"
    return f"no order takes fewer than {bound:,} {comparison.objective}"


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
