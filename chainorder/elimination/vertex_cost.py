"""The cost of eliminating a vertex, and a graph as bitsets to count it with.

When the vertices `gone` have been eliminated, in whatever order, the predecessors of `v` are the
vertices that reach `v` along a path whose inner vertices are all gone, and that are not gone
themselves; successors likewise, where an output stays visible even when it is gone. So the cost of
eliminating `v` depends on the set alone, and a change to the order touches only those vertices
whose set changed in a way that they can see: see `views`.

A set is `words` integers of 62 bits; row `v` of an array of sets starts at `v * words`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from ..compiled import inlined
from .bits import BIT_OF, WORD
from .live_graph import LiveGraph
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


class Sets(NamedTuple):
    """The graph as bitsets, its sizes, and what is counted: see `CostForm`.

    View `2 v` is what `v` sees towards the inputs, view `2 v + 1` towards the outputs. `rows` has
    the neighbours for every view, `always_seen` for either direction what stays visible when it is
    gone.
    """

    words: int
    rows: Any
    always_seen: Any
    sizes: Any
    keeps_in_edges: Any
    product: int
    edge: int


def as_sets(live: LiveGraph, form: CostForm) -> Sets:
    """The graph for the kernels below, as arrays."""
    n, m = len(live), live.intermediates
    words = n // WORD + 1
    rows, always = np.zeros((m, 2, words), np.int64), np.zeros((2, words), np.int64)
    sides = ((live.pred_at, live.pred), (live.succ_at, live.succ))
    for side, (at, entries) in enumerate(sides):
        row = np.repeat(np.arange(n), np.diff(at))
        entry = entries[row < m]
        row = row[row < m]
        np.bitwise_or.at(rows[:, side], (row, entry // WORD), np.int64(1) << (entry % WORD))
    outputs = np.flatnonzero(live.is_output)
    np.bitwise_or.at(always[1], outputs // WORD, np.int64(1) << (outputs % WORD))
    keeps = live.is_output.astype(np.int64)
    columns = (rows.ravel(), always.ravel(), live.sizes, keeps)
    return Sets(words, *columns, form.product, form.edge)


@inlined
def set_weight(words, members, start, sizes):  # type: ignore[no-untyped-def]
    """The total size of a set."""
    total = sizes[0] * 0
    for k in range(words):
        rest = members[start + k]
        while rest != 0:
            bit = rest & -rest
            total += sizes[k * WORD + BIT_OF[bit % 67]]
            rest ^= bit
    return total


@inlined
def vertex_cost(product, edge, size, before, after, keeps):  # type: ignore[no-untyped-def]
    """The cost of eliminating one vertex, see `CostForm`."""
    edges = after if keeps != 0 else before + after
    return size * (product * before * after - edge * edges)
