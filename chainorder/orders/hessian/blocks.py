"""The dynamic program over ranges: second derivatives as sums of blocks, Jacobians at a price.

`H(i, j)` is a sum over consecutive elementals. Here it is a sum over *blocks*: a block `(a, c)`,
`i <= a < c <= j`, is `H(a, c)`, found in the same way, brought to `(i, j)` by Jacobians applied to
its outputs and congruences on its inputs, either first, each in as many hops as are cheapest. Two
blocks `(i, k)` and `(k, j)` are the chain rule; one block per elemental is the sum
`Σ_l J(l, j)·T_l[J(i, l-1), J(i, l-1)]`; reverse and forward are there too. In O(q⁴) for q
elementals; every use of a Jacobian is charged its price. (Naumann & Burela 2021 have the two
blocks, in one hop each.)
"""

from __future__ import annotations

from typing import Any, NamedTuple

from ...plans.hessian_cost import (
    DENSE,
    NONE,
    POINTS,
    SLICES,
    SweepColumns,
    apply_cost,
    cheapest_congruence,
    cheapest_kind,
    sweep_cost,
)
from ...plans.hessian_kinds import APPLY, CONGRUENCE, CURVATURE, ROWS, SWEEP


class BlockColumns(NamedTuple):
    """What the program reads. `[j][k]` are tables of Jacobians `(k, j)`, `k < j`."""

    size: Any
    """`d_0 … d_q`."""
    diagonal: Any
    """`[j][k]`: 1 where the Jacobian is diagonal."""
    weight: Any
    """`[j][k]`: what applying the Jacobian to one column costs."""
    content: Any
    """`[i][j]`: of the tensor `H(i, j)`."""
    price: Any
    """`[j][k]`: what one more use of the Jacobian costs."""
    leaf: Any
    """`[l]`: what it costs to have the tensor of elemental `l + 1` as an array."""
    given: Any
    """`[l]`: 1 where elemental `l + 1` is there as arrays."""
    linear: Any
    """`[l]`: 1 where elemental `l + 1` has no second derivatives."""
    lacks: Any
    """`[0]`, `[1]`: how many of the first elementals cannot be swept; cannot be done in rows."""
    weights: Any
    """Per fma, per entry, per addition to a tensor; and what no plan costs."""
    sums: SweepColumns


class Tables(NamedTuple):
    """What the program fills; see the functions that do, and `cover_range` of the last two."""

    applied: Any
    congruent: Any
    best: Any
    cover: Any
    came: Any


def fill_applied(i, b, path, applied):  # type: ignore[no-untyped-def]
    """`applied[j][k][i]`: the least price of bringing `H(i, k)` to `(i, j)`, in any hops."""
    size, per_fma, per_entry, infinite = b.size, b.weights[0], b.weights[1], b.weights[3]
    for k in range(i + 1, len(size) - 1):
        content = b.content[i][k]
        if content == NONE:
            continue
        kept = size[i] if content != DENSE else (size[i] * (size[i] + 1) >> 1)
        path[k] = 0
        for j in range(k + 1, len(size)):
            least = infinite
            hops, prices = b.weight[j], b.price[j]
            if content == POINTS:
                for t in range(k, j):
                    now = POINTS if t == k or b.diagonal[t][k] == 1 else SLICES
                    is_diagonal = b.diagonal[j][t] == 1
                    cost = apply_cost(
                        size[j], size[t], size[i], is_diagonal, now, per_fma, per_entry
                    )
                    least = min(least, path[t] + cost + prices[t])
            else:
                before, hop, price = path[k:j], hops[k:j], prices[k:j]
                for t in range(len(before)):
                    least = min(least, before[t] + kept * hop[t] + price[t])
            path[j] = least
            applied[j][k][i] = least


def fill_congruent(j, b, hop, path, congruent):  # type: ignore[no-untyped-def]
    """`congruent[i][j][k]`: the least price of bringing `H(k, j)` to `(i, j)`, in any hops.

    `hop` has room for a table `[i][t]` of single hops for every content that can occur.
    """
    size, per_fma, per_entry, infinite = b.size, b.weights[0], b.weights[1], b.weights[3]
    m = size[j]
    for content in range(len(hop)):
        for i in range(j - 1):
            for t in range(i + 1, j):
                s, n, is_diagonal = size[t], size[i], b.diagonal[t][i] == 1
                hop[content][i][t] = b.price[t][i] + cheapest_congruence(
                    m, s, n, is_diagonal, content, per_fma, per_entry
                )
    for k in range(1, j):
        content = b.content[k][j]
        if content == NONE:
            continue
        path[k] = 0
        for i in range(k - 1, -1, -1):
            least = infinite
            if content == DENSE:
                before, hops = path[i + 1 : k + 1], hop[DENSE][i][i + 1 : k + 1]
                for t in range(len(before)):
                    least = min(least, before[t] + hops[t])
            else:
                for t in range(i + 1, k + 1):
                    stays = t == k or b.diagonal[k][t] == 1
                    least = min(least, path[t] + hop[content if stays else DENSE][i][t])
            path[i] = least
            congruent[i][j][k] = least


