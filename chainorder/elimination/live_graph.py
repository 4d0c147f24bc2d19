"""A graph as the algorithms have it: numbered, in arrays, what has no part in it left out."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..compiled import INT64_SAFE, runner

Vertex = Hashable
"""The label of a vertex; an integer or text where it is to be written to a file."""

Indices = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class LiveGraph:
    """What lies on a path from an input to an output, renumbered for the algorithms.

    Vertices `0 … intermediates - 1` are those to eliminate, in the order of `Graph.vertices`; the
    others, the terminals, follow. `pred[pred_at[x]:pred_at[x + 1]]` are the predecessors of `x`
    in ascending order, `succ` and `succ_at` likewise. `is_output` marks outputs: one of them that
    has successors keeps its in-edges when it is eliminated.
    """

    labels: tuple[Vertex, ...]
    intermediates: int
    sizes: Indices
    pred_at: Indices
    pred: Indices
    succ_at: Indices
    succ: Indices
    is_output: npt.NDArray[np.bool_]
    topological: Indices

    def __len__(self) -> int:
        return len(self.labels)


def fits_int64(live: LiveGraph) -> bool:
    """Whether no count of any elimination order of the graph can leave 64 bits."""
    total: int = sum(live.sizes.tolist())
    widest = int(live.sizes.max(initial=1))
    return 2 * total * total * widest * (live.intermediates + 1) < INT64_SAFE


def live_graph(
    vertices: tuple[Vertex, ...],
    tail: Indices,
    head: Indices,
    inputs: Indices,
    outputs: Indices,
    sizes: Indices,
    topological: Indices,
) -> LiveGraph:
    """The live part of the graph with edges from `tail` to `head`, positions in `vertices`."""
    n = len(vertices)
    succ_at, succ = grouped(tail, head, n)
    pred_at, pred = grouped(head, tail, n)
    reached = np.zeros(n, dtype=np.int64)
    reaching = np.zeros(n, dtype=np.int64)
    reached[inputs] = 1
    reaching[outputs] = 1
    _run(_spread, n + len(tail), succ_at, succ, topological, reached)
    _run(_spread, n + len(tail), pred_at, pred, topological[::-1].copy(), reaching)
    live = (reached & reaching).astype(bool)
    kept = live[tail] & live[head]
    tail, head = tail[kept], head[kept]
    eliminated = np.zeros(n, dtype=bool)
    eliminated[tail] = True
    eliminated[inputs] = False
    old = np.concatenate((np.flatnonzero(eliminated), np.flatnonzero(live & ~eliminated)))
    new = np.zeros(n, dtype=np.int64)
    new[old] = np.arange(len(old))
    is_output = np.zeros(n, dtype=bool)
    is_output[outputs] = True
    pred_at, pred = grouped(new[head], new[tail], len(old))
    succ_at, succ = grouped(new[tail], new[head], len(old))
    return LiveGraph(
        labels=tuple(vertices[x] for x in old.tolist()),
        intermediates=int(eliminated.sum()),
        sizes=sizes[old],
        pred_at=pred_at,
        pred=pred,
        succ_at=succ_at,
        succ=succ,
        is_output=is_output[old],
        topological=new[topological[live[topological]]],
    )


def topological_order(tail: Indices, head: Indices, n: int) -> Indices:
    """All vertices, each after its predecessors; only those on or behind no cycle if there is one.

    A. B. Kahn, Topological sorting of large networks, Communications of the ACM 5 (1962).
    """
    pointer, heads = grouped(tail, head, n)
    waiting = np.bincount(head, minlength=n)
    order = np.zeros(n, dtype=np.int64)
    done: int = _run(_sort_topologically, n + len(heads), pointer, heads, waiting, order)
    return order[:done]


def grouped(by: Indices, values: Indices, n: int) -> tuple[Indices, Indices]:
    """Compressed rows: where each row of `by` begins, and its values in ascending order."""
    pointer = np.zeros(n + 1, dtype=np.int64)
    np.cumsum(np.bincount(by, minlength=n), out=pointer[1:])
    return pointer, values[np.lexsort((values, by))]


def _run(kernel: Any, work: int, *columns: Indices) -> Any:
    """Run a kernel that fills the last of its columns."""
    run = runner(kernel, work)
    *given, filled = (run.column(column) for column in columns)
    result = run(*given, filled)
    columns[-1][:] = filled
    return result


def _sort_topologically(pointer, heads, waiting, order):  # type: ignore[no-untyped-def]
    """Fill `order`; returns how many vertices lie on or behind no cycle."""
    filled = 0
    for x in range(len(waiting)):
        if waiting[x] == 0:
            order[filled] = x
            filled += 1
    done = 0
    while done < filled:
        x = order[done]
        done += 1
        for at in range(pointer[x], pointer[x + 1]):
            y = heads[at]
            waiting[y] -= 1
            if waiting[y] == 0:
                order[filled] = y
                filled += 1
    return filled


def _spread(pointer, heads, order, mark):  # type: ignore[no-untyped-def]
    """Mark all vertices behind a marked one; `order` is topological."""
    for x in order:
        if mark[x] != 0:
            for at in range(pointer[x], pointer[x + 1]):
                mark[heads[at]] = 1
