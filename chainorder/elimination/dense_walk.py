"""Walking on with an elimination order where the graph has filled up: sets of neighbours as bits.

Greedy orders leave the vertices that are expensive to the end, and by then most pairs of vertices
are neighbours. A product of a row of successors with a row of successors is then a few words.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .bits import BIT_OF, WORD
from .list_walk import greedy_key
from .priority_queue import fill, sift, take_first


class Left(NamedTuple):
    """What a walk on lists has left: see `list_walk.eliminate`.

    `names` are the vertices that still have edges and `number` their positions there, -1 for the
    others; `sizes` are those of `names`.
    """

    names: Any
    number: Any
    gone: Any
    start: Any
    length: Any
    pool: Any
    given_at: Any
    given_succ: Any
    landed: Any
    sizes: Any


class Rows(NamedTuple):
    """Sets of `words` words for every vertex, and sizes and numbers of their members.

    Successors, predecessors, and the given edges that no product has landed on yet, `untouched` in
    number.
    """

    succ: Any
    pred: Any
    given: Any
    win: Any
    wout: Any
    count_in: Any
    count_out: Any
    untouched: Any


class Vertices(NamedTuple):
    """Of every vertex whether it is an output, its size, its offset, and room for its key."""

    is_output: Any
    sizes: Any
    offset: Any
    key: Any


def rows_of_bits(left, words, rows):  # type: ignore[no-untyped-def]
    """Turn lists of successors into the sets that `eliminate_rest` walks on; they begin empty."""
    names, number, gone, start, length, pool, given_at, given_succ, landed, sizes = left
    succ, pred, given, win, wout, count_in, count_out, untouched = rows
    for a in range(len(names)):
        x = names[a]
        if gone[x]:  # an output that has no successors any more
            continue
        for e in range(start[x], start[x] + length[x]):
            b = number[pool[e]]
            if b >= 0:
                succ[a * words + b // WORD] |= 1 << b % WORD
                pred[b * words + a // WORD] |= 1 << a % WORD
                wout[a] += sizes[b]
                win[b] += sizes[a]
                count_out[a] += 1
                count_in[b] += 1
        for e in range(given_at[x], given_at[x + 1]):
            b = number[given_succ[e]]
            if b >= 0 and not landed[e]:
                given[a * words + b // WORD] |= 1 << b % WORD
                untouched[a] += 1


def eliminate_rest(  # type: ignore[no-untyped-def]
    order, greedy, flops, words, rows, vertices, held, peak, stop
):
    """Eliminate what `dense_walk` was given; returns products, fma, flops and peak entries.

    Vertices are numbered anew: those to eliminate, as many as `order` is long, then the others;
    `order` is in this numbering. Breaks off when `stop[0]` is 1.
    """
    succ, pred, given, win, wout, count_in, count_out, untouched = rows
    is_output, sizes, offset, key = vertices
    m = len(order)
    zero = sizes[0] * 0
    products, fma, flop_count = 0, zero, zero
    queue, place = np.zeros(m + 1, np.int64), np.zeros(m, np.int64)
    if greedy:
        for v in range(m):
            key[v] = greedy_key(v, flops, sizes, win, wout, offset)
        fill(queue, place, key, m)
    gone = np.zeros(m, np.bool_)
    before = np.zeros(len(sizes), np.int64)
    filled, row = np.zeros(words, np.int64), np.zeros(words, np.int64)
    inner_words = (m - 1) // WORD + 1
    for t in range(m):
        if greedy:
            order[t] = take_first(queue, place, key, m - t)
        v = order[t]
        if stop[0] != 0:
            break
        gone[v] = True
        stays = is_output[v]
        v_word, v_bit = v // WORD, 1 << (v % WORD)
        n_before = 0
        for k in range(words):
            rest = pred[v * words + k]
            while rest != 0:
                bit = rest & -rest
                rest ^= bit
                before[n_before] = k * WORD + BIT_OF[bit % 67]
                n_before += 1
        products += n_before * count_out[v]
        outer = win[v] * wout[v]
        fma += outer * sizes[v]
        flop_count += outer * (2 * sizes[v] - 1)
        freed = wout[v] * sizes[v]
        for k in range(words):
            rest = given[v * words + k] & succ[v * words + k]
            while rest != 0:
                bit = rest & -rest
                rest ^= bit
                freed -= sizes[k * WORD + BIT_OF[bit % 67]] * sizes[v]
        for k in range(inner_words):
            rest = succ[v * words + k]
            while rest != 0:
                bit = rest & -rest
                rest ^= bit
                s = k * WORD + BIT_OF[bit % 67]
                if s < m and not gone[s]:
                    pred[s * words + v_word] &= ~v_bit
                    win[s] -= sizes[v]
                    count_in[s] -= 1
        n_filled = 0
        for k in range(words):
            if succ[v * words + k] != 0:
                filled[n_filled] = k
                row[n_filled] = succ[v * words + k]
                n_filled += 1
        for a in range(n_before):
            p = before[a]
            if not stays:
                succ[p * words + v_word] &= ~v_bit
                wout[p] -= sizes[v]
                count_out[p] -= 1
                if given[p * words + v_word] & v_bit == 0:
                    freed += sizes[p] * sizes[v]
                else:
                    untouched[p] -= 1
            fresh = zero
            p_word, p_bit = p // WORD, 1 << (p % WORD)
            some_untouched = untouched[p] != 0
            for at in range(n_filled):
                k = filled[at]
                seen = row[at]
                known = succ[p * words + k]
                if some_untouched:
                    rest = seen & known & given[p * words + k]
                    given[p * words + k] &= ~rest
                    while rest != 0:
                        bit = rest & -rest
                        rest ^= bit
                        held += sizes[p] * sizes[k * WORD + BIT_OF[bit % 67]]
                        untouched[p] -= 1
                rest = seen & ~known
                if rest == 0:
                    continue
                succ[p * words + k] = seen | known
                while rest != 0:
                    bit = rest & -rest
                    rest ^= bit
                    s = k * WORD + BIT_OF[bit % 67]
                    fresh += sizes[s]
                    count_out[p] += 1
                    if s < m and not gone[s]:
                        pred[s * words + p_word] |= p_bit
                        win[s] += sizes[p]
                        count_in[s] += 1
            wout[p] += fresh
            held += sizes[p] * fresh
            flop_count += sizes[p] * (wout[v] - fresh)
        peak = max(peak, held)
        held -= freed
        if greedy:
            for a in range(n_before):
                x = before[a]
                if x < m:
                    key[x] = greedy_key(x, flops, sizes, win, wout, offset)
                    sift(queue, place, key, place[x], m - 1 - t)
            for k in range(inner_words):
                rest = succ[v * words + k]
                while rest != 0:
                    bit = rest & -rest
                    rest ^= bit
                    x = k * WORD + BIT_OF[bit % 67]
                    if x < m and not gone[x]:
                        key[x] = greedy_key(x, flops, sizes, win, wout, offset)
                        sift(queue, place, key, place[x], m - 1 - t)
    return products, fma, flop_count, peak
