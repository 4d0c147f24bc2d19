"""Parts of a graph that do not see each other: each has an order and a bound of its own.

What a vertex sees when it is eliminated it sees through vertices that are gone, and only vertices
to eliminate ever go. So the cost of a vertex depends on those in its own component of the graph
that remains without the terminals, and the components may be planned one by one.
"""

from __future__ import annotations

import numpy as np

from .live_graph import Indices, LiveGraph, grouped


def components(live: LiveGraph) -> list[tuple[Indices, LiveGraph]]:
    """The components: the positions of their vertices in `live`, and each as a graph of its own."""
    n, m = len(live), live.intermediates
    if m == 0:
        return []
    tail = np.repeat(np.arange(n), np.diff(live.succ_at))
    head = live.succ
    part = _parts(m, tail, head)
    # An edge belongs to the part of its ends; one between terminals to none.
    owner = np.where(tail < m, part[np.minimum(tail, m - 1)], part[np.minimum(head, m - 1)])
    owned = (tail < m) | (head < m)
    tail, head, owner = tail[owned], head[owned], owner[owned]
    by_part = np.argsort(owner, kind="stable")
    starts = np.searchsorted(owner[by_part], np.arange(int(part.max(initial=-1)) + 2))
    rank = np.zeros(n, dtype=np.int64)
    rank[live.topological] = np.arange(n)
    split = []
    for number in range(len(starts) - 1):
        edges = by_part[starts[number] : starts[number + 1]]
        split.append(_induced(live, tail[edges], head[edges], rank))
    return split


def _parts(m: int, tail: Indices, head: Indices) -> Indices:
    """The number of the component of every vertex to eliminate, by smallest member."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    inner = (tail < m) & (head < m)
    matrix = coo_array((np.ones(int(inner.sum())), (tail[inner], head[inner])), shape=(m, m))
    _, part = connected_components(matrix, directed=False)
    _, first = np.unique(part, return_index=True)
    order = np.argsort(np.argsort(first))
    renamed: Indices = order[part].astype(np.int64)
    return renamed


def _induced(
    live: LiveGraph, tail: Indices, head: Indices, rank: Indices
) -> tuple[Indices, LiveGraph]:
    """The graph of some edges, its vertices renumbered; those to eliminate stay in front."""
    old = np.unique(np.concatenate((tail, head)))
    n, m = len(old), int((old < live.intermediates).sum())
    new_tail, new_head = np.searchsorted(old, tail), np.searchsorted(old, head)
    pred_at, pred = grouped(new_head, new_tail, n)
    succ_at, succ = grouped(new_tail, new_head, n)
    part = LiveGraph(
        labels=tuple(old.tolist()),
        intermediates=m,
        sizes=live.sizes[old],
        pred_at=pred_at,
        pred=pred,
        succ_at=succ_at,
        succ=succ,
        is_output=live.is_output[old],
        topological=np.argsort(rank[old]),
    )
    return old[:m], part
