"""`compare`: several orders of one problem, side by side."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from .._version import __version__
from ..checks import shown
from ..errors import ChainOrderError, InfeasibleOrderError
from ..execution.run import Run
from ..planning import check_form, orders_of, plan
from ..plans.cost import gap_percent
from ..plans.plan import Plan
from ..problems.by_kind import Problem
from .kinds import view_of


class Trace(NamedTuple):
    """What each step of an execution took; on a graph, each elimination."""

    fma: Sequence[int]
    flops: Sequence[int]
    seconds: Sequence[float]


@dataclass(frozen=True)
class Comparison:
    """Plans of one problem for one objective, and their executions where there were any.

    `runs` holds an execution by the name of its order; `not_executed` says why there are none.
    `ruled_out` says of the other orders what they would have needed. `seed` is that of searches.
    `traces` holds what each step of an execution counted, by the name of the order.
    `histories` holds, by the name of an order that was searched for, `(seconds, cost, bound)` as
    they became known. Prints as a table.

    >>> import chainorder as co
    >>> print(co.compare(co.Chain([3, 4, 5, 6]), ["reverse", "optimal"]))
    3-4-5-6: 3 elementals, Jacobian 6 × 3
    <BLANKLINE>
    planned   bracketing   fma   flops   × best   peak entries
    ──────────────────────────────────────────────────────────
    reverse   (J3 J2) J1   192     342     1.28             42
    optimal   J3 (J2 J1)   150     267        1             33
    <BLANKLINE>
    proved optimal for fma: optimal
    """

    plans: tuple[Plan, ...]
    runs: Mapping[str, Run] = field(default_factory=dict)
    not_executed: str | None = None
    ruled_out: tuple[InfeasibleOrderError, ...] = ()
    seed: int | None = None
    traces: Mapping[str, Trace] = field(default_factory=dict)
    histories: Mapping[str, tuple[tuple[float, int, int], ...]] = field(default_factory=dict)

    @property
    def problem(self) -> Any:
        """What all the plans accumulate."""
        return self.plans[0].problem

    @property
    def objective(self) -> str:
        """What the optimal order makes small."""
        return self.plans[0].objective

    @property
    def lower_bound(self) -> int:
        """The best of the plans' bounds: no order costs less."""
        return max(plan.lower_bound for plan in self.plans)

    def gap(self, plan: Plan) -> float:
        """By how many per cent `plan` may be above the least cost possible, at most."""
        return gap_percent(plan.cost, self.lower_bound)

    def ratio(self, plan: Plan) -> float:
        """The cost of `plan` over the least cost here of a plan of the same form."""
        least = min(other.cost for other in self.plans if other.form == plan.form)
        return plan.cost / least if least else 1.0

    @cached_property
    def ignoring_structure(self) -> Plan | None:
        """The optimal plan as if every elemental were dense; None where all are."""
        problem = view_of(self.problem).without_structure(self.problem)
        if problem is None:
            return None
        first = self.plans[0]
        if first.schedule is not None:  # about work, not about when it is done
            return None
        try:
            return plan(problem, "optimal", self.objective, first.memory)
        except ChainOrderError:  # too long a chain for it
            return None

    def __str__(self) -> str:
        from .text import comparison_text

        return comparison_text(self)

    def _repr_html_(self) -> str | None:
        """What a notebook shows."""
        from .notebook import comparison_html

        return comparison_html(self)

    def to_dict(self) -> dict[str, Any]:
        """The comparison as JSON types: what `chainorder plan --json` prints."""
        view = view_of(self.problem)
        fields = self.figures()
        fields[self.problem.kind] = self.problem.to_dict()
        for found, of_plan in zip(self.plans, fields["plans"], strict=True):
            of_plan.update(view.order_fields(found), elimination=found.order)
            if found.schedule is not None:
                of_plan["schedule"] = found.schedule.to_dict()
                of_plan["steps"] = [list(step) for step in found.steps]
            if not self.problem.is_given:
                of_plan["ways"] = found.ways()
        return fields

    def figures(self) -> dict[str, Any]:
        """The same without what grows with the problem: its parts, and the orders written out."""
        kind = self.problem.kind
        fields: dict[str, Any] = {
            "chainorder": __version__,
            kind: {"kind": kind, "summary": view_of(self.problem).problem_line(self.problem)},
            "objective": self.objective,
            "plans": [self._plan_figures(plan) for plan in self.plans],
        }
        if self.plans[0].memory is not None:
            fields["memory"] = self.plans[0].memory
        if self.ignoring_structure is not None:
            fields["ignoring_structure"] = {
                "fma": self.ignoring_structure.fma,
                "flops": self.ignoring_structure.flops,
            }
        if self.ruled_out:
            fields["ruled_out"] = [
                {
                    "order": error.order,
                    "reason": str(error),
                    "elemental": error.elemental,
                    "memory": error.memory,
                }
                for error in self.ruled_out
            ]
        if self.not_executed:
            fields["not_executed"] = self.not_executed
        return fields

    def _plan_figures(self, plan: Plan) -> dict[str, Any]:
        run = self.runs.get(plan.name)
        fields: dict[str, Any] = {
            "order": plan.name,
            "form": plan.form,
            "fma": plan.fma,
            "flops": plan.flops,
            "ratio": self.ratio(plan),
            "peak_entries": plan.peak_entries,
        }
        fields |= view_of(self.problem).plan_fields(self, plan)
        fields |= {
            "proof": plan.proof,
            "lower_bound": plan.lower_bound,
            "executed": run and _run_to_dict(run, plan),
        }
        if hasattr(plan, "seconds"):
            fields["seconds"] = plan.seconds
        if plan.schedule is not None:
            fields |= {
                "machines": plan.schedule.machines,
                "makespan": plan.makespan,
                "utilisation": plan.utilisation,
            }
        return fields


