"""A comparison as text for a terminal: the summary of its page, in tables that fit its width."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ..errors import ChainOrderError
from .blocks import Code, Note, Row, Table
from .kinds import view_of
from .summary import summary

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table as Grid

    from .comparison import Comparison

LONGEST_TREE = 100
"""Elementals of a chain whose bracketing is still shown as a tree."""

NARROW_TEXT = 22
"""Characters of a bracketing that still fits into the table."""

STYLES = {"best": "green", "impossible": "dim"}
"""How rows are coloured by their mark."""


def plain_console(**options: Any) -> Console:
    """A terminal on which names stand as they are: no markup in brackets, no `:emoji:`."""
    from rich.console import Console

    return Console(emoji=False, highlight=False, markup=False, **options)


def comparison_text(comparison: Comparison) -> str:
    """The comparison without colour, 80 columns wide."""
    page = io.StringIO()
    print_comparison(comparison, plain_console(file=page, width=80, color_system=None))
    return page.getvalue().rstrip("\n")


def print_comparison(comparison: Comparison, console: Console) -> None:
    """Print the problem, the planned costs, the counted costs, and the bracketings."""
    blocks = summary(comparison).blocks
    line = view_of(comparison.problem).problem_line(comparison.problem)
    console.print(line)
    console.print()
    _print_tables([block for block in blocks if isinstance(block, Table)], console)
    for block in blocks:
        if isinstance(block, Code):
            console.print()
            for line in block.text.splitlines():
                _print(line, console)
    notes = [
        block.text for block in blocks if isinstance(block, Note) and block.where != "document"
    ]
    if notes:
        console.print()
    for note in notes:
        console.print(note)


def print_trees(comparison: Comparison, console: Console) -> None:
    """Print the bracketing of each plan as a tree, with the cost and the share of every node.

    Raises:
        ChainOrderError: a problem whose orders are no bracketings.
    """
    if not view_of(comparison.problem).has_brackets:
        raise ChainOrderError(f"a {comparison.problem.kind} has no brackets to show as a tree")
    from .tree import terminal_tree

    for plan in comparison.plans:
        console.print()
        if len(plan.problem) > LONGEST_TREE:
            count = f"{len(plan.problem):,} elementals"
            line = f"{plan.name}: {count}, trees are shown of at most {LONGEST_TREE}"
            console.print(line)
        else:
            console.print(terminal_tree(plan))


def _print_tables(tables: list[Table], console: Console) -> None:
    """Tables, or one figure a line where they do not fit; before that, long texts leave them."""
    listed = {table.name: _long_texts(table) for table in tables}
    grids = [_grid(table, listed[table.name]) for table in tables]
    if not _fit(grids, console):
        listed = {table.name: _texts(table) for table in tables}
        grids = [_grid(table, listed[table.name]) for table in tables]
    if _fit(grids, console):
        for at, grid in enumerate(grids):
            if at:
                console.print()
            console.print(grid)
    else:
        for table in tables:
            _print_lines(table, listed[table.name], console)
    for table in tables:
        for t in listed[table.name]:
            console.print()
            for row in _possible(table):
                if row.cells[t].text:
                    _print(f"{row.cells[0].text}: {row.cells[t].text}", console)


def _texts(table: Table) -> list[int]:
    """The columns that only a terminal has, and that can stand in lines of their own."""
    return [
        t
        for t, column in enumerate(table.columns)
        if column.where == "terminal" and any(row.cells[t].text for row in _possible(table))
    ]


def _long_texts(table: Table) -> list[int]:
    return [
        t
        for t in _texts(table)
        if max(len(row.cells[t].text) for row in _possible(table)) > NARROW_TEXT
    ]


def _shown(table: Table, listed: Iterable[int]) -> list[int]:
    """The columns that have something to say here and are not listed below."""
    texts = _texts(table)
    return [
        t
        for t, column in enumerate(table.columns)
        if (column.where == "everywhere" or t in texts) and t not in listed
    ]


def _possible(table: Table) -> list[Row]:
    return [row for row in table.rows if row.mark != "impossible"]


def _fit(grids: list[Grid], console: Console) -> bool:
    """Whether every cell of the tables has its line, without being folded."""
    unbounded = console.options.update(width=10**6)
    return all(console.measure(grid, options=unbounded).maximum <= console.width for grid in grids)


def _grid(table: Table, listed: Iterable[int]) -> Grid:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table as Grid
    from rich.text import Text

    columns = _shown(table, listed)
    grid = Grid(box=SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1))
    for t in columns:
        column = table.columns[t]
        if t == 0:
            grid.add_column(column.heading, style="bold", no_wrap=True)
        else:
            grid.add_column(column.heading, justify="right" if column.numeric else "left")
    for row in table.rows:
        # As text: a name with brackets is no markup.
        cells = [Text(row.cells[t].text) for t in columns]
        grid.add_row(*cells, style=STYLES.get(row.mark))
    return grid


def _print_lines(table: Table, listed: Iterable[int], console: Console) -> None:
    """The table as one `label: value` a line."""
    columns = _shown(table, listed)
    for row in table.rows:
        for at, t in enumerate(columns):
            indent = "  " if at else ""
            line = f"{indent}{table.columns[t].heading}: {row.cells[t].text}"
            _print(line, console, style="" if at else "bold")


def _print(line: str, console: Console, style: str = "") -> None:
    console.print(line, style=style, soft_wrap=True)
