"""Greedy orders: the vertex that is cheapest now goes next.

The Markowitz rule: A. Griewank, S. Reese, On the calculation of Jacobian matrices by the Markowitz
rule, in: Automatic Differentiation of Algorithms, SIAM 1991. Lowest relative Markowitz: A.
Albrecht, P. Gottschling, U. Naumann, Markowitz-type heuristics for computing Jacobian matrices
efficiently, ICCS 2003.
"""

from __future__ import annotations

import numpy as np

from ...elimination.live_graph import Indices, LiveGraph
from ...elimination.totals import NEVER, WalkTotals, reach_weights, run_elimination
from ...plans.plan import Plan
from ...problems.graph import Graph
from .bounded import bounded_plan


def markowitz(graph: Graph, objective: str = "fma") -> Plan:
    """Least predecessors times successors first, sizes weighed; ties to the smallest vertex."""
    order, totals = markowitz_order(graph.live, objective)
    return bounded_plan(graph, order, "markowitz", objective, totals)


def relative_markowitz(graph: Graph, objective: str = "fma") -> Plan:
    """Least Markowitz cost relative to what the vertex would cost if it went last.

    Once all others are gone the predecessors of a vertex are the inputs that reach it, its
    successors the outputs that it reaches. What costs more now than it would then had better
    wait; ties go to the smallest vertex.
    """
    order, totals = relative_markowitz_order(graph.live, objective)
    return bounded_plan(graph, order, "relative-markowitz", objective, totals)


def markowitz_order(
    live: LiveGraph, objective: str, stop: Indices = NEVER
) -> tuple[Indices, WalkTotals]:
    """The order of `markowitz`, as positions, and what it costs; for `stop` see the walk."""
    order = np.zeros(live.intermediates, dtype=np.int64)
    flops = objective == "flops"
    totals = run_elimination(live, order, greedy=True, flops=flops, stop=stop)
    return order, totals


def relative_markowitz_order(
    live: LiveGraph, objective: str, stop: Indices = NEVER
) -> tuple[Indices, WalkTotals]:
    """The order of `relative_markowitz`, as positions, and what it costs."""
    m = live.intermediates
    size = live.sizes[:m].astype(object)
    flops = objective == "flops"
    inner = 2 * size - 1 if flops else size
    before = reach_weights(live, backwards=False).astype(object)
    after = reach_weights(live, backwards=True).astype(object)
    last = np.concatenate((before * inner * after, np.zeros(len(live) - m, dtype=object)))
    order = np.zeros(m, dtype=np.int64)
    totals = run_elimination(live, order, greedy=True, flops=flops, offset=last, stop=stop)
    return order, totals
