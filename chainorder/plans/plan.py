"""The answer: the steps that accumulate a Jacobian, and what they cost."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any

from .._version import __version__
from ..checks import checked_integer, checked_name, reject_unknown, shown
from ..doors import through
from ..errors import ChainOrderError
from ..json_text import read_object
from ..problems.by_kind import Problem, problem_from_dict
from .by_kind import kind_of
from .cost import gap_percent
from .schedule import Schedule, schedule_from_dict

FORMS = ("matrix", "operator")
"""What a plan ends with: the Jacobian as a matrix, or factors whose product it is."""

WANTED = ("whole", "prefixes", "suffixes")
"""What is there in the end: `dx_q/dx_0`; all `dx_j/dx_0`; or all `dx_q/dx_i`."""

FIGURES = ("fma", "flops", "peak_entries")
"""What a file holds of every plan for readers, and what is checked when it is read."""

SCHEDULED = ("makespan", "utilisation")
"""What it holds besides where the plan has a schedule."""


@dataclass(frozen=True)
class Plan:
    """A problem and the steps that accumulate its Jacobian. Immutable; its costs are exact.

    `name` is the order that was asked for and `objective` what it was to make small. `proof` is
    "optimal" where the method guarantees it, else None; `lower_bound` is a cost in the objective
    that no order can beat, whatever the memory. `memory` is the largest tape that was allowed,
    None for any; `pattern_memory` the bytes that patterns could take, None for 1 GiB. `form` is
    "matrix", or "operator" where the Jacobian is kept as factors; `wanted` is "whole", or
    "prefixes" or "suffixes" where all of these are there in the end. `schedule` says when and where
    each step is done; None without machines.

    What holds for one kind of problem only is there for that kind only: a plan on a chain has a
    `bracketing`, one on a graph has none. The table is `chainorder.plans.by_kind`.

    >>> import chainorder as co
    >>> plan = co.plan(co.Chain([1000, 1, 1000, 1, 1000]))
    >>> plan.fma, plan.bracketing, plan.proof
    (1002000, '(J4 (J3 J2)) J1', 'optimal')
    """

    problem: Any
    """Of one of the kinds in `chainorder.problems.by_kind`."""
    steps: Any
    """A sequence of `Step`: `Steps` of a chain, `Eliminations` of a graph."""
    name: str
    objective: str
    lower_bound: int
    proof: str | None = None
    memory: int | None = None
    form: str = "matrix"
    pattern_memory: int | None = None
    wanted: str = "whole"
    schedule: Schedule | None = None
    """Start and machine of every step, where the plan is for machines; the cost is its makespan."""

    def __getattr__(self, name: str) -> Any:
        """What plans on this kind of problem add; found once, when somebody asks."""
        known = self.__dict__
        added = None if "problem" not in known else kind_of(known["problem"]).adds.get(name)
        if added is None or not added.holds(self):
            raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")
        value = added.value(self)
        if not callable(value):
            known[name] = value
        return value

    def __dir__(self) -> list[str]:
        adds = kind_of(self.problem).adds
        return sorted([*super().__dir__(), *(name for name in adds if adds[name].holds(self))])

    def __getstate__(self) -> dict[str, Any]:
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @cached_property
    def fma(self) -> int:
        """Scalar multiplications of all steps; tangents and adjoints at their declared cost.

        Where the costs of the chain are times, those of the multiplications alone.
        """
        return self._total("fma")

    @cached_property
    def flops(self) -> int:
        """Multiplications and additions of all steps; tangents and adjoints as in `fma`."""
        return self._total("flops")

    @cached_property
    def cost(self) -> int:
        """The total in the plan's own objective; for "seconds" in picoseconds.

        On machines it is when the last step is done, not what all steps take together.
        """
        return self._total(self.objective) if self.schedule is None else self.schedule.makespan

    def _total(self, objective: str) -> int:
        return kind_of(self.problem).total(self, objective)

    @cached_property
    def peak_entries(self) -> int:
        """The most matrix entries that intermediates and result occupy at once."""
        return kind_of(self.problem).peak_entries(self)

    @property
    def gap(self) -> float:
        """By how many per cent the cost may be above the least possible, at most."""
        return gap_percent(self.cost, self.lower_bound)

    @cached_property
    def order(self) -> list[Any]:
        """The intermediate variables, in the order in which they are eliminated."""
        return kind_of(self.problem).eliminated(self)

    def draw(self, path: str) -> None:
        """Draw the plan to a file, `.svg`, `.png` or `.pdf` by its suffix.

        Of a chain that is the tree of its bracketing with the cost of every node, of a graph its
        layers with the edges that elimination adds; of long ones what is held over the steps.
        PNG and PDF need `pip install 'chainorder[report]'`.

        Raises:
            ChainOrderError: another suffix, or a path that cannot be written.
        """
        through("draw")(self, path)

    def _repr_html_(self) -> str | None:
        """What a notebook shows."""
        shown: str | None = through("plan_html")(self)
        return shown

    def __str__(self) -> str:
        bound = f"{self.lower_bound:,} {self.objective}"
        figures = [("fma", f"{self.fma:,}"), ("flops", f"{self.flops:,}")]
        if hasattr(self, "seconds"):
            figures = [("seconds", f"{self.seconds:.4g}")]
            bound = f"{self.lower_bound / 1e12:.4g} s"
        rows = [
            *kind_of(self.problem).described(self),
            *figures,
            *([] if self.schedule is None else self.schedule.described()),
            ("peak entries", f"{self.peak_entries:,}"),
            ("lower bound", bound),
            ("proof", self.proof or _unproved(self.gap)),
        ]
        if not getattr(self, "is_exact", True):
            rows.append(("figures", "estimates: the patterns do not fit into their memory"))
        title = f"{self.name} plan of {self.problem!r} for {self.objective}"
        width = max(len(label) for label, _ in rows)
        return "\n".join([title, *(f"  {label:<{width}}  {value}" for label, value in rows)])

    def to_dict(self) -> dict[str, Any]:
        """The plan as an object of JSON types; figures are there for readers."""
        kind = kind_of(self.problem)
        names = (*kind.options, *FIGURES, *kind.figures, "lower_bound", "proof")
        return {
            "chainorder": __version__,
            self.problem.kind: self.problem.to_dict(),
            "objective": self.objective,
            "order": self.name,
            **{name: getattr(self, name) for name in names},
            **kind.steps_to_fields(self),
            **({} if self.schedule is None else self._schedule_to_fields()),
        }

    def _schedule_to_fields(self) -> dict[str, Any]:
        assert self.schedule is not None
        figures = {name: getattr(self.schedule, name) for name in SCHEDULED}
        return {**figures, "schedule": self.schedule.to_dict()}

    def to_json(self) -> str:
        """The plan as JSON text; `Plan.from_json` gives the same plan back."""
        return json.dumps(self.to_dict())

    @classmethod
    def from_json(cls, text: str) -> Plan:
        """The plan that `to_json` wrote.

        Nothing is believed: figures are counted again from the steps, and the bound and the proof
        are those that can be shown again in some tenths of a second; they may be weaker than those
        of the plan that was written.

        Raises:
            ChainOrderError: text that is no such plan, steps that do not accumulate the
                Jacobian, a figure that the steps do not bear out, or a claim that does not hold.

        >>> import chainorder as co
        >>> plan = co.plan(co.Chain([9, 2, 9, 2]))
        >>> co.Plan.from_json(plan.to_json()) == plan
        True
        """
        given = read_object(text, "the plan")
        problem = problem_from_dict(given, "the plan")
        kind = kind_of(problem)
        known = ("chainorder", problem.kind, *_TYPES, *kind.fields, *kind.options, *kind.figures)
        if "makespan" in kind.adds:
            known += ("schedule", *SCHEDULED)
        reject_unknown(given, known, f"plan of a {problem.kind}")
        _check_types(given, _TYPES)
        _check_types(given, kind.fields)
        options = {name: given[name] for name in kind.options if name in given}
        _check_options(options)
        if given["objective"] not in objectives(problem):
            raise ChainOrderError(
                f"the plan's objective is {shown(given['objective'])}: expected one of "
                f"{', '.join(objectives(problem))}"
            )
        plan = cls(
            problem=problem,
            steps=kind.steps_from_fields(problem, given, options),
            name=checked_name("the plan's order", given["order"]),
            objective=given["objective"],
            lower_bound=given["lower_bound"],
            proof=given["proof"],
            **options,
        )
        if "schedule" in given:
            plan = plan._with_schedule(given)
        for key in (*FIGURES, *kind.figures):
            if key in given and given[key] != getattr(plan, key):
                raise ChainOrderError(
                    f"the plan's {key} is {shown(given[key])}: its steps make {getattr(plan, key)}"
                )
        _check_claims(plan)
        found: Plan = through("proved")(plan)
        return found

    def _with_schedule(self, given: Mapping[str, Any]) -> Plan:
        """The plan with the schedule that fields describe."""
        duration = self.prices.step_costs(self.steps, self.objective)
        schedule = schedule_from_dict(given["schedule"], self.steps, duration)
        for key in SCHEDULED:
            if key in given and given[key] != getattr(schedule, key):
                raise ChainOrderError(
                    f"the plan's {key} is {shown(given[key])}: its schedule makes "
                    f"{getattr(schedule, key)}"
                )
        return replace(self, schedule=schedule)


def objectives(problem: Problem) -> tuple[str, ...]:
    """What the orders of a problem can make small; where costs are times, only those."""
    return ("fma", "flops") if problem.timing is None else ("seconds",)


def _check_claims(plan: Plan) -> None:
    """Raise unless the bound and the proof fit the cost: no order need be known for that."""
    checked_integer("the plan's lower_bound", min(plan.lower_bound, 0), "a bound", least=0)
    if plan.lower_bound > plan.cost or plan.proof not in ("optimal", None):
        raise ChainOrderError(
            f"the plan's lower_bound is {shown(plan.lower_bound)} and its proof "
            f"{shown(plan.proof)}: they do not fit a cost of {plan.cost}"
        )
    # The bound is that of all memories: a plan within less may be the best and not reach it.
    if plan.proof == "optimal" and plan.lower_bound < plan.cost and plan.memory is None:
        raise ChainOrderError(
            f"the plan's proof is 'optimal' with a lower_bound of {shown(plan.lower_bound)}: "
            f"expected {plan.cost}"
        )


def _unproved(gap: float) -> str:
    return "none" if gap == float("inf") else f"none, at most {gap:,.1f}% above the least"


def _check_types(given: Mapping[str, Any], expected: Mapping[str, Sequence[type]]) -> None:
    for key, types in expected.items():
        # A bool is an int to Python, but not to whoever wrote the file.
        if key not in given or type(given[key]) not in types:
            raise ChainOrderError(
                f"the plan's {key!r} is {shown(given.get(key))}: expected what Plan.to_json writes"
            )


def _check_options(options: Mapping[str, Any]) -> None:
    for name in ("memory", "pattern_memory"):
        if options.get(name) is not None:
            checked_integer(f"the plan's {name}", options[name], "a memory", least=0)
    if options.get("wanted", "whole") not in WANTED:
        raise ChainOrderError(
            f"the plan's wanted is {shown(options['wanted'])}: expected whole, prefixes or suffixes"
        )
    if options.get("form", "matrix") not in FORMS:
        raise ChainOrderError(
            f"the plan's form is {shown(options['form'])}: expected matrix or operator"
        )


_TYPES: Mapping[str, Sequence[type]] = {
    "objective": (str,),
    "order": (str,),
    "fma": (int,),
    "flops": (int,),
    "peak_entries": (int,),
    "lower_bound": (int,),
    "proof": (str, type(None)),
}
