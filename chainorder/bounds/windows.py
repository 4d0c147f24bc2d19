"""A sharper lower bound: exact dynamic programs over small overlapping windows of the graph.

**One window.** Let W be a set of vertices to eliminate, and T the part of W that is gone when `v`
in W has its turn. What `v` then sees towards the inputs cuts it from them, as in `vertex_cuts`; but
now vertices of T are not part of that cut, and a vertex of W that is not gone ends every path on
which it is met. Nothing is assumed of the vertices outside W, unless they are known to come before
`v`, or after it. The minimum cut under these conditions, a maximum flow again, gives
`c_W(v, T) <= cost(v, S)` for every set S with S ∩ W = T. The least `Σ c_W(v, T)` over all orders of
W, by dynamic programming over the subsets of W, therefore bounds what the vertices of W cost in any
order of the whole graph. A window of one vertex gives the bound from vertex cuts, a window of all
vertices the optimum.

Many windows share their costs: see `ascent`. What the cost of a vertex is may be changed by what
all vertices together must do: see `jacobian_entries`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..compiled import borrowing, compile_kernel
from ..elimination.live_graph import Indices, LiveGraph, fits_int64
from ..elimination.totals import product_columns
from .flows import GONE, KEPT, cut_weight, flow_network, flow_work
from .vertex_cuts import FLOW_WORK

MOST_ENTRIES = 2**24
"""Members of windows times subsets that are kept in memory, 8 bytes each and 8 more for costs."""

Before = npt.NDArray[np.bool_]
"""`before[u, v]` for vertices to eliminate: whether `u` is known to come before `v`."""


@dataclass(frozen=True, slots=True)
class Windows:
    """Windows of `k` vertices each, and what each member sees at least, for every subset.

    `low` is what it sees towards the inputs, `high` towards the outputs, each of shape
    `(windows, k, 2**k)`: bit `b` of the last index says that member `b` is gone. `earlier` and
    `later` are the members known to come before each member, and after it, as bits too.
    """

    k: int
    members: Indices
    low: npt.NDArray[np.int32]
    high: npt.NDArray[np.int32]
    earlier: Indices
    later: Indices


class Known(NamedTuple):
    """What is known of the order of a window's members: sets of members, as bits, and states.

    `related` are those that can make a difference to what a member sees; `outside` has a row for
    every member: for each vertex of the graph whether it is gone or kept at that member's turn.
    """

    earlier: Indices
    later: Indices
    related: Indices
    outside: Indices


def can_have_windows(live: LiveGraph) -> bool:
    """Whether 64 bits do for a component, and its maximum flows are a matter of seconds."""
    work = live.intermediates * (len(live) + len(live.pred))
    return fits_int64(live) and int(live.sizes.sum()) < 2**31 and work <= FLOW_WORK


def make_windows(
    live: LiveGraph,
    chosen: Sequence[Sequence[int]],
    before: Before,
    is_time_up: Callable[[], bool] = lambda: False,
) -> Windows | None:
    """What the members of some windows see at least; None if the time is up meanwhile.

    Args:
        live: a graph that can have windows.
        chosen: the windows, all with the same number of members; see `balls`.
        before: what is known of the order.
        is_time_up: asked between two windows.
    """
    members = np.array(chosen, dtype=np.int64)
    count, k = members.shape
    m = live.intermediates
    sides = [np.zeros((count, k, 1 << k), dtype=np.int32) for _ in range(2)]
    bits = np.int64(1) << np.arange(k)
    earlier, later = np.zeros((2, count, k), dtype=np.int64)
    networks = [flow_network(live, backwards=backwards) for backwards in (False, True)]
    work = flow_work(live)
    reaches = _reaches(live)
    state = np.where(before.T, GONE, np.where(before, KEPT, 0)).astype(np.int64)
    outside, assumed = np.zeros((k, len(live)), np.int64), np.zeros(len(live), np.int64)
    total = int(live.sizes.sum())
    kernel = compile_kernel(fill_window)
    for at, window in enumerate(members):
        if is_time_up():
            return None
        inside = np.ix_(window, window)
        earlier[at], later[at] = bits @ before[inside], before[inside] @ bits
        outside[:, :m] = state[window]
        related = (bits @ reaches[inside], reaches[inside] @ bits)
        for side in range(2):
            known = Known(earlier[at], later[at], related[side], outside)
            flows = (networks[side], work)
            kernel(window, known, assumed, total + 1, side == 1, *flows, sides[side][at])
    return Windows(k, members, sides[0], sides[1], earlier, later)


@borrowing
def fill_window(  # type: ignore[no-untyped-def]
    window, known, assumed, infinite, always_seen, network, work, least
):
    """For every member and every subset that is gone, the least that the member can see.

    Only those gone vertices matter that lie on a path between the member and the ends: `related`.
    """
    k = len(window)
    for w in range(k):
        for x in range(len(assumed)):
            assumed[x] = known.outside[w, x]
        earlier, later = known.earlier[w], known.later[w]
        for gone in range(1 << k):
            if gone >> w & 1 != 0 or gone & earlier != earlier or gone & later != 0:
                continue
            alike = gone & known.related[w] | earlier
            if alike != gone:
                least[w, gone] = least[w, alike]
                continue
            for x in range(k):
                if x != w:
                    assumed[window[x]] = GONE if gone >> x & 1 != 0 else KEPT
            least[w, gone] = cut_weight(window[w], assumed, infinite, always_seen, network, work)


def _reaches(live: LiveGraph) -> Before:
    """For every two vertices to eliminate whether there is a path from the first to the second."""
    m = live.intermediates
    reaches = np.zeros((len(live), m), dtype=bool)  # rows: the end of the path
    for x in live.topological.tolist():
        for p in live.pred[live.pred_at[x] : live.pred_at[x + 1]].tolist():
            reaches[x] |= reaches[p]
            if p < m:
                reaches[x, p] = True
    return np.ascontiguousarray(reaches[:m].T)


def balls(near: list[list[int]], k: int) -> list[tuple[int, ...]]:
    """A window around every vertex: the `k` nearest to it, breadth first.

    Args:
        near: for every vertex its neighbours, in the order in which they join a window.
        k: members of a window; at most the number of vertices.
    """
    return sorted({tuple(sorted(_nearest(near, v, k))) for v in range(len(near))})


def _nearest(near: list[list[int]], v: int, k: int) -> list[int]:
    found = [v]
    seen = {v}
    for x in found:
        for y in near[x]:
            if y not in seen:
                seen.add(y)
                found.append(y)
        if len(found) >= k:
            return found[:k]
    # A small component: any others complete the window, and change nothing.
    return found + [x for x in range(len(near)) if x not in seen][: k - len(found)]


def edge_neighbours(live: LiveGraph) -> list[list[int]]:
    """For every vertex to eliminate, those that it shares an edge with."""
    m = live.intermediates
    near: list[list[int]] = [[] for _ in range(m)]
    for v in range(m):
        for at, rows in ((live.pred_at, live.pred), (live.succ_at, live.succ)):
            near[v] += [x for x in rows[at[v] : at[v + 1]].tolist() if x < m]
    return near


def fill_neighbours(live: LiveGraph, order: Indices) -> list[list[int]]:
    """The same, with the edges that eliminating in an order makes; nearest in the order first."""
    m = live.intermediates
    near: list[set[int]] = [set() for _ in range(m)]
    for p, v, s in zip(*product_columns(live, order), strict=True):
        for x in (p, s):
            if x < m:
                near[v].add(x)
                near[x].add(v)
    rank: list[int] = np.argsort(order).tolist()
    by_distance = []
    for v in range(m):
        distances = [(abs(rank[u] - rank[v]), u) for u in near[v]]
        by_distance.append([u for _, u in sorted(distances)])
    return by_distance
