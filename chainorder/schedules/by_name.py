"""The orders for machines of each kind of problem, by the names that users give them.

Every other order of the problem is there as well: its plan, as it is without machines, and a
schedule for that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib import import_module
from typing import Any

from ..checks import shown
from ..errors import ChainOrderError
from ..orders.by_name import ORDERS
from ..plans.plan import Plan
from ..plans.schedule import as_soon_as_possible
from .effort import Effort

MACHINE_ORDERS: Mapping[str, Mapping[str, str]] = {
    "chain": {
        "optimal": "chain_plans:optimal",
        "search": "chain_plans:search",
        "split": "split:split",
    },
}
"""By the `kind` of the problem, for each name the module in this room and the function there."""

COMPARED = ("preaccumulate", "split", "optimal")
"""What is compared by default on machines, beside forward and reverse."""


def plan_on_machines(
    problem: Any,
    order: object,
    objective: str,
    machines: int,
    options: Mapping[str, Any],
    effort: Effort,
) -> Plan:
    """The plan and schedule of an order; one machine is the problem without machines.

    Args:
        problem: what to differentiate.
        order: its name.
        objective: what durations are measured in.
        machines: at least 1.
        options: what every order of the problem takes.
        effort: how hard to look.

    Raises:
        ChainOrderError: a problem without orders for machines, or a name that there is not.
    """
    names = names_on_machines(problem)
    if not isinstance(order, str) or order not in names:
        raise ChainOrderError(
            f"order is {shown(order)}: on machines a {problem.kind} has the orders "
            f"{', '.join(names)}"
        )
    own = MACHINE_ORDERS[problem.kind]
    if order in own and machines > 1:
        return _at(own[order])(problem, objective, machines, **options, effort=effort)
    one = "optimal" if order in own else order
    plan: Plan = ORDERS[problem.kind].find(problem, one)(problem, objective, **options)
    if machines == 1:
        return replace(on_one_machine(plan), name=order)
    return schedule_plan(plan, machines, effort.time_limit)


def names_on_machines(problem: Any) -> tuple[str, ...]:
    """The orders that a problem has on machines.

    Raises:
        ChainOrderError: a kind of problem that has none.
    """
    own = _own(problem)
    others = ORDERS[problem.kind].names(problem)
    return (*(name for name in others if name not in own), *own)


def compared_on_machines(problem: Any) -> tuple[str, ...]:
    """What is compared by default.

    Raises:
        ChainOrderError: a kind of problem without orders for machines.
    """
    names = names_on_machines(problem)
    return tuple(name for name in ("forward", "reverse", *COMPARED) if name in names)


def schedule_plan(plan: Plan, machines: int, time_limit: float | None) -> Plan:
    """The same plan with a schedule; see `chainorder.schedule`."""
    _own(plan.problem)
    if plan.form != "matrix":
        raise ChainOrderError(f"the plan's form is {plan.form}: only a matrix has a schedule")
    from .chain_plans import scheduled

    return scheduled(plan, machines, time_limit)


def on_one_machine(plan: Plan) -> Plan:
    """The plan, step after step."""
    steps = plan.steps.single()
    duration = plan.prices.step_costs(steps, plan.objective).tolist()
    schedule = as_soon_as_possible(steps, duration, [0] * len(steps), 1)
    return replace(plan, steps=steps, schedule=schedule)


def _own(problem: Any) -> Mapping[str, str]:
    if problem.kind not in MACHINE_ORDERS:
        raise ChainOrderError(f"the problem is a {problem.kind}: machines are for chains")
    for l, elemental in enumerate(problem.elementals):
        # Who factors a matrix first, or makes what repeats, depends on the schedule.
        if elemental.is_solved:
            raise ChainOrderError(
                f"elementals[{l}] is {elemental.structure}: on machines there are no inverses"
            )
    if problem.same is not None:
        raise ChainOrderError(
            "same is given: on machines nothing is shared, expected a chain without labels"
        )
    return MACHINE_ORDERS[problem.kind]


def _at(home: str) -> Callable[..., Plan]:
    module, name = home.split(":")
    order: Callable[..., Plan] = getattr(import_module(f".{module}", __package__), name)
    return order
