"""What a document adds about second derivatives: the ways of the terms over pairs of variables."""

from __future__ import annotations

from collections.abc import Callable

from ...plans.hessian_steps import HessianStep
from ...plans.plan import Plan
from .. import numbers
from ..blocks import Block, Figure
from ..figures.drawing import TEXT, WIDTH, Dot, Drawing, Label, Mark, Stroke

MARGIN = 30.0
"""Units around the grid, where its axes are named."""

NAMED = 16
"""Variables up to which each has its number at the axes."""

INKS = {"apply": "tangent", "congruence": "adjoint", "triangle": "adjoint", "square": "adjoint"}
"""What is applied to outputs goes up, what is done to inputs to the left; all else is a sweep."""


def plan_blocks(plan: Plan) -> list[Block]:
    """The ways of the terms."""
    if not any(step.is_tensor for step in plan.steps):
        return []
    caption = (
        "a tensor stands at the variables that it connects: inputs to the right, outputs upwards; "
        "applying a Jacobian leads up, a congruence to the left, and what meets is added"
    )
    return [Figure(f"terms-{plan.name}", caption, lambda: plan_drawing(plan))]


def plan_drawing(plan: Plan) -> Drawing:
    """Every tensor at `(i, j)`, and every step that leads from one to another."""
    q = len(plan.problem)
    unit = (WIDTH - 2 * MARGIN) / max(q, 1)
    height = WIDTH

    def at(i: int, j: int) -> tuple[float, float]:
        return MARGIN + i * unit, height - MARGIN - j * unit

    marks: list[Mark] = [
        Stroke("grid", points=(at(0, 0), at(q, q)), width=1.0),
        Stroke("line", points=(at(0, 0), at(0, q))),
        Stroke("line", points=(at(0, 0), at(q, 0))),
        *_numbers(q, at),
    ]
    radius = min(4.0, max(1.0, unit / 5))
    for l, elemental in enumerate(plan.problem.elementals):
        if not elemental.is_linear:
            x, y = at(l, l + 1)
            marks.append(Dot("muted", f"T{l + 1}", x=x, y=y, radius=radius))
    for step in plan.steps:
        if step.is_tensor and step.kind != "curvature":
            ink = INKS.get(step.kind, "accumulate")
            title = f"{step.kind} ({step.i}, {step.k}, {step.j})"
            marks.append(Stroke(ink, title, points=(at(*_origin(step)), at(*step.result))))
    x, y = at(0, q)
    marks.append(Dot("best", "the second derivatives", x=x, y=y, radius=radius + 2))
    tensors = sum(step.is_tensor for step in plan.steps)
    described = (
        f"{numbers.count(tensors, 'step', 'steps')} on tensors, from the elementals on the "
        f"diagonal to the second derivatives at the upper left"
    )
    return Drawing(
        f"terms-{plan.name}", WIDTH, height, "Ways of the terms", described, tuple(marks)
    )


def _origin(step: HessianStep) -> tuple[int, int]:
    """Where the tensor that a step uses stands; of a sweep without one, where it turns."""
    return step.tensor or (step.k - 1, step.j)


def _numbers(q: int, at: Callable[[int, int], tuple[float, float]]) -> list[Mark]:
    shown = range(q + 1) if q <= NAMED else (0, q)
    marks: list[Mark] = []
    for variable in shown:
        x, y = at(variable, 0)
        marks.append(Label("muted", text=str(variable), x=x, y=y + TEXT + 4, anchor="middle"))
        x, y = at(0, variable)
        marks.append(Label("muted", text=str(variable), x=x - 6, y=y + 4, anchor="end"))
    return marks
