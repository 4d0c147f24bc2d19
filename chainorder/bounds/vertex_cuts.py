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

The cut that `cut_weight` finds may also be told which other vertices are gone by then and which
are not; `window_bound` says what for.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from ..compiled import INT64_SAFE, compile_kernel, worth_compiling
from ..elimination.live_graph import LiveGraph
from ..elimination.vertex_cost import CostForm, cost_form, vertex_cost
from ..problems.graph import Graph

FLOW_WORK = 50_000_000
"""Vertices times edges up to which a maximum flow for every vertex is affordable."""

FREE, GONE, KEPT = range(3)
"""What a cut may assume of a vertex: nothing, that it is gone, that it is not."""


@dataclass(frozen=True, slots=True)
class FlowNetwork:
    """One direction of the graph for `cut_weight`, as arrays, or lists of Python integers.

    `near` are the neighbours towards the ends (inputs or outputs), `far` those away from them;
    `edge` numbers each entry of `far` by its position in `near`.
    """

    scratch: tuple[Any, ...]
    near_at: Any
    near: Any
    far_at: Any
    far: Any
    edge: Any
    is_end: Any
    sizes: Any


def flow_network(live: LiveGraph, *, backwards: bool, compiled: bool) -> FlowNetwork:
    """The direction towards the inputs, or `backwards` towards the outputs."""
    n = len(live)
    if backwards:
        near_at, near, far_at, far = live.succ_at, live.succ, live.pred_at, live.pred
        is_end = live.is_output.astype(np.int64)
    else:
        near_at, near, far_at, far = live.pred_at, live.pred, live.succ_at, live.succ
        is_end = (np.diff(live.pred_at) == 0).astype(np.int64)
    # Both lists are sorted by (row, entry); sorting one by (entry, row) gives the other.
    row = np.repeat(np.arange(n), np.diff(near_at))
    edge = np.lexsort((row, near))
    none = np.zeros(n, np.int64)
    columns: Any = (near_at, near, far_at, far, edge, is_end, live.sizes)
    work = (
        none,
        none,
        np.zeros(len(near), np.int64),
        np.zeros(2 * n, np.int64),
        np.zeros(2 * n, np.int64),
    )
    if compiled:
        return FlowNetwork(tuple(column.copy() for column in work), *columns)
    return FlowNetwork(
        tuple(column.tolist() for column in work), *(column.tolist() for column in columns)
    )


