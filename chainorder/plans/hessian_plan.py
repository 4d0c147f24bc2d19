"""What a plan of second derivatives asks about its steps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from ..problems.hessian_chain import HessianChain
from .chain_plan import elemental_names
from .hessian_figures import Figures, figures
from .hessian_steps import HESSIAN_KINDS, HessianSteps, hessian_steps_from_json
from .plan_kind import Added, Plan, PlanKind

SHOWN_ELEMENTALS = 24
"""Elementals of chains up to this long are listed where a plan is printed."""


def step_counts(plan: Plan) -> dict[str, int]:
    """How many steps there are of each kind.

    >>> import chainorder as co
    >>> co.plan(co.HessianChain([3, 2, 1]), "reverse").step_counts()
    {'apply': 1, 'congruence': 1}
    """
    counts = Counter(plan.steps.kind.tolist())
    return {kind: counts[code] for code, kind in enumerate(HESSIAN_KINDS) if counts[code]}


def counts_text(plan: Plan) -> str:
    """The same as text: `1 apply, 1 congruence`."""
    return ", ".join(f"{count:,} {kind}" for kind, count in plan.step_counts().items())


def ways(plan: Plan) -> dict[str, list[int]]:
    """How each elemental is used, by its number from 1.

    "given" ones are there as arrays; of the others the Jacobian is "accumulated by tangents" or
    "accumulated by adjoints", "tangents" or "adjoints" of them are applied, the "curvature" is
    accumulated, or they are in a "sweep" or in "rows". One elemental can be used in several ways.
    """
    used: dict[str, set[int]] = {}
    for kind, i, k, j in plan.steps:
        if kind == "accumulate":
            way = f"accumulated by {'tangents' if k == i else 'adjoints'}"
            used.setdefault(way, set()).add(j)
        elif kind in ("tangent", "adjoint"):
            numbers = range(k + 1, j + 1) if kind == "tangent" else range(i + 1, k + 1)
            used.setdefault(f"{kind}s", set()).update(numbers)
        elif kind in ("curvature", "sweep", "rows"):
            numbers = range(i + 1, (j if kind == "curvature" else k) + 1)
            used.setdefault(kind, set()).update(numbers)
    given = {l for l, elemental in enumerate(plan.problem.elementals, 1) if elemental.given}
    found = {way: sorted(numbers - given) for way, numbers in sorted(used.items())}
    return {"given": sorted(given)} | {way: numbers for way, numbers in found.items() if numbers}


def _figures(plan: Plan, objective: str) -> Figures:
    """Found once for every objective, and kept with the steps."""
    steps: HessianSteps = plan.steps
    kept: dict[str, Figures] = steps.__dict__.setdefault("figures", {})
    if objective not in kept:
        kept[objective] = figures(plan.problem, steps, objective)
    return kept[objective]


def _eliminated(plan: Plan) -> list[int]:
    """The intermediate variables, in the order in which they are last met."""
    last: dict[int, int] = {}
    q = len(plan.problem)
    for t, (kind, i, k, j) in enumerate(plan.steps):
        met = range(i + 1, k + 1) if kind in ("sweep", "rows") else (i, k, j)
        for variable in met:
            if 0 < variable < q:
                last[variable] = t
    return sorted(last, key=lambda variable: (last[variable], variable))


def _described(plan: Plan) -> list[tuple[str, str]]:
    rows = [("steps", counts_text(plan) or "none")]
    if not plan.problem.is_given:
        is_short = len(plan.problem) <= SHOWN_ELEMENTALS
        rows += [
            (way, elemental_names(numbers) if is_short else f"{len(numbers):,}")
            for way, numbers in plan.ways().items()
        ]
    return rows


def _steps_from_fields(
    chain: HessianChain, fields: Mapping[str, Any], options: Mapping[str, Any]
) -> HessianSteps:
    steps = hessian_steps_from_json(fields["steps"])
    figures(chain, steps, "fma")  # walks them
    return steps


def _method(function: Callable[[Plan], Any]) -> Added:
    return Added(lambda plan: lambda: function(plan))


KIND = PlanKind(
    total=lambda plan, objective: _figures(plan, objective).cost,
    peak_entries=lambda plan: _figures(plan, "fma").peak_entries,
    eliminated=_eliminated,
    described=_described,
    steps_to_fields=lambda plan: {"steps": [list(step) for step in plan.steps]},
    steps_from_fields=_steps_from_fields,
    fields={"steps": (list,)},
    adds={"step_counts": _method(step_counts), "ways": _method(ways)},
)
