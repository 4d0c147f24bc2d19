"""Walking a topological elimination order, or the reverse of one: sets of inputs, or of outputs.

In such an order the edges that a product touches all start at inputs (or all end at outputs), so
the set of inputs that reach each vertex, 62 to a word, is all that has to be kept. The ends are
taken a few words at a time, and each such block only visits what its ends reach.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ..compiled import INT64_SAFE, runner
from .bits import BIT_OF, WORD, bit_count
from .live_graph import Indices, LiveGraph, fits_int64

CACHE_LINE = 8
"""Words of a set that are worked on together: they come from memory together."""


@dataclass(frozen=True, slots=True)
class Reach:
    """What a walk has found: of each vertex to eliminate the ends that it sees when it goes.

    `sizes` are their total sizes and `counts` their numbers. Of all products together, where they
    were asked for: the entries that were added to entries already there, and the peak entries.
    """

    sizes: npt.NDArray[Any]
    counts: npt.NDArray[Any]
    additions: int = 0
    peak_entries: int = 0


def reach_walk(live: LiveGraph, order: Indices, *, backwards: bool, products: bool) -> Reach:
    """The inputs that reach each vertex; backwards, the outputs that it reaches.

    Args:
        live: the graph.
        order: a topological order of all vertices to eliminate; backwards, the reverse of one.
        backwards: from the outputs.
        products: look at every product as well, for additions and peak entries.
    """
    n, m = len(live), live.intermediates
    none = np.zeros(n, dtype=np.int64)
    if m == 0:
        return Reach(none[:0], none[:0])
    rank = np.full(n, -1, dtype=np.int64)
    rank[order] = np.arange(m)
    far_at, far = (live.pred_at, live.pred) if backwards else (live.succ_at, live.succ)
    is_end = live.is_output if backwards else (np.diff(live.pred_at) == 0)
    keep = np.zeros(n, dtype=np.int64) if backwards else live.is_output.astype(np.int64)
    ends = np.flatnonzero(is_end)
    blocks = len(ends) // WORD + 1
    run = runner(_reach_block, (n + len(far)) * blocks, fits=lambda: fits_int64(live))
    words = max(1, min(CACHE_LINE, -(-len(ends) // WORD)))
    is_unit = bool((live.sizes == 1).all())
    edges = run.columns(FarEdges(order, rank, far_at, far, keep, live.sizes))
    never = run.column(none.astype(np.bool_))
    sets = (run.zeros(n * words), run.zeros(n * words), run.zeros(m // WORD + 1))
    work = BlockWork(*sets, run.zeros(n), never)
    found = Found(run.zeros(m), run.zeros(m), run.zeros(m), run.zeros(m), run.zeros(1))
    for first in range(0, len(ends), WORD * words):
        block = ends[first : first + WORD * words]
        parts = [block[k : k + WORD] for k in range(0, len(block), WORD)]
        table = np.concatenate([_byte_table(live.sizes[part].tolist()) for part in parts])
        columns = run.columns(Block(block, table, words, is_unit, products))
        run(columns, edges, work, found)
    held = peak = 0
    for made, gone in zip(found.created, found.freed, strict=True):
        held += int(made)
        peak = max(peak, held)
        held -= int(gone)
    of_vertex = rank[:m]
    exact = np.int64 if run.is_compiled else object
    size_column = np.array(found.sizes, dtype=exact)[of_vertex]
    count_column = np.array(found.counts, dtype=np.int64)[of_vertex]
    return Reach(size_column, count_column, int(found.additions[0]), peak)


def _byte_table(sizes: list[int]) -> npt.NDArray[Any]:
    """Entry `256 b + x`: the total size of the members that byte `b` of a word, `x`, names."""
    table: list[int] = []
    for byte in range(8):
        part = [0]
        for size in (sizes + [0] * 64)[8 * byte : 8 * byte + 8]:
            part += [total + size for total in part]
        table += part
    return np.array(table, dtype=object if table[-1] >= INT64_SAFE else np.int64)


class FarEdges(NamedTuple):
    """The edges away from the ends, the order with its ranks, and which vertices keep theirs."""

    order: Any
    rank: Any
    far_at: Any
    far: Any
    keep: Any
    sizes: Any


class Block(NamedTuple):
    """Some ends, what the bytes of a set of them weigh, its words, and what is asked for."""

    ends: Any
    table: Any
    words: int
    is_unit: bool
    products: bool


class BlockWork(NamedTuple):
    """Sets of ends in a block, all empty before it and after.

    `direct` are those that a vertex has a given edge to, `landed` those that products have made
    one to: together what it sees when it goes. `pending` are the vertices that will see some, by
    their rank; `touched` are all that did.
    """

    direct: Any
    landed: Any
    pending: Any
    touched: Any
    is_touched: Any


class Found(NamedTuple):
    """By rank: sizes and numbers of ends seen, entries made and freed; and additions in all."""

    sizes: Any
    counts: Any
    created: Any
    freed: Any
    additions: Any


def _reach_block(chosen, edges, work, found):  # type: ignore[no-untyped-def]
    """Send some words of ends through the graph, vertex by vertex in the order of elimination."""
    block, table, words, is_unit, products = chosen
    order, rank, far_at, far, keep, sizes = edges
    direct, landed, pending, touched, is_touched = work
    reach_sizes, reach_counts, created, freed, additions = found
    n_touched = 0
    for position in range(len(block)):
        end = block[position]
        for e in range(far_at[end], far_at[end + 1]):
            x = far[e]
            direct[x * words + position // WORD] |= 1 << position % WORD
            if not is_touched[x]:
                is_touched[x] = True
                touched[n_touched] = x
                n_touched += 1
                if rank[x] >= 0:
                    pending[rank[x] // WORD] |= 1 << rank[x] % WORD
    for at in range(len(pending)):
        while pending[at] != 0:
            bit = pending[at] & -pending[at]
            pending[at] ^= bit
            t = at * WORD + BIT_OF[bit % 67]
            v = order[t]
            for k in range(words):
                seen = direct[v * words + k] | landed[v * words + k]
                if seen != 0:
                    count = bit_count(seen)
                    reach_counts[t] += count
                    reach_sizes[t] += count if is_unit else _size(seen, table, 2048 * k)
                    if products and keep[v] == 0 and landed[v * words + k] != 0:
                        there = landed[v * words + k]
                        held = bit_count(there) if is_unit else _size(there, table, 2048 * k)
                        freed[t] += held * sizes[v]
            for e in range(far_at[v], far_at[v + 1]):
                x = far[e]
                if not is_touched[x]:
                    is_touched[x] = True
                    touched[n_touched] = x
                    n_touched += 1
                    if rank[x] >= 0:
                        pending[rank[x] // WORD] |= 1 << rank[x] % WORD
                for k in range(words):
                    seen = direct[v * words + k] | landed[v * words + k]
                    there = landed[x * words + k]
                    landed[x * words + k] = there | seen
                    if products and seen != 0:
                        old, new = seen & (direct[x * words + k] | there), seen & ~there
                        if is_unit:
                            additions[0] += bit_count(old) * sizes[x]
                            created[t] += bit_count(new) * sizes[x]
                        else:
                            additions[0] += _size(old, table, 2048 * k) * sizes[x]
                            created[t] += _size(new, table, 2048 * k) * sizes[x]
    for position in range(n_touched):
        x = touched[position]
        is_touched[x] = False
        for k in range(words):
            direct[x * words + k] = 0
            landed[x * words + k] = 0


def _size(members, table, row):  # type: ignore[no-untyped-def]
    total = table[0]
    while members != 0:
        total += table[row + (members & 255)]
        members >>= 8
        row += 256
    return total
