"""From an elimination order to a plan, with the lower bound that every plan on a graph carries."""

from __future__ import annotations

from ...bounds.vertex_cuts import vertex_cut_bound
from ...elimination.live_graph import Indices
from ...elimination.totals import WalkTotals
from ...plans.eliminations import Eliminations
from ...plans.plan import Plan
from ...problems.graph import Graph


def bounded_plan(
    graph: Graph,
    order: Indices,
    name: str,
    objective: str,
    totals: WalkTotals | None = None,
    bound: int = 0,
) -> Plan:
    """The plan of an order, proved where its bound is met.

    Args:
        graph: what is planned.
        order: all vertices that are eliminated, as positions in `graph.live`.
        name: of the order.
        objective: "fma" or "flops".
        totals: what the order costs, where that is known already.
        bound: a lower bound that the search for the order has proved; the one from vertex cuts
            is used if it is better.
    """
    steps = Eliminations(graph, order, totals)
    bound = max(bound, vertex_cut_bound(graph, objective))
    cost = steps.fma if objective == "fma" else steps.totals.flops
    assert cost >= bound, "a lower bound above a cost that is reached"
    proof = "optimal" if cost == bound else None
    return Plan(graph, steps, name, objective, bound, proof)
