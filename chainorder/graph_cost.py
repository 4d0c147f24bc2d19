"""What an elimination order of a graph costs: fma, flops, entries held, and its single products.

Eliminating `v` multiplies every in-edge `(p, v)` by every out-edge `(v, s)` and adds the product
to the edge `(p, s)`. Two walks count that. `eliminate` does it on adjacency lists, for any order,
and chooses the order itself where it is told to be greedy. `eliminate_in_topological_order` makes
use of what holds in such an order: the edges that a product touches all start at inputs, so sets
of inputs, 62 to a word, are all that has to be kept. Reversed, the same walk does the reverse mode.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from .compiled import INT64_SAFE, compile_kernel, worth_compiling
from .graph import Indices, LiveGraph

WORD = 62
"""Bits of a word of a set: what int64 and Python integers both hold without a sign."""

CACHE_LINE = 8
"""Words of a set that are worked on together: they come from memory together."""


@dataclass(frozen=True, slots=True)
class WalkTotals:
    """What a walk over an elimination order has counted. Exact."""

    products: int
    fma: int
    flops: int
    peak_entries: int


def fits_int64(live: LiveGraph) -> bool:
    """Whether no count of any elimination order of the graph can leave 64 bits."""
    total: int = sum(live.sizes.tolist())
    widest = int(live.sizes.max(initial=1))
    return 2 * total * total * widest * (live.intermediates + 1) < INT64_SAFE


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
    reach, _, _ = _reach(live, order, live.sizes, backwards=direction < 0, full=False)
    return _outer_sums(live, reach, backwards=direction < 0)[1]


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
) -> WalkTotals:
    """Eliminate in `order`, or greedily and write the order found to `order`.

    Greedy takes the vertex whose elimination is cheapest now, less its `offset`; ties go to the
    smallest number. With `flops` the cost of `v` counts `2 size(v) - 1` for every product of two
    entries, so that inner additions count and those to an existing edge do not.
    """
    n = len(live)
    exact_offset = [0] * n if offset is None else offset.tolist()
    columns: Any = (live.pred_at, live.pred, live.succ_at, live.succ, live.is_output)
    if fits_int64(live) and worth_compiling(eliminate, 200 * (n + len(live.pred))):
        totals = compile_kernel(eliminate)(
            order,
            greedy,
            flops,
            *columns,
            live.sizes,
            np.array(exact_offset, dtype=np.int64),
            np.zeros(n, dtype=np.int64),
            np.zeros(n, dtype=np.int64),
            np.zeros(n, dtype=np.int64),
        )
    else:
        plain: Any = eliminate
        totals = plain(
            order,
            greedy,
            flops,
            *(column.tolist() for column in columns),
            live.sizes.tolist(),
            exact_offset,
            [0] * n,
            [0] * n,
            [0] * n,
        )
    return WalkTotals(*(int(total) for total in totals))


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
    return _reach(live, order, live.sizes, backwards=backwards, full=False)[0]


def topological_totals(live: LiveGraph, order: Indices, *, backwards: bool) -> WalkTotals:
    """The totals of a topological order, or of the reverse of one."""
    ones = np.ones_like(live.sizes)
    count, _, _ = _reach(live, order, ones, backwards=backwards, full=False)
    reach, additions, peak = _reach(live, order, live.sizes, backwards=backwards, full=True)
    outer, fma = _outer_sums(live, reach, backwards=backwards)
    at = live.pred_at if backwards else live.succ_at
    far_count = np.diff(at)[: live.intermediates]
    products = int((count.astype(object) * far_count).sum())
    return WalkTotals(products, fma, 2 * fma - int(outer.sum()) + additions, peak)


def _reach(
    live: LiveGraph, order: Indices, weights: Indices, *, backwards: bool, full: bool
) -> tuple[npt.NDArray[Any], int, int]:
    """Weights of what each vertex reaches; if `full`, entries added to, and peak entries."""
    n, m = len(live), live.intermediates
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


def eliminate(  # type: ignore[no-untyped-def]
    order, greedy, flops, pred_at, pred, succ_at, succ, is_output, sizes, offset, win, wout, key
):
    """Eliminate all intermediates; returns products, fma, flops, peak entries.

    Neighbours are kept in lists with room to grow. A list may still hold vertices that are gone:
    they are skipped, and swept out when the list is read or full. Lists of successors that have
    grown long are doubled by a hash table of edges, so that no list is read again and again.
    """
    n = len(sizes)
    m = len(order)
    total = sizes[0] * 0
    products, fma, flop_count, held, peak = 0, total, total, total, total
    gone, never = np.zeros(n, np.bool_), np.zeros(n, np.bool_)
    p_start, p_len, p_cap = np.zeros(n, np.int64), np.zeros(n, np.int64), np.zeros(n, np.int64)
    s_start, s_len, s_cap = np.zeros(n, np.int64), np.zeros(n, np.int64), np.zeros(n, np.int64)
    p_top, s_top = np.zeros(1, np.int64), np.zeros(1, np.int64)
    p_pool = np.zeros(4 * len(pred) + 16, np.int64)
    s_pool = np.zeros(4 * len(succ) + 16, np.int64)
    for x in range(n):
        for e in range(pred_at[x], pred_at[x + 1]):
            win[x] += sizes[pred[e]]
            if x < m:
                p_pool = _append(p_pool, p_start, p_len, p_cap, p_top, x, pred[e], gone, never)
        for e in range(succ_at[x], succ_at[x + 1]):
            wout[x] += sizes[succ[e]]
            s_pool = _append(s_pool, s_start, s_len, s_cap, s_top, x, succ[e], gone, is_output)
    landed = np.zeros(len(succ) + 1, np.bool_)
    hashed = np.zeros(n, np.bool_)
    table = np.full(64, -1, np.int64)
    in_table = np.zeros(1, np.int64)
    hit = np.full(n, -1, np.int64)
    queue, place = np.zeros(m + 1, np.int64), np.zeros(n, np.int64)
    if greedy:
        for v in range(m):
            inner = 2 * sizes[v] - 1 if flops else sizes[v]
            key[v] = win[v] * inner * wout[v] - offset[v]
            queue[v] = v
            place[v] = v
        for at in range(m // 2 - 1, -1, -1):
            _sift_down(queue, place, key, at, m)
    before, after = np.zeros(16, np.int64), np.zeros(16, np.int64)
    for t in range(m):
        if greedy:
            v = queue[0]
            order[t] = v
            last = queue[m - 1 - t]
            queue[0] = last
            place[last] = 0
            _sift_down(queue, place, key, 0, m - 1 - t)
        else:
            v = order[t]
        n_before = 0
        if len(before) < p_len[v]:
            before = np.zeros(2 * p_len[v], np.int64)
        for e in range(p_start[v], p_start[v] + p_len[v]):
            if not gone[p_pool[e]]:
                before[n_before] = p_pool[e]
                n_before += 1
        n_after = 0
        if len(after) < s_len[v]:
            after = np.zeros(2 * s_len[v], np.int64)
        for e in range(s_start[v], s_start[v] + s_len[v]):
            if not gone[s_pool[e]] or is_output[s_pool[e]]:
                after[n_after] = s_pool[e]
                n_after += 1
        gone[v] = True
        products += n_before * n_after
        outer = win[v] * wout[v]
        fma += outer * sizes[v]
        flop_count += outer * (2 * sizes[v] - 1)
        freed = total
        for b in range(n_after):
            s = after[b]
            if not gone[s]:
                win[s] -= sizes[v]
            e = _find(succ_at, succ, v, s)
            if e < 0 or landed[e]:
                freed += sizes[v] * sizes[s]
        for a in range(n_before):
            p = before[a]
            e = _find(succ_at, succ, p, v)
            if not is_output[v]:
                wout[p] -= sizes[v]
                if e < 0 or landed[e]:
                    freed += sizes[p] * sizes[v]
            mark = t * n + p
            if not hashed[p]:
                # Sweep and mark the successors that are there already.
                kept = 0
                for e in range(s_start[p], s_start[p] + s_len[p]):
                    s = s_pool[e]
                    if not gone[s] or is_output[s]:
                        s_pool[s_start[p] + kept] = s
                        kept += 1
                        hit[s] = mark
                s_len[p] = kept
                if kept > 64:
                    hashed[p] = True
                    for e in range(s_start[p], s_start[p] + kept):
                        table = _remember(table, in_table, p * n + s_pool[e])
            for b in range(n_after):
                s = after[b]
                is_there = _is_known(table, p * n + s) if hashed[p] else hit[s] == mark
                if is_there:
                    flop_count += sizes[p] * sizes[s]
                    e = _find(succ_at, succ, p, s)
                    if e >= 0 and not landed[e]:
                        landed[e] = True
                        held += sizes[p] * sizes[s]
                else:
                    s_pool = _append(s_pool, s_start, s_len, s_cap, s_top, p, s, gone, is_output)
                    if hashed[p]:
                        table = _remember(table, in_table, p * n + s)
                    wout[p] += sizes[s]
                    held += sizes[p] * sizes[s]
                    if s < m and not gone[s]:
                        win[s] += sizes[p]
                        p_pool = _append(p_pool, p_start, p_len, p_cap, p_top, s, p, gone, never)
        peak = max(peak, held)
        held -= freed
        if greedy:
            for a in range(n_before):
                x = before[a]
                if x < m:
                    inner = 2 * sizes[x] - 1 if flops else sizes[x]
                    key[x] = win[x] * inner * wout[x] - offset[x]
                    _sift(queue, place, key, place[x], m - 1 - t)
            for b in range(n_after):
                x = after[b]
                if x < m and not gone[x]:
                    inner = 2 * sizes[x] - 1 if flops else sizes[x]
                    key[x] = win[x] * inner * wout[x] - offset[x]
                    _sift(queue, place, key, place[x], m - 1 - t)
    return products, fma, flop_count, peak


def _append(pool, start, length, room, top, x, value, gone, stays):  # type: ignore[no-untyped-def]
    """Append to list `x`, sweeping it, then moving it to the end of the pool, where it is full."""
    if length[x] == room[x]:
        kept = 0
        for e in range(start[x], start[x] + length[x]):
            if not gone[pool[e]] or stays[pool[e]]:
                pool[start[x] + kept] = pool[e]
                kept += 1
        length[x] = kept
        if 2 * kept >= room[x]:
            wanted = max(4, 2 * room[x])
            if top[0] + wanted > len(pool):
                larger = np.zeros(2 * len(pool) + wanted, np.int64)
                larger[: top[0]] = pool[: top[0]]
                pool = larger
            for e in range(kept):
                pool[top[0] + e] = pool[start[x] + e]
            start[x] = top[0]
            room[x] = wanted
            top[0] += wanted
    pool[start[x] + length[x]] = value
    length[x] += 1
    return pool


def _find(at, rows, p, s):  # type: ignore[no-untyped-def]
    """The position of edge `(p, s)` among the edges that were given, or -1."""
    low, high = at[p], at[p + 1]
    while low < high:
        middle = (low + high) // 2
        if rows[middle] < s:
            low = middle + 1
        else:
            high = middle
    return low if low < at[p + 1] and rows[low] == s else -1


def _slot(table, key):  # type: ignore[no-untyped-def]
    mask = len(table) - 1
    at = ((key ^ (key >> 23)) * 40503 ^ (key >> 7)) & mask
    while table[at] >= 0 and table[at] != key:
        at = (at + 1) & mask
    return at


def _is_known(table, key):  # type: ignore[no-untyped-def]
    return table[_slot(table, key)] == key


def _remember(table, count, key):  # type: ignore[no-untyped-def]
    """Add a key to an open hash table, which is doubled when half full."""
    if 2 * count[0] >= len(table):
        larger = np.full(2 * len(table), -1, np.int64)
        for old in table:
            if old >= 0:
                larger[_slot(larger, old)] = old
        table = larger
    at = _slot(table, key)
    if table[at] < 0:
        table[at] = key
        count[0] += 1
    return table


def _is_before(key, x, y):  # type: ignore[no-untyped-def]
    return key[x] < key[y] or (key[x] == key[y] and x < y)


def _sift(queue, place, key, at, length):  # type: ignore[no-untyped-def]
    """Restore the order of a binary heap after the key at one place has changed."""
    while at > 0 and _is_before(key, queue[at], queue[(at - 1) // 2]):
        parent = (at - 1) // 2
        queue[at], queue[parent] = queue[parent], queue[at]
        place[queue[at]] = at
        place[queue[parent]] = parent
        at = parent
    _sift_down(queue, place, key, at, length)


def _sift_down(queue, place, key, at, length):  # type: ignore[no-untyped-def]
    while 2 * at + 1 < length:
        child = 2 * at + 1
        if child + 1 < length and _is_before(key, queue[child + 1], queue[child]):
            child += 1
        if not _is_before(key, queue[child], queue[at]):
            return
        queue[at], queue[child] = queue[child], queue[at]
        place[queue[at]] = at
        place[queue[child]] = child
        at = child
