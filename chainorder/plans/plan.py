"""The answer: the steps that accumulate a Jacobian, and what they cost."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from .._version import __version__
from ..errors import ChainOrderError
from ..json_text import read_json
from ..problems.chain import Chain
from . import cost
from .kinds import MULTIPLY
from .steps import Steps, check_steps, shown, steps_from_json

WAYS = ("given", "accumulated by tangents", "accumulated by adjoints", "tangents", "adjoints")
"""How a plan can use an elemental."""


FORMS = ("matrix", "operator")
"""What a plan ends with: the Jacobian as a matrix, or factors whose product it is."""


@dataclass(frozen=True, eq=True)
class Plan:
    """A problem and the steps that accumulate its Jacobian. Immutable; its costs are exact.

    `name` is the order that was asked for and `objective` what it was to make small. `proof` is
    "optimal" where the method guarantees it, else None; `lower_bound` is a cost in the objective
    that no order can beat, whatever the memory. `memory` is the largest tape that was allowed,
    None for any.
    """

    problem: Any  # a Chain; a Graph in an EliminationPlan
    steps: Steps
    name: str
    objective: str
    lower_bound: int
    proof: str | None = None
    memory: int | None = None
    form: str = "matrix"

    @cached_property
    def factors(self) -> list[tuple[int, int]]:
        """The sub-Jacobians that are there in the end, from the inputs on.

        One, `(0, q)`, unless the form is "operator": then the Jacobian is their product.
        """
        q = len(self.problem)
        if self.form == "matrix":
            return [(0, q)]
        made = dict(zip(self.steps.i.tolist(), self.steps.j.tolist(), strict=True))
        factors, i = [], 0
        while i < q:
            # Of the products that start at a variable, the last is the widest.
            factors.append((i, made.get(i, i + 1)))
            i = factors[-1][1]
        return factors

    @cached_property
    def is_exact(self) -> bool:
        """Whether the figures are exact: false where the patterns did not fit, and are estimates.

        See `pattern_memory` of `plan`.
        """
        ranges = self.problem.ranges
        _ = self.fma  # finds the patterns that the steps need
        pairs = zip(self.steps.i.tolist(), self.steps.j.tolist(), strict=True)
        return ranges is None or all(ranges.is_exact(i, j) for i, j in pairs)

    @cached_property
    def product_fma(self) -> int:
        """Scalar multiplications of one product of the Jacobian with a vector."""
        return cost.factor_costs(self.problem, self.factors)[0]

    @cached_property
    def held_entries(self) -> int:
        """Entries of the Jacobian as it is held: as a matrix, or as its factors."""
        return cost.factor_costs(self.problem, self.factors)[1]

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
        """The total in the plan's own objective; for "seconds" in picoseconds."""
        return self._total(self.objective)

    @property
    def seconds(self) -> float | None:
        """The time that the steps should take, where the costs of the chain are times."""
        return None if self.problem.timing is None else self._total("seconds") / 1e12

    def _total(self, objective: str) -> int:
        return cost.exact_sum(cost.step_costs(self.problem, self.steps, objective))

    @cached_property
    def peak_entries(self) -> int:
        """The most matrix entries that intermediates and result occupy at once."""
        return cost.peak_entries(self.problem, self.steps)

    @property
    def gap(self) -> float:
        """By how many per cent the cost may be above the least possible, at most."""
        return gap_percent(self.cost, self.lower_bound)

    @cached_property
    def order(self) -> list[int]:
        """The intermediate variables, in the order in which they are eliminated."""
        if (self.steps.kind == MULTIPLY).all():
            return list(self.steps.k.tolist())
        eliminated: list[int] = []
        for kind, i, k, j in self.steps:
            if kind == "multiply":
                eliminated.append(k)
            elif kind == "tangent":
                eliminated.extend(range(k, j))
            elif kind == "adjoint":
                eliminated.extend(range(k, i, -1))
        return eliminated

    @cached_property
    def bracketing(self) -> str:
        """The order as text: `(J4 (J3 J2)) J1`."""
        ends = {j for _, j in self.factors[:-1]}
        q = len(self.problem)
        texts = [
            f"· {text}" if q - t in ends else text
            for t, text in enumerate(self.bracketed_factors())
        ]
        return " ".join(texts)

    def bracketed_factors(self) -> list[str]:
        """The factors of the bracketing, each with the parentheses that touch it, J_q first."""
        low, high = self._products()
        inner = high - low < len(self.problem)
        if self.form == "operator":
            factors = set(self.factors)
            pairs = zip(low.tolist(), high.tolist(), strict=True)
            inner = np.array([pair not in factors for pair in pairs], dtype=bool)
        opens = np.bincount(high[inner], minlength=len(self.problem) + 1).tolist()
        closes = np.bincount(low[inner] + 1, minlength=len(self.problem) + 1).tolist()
        return ["(" * opens[l] + f"J{l}" + ")" * closes[l] for l in range(len(self.problem), 0, -1)]

    def ways(self) -> dict[str, list[int]]:
        """How each elemental is used, by its number from 1.

        "given" ones are multiplied as matrices; the others are "accumulated by tangents",
        "accumulated by adjoints", or "tangents" or "adjoints" of them are applied to what lies
        before or behind.
        """
        used: dict[str, list[int]] = {}
        rest = set(range(1, len(self.problem) + 1))
        for kind, i, k, j in self.steps[:] if (self.steps.kind != MULTIPLY).any() else ():
            if kind == "accumulate":
                numbers = range(j, j + 1)
                way = f"accumulated by {'tangents' if k == i else 'adjoints'}"
            elif kind == "multiply":
                continue
            else:
                numbers = range(k + 1, j + 1) if kind == "tangent" else range(i + 1, k + 1)
                way = f"{kind}s"
            used.setdefault(way, []).extend(numbers)
            rest.difference_update(numbers)
        used["given"] = list(rest)
        return {way: sorted(used[way]) for way in WAYS if used.get(way)}

    def _products(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """The ends of every product of at least two elementals, those inside a step included."""
        low, high = [self.steps.i], [self.steps.j]
        for kind, i, k, j in self.steps[:] if (self.steps.kind != MULTIPLY).any() else ():
            if kind == "tangent":
                high.append(np.arange(k + 1, j))
                low.append(np.full(j - k - 1, i))
            elif kind == "adjoint":
                low.append(np.arange(k - 1, i, -1))
                high.append(np.full(k - i - 1, j))
        lows, highs = np.concatenate(low), np.concatenate(high)
        composite = highs - lows > 1
        return lows[composite], highs[composite]

    def __str__(self) -> str:
        q = len(self.problem)
        rows = [
            ("order", self.bracketing if q <= 24 else f"{len(self.steps):,} steps"),
            *self.figures(),
        ]
        if self.seconds is not None:
            bound = f"{self.lower_bound / 1e12:.4g} s"
            rows[1:5] = [("seconds", f"{self.seconds:.4g}"), rows[3], ("lower bound", bound)]
        if not self.is_exact:
            rows.append(("figures", "estimates: the patterns do not fit into their memory"))
        if not self.problem.is_given_dense:
            rows[1:1] = [
                (way, elemental_names(numbers) if q <= 24 else f"{len(numbers):,}")
                for way, numbers in self.ways().items()
            ]
        return self.titled(rows)

    def figures(self) -> list[tuple[str, str]]:
        """The costs and what is known of them, as labels and text."""
        return [
            ("fma", f"{self.fma:,}"),
            ("flops", f"{self.flops:,}"),
            ("peak entries", f"{self.peak_entries:,}"),
            ("lower bound", f"{self.lower_bound:,} {self.objective}"),
            ("proof", self.proof or _unproved(self.gap)),
        ]

    def titled(self, rows: Sequence[tuple[str, str]]) -> str:
        """Rows of labels and text under the plan's name."""
        title = f"{self.name} plan of {self.problem!r} for {self.objective}"
        width = max(len(label) for label, _ in rows)
        return "\n".join([title, *(f"  {label:<{width}}  {value}" for label, value in rows)])

    def to_dict(self) -> dict[str, Any]:
        """The plan as an object of JSON types; figures are there for readers."""
        return {
            "chainorder": __version__,
            "chain": self.problem.to_dict(),
            "objective": self.objective,
            "order": self.name,
            "memory": self.memory,
            "form": self.form,
            "fma": self.fma,
            "flops": self.flops,
            "peak_entries": self.peak_entries,
            "product_fma": self.product_fma,
            "held_entries": self.held_entries,
            "lower_bound": self.lower_bound,
            "proof": self.proof,
            "steps": [list(step) for step in self.steps],
        }

    def to_json(self) -> str:
        """The plan as JSON text; `Plan.from_json` gives the same plan back."""
        return json.dumps(self.to_dict())

    @classmethod
    def from_json(cls, text: str) -> Plan:
        """The plan that `to_json` wrote.

        Raises:
            ChainOrderError: text that is no such plan, steps that do not accumulate the
                Jacobian, or a figure that the steps do not bear out.
        """
        try:
            fields = read_json(text)
        except ChainOrderError as error:
            raise ChainOrderError(f"the plan: {error}") from None
        except (TypeError, ValueError, RecursionError) as error:
            raise ChainOrderError(f"the plan is not JSON: {error}") from None
        if not isinstance(fields, dict):
            raise ChainOrderError("the plan: expected a JSON object")
        if "graph" in fields:
            from .eliminations import plan_from_dict

            return plan_from_dict(fields)
        for key, kind in _PLAN_FIELDS.items():
            if key not in fields or not isinstance(fields[key], kind):
                raise ChainOrderError(
                    f"the plan's {key!r} is {shown(fields.get(key))}: "
                    f"expected what Plan.to_json writes"
                )
        plan = cls(
            problem=Chain.from_dict(fields["chain"]),
            steps=steps_from_json(fields["steps"]),
            name=fields["order"],
            objective=fields["objective"],
            lower_bound=fields["lower_bound"],
            proof=fields["proof"],
            memory=fields["memory"],
            form=fields.get("form", "matrix"),
        )
        if plan.form not in FORMS:
            raise ChainOrderError(f"the plan's form is {plan.form!r}: expected matrix or operator")
        if plan.objective not in cost.objectives(plan.problem):
            raise ChainOrderError(f"the plan's objective {plan.objective!r} does not fit its chain")
        check_steps(plan.problem, plan.steps, plan.memory, plan.form)
        for key in ("fma", "flops", "peak_entries", "product_fma", "held_entries"):
            if key in fields and fields[key] != getattr(plan, key):
                raise ChainOrderError(
                    f"the plan's {key} is {fields[key]}: its steps make {getattr(plan, key)}"
                )
        return plan


def gap_percent(cost: int, lower_bound: int) -> float:
    """By how many per cent a cost is above a bound; infinite if only the bound is 0."""
    if cost == lower_bound:
        return 0.0
    return 100.0 * ((cost - lower_bound) / lower_bound) if lower_bound else float("inf")


def _unproved(gap: float) -> str:
    return "none" if gap == float("inf") else f"none, at most {gap:,.1f}% above the least"


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


_PLAN_FIELDS: Mapping[str, type | tuple[type, ...]] = {
    "chain": dict,
    "objective": str,
    "order": str,
    "memory": (int, type(None)),
    "fma": int,
    "flops": int,
    "peak_entries": int,
    "lower_bound": int,
    "proof": (str, type(None)),
    "steps": list,
}
