"""What an elimination order of a graph costs: fma, flops, entries held, and its single products.

Eliminating `v` multiplies every in-edge `(p, v)` by every out-edge `(v, s)` and adds the product
to the edge `(p, s)`. Three walks count that: on sets for topological orders (`reach_walk`), on
adjacency lists for any order (`list_walk`), and on bits for what is left of a graph that has filled
up (`dense_walk`). The latter two also find the order where they are told to be greedy.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..compiled import compile_kernel, runner
from .bits import WORD
from .dense_walk import Left, Rows, Vertices, eliminate_rest, rows_of_bits
from .list_walk import EdgeLists, Keys, eliminate
from .live_graph import Indices, LiveGraph, fits_int64
from .reach_walk import reach_walk

FILL = 1000
"""Inner iterations for each vertex and edge, as far as one can tell before the graph fills up."""

NEVER = np.zeros(1, dtype=np.int64)
"""For walks that nothing stops."""

DENSE_WORDS = 200_000_000
"""Words of sets that the walk on bits may take: 1.6 GB."""


@dataclass(frozen=True, slots=True)
class WalkTotals:
    """What a walk over an elimination order has counted. Exact."""

    products: int
    fma: int
    flops: int
    peak_entries: int


def walk_totals(live: LiveGraph, order: Indices) -> WalkTotals:
    """The totals of an order, given as positions in `live`."""
    direction = _direction(live, order)
    if direction == 0:
        return run_elimination(live, order.copy(), greedy=False, flops=False)
    return topological_totals(live, order, backwards=direction < 0)


def topological_fma(live: LiveGraph, order: Indices) -> int | None:
    """The fma of a topological order or the reverse of one, None for any other order."""
    direction = _direction(live, order)
    if direction == 0:
        return None
    reach = reach_walk(live, order, backwards=direction < 0, products=False)
    return _outer_sums(live, reach.sizes, backwards=direction < 0)[1]


def topological_costs(live: LiveGraph, order: Indices) -> npt.NDArray[Any] | None:
    """The fma of each elimination, where `topological_fma` has the sum of them; else None."""
    direction = _direction(live, order)
    if direction == 0:
        return None
    reach = reach_walk(live, order, backwards=direction < 0, products=False)
    outer, _ = _outer_sums(live, reach.sizes, backwards=direction < 0)
    costs: npt.NDArray[Any] = (outer * live.sizes[: len(outer)].astype(object))[order]
    return costs


def _outer_sums(
    live: LiveGraph, reach: npt.NDArray[Any], *, backwards: bool
) -> tuple[npt.NDArray[Any], int]:
    """Entries of the products of each vertex, given what it reaches, and the fma of all."""
    at, rows = (live.pred_at, live.pred) if backwards else (live.succ_at, live.succ)
    m = live.intermediates
    far = np.concatenate(([0], np.cumsum(live.sizes[rows].astype(object))))
    outer = reach.astype(object) * (far[at[1 : m + 1]] - far[at[:m]])
    return outer, int((outer * live.sizes[:m].astype(object)).sum())


def _direction(live: LiveGraph, order: Indices) -> int:
    """1 if the order is topological, -1 if its reverse is, else 0."""
    rank = np.zeros(len(live), dtype=np.int64)
    rank[order] = np.arange(len(order))
    head = np.repeat(np.arange(len(live)), np.diff(live.pred_at))
    inner = (head < live.intermediates) & (live.pred < live.intermediates)
    later = rank[head[inner]] > rank[live.pred[inner]]
    if later.all():
        return 1
    return 0 if later.any() else -1


def run_elimination(
    live: LiveGraph,
    order: Indices,
    *,
    greedy: bool,
    flops: bool,
    offset: npt.NDArray[Any] | None = None,
    stop: Indices = NEVER,
) -> WalkTotals:
    """Eliminate in `order`, or greedily and write the order found to `order`.

    Where `stop[0]` becomes 1 meanwhile, order and totals are not to be used.

    Greedy takes the vertex whose elimination is cheapest now, less its `offset`; ties go to the
    smallest number. With `flops` the cost of `v` counts `2 size(v) - 1` for every product of two
    entries, so that inner additions count and those to an existing edge do not.
    """
    n, m = len(live), live.intermediates
    if m == 0:
        return WalkTotals(0, 0, 0, 0)
    work = FILL * (n + len(live.pred))
    run = runner(eliminate, work, fits=lambda: fits_int64(live))
    exact_offset: Any = np.zeros(n, dtype=np.int64) if offset is None else offset
    if run.is_compiled:
        exact_offset = exact_offset.astype(np.int64)
    edges = (live.pred_at, live.pred, live.succ_at, live.succ, live.is_output, live.sizes)
    keys = Keys(exact_offset, run.zeros(n), run.zeros(n), run.zeros(n))
    most_words = DENSE_WORDS if run.is_compiled else 0
    graph = run.columns(EdgeLists(*edges))
    done, products, fma, flop_count, held, peak, *left = run(
        order, greedy, flops, graph, run.columns(keys), most_words, stop
    )
    totals = [int(products), int(fma), int(flop_count), int(peak)]
    if done < m and stop[0] == 0:
        entries = (held, peak)
        more = _run_dense(live, order, int(done), greedy, flops, exact_offset, entries, left, stop)
        totals = [totals[0] + more[0], totals[1] + more[1], totals[2] + more[2], more[3]]
    return WalkTotals(*totals)


def _run_dense(
    live: LiveGraph,
    order: Indices,
    done: int,
    greedy: bool,
    flops: bool,
    offset: npt.NDArray[np.int64],
    entries: tuple[int, int],
    left: list[Any],
    stop: Indices,
) -> list[int]:
    """Turn what the walk on lists has left into bits, and go on."""
    gone, landed, start, length, pool = left
    n, m = len(live), live.intermediates
    inner = np.flatnonzero(~gone[:m])
    # Inputs, outputs, and the outputs that went before but keep their in-edges.
    kept = np.ones(n, dtype=np.bool_)
    kept[:m] = gone[:m] & live.is_output[:m]
    names = np.concatenate((inner, np.flatnonzero(kept)))
    number = np.full(n, -1, dtype=np.int64)
    number[names] = np.arange(len(names))
    words = len(names) // WORD + 1
    sizes = live.sizes[names]
    sets = (np.zeros(len(names) * words, np.int64) for _ in range(3))
    counts = (np.zeros(len(names), np.int64) for _ in range(5))
    rows = Rows(*sets, *counts)
    lists = (gone, start, length, pool, live.succ_at, live.succ, landed)
    compile_kernel(rows_of_bits)(Left(names, number, *lists, sizes), words, rows)
    rest = np.zeros(len(inner), np.int64) if greedy else number[order[done:]]
    keys = np.zeros(len(inner), np.int64)
    vertices = Vertices(live.is_output[names], sizes, offset[names], keys)
    held, peak = map(int, entries)
    totals = compile_kernel(eliminate_rest)(
        rest, greedy, flops, words, rows, vertices, held, peak, stop
    )
    order[done:] = names[rest]
    return [int(total) for total in totals]


def product_columns(live: LiveGraph, order: Indices) -> tuple[list[int], list[int], list[int]]:
    """The products `(p, v, s)` of an order, one after another, as positions in `live`."""
    pred = [set(row.tolist()) for row in np.split(live.pred, live.pred_at[1:-1])]
    succ = [set(row.tolist()) for row in np.split(live.succ, live.succ_at[1:-1])]
    left: list[int] = []
    middle: list[int] = []
    right: list[int] = []
    for v in order.tolist():
        before, after = sorted(pred[v]), sorted(succ[v])
        for p in before:
            left.extend([p] * len(after))
            right.extend(after)
        middle.extend([v] * (len(before) * len(after)))
        for p in before:
            succ[p] |= succ[v]
            if not live.is_output[v]:
                succ[p].discard(v)
        for s in after:
            pred[s] |= pred[v]
            pred[s].discard(v)
    return left, middle, right


def reach_weights(live: LiveGraph, *, backwards: bool) -> npt.NDArray[Any]:
    """For every vertex to eliminate, the total size of the inputs that reach it.

    Backwards, of the outputs that it reaches. Exact: Python integers where 64 bits do not do.
    """
    inner = live.topological[live.topological < live.intermediates]
    order = inner[::-1] if backwards else inner
    return reach_walk(live, order, backwards=backwards, products=False).sizes


def topological_totals(live: LiveGraph, order: Indices, *, backwards: bool) -> WalkTotals:
    """The totals of a topological order, or of the reverse of one."""
    reach = reach_walk(live, order, backwards=backwards, products=True)
    outer, fma = _outer_sums(live, reach.sizes, backwards=backwards)
    at = live.pred_at if backwards else live.succ_at
    far_count = np.diff(at)[: live.intermediates]
    products = int((reach.counts.astype(object) * far_count).sum())
    flops = 2 * fma - int(outer.sum()) + reach.additions
    return WalkTotals(products, fma, flops, reach.peak_entries)
