"""What a plan on a chain asks about its steps: brackets, factors, how each elemental is used."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ..problems.chain import Chain
from .chain_steps import check_steps, steps_from_json, wanted_ranges
from .plan_kind import Added, Plan, PlanKind
from .prices import prices_of
from .steps import Step, Steps
from .unfolded import unfolded

WAYS = ("given", "accumulated by tangents", "accumulated by adjoints", "tangents", "adjoints")
"""How a plan can use an elemental."""

SHOWN_ELEMENTALS = 24
"""Chains up to this long are bracketed where a plan is printed."""


def factors(plan: Plan) -> list[tuple[int, int]]:
    """The sub-Jacobians that are there in the end, from the inputs on.

    One, `(0, q)`, unless the form is "operator": then the Jacobian is their product; or unless
    all prefixes or suffixes are wanted.
    """
    q = len(plan.problem)
    if plan.form == "matrix":
        return wanted_ranges(plan.wanted, q)
    made = dict(zip(plan.steps.i.tolist(), plan.steps.j.tolist(), strict=True))
    found, i = [], 0
    while i < q:
        # Of the products that start at a variable, the last is the widest.
        found.append((i, made.get(i, i + 1)))
        i = found[-1][1]
    return found


def bracketing(plan: Plan) -> str:
    """The order as text: `(J4 (J3 J2)) J1`."""
    ends = {j for _, j in plan.factors[:-1]} if plan.form == "operator" else set()
    q = len(plan.problem)
    texts = [
        f"· {text}" if q - t in ends else text for t, text in enumerate(bracketed_factors(plan))
    ]
    return " ".join(texts)


def bracketed_factors(plan: Plan) -> list[str]:
    """The factors of the bracketing, each with the parentheses that touch it, J_q first."""
    q = len(plan.problem)
    low, high = _products(_unfolded(plan))
    inner = high - low < q
    if plan.form == "operator":
        kept = set(plan.factors)
        pairs = zip(low.tolist(), high.tolist(), strict=True)
        inner = np.array([pair not in kept for pair in pairs], dtype=bool)
    opens = np.bincount(high[inner], minlength=q + 1).tolist()
    closes = np.bincount(low[inner] + 1, minlength=q + 1).tolist()
    return ["(" * opens[l] + f"J{l}" + ")" * closes[l] for l in range(q, 0, -1)]


def ways(plan: Plan) -> dict[str, list[int]]:
    """How each elemental is used, by its number from 1.

    "given" ones are multiplied as matrices; the others are "accumulated by tangents",
    "accumulated by adjoints", or "tangents" or "adjoints" of them are applied to what lies
    before or behind.
    """
    used: dict[str, list[int]] = {}
    for step in _applying(_unfolded(plan)):
        way = f"{step.direction}s"
        if step.kind == "accumulate":
            way = f"accumulated by {way}"
        used.setdefault(way, []).extend(l + 1 for l in step.passes)
    rest = set(range(1, len(plan.problem) + 1)).difference(*used.values())
    used["given"] = list(rest)
    return {way: sorted(used[way]) for way in WAYS if used.get(way)}


def elemental_names(numbers: Sequence[int]) -> str:
    """Elementals by their rising numbers: `J1 J3…J6`."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return " ".join(
        f"J{run[0]}…J{run[-1]}" if len(run) > 2 else " ".join(f"J{l}" for l in run) for run in runs
    )


def _unfolded(plan: Plan) -> Steps:
    """The steps, those that are shared as often as they are needed for the whole Jacobian."""
    chain: Chain = plan.problem
    roots = plan.factors if plan.form == "operator" else [(0, len(chain))]
    return unfolded(chain, plan.steps, roots, is_shared=plan.wanted != "whole")


def _applying(steps: Steps) -> Iterator[Step]:
    """The steps that apply tangents or adjoints."""
    return iter(()) if steps.only_multiply else (s for s in steps if s.direction is not None)


def _products(steps: Steps) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The ends of every product of at least two elementals, those inside a step included."""
    single = steps.single()
    composite = single.j - single.i > 1
    return single.i[composite], single.j[composite]


def _total(plan: Plan, objective: str) -> int:
    return plan.prices.total(plan.steps, objective)  # type: ignore[no-any-return]


def _peak_entries(plan: Plan) -> int:
    kept = plan.factors if plan.wanted != "whole" else ()
    return plan.prices.peak_entries(plan.steps, kept)  # type: ignore[no-any-return]


def _eliminated(plan: Plan) -> list[int]:
    steps = _unfolded(plan)
    if steps.only_multiply:
        return list(steps.k.tolist())
    return [variable for step in steps for variable in step.eliminated]


def _described(plan: Plan) -> list[tuple[str, str]]:
    is_short = len(plan.problem) <= SHOWN_ELEMENTALS
    rows = [("order", plan.bracketing if is_short else f"{len(plan.steps):,} steps")]
    if not plan.problem.is_given_dense:
        rows += [
            (way, elemental_names(numbers) if is_short else f"{len(numbers):,}")
            for way, numbers in plan.ways().items()
        ]
    return rows


def _steps_to_fields(plan: Plan) -> dict[str, Any]:
    return {"steps": [list(step) for step in plan.steps]}


def _steps_from_fields(
    chain: Chain, fields: Mapping[str, Any], options: Mapping[str, Any]
) -> Steps:
    steps = steps_from_json(fields["steps"])
    check_steps(
        chain,
        steps,
        options.get("memory"),
        options.get("form", "matrix"),
        options.get("wanted", "whole"),
    )
    return steps


def _itinerary(plan: Plan) -> Any:
    from .itinerary import itinerary

    return itinerary(plan)


def _has_schedule(plan: Plan) -> bool:
    return plan.schedule is not None


def _method(function: Callable[[Plan], Any]) -> Added:
    return Added(lambda plan: lambda: function(plan))


KIND = PlanKind(
    total=_total,
    peak_entries=_peak_entries,
    eliminated=_eliminated,
    described=_described,
    steps_to_fields=_steps_to_fields,
    steps_from_fields=_steps_from_fields,
    fields={"steps": (list,), "memory": (int, type(None))},
    options=("memory", "form", "pattern_memory", "wanted"),
    figures=("product_fma", "held_entries"),
    adds={
        "bracketed_factors": _method(bracketed_factors),
        "bracketing": Added(bracketing),
        "factors": Added(factors),
        "held_entries": Added(lambda plan: plan.prices.factor_costs(plan.factors)[1]),
        "itinerary": Added(_itinerary),
        "is_exact": Added(lambda plan: plan.prices.is_exact(plan.steps)),
        "makespan": Added(lambda plan: plan.schedule.makespan, _has_schedule),
        "prices": Added(lambda plan: prices_of(plan.problem, plan.pattern_memory)),
        "product_fma": Added(lambda plan: plan.prices.factor_costs(plan.factors)[0]),
        "seconds": Added(
            lambda plan: _total(plan, "seconds") / 1e12,
            lambda plan: plan.problem.timing is not None,
        ),
        "utilisation": Added(lambda plan: plan.schedule.utilisation, _has_schedule),
        "ways": _method(ways),
    },
)
