"""The cost of eliminating a vertex, from the set of vertices that are gone: bitset kernels.

When the vertices `gone` have been eliminated, in whatever order, the predecessors of `v` are the
vertices that reach `v` along a path whose inner vertices are all gone, and that are not gone
themselves; successors likewise, where an output stays visible even when it is gone. So the cost of
eliminating `v` depends on the set alone, and a change to the order touches only those vertices
whose set changed in a way that they can see.

A set is `words` integers of 62 bits; row `v` of an array of sets starts at `v * words`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .bits import BIT_OF, WORD
from .live_graph import LiveGraph, fits_int64
from .totals import reach_weights, topological_totals


@dataclass(frozen=True, slots=True)
class CostForm:
    """The objective as a sum over vertices: `size·(product·P·S - edge·(P' + S))`, plus `constant`.

    P and S are the sizes of all predecessors and successors of a vertex when it is eliminated, and
    P' is P, or 0 for an output. For fma `product` is 1 and `edge` 0. Flops are
    `Σ (2 size(v) - 1)·P·S` and the entries of products that are added to an existing edge. Those
    are the ones that make no edge, and every edge that is made either ends in the Jacobian or goes
    when the first of its two vertices is eliminated, so that counting edges as they go gives
    `product = 2`, `edge = 1` and a constant.
    """

    product: int
    edge: int
    constant: int


def cost_form(live: LiveGraph, objective: str) -> CostForm:
    """The objective `fma` or `flops` as a sum over vertices."""
    if objective == "fma":
        return CostForm(1, 0, 0)
    m = live.intermediates
    order = live.topological[live.topological < m]
    sizes: list[int] = live.sizes.tolist()
    reach = reach_weights(live, backwards=False).tolist()
    total = 0
    for v in range(m):
        after = sum(sizes[s] for s in live.succ[live.succ_at[v] : live.succ_at[v + 1]].tolist())
        in_edges = 0 if live.is_output[v] else reach[v]
        total += sizes[v] * (2 * reach[v] * after - in_edges - after)
    return CostForm(2, 1, topological_totals(live, order, backwards=False).flops - total)


@dataclass(frozen=True, slots=True)
class Sets:
    """The graph as bitsets, and its sizes: NumPy arrays, or lists where 64 bits do not do."""

    words: int
    exact_in_int64: bool
    pred: Any
    succ: Any
    always_seen: Any
    sizes: Any
    keeps_in_edges: Any


def as_sets(live: LiveGraph, *, compiled: bool) -> Sets:
    """The graph for the kernels below; lists of Python integers unless `compiled`."""
    n, m = len(live), live.intermediates
    words = n // WORD + 1
    pred, succ = np.zeros((m, words), np.int64), np.zeros((m, words), np.int64)
    for rows, at, entries in ((pred, live.pred_at, live.pred), (succ, live.succ_at, live.succ)):
        row = np.repeat(np.arange(n), np.diff(at))
        entry = entries[row < m]
        row = row[row < m]
        np.bitwise_or.at(rows, (row, entry // WORD), np.int64(1) << (entry % WORD))
    seen = np.zeros(words, np.int64)
    outputs = np.flatnonzero(live.is_output)
    np.bitwise_or.at(seen, outputs // WORD, np.int64(1) << (outputs % WORD))
    columns: Any = (pred.ravel(), succ.ravel(), seen, live.sizes, live.is_output.astype(np.int64))
    exact = fits_int64(live)
    if compiled and exact:
        return Sets(words, exact, *columns)
    return Sets(words, exact, *(column.tolist() for column in columns))


def see(words, start, rows, v, gone, always_seen, seen, passed):  # type: ignore[no-untyped-def]
    """What `v` sees through the vertices that are gone: fills the sets `seen` and `passed`.

    `rows` are the neighbours in one direction; `gone` begins at word `start`. `always_seen` are
    those that stay visible when they are gone; None of them in the direction of predecessors.
    """
    for k in range(words):
        seen[k] = rows[v * words + k]
        passed[k] = 0
    k = 0
    while k < words:
        open_here = seen[k] & gone[start + k] & ~passed[k]
        if open_here == 0:
            k += 1
            continue
        bit = open_here & -open_here
        passed[k] |= bit
        u = k * 62 + BIT_OF[bit % 67]
        for other in range(words):
            seen[other] |= rows[u * words + other]
        k = 0
    for k in range(words):
        seen[k] &= ~gone[start + k] | always_seen[k]


def set_weight(words, members, start, sizes):  # type: ignore[no-untyped-def]
    """The total size of a set."""
    total = sizes[0] * 0
    for k in range(words):
        rest = members[start + k]
        while rest != 0:
            bit = rest & -rest
            total += sizes[k * 62 + BIT_OF[bit % 67]]
            rest ^= bit
    return total


def vertex_cost(product, edge, size, before, after, keeps):  # type: ignore[no-untyped-def]
    """The cost of eliminating one vertex, see `CostForm`."""
    edges = after if keeps != 0 else before + after
    return size * (product * before * after - edge * edges)
