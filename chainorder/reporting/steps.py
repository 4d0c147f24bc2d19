"""A step as a reader wants it: its operands with their shapes, and what it costs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ..plans.plan import Plan

STEPS_LISTED = 40
"""Plans of more steps than this are listed by their dearest ones."""

DEAREST = 20
"""How many those are."""


class ShownStep(NamedTuple):
    """One step: its number from 1, its kind, the operands and the result, and its cost.

    Shapes are `(rows, columns)`; `left` or `right` is None where the step has no such matrix.
    `detail` says by what an elemental is accumulated, what a tangent or adjoint goes through, that
    a product is added to what is there, or that one half of it is multiplied, being symmetric.
    `seconds` is None where costs are no times.
    """

    number: int
    kind: str
    detail: str
    left: str | None
    left_shape: tuple[int, int] | None
    right: str | None
    right_shape: tuple[int, int] | None
    result: str
    result_shape: tuple[int, int]
    fma: int
    flops: int
    seconds: float | None = None


def listed(costs: Sequence[int] | Any) -> list[int] | None:
    """The positions of the steps that a report lists, rising; None where that is all of them.

    Among steps of equal cost the earlier ones are taken.
    """
    count = len(costs)
    if count <= STEPS_LISTED:
        return None
    column = np.asarray(costs)
    if column.dtype == object:
        order = sorted(range(count), key=lambda t: (-column[t], t))
        return sorted(order[:DEAREST])
    # Everything above the twentieth, and the first few of those that equal it.
    limit = np.partition(column, count - DEAREST)[count - DEAREST]
    above = np.flatnonzero(column > limit)
    equal = np.flatnonzero(column == limit)[: DEAREST - len(above)]
    return sorted([*above.tolist(), *equal.tolist()])


def whole_cost(plan: Plan) -> int:
    """What all steps cost together; the cost of a plan for machines is its makespan, not that."""
    schedule = getattr(plan, "schedule", None)
    return plan.cost if schedule is None else int(schedule.work)


def factor_name(i: int, j: int) -> str:
    """The name of sub-Jacobian `(i, j)`: `J3` for an elemental, `J5…J3` for a product."""
    return f"J{j}" if j - i == 1 else f"J{j}…J{i + 1}"