def cut_weight(  # type: ignore[no-untyped-def]
    v,
    assumed,
    infinite,
    always_seen,
    near_at,
    near,
    far_at,
    far,
    edge,
    is_end,
    sizes,
    through,
    absorbed,
    along,
    came_from,
    queue,
):
    """The least total size that `v` can see in one direction, under what is assumed.

    A maximum flow from `v` to the ends by shortest augmenting paths (Edmonds, Karp 1972), every
    vertex split into an entry `2x` and an exit `2x + 1`. Vertices that are gone have no capacity
    of their own, unless they stay visible; those that are kept are ends.
    """
    n = len(sizes)
    zero = sizes[0] * 0
    for x in range(n):
        through[x] = zero
        absorbed[x] = zero
    for e in range(len(near)):
        along[e] = zero
    flow = zero
    while True:
        for state in range(2 * n):
            came_from[state] = -1
        start = 2 * v + 1
        came_from[start] = start
        queue[0] = start
        head, tail, end = 0, 1, -1
        while head < tail and end < 0:
            state = queue[head]
            head += 1
            x = state // 2
            if state % 2 == 1:
                if x != v and assumed[x] != GONE and (is_end[x] != 0 or assumed[x] == KEPT):
                    end = state
                    break
                for e in range(near_at[x], near_at[x + 1]):
                    following = 2 * near[e]
                    if came_from[following] < 0:
                        came_from[following] = state
                        queue[tail] = following
                        tail += 1
                if x != v and through[x] > 0 and came_from[2 * x] < 0:
                    came_from[2 * x] = state
                    queue[tail] = 2 * x
                    tail += 1
            else:
                stays = assumed[x] == GONE and is_end[x] != 0 and always_seen
                if stays and absorbed[x] < sizes[x]:
                    end = state
                    break
                is_open = assumed[x] == GONE or through[x] < sizes[x]
                if is_open and came_from[2 * x + 1] < 0:
                    came_from[2 * x + 1] = state
                    queue[tail] = 2 * x + 1
                    tail += 1
                for f in range(far_at[x], far_at[x + 1]):
                    previous = 2 * far[f] + 1
                    if along[edge[f]] > 0 and came_from[previous] < 0:
                        came_from[previous] = state
                        queue[tail] = previous
                        tail += 1
        if end < 0:
            return flow
        # The bottleneck of the path, then the flow along it.
        amount = infinite
        if end % 2 == 0:
            amount = sizes[end // 2] - absorbed[end // 2]
        for apply in range(2):
            state = end
            while state != start:
                before = came_from[state]
                x, y = before // 2, state // 2
                if x == y:
                    if before < state:
                        if apply == 1:
                            through[x] += amount
                        elif assumed[x] != GONE:
                            amount = min(amount, sizes[x] - through[x])
                    elif apply == 1:
                        through[x] -= amount
                    else:
                        amount = min(amount, through[x])
                elif before % 2 == 1:
                    if apply == 1:
                        low = near_at[x]
                        while near[low] != y:
                            low += 1
                        along[low] += amount
                else:
                    e = near_at[y]
                    while near[e] != x:
                        e += 1
                    if apply == 1:
                        along[e] -= amount
                    else:
                        amount = min(amount, along[e])
                state = before
        if end % 2 == 0:
            absorbed[end // 2] += amount
        flow += amount


def all_cuts(  # type: ignore[no-untyped-def]
    m,
    assumed,
    infinite,
    always_seen,
    near_at,
    near,
    far_at,
    far,
    edge,
    is_end,
    sizes,
    through,
    absorbed,
    along,
    came_from,
    queue,
    cuts,
):
    """The minimum cut of every vertex to eliminate, nothing assumed."""
    for v in range(m):
        cuts[v] = cut_weight(
            v,
            assumed,
            infinite,
            always_seen,
            near_at,
            near,
            far_at,
            far,
            edge,
            is_end,
            sizes,
            through,
            absorbed,
            along,
            came_from,
            queue,
        )


def bottlenecks(  # type: ignore[no-untyped-def]
    m, order, near_at, near, is_end, sizes, always_seen, best
):
    """The widest path of every vertex towards the ends: a flow, so at most the minimum cut."""
    for x in order:
        width = sizes[x] * 0
        for e in range(near_at[x], near_at[x + 1]):
            y = near[e]
            reach = sizes[y]
            if is_end[y] == 0:
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
        flows = work <= FLOW_WORK
        kernel: Any = all_cuts if flows else bottlenecks
        compiled = total < INT64_SAFE // 2 and worth_compiling(kernel, work if flows else 4 * n)
        network = flow_network(live, backwards=backwards, compiled=compiled)
        found: Any = np.zeros(n, np.int64) if compiled else [0] * n
        run = compile_kernel(kernel) if compiled else kernel
        if flows:
            assumed = np.zeros(n, np.int64) if compiled else [0] * n
            run(
                m,
                assumed,
                total + 1,
                backwards,
                network.near_at,
                network.near,
                network.far_at,
                network.far,
                network.edge,
                network.is_end,
                network.sizes,
                *network.scratch,
                found,
            )
        else:
            order = live.topological[::-1].copy() if backwards else live.topological
            run(
                m,
                order if compiled else order.tolist(),
                network.near_at,
                network.near,
                network.is_end,
                network.sizes,
                backwards,
                found,
            )
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
