"""The lower bound from minimum vertex cuts, by maximum flow.

When `v` is eliminated, every path from an input to `v` contains a vertex that is not gone; the
last such vertex before `v` is a predecessor of `v` at that moment. So the predecessors are a
vertex cut between the inputs and `v`, and their total size is at least that of a cut of minimum
size, by Menger's theorem with the sizes as capacities the maximum flow from the inputs to `v`
(inputs may be part of the cut, `v` may not). Likewise, on a path from `v` to an output the first
vertex that is not gone, or else the output itself, which stays visible, is a successor of `v`: the
successors cut the outputs other than `v` from `v`. The cost of eliminating `v` grows with both
sizes, so that

    cost(v) >= cost at (minimum cut towards the inputs, minimum cut towards the outputs),

whatever the order, and the sum over `v` bounds every order.

The bound with unit sizes is that of V. Mosenkis, U. Naumann, On lower bounds for optimal Jacobian
accumulation, Optim. Methods Softw. 27 (2012).
"""

from __future__ import annotations

from functools import lru_cache

from ..compiled import INT64_SAFE, runner
from ..elimination.live_graph import LiveGraph
from ..elimination.vertex_cost import CostForm, cost_form, vertex_cost
from ..problems.graph import Graph
from .flows import cut_weight, flow_network, flow_work

FLOW_WORK = 50_000_000
"""Vertices times edges up to which a maximum flow for every vertex is affordable."""


def all_cuts(m, assumed, infinite, always_seen, network, work, cuts):  # type: ignore[no-untyped-def]
    """The minimum cut of every vertex to eliminate, nothing assumed."""
    for v in range(m):
        cuts[v] = cut_weight(v, assumed, infinite, always_seen, network, work)


def bottlenecks(order, network, best):  # type: ignore[no-untyped-def]
    """The widest path of every vertex towards the ends: a flow, so at most the minimum cut."""
    for x in order:
        width = network.sizes[x] * 0
        for e in range(network.near_at[x], network.near_at[x + 1]):
            y = network.near[e]
            reach = network.sizes[y]
            if network.is_end[y] == 0:
                reach = min(reach, best[y])
            width = max(width, reach)
        best[x] = width


def minimum_cuts(live: LiveGraph) -> tuple[list[int], list[int]]:
    """Sizes of cuts of each vertex towards the inputs, and towards the outputs.

    Of minimum cuts where a flow for every vertex is affordable; else what the widest path alone
    proves, which is a lower bound of them.
    """
    n, m = len(live), live.intermediates
    total = sum(live.sizes.tolist())
    work = m * (n + len(live.pred))
    cuts = []
    for backwards in (False, True):
        network = flow_network(live, backwards=backwards)
        if work <= FLOW_WORK:
            run = runner(all_cuts, work, fits=total < INT64_SAFE // 2)
            found = run.zeros(n)
            columns = (run.columns(network), run.columns(flow_work(live)))
            run(m, run.zeros(n), total + 1, backwards, *columns, found)
        else:
            run = runner(bottlenecks, 4 * n, fits=total < INT64_SAFE // 2)
            found = run.zeros(n)
            order = live.topological[::-1] if backwards else live.topological
            run(run.column(order), run.columns(network), found)
        cuts.append([int(cut) for cut in found[:m]])
    return cuts[0], cuts[1]


def vertex_bounds(live: LiveGraph, form: CostForm) -> list[int]:
    """A cost that eliminating each vertex cannot beat, in any order."""
    before, after = minimum_cuts(live)
    sizes = live.sizes.tolist()
    return [
        vertex_cost(form.product, form.edge, sizes[v], before[v], after[v], live.is_output[v])
        for v in range(live.intermediates)
    ]


@lru_cache(maxsize=4)
def vertex_cut_bound(graph: Graph, objective: str) -> int:
    """A cost that no order of the graph can beat; every plan on the graph carries it.

    Every multiplication is an operation, so a bound for fma holds for flops too; it can be better,
    as the additions are only known as a total over all vertices.
    """
    form = cost_form(graph.live, objective)
    bound = sum(vertex_bounds(graph.live, form)) + form.constant
    return max(bound, vertex_cut_bound(graph, "fma")) if objective == "flops" else bound
