"""The steps of a bracketing form a tree; this walks it so that little is held in memory at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..chain import Chain
from ..compiled import INT64_SAFE, compile_kernel, worth_compiling
from ..cost import MULTIPLY
from ..plans import Steps

NO_CHILD = -1


def ordered_steps(
    chain: Chain,
    i: Sequence[int],
    k: Sequence[int],
    j: Sequence[int],
    kind: Sequence[int] | None,
    inside: Sequence[int] | None = None,
) -> Steps:
    """The given steps of a tree, in an order that can be run and that holds few entries.

    Of two operands that both have to be made, the one whose making exceeds what it leaves behind
    by more comes first; among depth-first orders that is the one with the smallest peak
    (Liu 1986, section 3). The columns may come in any order; `kind` None means all multiply, and
    `inside` is what a step holds itself at once, where that is more than operands and result.
    """
    count = len(i)
    if count == 0:
        return Steps([], [], [])
    peak = int(chain.size_array.max())
    compiled = worth_compiling(depth_first, 8 * count) and peak * peak < INT64_SAFE // max(count, 2)
    if compiled:
        columns: list[Any] = [np.asarray(c, dtype=np.int64) for c in (i, k, j)]
        kinds: Any = None if kind is None else np.asarray(kind, dtype=np.int64)
        if kinds is None:
            kinds = np.full(count, MULTIPLY, dtype=np.int64)
        held = np.zeros(count, np.int64) if inside is None else np.asarray(inside, np.int64)
        order: Any = np.empty(count, dtype=np.int64)
        compile_kernel(depth_first)(chain.size_array, *columns, kinds, held, order)
        return Steps(columns[0][order], columns[1][order], columns[2][order], kinds[order])
    order = [0] * count
    kinds = kind or [MULTIPLY] * count
    depth_first(chain.size_array.tolist(), i, k, j, kinds, inside or [0] * count, order)
    return Steps(
        [i[t] for t in order],
        [k[t] for t in order],
        [j[t] for t in order],
        None if kind is None else [kind[t] for t in order],
    )


def depth_first(d, i, k, j, kind, inside, order):  # type: ignore[no-untyped-def]
    """Fill `order` with the positions of the steps, operands before the steps that use them.

    A sub-Jacobian `(a, b)` is the right operand of the step that shares its `i = a`, or the left
    operand of the one that shares its `j = b`. Among the steps that start at `a` the operand of
    one is the next narrower, so linking runs over the steps sorted by width.
    """
    count, q = len(i), len(d) - 1
    # Linked lists of the steps of each width, so that wider steps come after narrower ones.
    of_width = [-1 for _ in range(q + 1)]
    next_of_width = [-1 for _ in range(count)]
    for t in range(count):
        width = j[t] - i[t]
        next_of_width[t] = of_width[width]
        of_width[width] = t
    ends_at = [-1 for _ in range(q + 1)]  # the widest step so far with this j (and not yet used)
    starts_at = [-1 for _ in range(q + 1)]  # the same with this i
    left = [-1 for _ in range(count)]
    right = [-1 for _ in range(count)]
    peak = [0 * d[0] for _ in range(count)]
    last = -1
    for width in range(1, q + 1):
        t = of_width[width]
        while t >= 0:
            rest_left, rest_right = 0 * d[0], 0 * d[0]
            peak_left, peak_right = 0 * d[0], 0 * d[0]
            # kinds: 0 accumulate, 1 multiply, 2 tangent (right operand), 3 adjoint (left operand)
            if kind[t] == 1 or kind[t] == 3:
                child = ends_at[j[t]]
                if child >= 0 and i[child] == k[t]:
                    left[t] = child
                    rest_left = d[k[t]] * d[j[t]]
                    peak_left = peak[child]
            if kind[t] == 1 or kind[t] == 2:
                child = starts_at[i[t]]
                if child >= 0 and j[child] == k[t]:
                    right[t] = child
                    rest_right = d[i[t]] * d[k[t]]
                    peak_right = peak[child]
            # The right operand, which lies nearer to the inputs, goes first on a tie.
            if peak_left - rest_left > peak_right - rest_right:
                held = max(peak_left, rest_left + peak_right)
            else:
                held = max(peak_right, rest_right + peak_left)
                left[t], right[t] = right[t], left[t]
            # From here on `left` is the operand that is made first.
            peak[t] = max(held, rest_left + rest_right + d[i[t]] * d[j[t]], inside[t])
            starts_at[i[t]] = t
            ends_at[j[t]] = t
            last = t
            t = next_of_width[t]
    # A walk that visits a step, then its second operand, then its first, read backwards.
    stack = [last]
    place = count
    while len(stack) > 0:
        t = stack.pop()
        place -= 1
        order[place] = t
        if left[t] >= 0:
            stack.append(left[t])
        if right[t] >= 0:
            stack.append(right[t])
