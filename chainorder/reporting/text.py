"""A comparison as text for a terminal: the summary of its page, in tables that fit its width."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from ..errors import ChainOrderError
from .blocks import Code, Note, Row, Table
from .kinds import view_of
from .summary import summary
from .terminal import Grid, Terminal

if TYPE_CHECKING:
    from .comparison import Comparison

LONGEST_TREE = 100
"""Elementals of a chain whose bracketing is still shown as a tree."""

NARROW_TEXT = 22
"""Characters of a bracketing that still fits into the table."""

STYLES = {"best": "green", "impossible": "dim"}
"""How rows are coloured by their mark."""


def comparison_text(comparison: Comparison) -> str:
    """The comparison without colour, 80 columns wide."""
    return "\n".join(comparison_lines(comparison, Terminal()))


def comparison_lines(comparison: Comparison, terminal: Terminal) -> Iterator[str]:
    """The problem, the planned costs, the counted costs, and the bracketings."""
    blocks = summary(comparison).blocks
    yield from terminal.wrapped(view_of(comparison.problem).problem_line(comparison.problem))
    yield ""
    yield from _tables([block for block in blocks if isinstance(block, Table)], terminal)
    for block in blocks:
        if isinstance(block, Code):
            yield ""
            yield from block.text.splitlines()
    notes = [
        block.text for block in blocks if isinstance(block, Note) and block.where != "document"
    ]
    if notes:
        yield ""
    for note in notes:
        yield from terminal.wrapped(note)


def tree_lines(comparison: Comparison, terminal: Terminal) -> Iterator[str]:
    """The bracketing of each plan as a tree, with the cost and the share of every node.

    Raises:
        ChainOrderError: a problem whose orders are no bracketings.
    """
    if not view_of(comparison.problem).has_brackets:
        raise ChainOrderError(f"a {comparison.problem.kind} has no brackets to show as a tree")
    from .tree import terminal_tree

    for plan in comparison.plans:
        yield ""
        if len(plan.problem) > LONGEST_TREE:
            count = f"{len(plan.problem):,} elementals"
            yield f"{plan.name}: {count}, trees are shown of at most {LONGEST_TREE}"
        else:
            yield from terminal_tree(plan, terminal)


def _tables(tables: list[Table], terminal: Terminal) -> Iterator[str]:
    """Tables, or one figure a line where they do not fit; before that, long texts leave them."""
    listed = {table.name: _long_texts(table) for table in tables}
    grids = [_grid(table, listed[table.name]) for table in tables]
    if not _fit(grids, terminal):
        listed = {table.name: _texts(table) for table in tables}
        grids = [_grid(table, listed[table.name]) for table in tables]
    if _fit(grids, terminal):
        for at, (grid, table) in enumerate(zip(grids, tables, strict=True)):
            if at:
                yield ""
            yield from grid.lines(terminal, [STYLES.get(row.mark, "") for row in table.rows])
    else:
        for table in tables:
            yield from _figures(table, listed[table.name], terminal)
    for table in tables:
        for t in listed[table.name]:
            yield ""
            for row in _possible(table):
                if row.cells[t].text:
                    yield f"{row.cells[0].text}: {row.cells[t].text}"


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


def _fit(grids: list[Grid], terminal: Terminal) -> bool:
    """Whether every cell of the tables has its line, without being folded."""
    return all(grid.width <= terminal.width for grid in grids)


def _grid(table: Table, listed: Iterable[int]) -> Grid:
    columns = _shown(table, listed)
    return Grid(
        headings=[table.columns[t].heading for t in columns],
        numeric=[table.columns[t].numeric and t > 0 for t in columns],
        rows=[[row.cells[t].text for t in columns] for row in table.rows],
    )


def _figures(table: Table, listed: Iterable[int], terminal: Terminal) -> Iterator[str]:
    """The table as one `label: value` a line."""
    columns = _shown(table, listed)
    for row in table.rows:
        for t in columns:
            line = f"{table.columns[t].heading}: {row.cells[t].text}"
            yield f"  {line}" if t else terminal.styled(line, "bold")
