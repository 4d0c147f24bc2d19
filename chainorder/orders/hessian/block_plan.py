"""One run of the program over blocks: a problem and prices of Jacobians in, steps out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from ...bounds.term_sets import no_plan_costs
from ...compiled import INT64_SAFE, runner
from ...plans.hessian_figures import (
    WEIGHTS,
    apply_weights,
    curvature_cost,
    diagonal_table,
    is_mixed,
    range_contents,
    sweep_lacks,
    sweep_passes,
)
from ...plans.hessian_kinds import APPLY, CONGRUENCE, ROWS, SQUARE, SWEEP, TRIANGLE
from ...plans.hessian_steps import HessianSteps
from ...problems.hessian_chain import HessianChain
from .blocks import BlockColumns, block_program
from .jacobians import Forest, JacobianPrices, Pair, Row


class TensorPlan(NamedTuple):
    """Steps on tensors, in order, and what they cost beside their Jacobians."""

    rows: list[Row]
    priced: int
    """The total, every use of a Jacobian at its price."""

    def jacobians(self) -> set[Pair]:
        """The Jacobians that the steps use."""
        return {pair for row in self.rows if (pair := used_jacobian(row)) is not None}


def used_jacobian(row: Row) -> Pair | None:
    """The Jacobian that a step on tensors uses."""
    kind, i, k, j = row
    if kind == APPLY or (kind in (SWEEP, ROWS) and k < j):
        return k, j
    return (i, k) if kind in (CONGRUENCE, TRIANGLE, SQUARE) else None


class BlockProgram:
    """The program over blocks of one problem, to be run for any prices of its Jacobians."""

    def __init__(self, chain: HessianChain, objective: str) -> None:
        self.chain = chain
        q = len(chain)
        per_fma, per_entry, per_sum = WEIGHTS[objective]
        self.prices = JacobianPrices(chain, per_fma, per_entry)
        d, elementals = chain.sizes, chain.elementals
        passes = sweep_passes(chain, per_fma, per_entry)
        self.infinite = no_plan_costs(chain, per_fma, passes)
        fits = 8 * self.infinite < INT64_SAFE
        self._run = runner(block_program, q**4 / 5 + 10 * q**3, fits=fits)
        column = self._run.column
        diagonal = diagonal_table(chain)
        self._columns = BlockColumns(
            size=column(list(d)),
            diagonal=column(diagonal),
            weight=column(apply_weights(chain, objective)),
            content=column(range_contents(chain)),
            price=None,
            leaf=column([0 if e.given else self._curvature(l) for l, e in enumerate(elementals)]),
            given=column([int(e.given) for e in elementals]),
            linear=column([int(e.is_linear) for e in elementals]),
            lacks=column(sweep_lacks(chain)),
            weights=column([per_fma, per_entry, per_sum, self.infinite]),
            sums=self._run.columns(passes),
        )
        contents = 3 if is_mixed(chain) else 1
        self._room = (self._run.zeros(contents, q + 1, q + 1), self._run.zeros(6, 2 * q + 4))
        self._tables = (
            self._run.zeros(q + 1, q + 1, q + 1),
            self._run.zeros(q + 1, q + 1, q + 1),
            self._run.zeros(q + 1, q + 1),
            self._run.zeros(2 * q * q + 4 * q + 4, 4),
        )

    def _curvature(self, l: int) -> int:
        elemental = self.chain.elementals[l]
        if elemental.is_linear:
            return 0
        return self.infinite if elemental.second_cost is None else curvature_cost(self.chain, l)

    def run(self, table: Any) -> TensorPlan | None:
        """The best steps where a Jacobian `(k, j)` costs `table[j][k]`; None if there are none."""
        columns = self._columns._replace(price=self._run.column(table))
        hop, room = self._room
        *tables, steps = self._tables
        count = self._run(columns, hop, room, *tables, steps)
        q = len(self.chain)
        priced = int(tables[2][q][0])
        if priced >= self.infinite:
            return None
        rows = [tuple(int(value) for value in steps[t]) for t in range(count - 1, -1, -1)]
        return TensorPlan(rows, priced)  # type: ignore[arg-type]


def ordered_steps(prices: JacobianPrices, tensors: Sequence[Row], forest: Forest) -> HessianSteps:
    """All steps in an order in which they can be done: each Jacobian when it is first needed."""
    made: set[Pair] = set()
    rows: list[Row] = []

    def make(pair: Pair) -> None:
        open_pairs = [pair]
        while open_pairs:
            at = open_pairs[-1]
            if at in made or not prices.is_made(*at):
                open_pairs.pop()
                continue
            row = forest.steps[at]
            missing = [one for one in prices.needed(row) if one not in made]
            if missing:
                open_pairs.extend(missing)
                continue
            made.add(at)
            rows.append(row)
            open_pairs.pop()

    for row in tensors:
        pair = used_jacobian(row)
        if pair is not None:
            make(pair)
        rows.append(row)
    return HessianSteps.of(rows)