def cover_range(i, j, b, tables, trace):  # type: ignore[no-untyped-def]
    """The least price of `H(i, j)` from smaller ranges, and `k` if a sweep from `k` back has it.

    `cover[c]` is the least price of the terms of elementals `i + 1 … c` at `(i, j)`; if `trace`,
    `came[c]` is where the last block of it begins. Of the sweeps, `k` is negative for one in rows.
    """
    applied, congruent, best, cover, came = tables
    size, infinite = b.size, b.weights[3]
    whole = b.content[i][j]
    if whole == NONE:
        return 0, 0
    add = b.weights[2] * size[j] * (size[i] if whole != DENSE else (size[i] * (size[i] + 1) >> 1))
    cover[i] = 0
    here = congruent[i][j]
    for c in range(i + 1, j + 1):
        if b.content[i][c] == NONE:
            cover[c] = 0
            came[c] = c - 1
            continue
        there, first, middle = applied[j][c], best[c], congruent[i][c]
        least = infinite
        if c > i + 1:
            before, block = cover[i + 1 : c], first[i + 1 : c]
            last = here[i + 1 : c]
            if c < j:
                later, one, other = there[i], middle[i + 1 : c], there[i + 1 : c]
                for a in range(len(before)):
                    way = min(one[a] + later, other[a] + last[a])
                    least = min(least, before[a] + block[a] + way)
            else:
                for a in range(len(before)):
                    least = min(least, before[a] + block[a] + last[a])
            least += add
        if c < j:
            least = min(least, first[i] + there[i])
        if b.linear[c - 1] == 1:
            least = min(least, cover[c - 1])
        cover[c] = least
        if trace:
            came[c] = _block_start(i, c, j, tables, add)
    least, swept = cover[j], 0
    prices, rests, adjoints = b.price[j], best[j], b.sums.adjoints
    pulled = size[i] * size[j]
    for k in range(i + 1, j + 1):
        tail, rest = NONE, 0
        if k < j:
            tail, rest = b.content[k][j], rests[k] + prices[k]
        if tail == NONE and b.linear[k - 1] == 1:
            continue
        # Most sweeps are out of the question for what they pull back alone.
        if rest + pulled * (adjoints[k - 1] - adjoints[i]) >= least:
            continue
        for in_rows in (False, True):
            lacks = b.lacks[1] if in_rows else b.lacks[0]
            if lacks[k] > lacks[i]:
                continue
            cost = rest + sweep_cost(
                i, k, j, size, tail, b.sums, in_rows, b.weights[0], b.weights[1]
            )
            if cost < least:
                least, swept = cost, -k if in_rows else k
    return least, swept


def _block_start(i, c, j, tables, add):  # type: ignore[no-untyped-def]
    """Where the last block of `cover[c]` begins: the smallest that reaches it; `-1` for none."""
    applied, congruent, best, cover, _ = tables
    least = cover[c]
    if c < j and best[c][i] + applied[j][c][i] == least:
        return i
    for a in range(i + 1, c):
        way = congruent[i][j][a]
        if c < j:
            way = min(congruent[i][c][a] + applied[j][c][i], applied[j][c][a] + way)
        if cover[a] + best[c][a] + way + add == least:
            return a
    return -1


def block_program(b, hop, room, applied, congruent, best, steps):  # type: ignore[no-untyped-def]
    """Fill all tables, and `steps` from row 0 on, the last step first; how many there are.

    A row is the code of a kind, `i`, `k` and `j`. Jacobians are not made: they have their prices.
    """
    q = len(b.leaf)
    tables = Tables(applied, congruent, best, room[0], room[1])
    for i in range(q - 1):
        fill_applied(i, b, room[0], applied)
    for j in range(2, q + 1):
        fill_congruent(j, b, hop, room[0], congruent)
    for i in range(q - 1, -1, -1):
        best[i + 1][i] = b.leaf[i]
        for j in range(i + 2, q + 1):
            best[j][i] = cover_range(i, j, b, tables, False)[0]
    return trace_blocks(b, room, tables, steps)


