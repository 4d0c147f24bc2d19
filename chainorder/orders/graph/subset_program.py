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
from typing import Any, NamedTuple

import numpy as np

from ...compiled import INT64_SAFE, borrowing, runner
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
    run = runner(fill_table, 40 * k * 2**k, fits=lambda: fits_int64(live))
    keeps = live.is_output[list(members)].astype(np.int64)
    infinite = INT64_SAFE if run.is_compiled else 2 * int(sum(live.sizes.tolist())) ** 3 * (k + 1)
    state = [x for row in rows for x in row] + [0] * (2 * k)
    piece = Piece(k, words, state, live.sizes[list(local)], keeps, form.product, form.edge)
    states = run.zeros((k + 1) * len(state))
    if run.is_compiled:
        table = Table(states, np.full(2**k, infinite), np.zeros(2**k, np.int8))
    else:
        table = Table(states, [infinite] * 2**k, run.zeros(2**k))
    found = run.zeros(k)
    cost = run(run.columns(piece), table, found)
    return [members[int(v)] for v in found], int(cost)


class Piece(NamedTuple):
    """Vertices to eliminate, with their neighbours: rows of neighbours as bits, sizes, the form.

    `initial` are the rows of predecessors, those of successors, and room for the weights of both.
    """

    k: int
    words: int
    initial: Any
    sizes: Any
    keeps: Any
    product: int
    edge: int


class Table(NamedTuple):
    """States, the least cost of eliminating each set, and who is last in it.

    There is a state for every lowest member that a set can have, and the initial one behind them.
    """

    states: Any
    cost: Any
    last: Any


@borrowing
def fill_table(piece, table, order):  # type: ignore[no-untyped-def]
    """The least cost of eliminating all; fills `order`. The costs in the table begin infinite."""
    k, words, initial, sizes, keeps, product, edge = piece
    states, cost, last = table
    length = len(initial)
    weights = 2 * k * words
    for x in range(length):
        states[k * length + x] = initial[x]
    for v in range(2 * k):
        states[k * length + weights + v] = set_weight(words, initial, v * words, sizes)
    cost[0] = sizes[0] * 0
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
        base = cost[members]
        absent = (2**k - 1) & ~members
        while absent != 0:
            bit = absent & -absent
            absent ^= bit
            v = BIT_OF[bit % 67]
            before = states[here + weights + v]
            after = states[here + weights + k + v]
            total = base + vertex_cost(product, edge, sizes[v], before, after, keeps[v])
            if total < cost[members | bit]:
                cost[members | bit] = total
                last[members | bit] = v
    members = 2**k - 1
    for t in range(k - 1, -1, -1):
        order[t] = last[members]
        members ^= 1 << order[t]
    return cost[2**k - 1]


def eliminate_member(v, members, k, words, states, here, sizes, stays):  # type: ignore[no-untyped-def]
    """Eliminate `v` in the state at `here`; `members` are gone, `v` among them."""
    weights = here + 2 * k * words
    for side in range(2):
        # The rows that `v` stands in, on this side, take over what `v` sees on the other.
        own = here + ((1 - side) * k + v) * words
        other = here + (side * k + v) * words
        for word in range((k - 1) // WORD + 1):
            neighbours = states[own + word]
            while neighbours != 0:
                bit = neighbours & -neighbours
                neighbours ^= bit
                u = word * WORD + BIT_OF[bit % 67]
                if u >= k or members >> u & 1 != 0:
                    continue
                row = here + (side * k + u) * words
                for x in range(words):
                    states[row + x] |= states[other + x]
                if side == 0 or not stays:
                    states[row + v // WORD] &= ~(1 << v % WORD)
                states[weights + side * k + u] = set_weight(words, states, row, sizes)
