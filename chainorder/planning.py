"""`plan`: a problem and the name of an order in, a plan out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .checks import checked_integer, checked_seconds, shown
from .errors import ChainOrderError
from .orders.by_name import ORDERS, Orders, order_at
from .plans.plan import FORMS, WANTED, Plan, objectives
from .problems.by_kind import Problem, is_problem


def plan(
    problem: Problem,
    order: str = "optimal",
    objective: str | None = None,
    memory: int | None = None,
    form: str = "matrix",
    time_limit: float | None = None,
    seed: int = 0,
    *,
    machines: int | None = None,
    pattern_memory: int | None = None,
    wanted: str = "whole",
    on_progress: Callable[[int, int], None] | None = None,
) -> Plan:
    """The steps that accumulate the Jacobian of `problem` in the order asked for.

    Args:
        problem: what to differentiate: a `Chain`, a `Graph` or a `HessianChain`.
        order: "forward", "reverse" or "optimal"; and "preaccumulate" where some elementals of a
            chain are not given: each becomes a matrix, then they are multiplied. Of a graph also
            "markowitz", "relative-markowitz" or "search"; of second derivatives "left", "right",
            "pairwise", "row-at-a-time" or "forward-over-reverse".
        objective: what "optimal" makes small: "fma", the scalar multiplications, or "flops",
            multiplications and additions; "seconds", and only that, where the costs of a chain
            are times. By default "fma", or "seconds" where that has to be.
        memory: entries that the tape of an adjoint may hold; None for any number. Only for
            chains.
        form: "matrix", or "operator" for factors whose product is the Jacobian, such that one
            product of it with a vector takes the fewest multiplications; those that take the
            least work to make, if there are several. Only for the order "optimal" of a chain.
        time_limit: seconds after which "search" and "optimal" on a graph or on machines settle for
            the best so far; without it their effort is fixed, and the plan deterministic.
        seed: of the random moves of "search" and "optimal" on a graph or on machines.
        machines: how many work side by side on the steps of a chain, each on one step at a time;
            tangents and adjoints then go through one elemental at a time. The plan has a
            `schedule`, and its cost, `lower_bound`, `proof` and `gap` are about the makespan, when
            the last step is done. "optimal" makes that small; other orders are "search", "split",
            and the best schedule that is found for the plan of an order without machines.
        pattern_memory: bytes that the patterns of sparse sub-Jacobians may take, 1 GiB by
            default. Where they do not fit, the order is found from estimates, without proof.
        wanted: "whole", the Jacobian of the chain; "prefixes", all `dx_j/dx_0`, j = 1 … q; or
            "suffixes", all `dx_q/dx_i`, i = q-1 … 0, made in one pass that shares what it can.
            Only for the order "optimal" of a chain.
        on_progress: called by "search" and "optimal" on a graph or on machines with the best cost
            and the best lower bound so far.

    Returns:
        The plan, with its exact costs, its proof and a lower bound.

    Raises:
        ChainOrderError: a problem, order or objective that does not exist or does not fit.
        InfeasibleOrderError: the memory, or a product that does not exist, rules the order out.

    >>> import chainorder as co
    >>> chain = co.Chain([1000, 1, 1000, 1, 1000])
    >>> best = co.plan(chain)
    >>> best.fma, best.bracketing, best.proof
    (1002000, '(J4 (J3 J2)) J1', 'optimal')
    >>> co.plan(chain, "reverse").fma
    3000000
    """
    orders = orders_of(problem)
    check_form(problem, form)
    objective = _checked_objective(problem, objective)
    seed = checked_integer("seed", seed, "a seed", least=0)
    time_limit = checked_seconds("time_limit", time_limit)
    if on_progress is not None and not callable(on_progress):
        raise ChainOrderError(f"on_progress is {shown(on_progress)}: expected a function")
    options = _checked_options(orders, {"memory": memory, "pattern_memory": pattern_memory})
    if machines is not None:
        if form != "matrix":
            raise ChainOrderError(f"form is {shown(form)}: expected matrix, on machines")
        if wanted != "whole":
            raise ChainOrderError(f"wanted is {shown(wanted)}: expected whole, on machines")
        from .schedules.by_name import plan_on_machines
        from .schedules.effort import Effort

        machines = checked_machines(machines)
        effort = Effort(seed, time_limit, on_progress)
        return plan_on_machines(problem, order, objective, machines, options, effort)
    if wanted != "whole":
        return order_at(_all_wanted(orders, order, form, wanted))(
            problem, objective, wanted=wanted, **options
        )
    if form == "operator" and orders.operator is not None:
        if order != "optimal":
            raise ChainOrderError(
                f"order is {shown(order)}: the form operator has one order, optimal"
            )
        return order_at(orders.operator)(problem, objective, **options)
    find = orders.find(problem, order)
    if order in orders.anytime:
        options |= {"seed": seed, "time_limit": time_limit, "on_progress": on_progress}
    return find(problem, objective, **options)


def schedule(plan: Plan, machines: int, time_limit: float | None = None) -> Plan:
    """The same plan, its order fixed, with the shortest schedule on machines that is found.

    Args:
        plan: of a chain. Its steps become single: tangents and adjoints of one elemental each.
        machines: how many work side by side.
        time_limit: seconds after which the best schedule so far is the answer.

    Returns:
        The plan with a `schedule`, `makespan` and `utilisation`. No plan at all has a makespan
        below `plan.lower_bound`; no schedule of these steps one below `plan.schedule.lower_bound`.

    Raises:
        ChainOrderError: a plan that has no schedule, or a number of machines that makes no sense.

    >>> import chainorder as co
    >>> plan = co.plan(co.random_chain(8, (5, 50), (1_000, 10_000)))
    >>> co.schedule(plan, machines=2).makespan, plan.fma, co.plan(plan.problem, machines=2).makespan
    (210889, 290997, 195426)
    """
    if not isinstance(plan, Plan):
        raise ChainOrderError(f"plan is {shown(plan)}: expected a Plan")
    from .schedules.by_name import schedule_plan

    time_limit = checked_seconds("time_limit", time_limit)
    return schedule_plan(plan, checked_machines(machines), time_limit)


def checked_machines(machines: object) -> int:
    """A number of machines.

    Raises:
        ChainOrderError: what is none.
    """
    return checked_integer("machines", machines, "a number of machines", least=1)


def _all_wanted(orders: Orders, order: object, form: str, wanted: object) -> str:
    """The home of the order that finds all prefixes or suffixes."""
    if wanted not in WANTED:
        raise ChainOrderError(f"wanted is {shown(wanted)}: expected whole, prefixes or suffixes")
    if orders.all_wanted is None:
        raise ChainOrderError(f"wanted is {shown(wanted)}: only chains have {wanted}")
    if order != "optimal" or form != "matrix":
        other = f"order is {shown(order)}" if order != "optimal" else f"form is {shown(form)}"
        raise ChainOrderError(
            f"{other}: all {wanted} have one order, optimal, and one form, matrix"
        )
    return orders.all_wanted


def orders_of(problem: object) -> Orders:
    """The orders of a problem, by name.

    Raises:
        ChainOrderError: what is no problem.
    """
    if not is_problem(problem):
        raise ChainOrderError(
            f"problem is {shown(problem)}: expected a Chain, a Graph or a HessianChain"
        )
    return ORDERS[problem.kind]  # type: ignore[attr-defined]


def check_form(problem: Any, form: str) -> None:
    """Raise unless the Jacobian of the problem can be kept in that form.

    Raises:
        ChainOrderError: says which forms there are; or a problem that is none.
    """
    forms = FORMS if orders_of(problem).operator is not None else ("matrix",)
    if form not in forms:
        expected = (
            " or ".join(forms) if len(forms) > 1 else f"matrix, a {problem.kind} has no other"
        )
        raise ChainOrderError(f"form is {shown(form)}: expected {expected}")


def _checked_options(orders: Orders, given: dict[str, Any]) -> dict[str, Any]:
    """The options that the orders take, checked."""
    options = {}
    for name, value in given.items():
        if name in orders.options:
            what = "a number of entries" if name == "memory" else "a memory"
            options[name] = None if value is None else checked_integer(name, value, what, least=0)
        elif value is not None:
            raise ChainOrderError(
                f"{name} is {shown(value)}: {orders.refused[name]}, expected None"
            )
    return options


def _checked_objective(problem: Any, objective: str | None) -> str:
    known = objectives(problem)
    if objective is None:
        return known[0]
    if objective not in known:
        expected = "seconds, the unit of this chain's costs"
        raise ChainOrderError(
            f"objective is {shown(objective)}: expected "
            + (expected if known == ("seconds",) else f"one of {', '.join(known)}")
        )
    return objective
