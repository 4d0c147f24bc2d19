"""The steps of a bracketing form a tree; this walks it so that little is held in memory at once."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..compiled import INT64_SAFE, runner
from ..problems.chain import Chain
from .steps import MULTIPLY, Steps


def ordered_steps(
    chain: Chain, i: Any, k: Any, j: Any, kind: Any = None, inside: Any = None
) -> Steps:
    """The given steps of a tree, in an order that can be run and that holds few entries.

    The columns may come in any order, as lists or as arrays; `kind` None means all multiply.
    `inside` is what a step holds at once, where that is more than its operands and its result.
    """
    order = depth_first_order(chain.size_array, i, k, j, kind, inside)
    if isinstance(order, np.ndarray):
        i, k, j = (np.asarray(column)[order] for column in (i, k, j))
        return Steps(i, k, j, None if kind is None else np.asarray(kind)[order])
    i, k, j = ([column[t] for t in order] for column in (i, k, j))
    return Steps(i, k, j, None if kind is None else [kind[t] for t in order])


def depth_first_order(
    sizes: Any, i: Any, k: Any, j: Any, kind: Any = None, inside: Any = None
) -> Any:
    """The positions of the steps in an order that can be run, the whole Jacobian last.

    Of two operands that both have to be made, the one whose making exceeds what it leaves behind
    by more comes first; among depth-first orders that is the one with the smallest peak
    (Liu 1986, section 3). Returns an array where compiling pays, else a list.
    """
    count = len(i)
    if count == 0:
        return []
    run = runner(depth_first, 20 * count, fits=lambda: _peaks_fit(sizes, count))
    kind = [MULTIPLY] * count if kind is None else kind
    inside = run.zeros(count) if inside is None else inside
    order = run.zeros(count)
    run(run.columns(StepColumns(kind, i, k, j)), run.column(sizes), run.column(inside), order)
    return order


def as_list(column: Any) -> Any:
    """A column as plain Python runs fastest on it, its integers unbounded."""
    return column.tolist() if isinstance(column, np.ndarray) else column


def _peaks_fit(sizes: Any, count: int) -> bool:
    return bool(int(np.max(sizes)) ** 2 < INT64_SAFE // max(count, 2))


class StepColumns(NamedTuple):
    """The steps of a tree, in any order."""

    kind: Any
    i: Any
    k: Any
    j: Any


def depth_first(steps, d, inside, order):  # type: ignore[no-untyped-def]
    """Fill `order` with the positions of the steps, operands before the steps that use them.

    What a step makes, `(i, j)`, is the right operand of the step that eliminates `j` if that one
    starts at `i`, else the left operand of the step that eliminates `i`. Both lie close by in
    memory, and so do the steps of a subtree.
    """
    kind, i, k, j = steps
    count = len(i)
    step_at = [-1] * len(d)  # the step that eliminates a variable, or the first of several
    for t in range(count):
        if kind[t] != 0:  # accumulate eliminates none
            step_at[k[t]] = t
    first = [-1] * count  # the right operand's step, or -1; later, the operand that is made first
    second = [-1] * count  # the left operand's, or the other
    root = -1
    for t in range(count):
        ends, starts = step_at[j[t]], step_at[i[t]]
        if ends >= 0 and i[ends] == i[t]:
            first[ends] = t
        elif starts >= 0 and j[starts] == j[t]:
            second[starts] = t
        else:
            root = t
    # From the root down, parents before their operands.
    stack = [root]
    place = 0
    while len(stack) > 0:
        t = stack.pop()
        order[place] = t
        place += 1
        if first[t] >= 0:
            stack.append(first[t])
        if second[t] >= 0:
            stack.append(second[t])
    # Back up: what each subtree holds at most, with its better operand first.
    nothing = 0 * d[0]
    peak = [nothing] * count
    for place in range(count - 1, -1, -1):
        t = order[place]
        a, b = first[t], second[t]
        rest_a = d[i[t]] * d[k[t]] if a >= 0 else nothing
        rest_b = d[k[t]] * d[j[t]] if b >= 0 else nothing
        peak_a = peak[a] if a >= 0 else nothing
        peak_b = peak[b] if b >= 0 else nothing
        if peak_b - rest_b > peak_a - rest_a:
            first[t], second[t] = b, a
            held = max(peak_b, rest_b + peak_a)
        else:
            held = max(peak_a, rest_a + peak_b)
        peak[t] = max(held, rest_a + rest_b + d[i[t]] * d[j[t]], inside[t])
    # A walk that visits a step, then its second operand, then its first, read backwards.
    stack.append(root)
    place = count
    while len(stack) > 0:
        t = stack.pop()
        place -= 1
        order[place] = t
        if first[t] >= 0:
            stack.append(first[t])
        if second[t] >= 0:
            stack.append(second[t])
