"""Chains: bracketings, sub-Jacobians by the elementals that they are made of."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ...checks import MAX_SIZE
from ...plans.chain_plan import elemental_names
from ...plans.cost import exact_sum
from ...plans.plan import Plan
from ...plans.prices import Prices, prices_of
from ...plans.steps import Step, Steps
from ...problems.chain import Chain
from .. import numbers
from ..steps import ShownStep, factor_name
from . import View

if TYPE_CHECKING:
    from ..blocks import Block, Section
    from ..comparison import Comparison
    from ..figures.drawing import Drawing

NAMED_ELEMENTALS = 24
"""Chains longer than this are not bracketed for people."""

FMA_PER_SECOND = 2e9
"""What one core does in a product of matrices of some size; slower machines only wait longer."""

ENTRIES_PER_SECOND = 3e8
"""Matrix entries made or drawn at random per second, memory touched for the first time."""

SECONDS_PER_STEP = 5e-6
"""What a step costs beyond its arithmetic."""

BYTES_PER_ENTRY = 8


class ChainView(View):
    """What reports say of chains."""

    title = "Jacobian of a chain"
    without_steps = "the Jacobian is the one elemental Jacobian"
    has_brackets = True
    shows_gap = False
    tells_steps = True
    steps_listable = 10**7

    def problem_line(self, problem: Chain) -> str:
        """`1000-1-1000: 2 elementals, Jacobian 1000 × 1000`."""
        sizes = problem.size_array
        if len(sizes) <= 13:
            shown = "-".join(map(str, sizes.tolist()))
        else:
            first, last = sizes[:6].tolist(), sizes[-6:].tolist()
            shown = "-".join(map(str, first)) + "-…-" + "-".join(map(str, last))
        count = numbers.count(len(problem), "elemental", "elementals")
        return f"{shown}: {count}, Jacobian {numbers.shape(sizes[-1], sizes[0])}"

    def without_structure(self, problem: Chain) -> Chain | None:
        """The chain with every elemental taken for dense."""
        return None if problem.ranges is None else problem.without_structure()

    def order_text(self, plan: Plan) -> str:
        """The bracketing and, where elementals are not given, how each of them is used."""
        if not 1 < len(plan.problem) <= NAMED_ELEMENTALS:
            return ""
        bracketing: str = plan.bracketing
        if plan.problem.is_given:
            return bracketing
        ways = [f"{way} {elemental_names(found)}" for way, found in plan.ways().items()]
        return "; ".join([bracketing, *ways])

    def step_costs(self, plan: Plan) -> Any:
        """One exact integer for each step."""
        return plan.prices.step_costs(plan.steps, plan.objective)

    def shown_steps(self, plan: Plan, positions: Sequence[int] | None) -> Iterator[ShownStep]:
        """The steps at these positions, or all."""
        if positions is None:
            positions, steps = range(len(plan.steps)), plan.steps
        else:
            steps = _at(plan.steps, positions)
        d = plan.problem.size_array
        costs = plan.prices.step_costs
        fma, flops = costs(steps, "fma").tolist(), costs(steps, "flops").tolist()
        seconds = costs(steps, "seconds").tolist() if hasattr(plan, "seconds") else None

        def shape(i: int, j: int) -> tuple[int, int]:
            return int(d[j]), int(d[i])

        for t, step in enumerate(steps):
            kind, i, k, j = step
            has_left, has_right = (k, j) in step.operands, (i, k) in step.operands
            yield ShownStep(
                number=positions[t] + 1,
                kind=kind,
                detail=_detail(plan.prices, step),
                left=factor_name(k, j) if has_left else None,
                left_shape=shape(k, j) if has_left else None,
                right=factor_name(i, k) if has_right else None,
                right_shape=shape(i, k) if has_right else None,
                result=factor_name(i, j),
                result_shape=shape(i, j),
                fma=fma[t],
                flops=flops[t],
                seconds=None if seconds is None else seconds[t] / 1e12,
            )

    def plan_fields(self, comparison: Comparison, plan: Plan) -> dict[str, Any]:
        """What a product with the Jacobian takes, and what it holds."""
        return {"product_fma": plan.product_fma, "held_entries": plan.held_entries}

    def order_fields(self, plan: Plan) -> dict[str, Any]:
        """The bracketing."""
        return {"bracketing": plan.bracketing}

    def written_items(self, problem: Chain) -> int:
        """The sizes, and the entries of patterns that are listed."""
        if problem.is_given_dense:
            return len(problem)
        return sum(20 + 2 * len(getattr(e.structure, "rows", ())) for e in problem.elementals)

    def problem_blocks(self, problem: Chain) -> list[Block]:
        """The chain to scale."""
        from .chain_sections import problem_blocks

        return problem_blocks(problem)

    def plan_blocks(self, comparison: Comparison, plan: Plan) -> list[Block]:
        """The tree, and what is held over the steps."""
        from .chain_sections import plan_blocks

        return plan_blocks(plan, bool(self.order_text(plan)))

    def more_sections(self, comparison: Comparison) -> list[Section]:
        """The elementals, their patterns, the dynamic program."""
        from .chain_sections import more_sections

        return more_sections(comparison)

    def plan_drawing(self, plan: Plan) -> Drawing:
        """The tree; of a long chain, what is held over the steps."""
        from .chain_sections import plan_drawing

        return plan_drawing(plan)

    def predicted_seconds(self, plan: Plan) -> float:
        """About how long executing the plan takes, drawing its matrices included."""
        chain, prices = plan.problem, plan.prices
        made = exact_sum(prices.entries(plan.steps.i, plan.steps.j))
        stand_in = chain if chain.is_given else _with_random_matrices(chain)
        return float(
            prices_of(stand_in).total(plan.steps, "fma") / FMA_PER_SECOND
            + (made + prices.elemental_entries()) / ENTRIES_PER_SECOND
            + len(plan.steps) * SECONDS_PER_STEP
        )

    def predicted_bytes(self, plan: Plan) -> int:
        """About how much memory executing the plan takes, its matrices included."""
        entries = plan.peak_entries + plan.prices.elemental_entries()
        if plan.problem.ranges is not None:
            # A sparse matrix says where each row begins, and its products mark columns.
            entries += 2 * sum(plan.problem.sizes)
        return int(entries) * BYTES_PER_ENTRY

    def random_operands(self, problem: Chain, seed: int) -> list[Any]:
        """Elemental Jacobians with entries from -1 to 1, the same for the same seed."""
        rng = np.random.default_rng(seed)
        d, ranges = problem.sizes, problem.ranges
        drawn: dict[Hashable, Any] = {}
        for l, elemental in enumerate(problem.elementals):
            at, shape = problem.matrix_at(l), (d[l + 1], d[l])
            if at in drawn:
                continue
            if ranges is None:
                drawn[at] = rng.uniform(-1.0, 1.0, shape)
            else:
                from ...execution.random_operands import random_operand

                drawn[at] = random_operand(elemental, shape, rng)
        return [drawn[problem.matrix_at(l)] for l in range(len(problem))]


def _detail(prices: Prices, step: Step) -> str:
    if step.kind == "accumulate":
        return f"by {step.direction}s"
    if step.kind == "multiply":
        return "one half" if prices.is_halved(step.i, step.k, step.j) else ""
    return f"through {factor_name(min(step.passes), max(step.passes) + 1)}"


def _at(steps: Steps, positions: Sequence[int]) -> Steps:
    at = np.asarray(positions, dtype=np.int64)
    return Steps(steps.i[at], steps.k[at], steps.j[at], steps.kind[at])


def _with_random_matrices(chain: Chain) -> Chain:
    """The chain with the costs of products with the matrices that stand in for its elementals."""
    d = chain.sizes
    elementals = []
    for l, elemental in enumerate(chain.elementals):
        count = d[l] * d[l + 1] if chain.ranges is None else chain.ranges.counts(l, l + 1).nnz
        entries = min(count, MAX_SIZE)
        if elemental.given:
            elementals.append(elemental)
        else:
            elementals.append(replace(elemental, tangent_cost=entries, adjoint_cost=entries))
    return Chain(d, elementals, same=chain.same)
