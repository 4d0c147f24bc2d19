"""What people read about a graph: the problem in a line, and how good the orders can be."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ..elimination.live_graph import Vertex
from ..plans.eliminations import one_line
from ..problems.graph import Graph
from .text import bound_text, percent

if TYPE_CHECKING:
    from .comparison import Comparison

NAMED_VERTICES = 8
"""Dropped vertices that are listed by name."""


def graph_line(graph: Graph, shown: Callable[[Vertex], str] = one_line) -> str:
    """The graph in one line, with what was dropped: labels as `shown` makes them text."""
    sizes = graph.sizes
    height, width = (
        sum(sizes[vertex] for vertex in ends) for ends in (graph.outputs, graph.inputs)
    )
    line = (
        f"graph: {_count(len(graph), 'vertex', 'vertices')}, "
        f"{_count(len(graph.edges), 'edge', 'edges')}; "
        f"{len(graph.intermediates):,} to eliminate, Jacobian {height:,} × {width:,}"
    )
    dropped = graph.dropped
    if dropped:
        names = ", ".join(map(shown, dropped[:NAMED_VERTICES]))
        more = ", …" if len(dropped) > NAMED_VERTICES else ""
        line += f"\ndropped, on no path from an input to an output: {names}{more}"
        if more:
            line += f" ({len(dropped):,} vertices)"
    return line


def graph_notes(comparison: Comparison) -> list[str]:
    """The best bound, and how far the best order can be from it."""
    best = min(comparison.plans, key=lambda plan: plan.cost)
    bound = bound_text(comparison)
    gap = comparison.gap(best)
    if gap == 0:
        return [bound]
    return [f"{bound}: {best.name} is at most {percent(gap)} above the least"]


def _count(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"
