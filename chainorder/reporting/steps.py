"""The steps of a plan as a reader wants them: operands with their shapes, and what each costs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ..plans import cost
from ..plans.eliminations import Eliminations
from ..plans.plan import Plan


class ShownStep(NamedTuple):
    """One step: its number from 1, its kind, the operands and the result, and its cost.

    Shapes are `(rows, columns)`; `left` or `right` is None where the step has no such matrix.
    `detail` says by what an elemental is accumulated, what a tangent or adjoint goes through, or
    that a product is added to what is there.
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


def shown_steps(plan: Plan, at_most: int | None) -> Iterator[ShownStep]:
    """The steps of a plan, or the first and last few that make up `at_most`.

    Args:
        plan: whose steps.
        at_most: how many; None for all.
    """
    if isinstance(plan.steps, Eliminations):
        yield from _products_shown(plan.steps, at_most)
        return
    count = len(plan.steps)
    if at_most is None or count <= at_most:
        positions = range(count)
        yield from _described(plan, positions)
    else:
        half = at_most // 2
        yield from _described(plan, range(half))
        yield from _described(plan, range(count - half, count))


def _described(plan: Plan, positions: range) -> Iterator[ShownStep]:
    d = plan.problem.size_array
    steps = plan.steps[positions.start : positions.stop]
    fma = cost.step_fma(plan.problem, steps).tolist()
    flops = cost.step_flops(plan.problem, steps).tolist()
    is_timed = plan.problem.timing is not None
    seconds = cost.step_costs(plan.problem, steps, "seconds").tolist() if is_timed else None

    def shape(i: int, j: int) -> tuple[int, int]:
        return int(d[j]), int(d[i])

    for t, (kind, i, k, j) in enumerate(steps):
        has_left = kind in ("multiply", "adjoint")
        has_right = kind in ("multiply", "tangent")
        yield ShownStep(
            number=positions.start + t + 1,
            kind=kind,
            detail=_detail(kind, i, k, j),
            left=factor_name(k, j) if has_left else None,
            left_shape=shape(k, j) if has_left else None,
            right=factor_name(i, k) if has_right else None,
            right_shape=shape(i, k) if has_right else None,
            result=factor_name(i, j),
            result_shape=shape(i, j),
            fma=fma[t],
            flops=flops[t],
            seconds=None if seconds is None else seconds[t] / 1e12,
        )


def _detail(kind: str, i: int, k: int, j: int) -> str:
    if kind == "accumulate":
        return "by tangents" if k == i else "by adjoints"
    if kind == "multiply":
        return ""
    return f"through {factor_name(k, j) if kind == 'tangent' else factor_name(i, k)}"


def factor_name(i: int, j: int) -> str:
    """The name of sub-Jacobian `(i, j)`: `J3` for an elemental, `J5…J3` for a product."""
    return f"J{j}" if j - i == 1 else f"J{j}…J{i + 1}"


def _products_shown(steps: Eliminations, at_most: int | None) -> Iterator[ShownStep]:
    """The products of an elimination order; one that lands on an edge is added to it."""
    sizes = steps.graph.sizes
    edges = set(steps.graph.edges)
    count = len(steps)
    half = count if at_most is None or count <= at_most else at_most // 2
    for t, (kind, i, k, j) in enumerate(steps):
        is_added = (i, j) in edges
        edges.add((i, j))
        if half <= t < count - half:
            continue
        outer = sizes[i] * sizes[j]
        yield ShownStep(
            number=t + 1,
            kind=kind,
            detail="and add" if is_added else "",
            left=f"d{j}/d{k}",
            left_shape=(sizes[j], sizes[k]),
            right=f"d{k}/d{i}",
            right_shape=(sizes[k], sizes[i]),
            result=f"d{j}/d{i}",
            result_shape=(sizes[j], sizes[i]),
            fma=outer * sizes[k],
            flops=outer * (2 * sizes[k] - 1 + is_added),
        )
