"""Forward and reverse on a graph: eliminate in a topological order, or in the reverse of one."""

from __future__ import annotations

from ...elimination.live_graph import Indices, LiveGraph
from ...plans.plan import Plan
from ...problems.graph import Graph
from .bounded import bounded_plan


def forward(graph: Graph, objective: str = "fma") -> Plan:
    """Eliminate from the inputs on: the sparse forward mode. All such orders cost the same."""
    return bounded_plan(graph, forward_order(graph.live), "forward", objective)


def reverse(graph: Graph, objective: str = "fma") -> Plan:
    """Eliminate from the outputs back: the sparse reverse mode. All such orders cost the same."""
    return bounded_plan(graph, forward_order(graph.live)[::-1], "reverse", objective)


def forward_order(live: LiveGraph) -> Indices:
    """The vertices to eliminate, every one after its predecessors."""
    return live.topological[live.topological < live.intermediates]
