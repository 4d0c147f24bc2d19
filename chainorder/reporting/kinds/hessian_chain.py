"""Chains of second derivatives: Jacobians and tensors by the elementals that they are made of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ...plans.hessian_figures import range_content, step_figures, tensor_entries
from ...plans.hessian_plan import counts_text
from ...plans.hessian_steps import HessianStep
from ...plans.plan import Plan
from ...problems.hessian_chain import HessianChain, HessianElemental
from .. import numbers
from ..steps import ShownStep, factor_name
from . import View
from .chain import BYTES_PER_ENTRY, ENTRIES_PER_SECOND, FMA_PER_SECOND

if TYPE_CHECKING:
    from ..blocks import Block
    from ..comparison import Comparison
    from ..figures.drawing import Drawing

SECONDS_PER_STEP = 2e-4
"""What a step costs beyond its arithmetic: halves are multiplied in small pieces."""


class HessianChainView(View):
    """What reports say of chains of second derivatives."""

    title = "Second derivatives of a chain"
    without_steps = "they are those of the one elemental, or nothing is curved"
    has_brackets = False
    shows_gap = True
    steps_listable = 10**5

    def problem_line(self, problem: HessianChain) -> str:
        """`1000-1-1000: 2 elementals, second derivatives 1000 × 1000 × 1000`."""
        sizes = [str(size) for size in problem.sizes]
        if len(sizes) > 13:
            sizes = [*sizes[:6], "…", *sizes[-6:]]
        count = numbers.count(len(problem), "elemental", "elementals")
        m, n = problem.sizes[-1], problem.sizes[0]
        what = f"Hessian {n:,} × {n:,}" if m == 1 else f"second derivatives {m:,} × {n:,} × {n:,}"
        return f"{'-'.join(sizes)}: {count}, {what}"

    def without_structure(self, problem: HessianChain) -> HessianChain | None:
        """The chain with every given elemental taken for dense."""
        if all(e.tensor == "dense" for e in problem.elementals) or not problem.is_given:
            return None
        return HessianChain(problem.sizes, [HessianElemental() for _ in problem.elementals])

    def order_text(self, plan: Plan) -> str:
        """How many steps there are of each kind."""
        return counts_text(plan)

    def step_costs(self, plan: Plan) -> Any:
        """One exact integer for each step."""
        return [one.cost for one in step_figures(plan.problem, plan.steps, plan.objective)]

    def shown_steps(self, plan: Plan, positions: Sequence[int] | None) -> Iterator[ShownStep]:
        """The steps at these positions, or all."""
        problem, steps = plan.problem, plan.steps
        fma = step_figures(problem, steps, "fma")
        flops = step_figures(problem, steps, "flops")
        d = problem.sizes

        def shape(pair: tuple[int, int]) -> tuple[int, int]:
            return d[pair[1]], d[pair[0]]

        for t in range(len(steps)) if positions is None else positions:
            step = steps[t]
            left, right = _operands(step)
            yield ShownStep(
                number=t + 1,
                kind=step.kind,
                detail=_detail(step, is_added=fma[t].is_added),
                left=None if left is None else _name(*left),
                left_shape=None if left is None else shape(left[1]),
                right=None if right is None else _name(*right),
                right_shape=None if right is None else shape(right[1]),
                result=_name("H" if step.is_tensor else "J", step.result),
                result_shape=shape(step.result),
                fma=fma[t].cost,
                flops=flops[t].cost,
            )

    def plan_fields(self, comparison: Comparison, plan: Plan) -> dict[str, Any]:
        """The steps by kind, and the distance to the bound."""
        gap = comparison.gap(plan)
        return {
            "step_counts": plan.step_counts(),
            "gap_percent": gap if gap != float("inf") else None,
        }

    def written_items(self, problem: HessianChain) -> int:
        """The sizes, and what is said of the elementals."""
        return len(problem) * (1 if problem.is_given_dense else 20)

    def plan_blocks(self, comparison: Comparison, plan: Plan) -> list[Block]:
        """The ways of the terms over pairs of variables."""
        from .hessian_sections import plan_blocks

        return plan_blocks(plan)

    def plan_drawing(self, plan: Plan) -> Drawing:
        """The ways of the terms over pairs of variables."""
        from .hessian_sections import plan_drawing

        return plan_drawing(plan)

    def predicted_seconds(self, plan: Plan) -> float:
        """About how long executing the plan takes, drawing its arrays included."""
        chain = plan.problem
        fma = plan.fma
        if not chain.is_given:
            stand_in = HessianChain(chain.sizes)
            # Products with random arrays that stand in for products that exist only as costs.
            fma += sum(
                stand_in.sizes[l] ** 2 * stand_in.sizes[l + 1] * chain.sizes[0]
                for l in range(len(chain))
            )
        made = plan.peak_entries + _elemental_entries(chain)
        return float(
            fma / FMA_PER_SECOND + made / ENTRIES_PER_SECOND + len(plan.steps) * SECONDS_PER_STEP
        )

    def predicted_bytes(self, plan: Plan) -> int:
        """About how much memory executing the plan takes, its arrays included."""
        # Tensors are drawn and checked whole.
        return (2 * plan.peak_entries + 4 * _elemental_entries(plan.problem)) * BYTES_PER_ENTRY

    def random_operands(self, problem: HessianChain, seed: int) -> list[Any]:
        """Jacobians and tensors with entries from -1 to 1, the same for the same seed."""
        rng = np.random.default_rng(seed)
        return [random_pair(problem, l, rng) for l in range(len(problem))]


def random_pair(problem: HessianChain, l: int, rng: np.random.Generator) -> tuple[Any, Any]:
    """A Jacobian and a tensor of elemental `l` (from 0), with entries from -1 to 1."""
    m, n = problem.sizes[l + 1], problem.sizes[l]
    elemental = problem.elementals[l]
    jacobian = rng.uniform(-1.0, 1.0, m if elemental.is_diagonal else (m, n))
    if elemental.tensor == "diagonal":
        return jacobian, rng.uniform(-1.0, 1.0, m)
    if elemental.is_linear:
        return jacobian, None
    half = rng.uniform(-0.5, 0.5, (m, n, n))
    return jacobian, half + half.transpose(0, 2, 1)


def _elemental_entries(chain: HessianChain) -> int:
    d = chain.sizes
    return sum(
        (d[l] if e.is_diagonal else d[l] * d[l + 1])
        + tensor_entries(d[l + 1], d[l], range_content(chain, l, l + 1))
        for l, e in enumerate(chain.elementals)
    )


def _operands(
    step: HessianStep,
) -> tuple[tuple[str, tuple[int, int]] | None, tuple[str, tuple[int, int]] | None]:
    """What a step uses, as the letter and the variables of the left and the right one."""
    _, i, k, j = step
    used = [("J", pair) for pair in step.jacobians]
    if step.tensor is not None:
        used.append(("H", step.tensor))
    left = [one for one in used if one[1] == (k, j)]
    right = [one for one in used if one[1] == (i, k)]
    # A sweep uses both the Jacobian and the tensor behind it; the tensor says which.
    return (left[-1] if left else None), (right[-1] if right else None)


def _name(letter: str, pair: tuple[int, int]) -> str:
    name = factor_name(*pair)
    return name if letter == "J" else name.replace("J", "H")


def _detail(step: HessianStep, *, is_added: bool) -> str:
    kind, i, k, j = step
    added = ", and add" if is_added else ""
    if kind == "accumulate":
        return f"by {'tangents' if k == i else 'adjoints'}"
    if kind in ("tangent", "adjoint"):
        return f"through {factor_name(*((k, j) if kind == 'tangent' else (i, k)))}"
    if kind in ("sweep", "rows"):
        return f"through {factor_name(i, k)}{added}"
    return added.removeprefix(", ")
