"""Walking a topological elimination order, or the reverse of one: sets of inputs, or of outputs.

In such an order the edges that a product touches all start at inputs (or all end at outputs), so
the set of inputs that reach each vertex, 62 to a word, is all that has to be kept.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from .bits import WORD
from .compiled import INT64_SAFE, compile_kernel, worth_compiling
from .graph import Indices, LiveGraph, fits_int64

CACHE_LINE = 8
"""Words of a set that are worked on together: they come from memory together."""


def reach_walk(
    live: LiveGraph, order: Indices, weights: Indices, *, backwards: bool, full: bool
) -> tuple[npt.NDArray[Any], int, int]:
    """Weights of what each vertex reaches; if `full`, entries added to, and peak entries."""
    n, m = len(live), live.intermediates
    if m == 0:
        return np.zeros(0, dtype=np.int64), 0, 0
    rank = np.full(n, -1, dtype=np.int64)
    rank[order] = np.arange(len(order))
    at, near = (live.succ_at, live.succ) if backwards else (live.pred_at, live.pred)
    row = np.repeat(np.arange(n), np.diff(at))
    near = near[np.lexsort((rank[near], row))]
    is_end = live.is_output if backwards else (np.diff(live.pred_at) == 0)
    keep = np.zeros(n, dtype=np.int64) if backwards else live.is_output.astype(np.int64)
    ends = np.flatnonzero(is_end)
    compiled = fits_int64(live) and worth_compiling(
        _reach_words, (n + len(near)) * (len(ends) // WORD + 1)
    )

    def column(values: npt.NDArray[np.int64]) -> Any:
        return np.array(values) if compiled else values.tolist()

    kernel: Any = compile_kernel(_reach_words) if compiled else _reach_words
    words = max(1, min(CACHE_LINE, -(-len(ends) // WORD)))
    none = np.zeros(n, dtype=np.int64)
    fixed = [column(values) for values in (order, at, near, keep, live.sizes, rank)]
    bits, reached = column(np.tile(none, words)), column(np.tile(none, words))
    reach = column(none)
    created, freed, additions = column(none[: m + 1]), column(none[: m + 1]), column(none[:1])
    for first in range(0, len(ends), WORD * words):
        block = ends[first : first + WORD * words].tolist()
        for position, end in enumerate(block):
            bits[end * words + position // WORD] = 1 << position % WORD
        table = column(
            np.concatenate(
                [
                    _byte_table(weights[block[WORD * k : WORD * (k + 1)]].tolist())
                    for k in range(words)
                ]
            )
        )
        kernel(*fixed, words, bits, table, reached, reach, full, created, freed, additions)
        for position, end in enumerate(block):
            bits[end * words + position // WORD] = 0
    held = peak = 0
    for made, gone in zip(created, freed, strict=True):
        held += int(made)
        peak = max(peak, held)
        held -= int(gone)
    weight = np.array(reach, dtype=np.int64 if compiled else object)
    return weight[:m], int(additions[0]), peak


def _byte_table(weights: list[int]) -> npt.NDArray[Any]:
    """Entry `256 b + x`: the total weight of the members that byte `b` of a word, `x`, names."""
    table: list[int] = []
    for byte in range(8):
        part = [0]
        for weight in (weights + [0] * 64)[8 * byte : 8 * byte + 8]:
            part += [total + weight for total in part]
        table += part
    return np.array(table, dtype=object if table[-1] >= INT64_SAFE else np.int64)


def _reach_words(  # type: ignore[no-untyped-def]
    order,
    at,
    near,
    keep,
    sizes,
    rank,
    words,
    bits,
    table,
    reached,
    weight,
    full,
    created,
    freed,
    additions,
):
    """Some words of ends: what reaches each vertex, and what lands on its edges meanwhile."""
    n = len(rank)
    for v in order:
        for k in range(words):
            reached[v * words + k] = 0
        for e in range(at[v], at[v + 1]):
            u = near[e]
            for k in range(words):
                reached[v * words + k] |= bits[u * words + k]
                if rank[u] >= 0:
                    reached[v * words + k] |= reached[u * words + k]
        for k in range(words):
            weight[v] += _weight(reached[v * words + k], table, 2048 * k)
    if full:
        for x in range(n):
            for k in range(words):
                direct = 0
                for e in range(at[x], at[x + 1]):
                    direct |= bits[near[e] * words + k]
                landed = 0
                for e in range(at[x], at[x + 1]):
                    t = rank[near[e]]
                    if t >= 0:
                        members = reached[near[e] * words + k]
                        row = 2048 * k
                        additions[0] += _weight(members & (direct | landed), table, row) * sizes[x]
                        created[t] += _weight(members & ~landed, table, row) * sizes[x]
                        landed |= members
                if rank[x] >= 0 and keep[x] == 0:
                    freed[rank[x]] += _weight(landed, table, 2048 * k) * sizes[x]


def _weight(members, table, row):  # type: ignore[no-untyped-def]
    total = table[0]
    while members != 0:
        total += table[row + (members & 255)]
        members >>= 8
        row += 256
    return total
