"""The claims of a report: what the best order takes, instead of what, and how good that can be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..plans.plan import Plan
from . import numbers

if TYPE_CHECKING:
    from .comparison import Comparison

UNITS = {"fma": "multiplications", "flops": "multiplications and additions"}
"""What an objective counts, in words."""

DIRECT = ("forward", "reverse")
"""What everybody has without planning."""


def claim(comparison: Comparison) -> str:
    """One sentence: the best order against the better of forward and reverse.

    >>> import chainorder as co
    >>> claim(co.compare(co.Chain([1000, 1, 1000, 1, 1000])))
    'In the best order 1,002,000 multiplications instead of 3,000,000: 2.99 times less.'
    """
    best = best_plan(comparison)
    others = [plan for plan in comparison.plans if plan is not best and plan.form == best.form]
    direct = [plan for plan in others if plan.name in DIRECT] or others
    schedule = getattr(best, "schedule", None)
    if schedule is not None:
        machines = numbers.count(schedule.machines, "machine", "machines")
        work = amount_text(schedule.work, best, unit=False)
        return f"On {machines} done after {amount(best)}: all steps take {work}."
    if not direct:
        return f"{amount(best)} in the {best.name} order."
    against = min(direct, key=lambda plan: plan.cost)
    if against.cost == best.cost:
        worse = [plan for plan in direct if plan.cost > best.cost]
        least = "the least that is known" if comparison.gap(best) else "the least that there is"
        if not worse:
            return f"{amount(best)} in every order here: {least}."
        other = min(worse, key=lambda plan: plan.cost)
        less = _times_less(other.cost, best.cost)
        return (
            f"The {against.name} order takes {amount(best)}, {least}: "
            f"{less} than {other.name} with {amount(other, unit=False)}."
        )
    return (
        f"In the best order {amount(best)} instead of {amount(against, unit=False)}: "
        f"{_times_less(against.cost, best.cost)}."
    )


def proof_text(comparison: Comparison) -> str:
    """How far the best order can be from the least, in a sentence."""
    best = best_plan(comparison)
    gap = comparison.gap(best)
    if best.proof == "optimal":
        within = "" if best.memory is None else f" with tapes of at most {best.memory:,} entries"
        return f"Proved: no order takes less{within}."
    if gap == 0:
        return "No order takes less: the cost meets a lower bound."
    if gap == float("inf"):
        return "Whether another order takes less is not known."
    bound = amount_text(comparison.lower_bound, best)
    return f"No order takes fewer than {bound}: this one is at most {numbers.percent(gap)} above."


def ignoring_text(comparison: Comparison) -> str | None:
    """What the best order takes if every elemental is taken for dense; None if that is no more."""
    ignoring = comparison.ignoring_structure
    if ignoring is None:
        return None
    least = min((p.cost for p in comparison.plans if p.form == "matrix"), default=0)
    if ignoring.cost == least:
        return None
    more = f": {numbers.times(ignoring.cost / least)} × as much" if least else ""
    unit = "picoseconds" if comparison.problem.timing else comparison.objective
    return f"ignoring structure, the best order takes {ignoring.cost:,} {unit}{more}"


def bound_text(comparison: Comparison) -> str:
    """The best bound that the plans know: `no order takes fewer than 56 fma`."""
    bound = comparison.lower_bound
    schedule = comparison.plans[0].schedule
    if schedule is not None:
        machines = numbers.count(schedule.machines, "machine", "machines")
        end = f"{bound:,} {comparison.objective}"
        if comparison.problem.timing is not None:
            end = f"{numbers.planned_seconds(bound / 1e12)} seconds"
        return f"no schedule on {machines} ends before {end}"
    if comparison.problem.timing is not None:
        return f"no order takes less than {numbers.planned_seconds(bound / 1e12)} seconds"
    return f"no order takes fewer than {bound:,} {comparison.objective}"


def best_plan(comparison: Comparison) -> Plan:
    """The plan of least cost; of several the one with a proof, then the last."""
    matrices = [plan for plan in comparison.plans if plan.form == "matrix"] or comparison.plans
    least = min(plan.cost for plan in matrices)
    best = [plan for plan in matrices if plan.cost == least]
    optimal = [plan for plan in best if plan.name == "optimal"]
    return (optimal or [plan for plan in best if plan.proof] or best)[0]


def amount(plan: Plan, *, unit: bool = True) -> str:
    """The cost of a plan, in words."""
    return amount_text(plan.cost, plan, unit=unit)


def amount_text(cost: int, plan: Plan, *, unit: bool = True) -> str:
    """A cost in the unit of a plan, in words."""
    if plan.objective == "seconds":
        return f"{numbers.planned_seconds(cost / 1e12)} seconds"
    text = numbers.integer(cost)
    return f"{text} {UNITS[plan.objective]}" if unit else text


def _times_less(more: int, less: int) -> str:
    if less == 0:
        return "nothing is left to do"
    return f"{numbers.times(more / less)} times less"
