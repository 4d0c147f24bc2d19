"""Dynamic programming over sets of eliminated vertices: exact, for some twenty vertices.

What it costs to eliminate `v` depends only on which vertices are gone, so the least cost of
eliminating a set is `f(S + v) = min f(S) + cost(v, S)`: `2^m` sets instead of `m!` orders. Sets are
visited as binary numbers, counting up, so that a set comes after all its subsets, and the graph
left by a set is one elimination away from that of the set without its lowest member.

M. Bentert, A. Crane, P. G. Drange, Y. Mizutani, B. D. Sullivan, Structural optimal Jacobian
accumulation and minimum edge count are NP-complete under vertex elimination (2025), section on
exact algorithms, give the 2^m time bound and that 2^o(m) would refute the exponential time
hypothesis.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...compiled import INT64_SAFE, compile_kernel, worth_compiling
from ...elimination.bits import BIT_OF, WORD
from ...elimination.live_graph import LiveGraph, fits_int64
from ...elimination.vertex_cost import CostForm, set_weight, vertex_cost

MAX_MEMBERS = 24
"""Vertices up to which the table of all sets, 8 bytes each, is kept in memory."""


def cheapest_order(
    live: LiveGraph, members: Sequence[int], form: CostForm
) -> tuple[list[int], int]:
    """The best order of some of the vertices to eliminate, and its cost.

    Args:
        members: at most `MAX_MEMBERS` vertices; no other vertex to eliminate may be a neighbour of
            one of them.
    """
    k = len(members)
    if k == 0:
        return [], 0
    ends = sorted(
        {
            int(x)
            for v in members
            for at, rows in ((live.pred_at, live.pred), (live.succ_at, live.succ))
            for x in rows[at[v] : at[v + 1]]
            if x >= live.intermediates
        }
    )
    local = {x: number for number, x in enumerate([*members, *ends])}
    words = len(local) // WORD + 1
    rows = []
    for at, entries in ((live.pred_at, live.pred), (live.succ_at, live.succ)):
        for v in members:
            row = [0] * words
            for x in entries[at[v] : at[v + 1]].tolist():
                row[local[x] // WORD] |= 1 << local[x] % WORD
            rows.append(row)
    sizes = live.sizes[list(local)]
    keeps = live.is_output[list(members)].astype(np.int64)
    state = [x for row in rows for x in row] + [0] * (2 * k)
    kernel: Any = fill_table
    compiled = fits_int64(live) and worth_compiling(kernel, 40 * k * 2**k)
    infinite = INT64_SAFE if compiled else 2 * int(sum(live.sizes.tolist())) ** 3 * (k + 1)
    found: Any
    if compiled:
        found = np.zeros(k, np.int64)
        cost = compile_kernel(kernel)(
            k,
            words,
            np.array(state),
            np.zeros((k + 1) * len(state), np.int64),
            sizes,
            keeps,
            form.product,
            form.edge,
            infinite,
            np.full(2**k, infinite),
            np.zeros(2**k, np.int8),
            found,
        )
    else:
        found = [0] * k
        cost = kernel(
            k,
            words,
            state,
            [0] * ((k + 1) * len(state)),
            sizes.tolist(),
            keeps.tolist(),
            form.product,
            form.edge,
            infinite,
            [infinite] * 2**k,
            [0] * 2**k,
            found,
        )
    return [members[int(v)] for v in found], int(cost)


def fill_table(  # type: ignore[no-untyped-def]
    k, words, initial, states, sizes, keeps, product, edge, infinite, table, last, order
):
    """The least cost of eliminating all; fills `order`.

    A state is the rows of predecessors, those of successors, and the two weights of every vertex;
    `states` has one for every lowest member that a set can have, and the initial one behind them.
    """
    length = len(initial)
    weights = 2 * k * words
    for x in range(length):
        states[k * length + x] = initial[x]
    for v in range(2 * k):
        states[k * length + weights + v] = set_weight(words, initial, v * words, sizes)
    table[0] = sizes[0] * 0
    for members in range(2**k):
        here = k * length
        if members > 0:
            bit = members & -members
            v = BIT_OF[bit % 67]
            rest = members ^ bit
            above = k if rest == 0 else BIT_OF[(rest & -rest) % 67]
            here = v * length
            for x in range(length):
                states[here + x] = states[above * length + x]
            eliminate_member(v, members, k, words, states, here, sizes, keeps[v] != 0)
        base = table[members]
        absent = (2**k - 1) & ~members
        while absent != 0:
            bit = absent & -absent
            absent ^= bit
            v = BIT_OF[bit % 67]
            before = states[here + weights + v]
            after = states[here + weights + k + v]
            cost = base + vertex_cost(product, edge, sizes[v], before, after, keeps[v])
            if cost < table[members | bit]:
                table[members | bit] = cost
                last[members | bit] = v
    members = 2**k - 1
    for t in range(k - 1, -1, -1):
        order[t] = last[members]
        members ^= 1 << order[t]
    return table[2**k - 1]


def eliminate_member(v, members, k, words, states, here, sizes, stays):  # type: ignore[no-untyped-def]
    """Eliminate `v` in the state at `here`; `members` are gone, `v` among them."""
    weights = here + 2 * k * words
    for side in range(2):
        # The rows that `v` stands in, on this side, take over what `v` sees on the other.
        own = here + ((1 - side) * k + v) * words
        other = here + (side * k + v) * words
        for word in range((k - 1) // 62 + 1):
            neighbours = states[own + word]
            while neighbours != 0:
                bit = neighbours & -neighbours
                neighbours ^= bit
                u = word * 62 + BIT_OF[bit % 67]
                if u >= k or members >> u & 1 != 0:
                    continue
                row = here + (side * k + u) * words
                for x in range(words):
                    states[row + x] |= states[other + x]
                if side == 0 or not stays:
                    states[row + v // 62] &= ~(1 << v % 62)
                states[weights + side * k + u] = set_weight(words, states, row, sizes)
