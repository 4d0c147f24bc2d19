"""Walking an elimination order on adjacency lists, or finding it greedily.

Neighbours are kept in lists with room to grow. A list may still hold vertices that are gone: they
are skipped, and swept out when the list is read or full. Lists of successors that have grown long
are doubled by a row of bits, so that no long list is read again and again.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .bits import WORD
from .priority_queue import fill, sift, take_first

LIST_PRODUCT = 30
"""Word operations that take as long as one product on lists."""

SETUP = 4
"""Word operations per word that it takes to turn lists into bits."""


class EdgeLists(NamedTuple):
    """A graph as in `LiveGraph`: its columns."""

    pred_at: Any
    pred: Any
    succ_at: Any
    succ: Any
    is_output: Any
    sizes: Any


class Keys(NamedTuple):
    """For every vertex an offset, the sizes of all predecessors and all successors, and its key.

    All but the offset begin as zero; greedy takes the vertex with the least key.
    """

    offset: Any
    win: Any
    wout: Any
    key: Any


def eliminate(order, greedy, flops, graph, keys, most_words, stop):  # type: ignore[no-untyped-def]
    """Eliminate intermediates until all are gone, or bits repay, or `stop[0]` is 1.

    For bits see `dense_walk`.

    Returns how many are gone; products, fma, flops, entries held and their peak so far; and what is
    left: which vertices are gone, which given edges a product has landed on, and the successors.
    """
    pred_at, pred, succ_at, succ, is_output, sizes = graph
    offset, win, wout, key = keys
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
    # How many of the given edges of each vertex no product has landed on.
    untouched = np.zeros(n, np.int64)
    for x in range(n):
        untouched[x] = succ_at[x + 1] - succ_at[x]
    # Successors as bits, for lists that are longer than such a row.
    row_words = n // WORD + 1
    bits = np.zeros(8 * row_words, np.int64)
    row_of = np.full(n, -1, np.int64)
    rows_in_use = 0
    hit = np.full(n, -1, np.int64)
    queue, place = np.zeros(m + 1, np.int64), np.zeros(n, np.int64)
    if greedy:
        for v in range(m):
            key[v] = greedy_key(v, flops, sizes, win, wout, offset)
        fill(queue, place, key, m)
    before, after = np.zeros(16, np.int64), np.zeros(16, np.int64)
    # What bits would have saved of late, in word operations.
    saved = 0
    for t in range(m):
        rows = n - t
        words = rows // WORD + 1
        is_full = saved > SETUP * rows * words and 3 * rows * words <= most_words
        if is_full or stop[0] != 0:
            return (t, products, fma, flop_count, held, peak, gone, landed, s_start, s_len, s_pool)
        if greedy:
            order[t] = take_first(queue, place, key, m - t)
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
        saved = max(0, saved + n_before * (LIST_PRODUCT * n_after - words))
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
                else:
                    untouched[p] -= 1
            mark = t * n + p
            if row_of[p] < 0:
                # Sweep and mark the successors that are there already.
                kept = 0
                for e in range(s_start[p], s_start[p] + s_len[p]):
                    s = s_pool[e]
                    if not gone[s] or is_output[s]:
                        s_pool[s_start[p] + kept] = s
                        kept += 1
                        hit[s] = mark
                s_len[p] = kept
                if kept > row_words:
                    row_of[p] = rows_in_use * row_words
                    rows_in_use += 1
                    if rows_in_use * row_words > len(bits):
                        bits = np.concatenate((bits, np.zeros(len(bits), np.int64)))
                    for e in range(s_start[p], s_start[p] + kept):
                        s = s_pool[e]
                        bits[row_of[p] + s // WORD] |= 1 << s % WORD
            row = row_of[p]
            for b in range(n_after):
                s = after[b]
                is_there = hit[s] == mark if row < 0 else bits[row + s // WORD] >> s % WORD & 1
                if is_there:
                    flop_count += sizes[p] * sizes[s]
                    e = _find(succ_at, succ, p, s) if untouched[p] > 0 else -1
                    if e >= 0 and not landed[e]:
                        landed[e] = True
                        untouched[p] -= 1
                        held += sizes[p] * sizes[s]
                else:
                    s_pool = _append(s_pool, s_start, s_len, s_cap, s_top, p, s, gone, is_output)
                    if row >= 0:
                        bits[row + s // WORD] |= 1 << s % WORD
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
                    key[x] = greedy_key(x, flops, sizes, win, wout, offset)
                    sift(queue, place, key, place[x], m - 1 - t)
            for b in range(n_after):
                x = after[b]
                if x < m and not gone[x]:
                    key[x] = greedy_key(x, flops, sizes, win, wout, offset)
                    sift(queue, place, key, place[x], m - 1 - t)
    return m, products, fma, flop_count, held, peak, gone, landed, s_start, s_len, s_pool


def greedy_key(v, flops, sizes, win, wout, offset):  # type: ignore[no-untyped-def]
    """What eliminating a vertex takes now, additions to edges left out, less its offset."""
    inner = 2 * sizes[v] - 1 if flops else sizes[v]
    return win[v] * inner * wout[v] - offset[v]


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
