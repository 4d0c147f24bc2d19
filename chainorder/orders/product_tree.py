"""The steps of a bracketing form a tree; this walks it so that little is held in memory at once."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..chain import Chain
from ..compiled import INT64_SAFE, compile_kernel, worth_compiling
from ..cost import MULTIPLY
from ..plans import Steps

NO_CHILD = -1


def ordered_steps(chain: Chain, i: Any, k: Any, j: Any, kind: Any = None) -> Steps:
    """The given steps of a tree, in an order that can be run and that holds few entries.

    The columns may come in any order, as lists or as arrays; `kind` None means all multiply.
    """
    order = depth_first_order(chain.size_array, i, k, j, kind)
    if isinstance(order, np.ndarray):
        i, k, j = (np.asarray(column)[order] for column in (i, k, j))
        return Steps(i, k, j, None if kind is None else np.asarray(kind)[order])
    i, k, j = ([column[t] for t in order] for column in (i, k, j))
    return Steps(i, k, j, None if kind is None else [kind[t] for t in order])


def depth_first_order(sizes: Any, i: Any, k: Any, j: Any, kind: Any = None) -> Any:
    """The positions of the steps in an order that can be run, the whole Jacobian last.

    Of two operands that both have to be made, the one whose making exceeds what it leaves behind
    by more comes first; among depth-first orders that is the one with the smallest peak
    (Liu 1986, section 3). Returns an array where compiling pays, else a list.
    """
    count = len(i)
    if count == 0:
        return []
    if kind is None:
        kind = [MULTIPLY] * count
    if worth_compiling(depth_first, 8 * count) and _peaks_fit(sizes, count):
        order: Any = np.empty(count, dtype=np.int64)
        columns = [np.asarray(column, dtype=np.int64) for column in (sizes, i, k, j, kind)]
        compile_kernel(depth_first)(*columns, order)
        return order
    order = [0] * count
    sizes, i, k, j, kind = map(as_list, (sizes, i, k, j, kind))
    depth_first(sizes, i, k, j, kind, order)
    return order


def as_list(column: Any) -> Any:
    """A column as plain Python runs fastest on it, its integers unbounded."""
    return column.tolist() if isinstance(column, np.ndarray) else column


def _peaks_fit(sizes: Any, count: int) -> bool:
    return bool(int(np.max(sizes)) ** 2 < INT64_SAFE // max(count, 1))


def depth_first(d, i, k, j, kind, order):  # type: ignore[no-untyped-def]
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
            peak[t] = max(held, rest_left + rest_right + d[i[t]] * d[j[t]])
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