def _run_to_dict(run: Run, plan: Plan) -> dict[str, Any]:
    names = ["fma", "flops", "peak_entries", "seconds"]
    if not plan.problem.is_given:
        names += ["tangents", "adjoints"]
    fields = {name: getattr(run, name) for name in names}
    # What a Jacobian that is an operator counts of itself.
    for name in ("product_fma", "held_entries"):
        if hasattr(run.jacobian, name):
            fields[name] = getattr(run.jacobian, name)
    return fields


def compare(
    problem: Problem,
    orders: Sequence[str] | None = None,
    objective: str | None = None,
    memory: int | None = None,
    form: str = "matrix",
    time_limit: float | None = None,
    seed: int = 0,
    *,
    machines: int | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> Comparison:
    """The plans of `problem` in each of `orders`, side by side.

    Args:
        problem: what to differentiate.
        orders: names of orders, each once; by default forward, reverse and optimal, and also
            preaccumulate where some elementals of a chain are not given, markowitz on a graph,
            split on machines.
        memory: as for `plan`. An order that it, or a product that does not exist, rules out, is in
            `ruled_out` with what it would have needed.
        form: "operator" for the factors that are cheapest to apply as well.
        objective, time_limit, seed, machines, on_progress: as for `plan`.

    Raises:
        ChainOrderError: as `plan`; no orders, or the same one twice.
        InfeasibleOrderError: none of the orders is possible.

    >>> import chainorder as co
    >>> comparison = co.compare(co.Chain([1000, 1, 1000, 1, 1000]))
    >>> [(plan.name, plan.fma) for plan in comparison.plans]
    [('forward', 3000000), ('reverse', 3000000), ('optimal', 1002000)]
    """
    if orders is None:
        orders = orders_of(problem).compared(problem)
        if machines is not None:
            from ..schedules.by_name import compared_on_machines

            orders = compared_on_machines(problem)
    if isinstance(orders, str) or not isinstance(orders, Sequence) or not orders:
        raise ChainOrderError(
            f"orders is {shown(orders)}: expected names of orders, such as 'forward'"
        )
    for t, name in enumerate(orders):
        if name in orders[:t]:
            raise ChainOrderError(f"orders[{t}] is {name!r}: asked for twice")

    histories: dict[str, tuple[tuple[float, int, int], ...]] = {}

    def planned(order: str, form: str) -> Plan:
        history = _History(on_progress)
        found = plan(
            problem, order, objective, memory, form, time_limit, seed,
            machines=machines, on_progress=history,
        )  # fmt: skip
        if history.known:
            histories[found.name] = (*history.known, history.end(found.cost, found.lower_bound))
        return found

    if form != "matrix":
        check_form(problem, form)  # before the work on the other orders
    plans: list[Plan] = []
    ruled_out: list[InfeasibleOrderError] = []
    for order in orders:
        try:
            plans.append(planned(order, "matrix"))
        except InfeasibleOrderError as error:
            ruled_out.append(error)
    if not plans:
        # What rules out the optimal order rules out all of them.
        raise next((error for error in ruled_out if error.order == "optimal"), ruled_out[0])
    if form != "matrix":
        plans.append(planned("optimal", form))
    return Comparison(tuple(plans), ruled_out=tuple(ruled_out), seed=seed, histories=histories)


class _History:
    """What a search finds, as it tells it: `(seconds, cost, bound)` whenever one changes."""

    def __init__(self, heard: Callable[[int, int], None] | None) -> None:
        self.heard = heard
        self.began = time.perf_counter()
        self.known: list[tuple[float, int, int]] = []

    def __call__(self, cost: int, bound: int) -> None:
        if not self.known or self.known[-1][1:] != (cost, bound):
            self.known.append(self.end(cost, bound))
        if self.heard is not None:
            self.heard(cost, bound)

    def end(self, cost: int, bound: int) -> tuple[float, int, int]:
        """The same, now."""
        return time.perf_counter() - self.began, cost, bound


def plan_html(plan: Plan) -> str | None:
    """What a notebook shows of a plan."""
    from .notebook import alone_html

    return alone_html(Comparison((plan,)))