def trace_blocks(b, room, tables, steps):  # type: ignore[no-untyped-def]
    """The steps behind `best[q][0]`, the last first."""
    came = tables.came
    # Blocks that are still to be followed: where they begin and end, and where they are wanted.
    begin, end, left, right = room[2], room[3], room[4], room[5]
    begin[0], end[0], left[0], right[0] = 0, len(b.leaf), 0, len(b.leaf)
    open_blocks, count = 1, 0
    while open_blocks > 0:
        open_blocks -= 1
        a, c = begin[open_blocks], end[open_blocks]
        if b.content[a][c] == NONE:
            continue
        i, j = left[open_blocks], right[open_blocks]
        count = trace_moves(a, c, i, j, b, tables, steps, count)
        if c - a == 1:
            if b.given[a] == 0:
                steps[count][0] = CURVATURE
                steps[count][1], steps[count][2], steps[count][3] = a, a, c
                count += 1
            continue
        swept = cover_range(a, c, b, tables, True)[1]
        if swept != 0:
            k = abs(swept)
            steps[count][0] = SWEEP if swept > 0 else ROWS
            steps[count][1], steps[count][2], steps[count][3] = a, k, c
            count += 1
            if k < c and b.content[k][c] != NONE:
                begin[open_blocks], end[open_blocks] = k, c
                left[open_blocks], right[open_blocks] = k, c
                open_blocks += 1
            continue
        # The first block is followed last.
        blocks, stop = 0, c
        while stop > a:
            start = came[stop]
            if start < 0 or b.content[a][stop] == NONE:
                stop -= 1
                continue
            blocks += 1
            stop = start
        at, stop = open_blocks + blocks - 1, c
        while stop > a:
            start = came[stop]
            if start < 0 or b.content[a][stop] == NONE:
                stop -= 1
                continue
            begin[at], end[at], left[at], right[at] = start, stop, a, c
            at -= 1
            stop = start
        open_blocks += blocks
    return count


def trace_moves(a, c, i, j, b, tables, steps, count):  # type: ignore[no-untyped-def]
    """The hops that bring block `(a, c)` to `(i, j)`, the last first."""
    applied, congruent = tables.applied, tables.congruent
    if (a, c) == (i, j):
        return count
    inputs_first = True
    if i < a and c < j:
        one = congruent[i][c][a] + applied[j][c][i]
        inputs_first = one <= applied[j][c][a] + congruent[i][j][a]
    if inputs_first:
        count = trace_applied(c, i, j, b, applied, steps, count)
        return trace_congruent(a, i, c, b, congruent, steps, count)
    count = trace_congruent(a, i, j, b, congruent, steps, count)
    return trace_applied(c, a, j, b, applied, steps, count)


def trace_applied(k, i, j, b, applied, steps, count):  # type: ignore[no-untyped-def]
    """The hops from `(i, k)` to `(i, j)`, the last first."""
    content = b.content[i][k]
    while j > k:
        t, found = k, False
        while not found:
            now = content
            if content == POINTS and t > k and b.diagonal[t][k] == 0:
                now = SLICES
            hop = apply_cost(
                b.size[j],
                b.size[t],
                b.size[i],
                b.diagonal[j][t] == 1,
                now,
                b.weights[0],
                b.weights[1],
            )
            before = applied[t][k][i] if t > k else 0
            found = before + hop + b.price[j][t] == applied[j][k][i]
            if not found:
                t += 1
        steps[count][0], steps[count][1], steps[count][2], steps[count][3] = APPLY, i, t, j
        count += 1
        j = t
    return count


def trace_congruent(k, i, j, b, congruent, steps, count):  # type: ignore[no-untyped-def]
    """The hops from `(k, j)` to `(i, j)`, the last first."""
    content, m = b.content[k][j], b.size[j]
    while i < k:
        t, found, kind = i, False, CONGRUENCE
        while not found:
            t += 1
            now = content if t == k or b.diagonal[k][t] == 1 else DENSE
            s, n, is_diagonal = b.size[t], b.size[i], b.diagonal[t][i] == 1
            hop = cheapest_congruence(m, s, n, is_diagonal, now, b.weights[0], b.weights[1])
            before = congruent[t][j][k] if t < k else 0
            found = before + hop + b.price[t][i] == congruent[i][j][k]
            if found:
                kind = cheapest_kind(m, s, n, is_diagonal, now, b.weights[0], b.weights[1])
        steps[count][0] = kind
        steps[count][1], steps[count][2], steps[count][3] = i, t, j
        count += 1
        i = t
    return count
