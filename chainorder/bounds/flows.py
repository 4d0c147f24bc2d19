"""What a vertex sees at least when it is eliminated: a minimum vertex cut, by maximum flow.

A cut may be told which other vertices are gone by then and which are not: a vertex that is gone
cannot be part of the cut, unless it is an output, which stays visible; one that is not gone ends
every path on which it is met.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..elimination.live_graph import LiveGraph

FREE, GONE, KEPT = range(3)
"""What a cut may assume of a vertex: nothing, that it is gone, that it is not."""


class FlowNetwork(NamedTuple):
    """One direction of the graph: towards the inputs, or towards the outputs.

    `near` are the neighbours towards the ends (inputs or outputs), `far` those away from them;
    `edge` numbers each entry of `far` by its position in `near`.
    """

    near_at: Any
    near: Any
    far_at: Any
    far: Any
    edge: Any
    is_end: Any
    sizes: Any


class FlowWork(NamedTuple):
    """What a maximum flow needs besides: the flow, and the search for a path."""

    through: Any
    absorbed: Any
    along: Any
    came_from: Any
    queue: Any


def flow_network(live: LiveGraph, *, backwards: bool) -> FlowNetwork:
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
    return FlowNetwork(near_at, near, far_at, far, edge, is_end, live.sizes)


def flow_work(live: LiveGraph) -> FlowWork:
    """Room for the flows of a graph, all zero."""
    n = len(live)
    lengths = (n, n, len(live.pred), 2 * n, 2 * n)
    return FlowWork(*(np.zeros(length, np.int64) for length in lengths))


def cut_weight(v, assumed, infinite, always_seen, network, work):  # type: ignore[no-untyped-def]
    """The least total size that `v` can see in one direction, under what is assumed.

    A maximum flow from `v` to the ends by shortest augmenting paths (Edmonds, Karp 1972), every
    vertex split into an entry `2x` and an exit `2x + 1`. Vertices that are gone have no capacity
    of their own, unless they stay visible; those that are kept are ends.
    """
    near_at, near, far_at, far, edge, is_end, sizes = network
    through, absorbed, along, came_from, queue = work
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
