"""From an elimination order to a plan, with the lower bound that every graph plan carries."""

from __future__ import annotations

from ...bounds.vertex_cuts import vertex_bounds
from ...elimination.live_graph import Indices
from ...elimination.totals import WalkTotals
from ...elimination.vertex_cost import cost_form
from ...plans.eliminations import EliminationPlan, Eliminations
from ...problems.graph import Graph


def lower_bound(graph: Graph, objective: str) -> int:
    """The bound from minimum vertex cuts; remembered with the graph.

    Every multiplication is an operation, so a bound for fma holds for flops too; it can be better,
    as the additions are only known as a total over all vertices.
    """
    memory: dict[str, int] = graph.remembered
    if objective not in memory:
        form = cost_form(graph.live, objective)
        memory[objective] = sum(vertex_bounds(graph.live, form)) + form.constant
    if objective == "flops":
        return max(memory["flops"], lower_bound(graph, "fma"))
    return memory[objective]


def remember_bound(graph: Graph, objective: str, bound: int) -> None:
    """Keep a bound that is better than the one from vertex cuts for later plans."""
    graph.remembered[objective] = max(bound, lower_bound(graph, objective))


def graph_plan(
    graph: Graph, order: Indices, name: str, objective: str, totals: WalkTotals | None = None
) -> EliminationPlan:
    """The plan of an order given as positions in `graph.live`, proved where the bound is met."""
    steps = Eliminations(graph, order, totals)
    bound = lower_bound(graph, objective)
    plan = EliminationPlan(graph, steps, name, objective, bound)
    assert plan.cost >= bound, "a lower bound above a cost that is reached"
    if plan.cost == bound:
        object.__setattr__(plan, "proof", "optimal")
    return plan
