"""The interval dynamic program: the best plan of a chain for any additive cost of a step.

The cheapest way to `(i, j)` ends in one of three kinds of step, and what comes before is the
cheapest way to each operand:

- multiply at some `k` between: cost of `(i, k)` + cost of `(k, j)` + cost of the product;
- tangent: the columns of `(i, k)` pushed through the elementals up to `j`. A push through several
  elementals is a sequence of pushes through one, so `k = j - 1` is the only case to look at;
- adjoint: likewise the rows of `(i + 1, j)` pulled back through elemental `i + 1`.

Only the products need an inner loop: O(q^3) time with a small constant, O(q^2) memory.

References: S. S. Godbole, On efficient computation of matrix chain products, IEEE Trans. Comput. 22
(1973) for matrices; U. Naumann, Matrix-Free Jacobian Chaining (2024), section 3, for products of
which only tangents and adjoints exist.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...compiled import INT64_SAFE, runner
from ...plans.prices import StepPrices
from ...plans.steps import ACCUMULATE, ADJOINT, MULTIPLY, TANGENT
from .interval_rows import PriceColumns, fill_rows, row_blocks


@dataclass(frozen=True, slots=True)
class IntervalOptimum:
    """The least cost, and the steps that reach it as columns `kind, i, k, j` in no order.

    `cost` is None where no plan is possible; then there are no steps. Every leaf that is used as
    a matrix, given or not, is an `accumulate` step: only the caller knows how it is made.
    """

    cost: int | None
    kind: list[int]
    i: list[int]
    k: list[int]
    j: list[int]


def interval_program(prices: StepPrices) -> IntervalOptimum:
    """The least total price of a plan and the steps that reach it, exact.

    Ties go to a tangent, then to an adjoint, then to the product with the smallest `k`.
    """
    return interval_table(prices).optimum([(0, len(prices.leaf))])


@dataclass(frozen=True, slots=True)
class IntervalTable:
    """The least price of every sub-Jacobian: `best[i][j]`, `infinite` or more if impossible."""

    best: Any
    infinite: int
    prices: PriceColumns
    split: Any
    structured: bool

    def optimum(self, intervals: Sequence[tuple[int, int]]) -> IntervalOptimum:
        """The least price of all of these sub-Jacobians, and the steps that reach it."""
        cost = sum(int(self.best[i][j]) for i, j in intervals)
        if cost >= self.infinite:
            return IntervalOptimum(None, [], [], [], [])
        return _traced(cost, intervals, self)


def interval_table(prices: StepPrices) -> IntervalTable:
    """The least price of every sub-Jacobian; `interval_program` has the details."""
    q = len(prices.leaf)
    infinite = prices.bound() + 1
    structured = prices.products is not None
    if structured:
        from .band_rows import fill_from_bands

        filled = fill_from_bands(prices, price_columns(prices, infinite), infinite)
        if filled is not None:
            return IntervalTable(filled.best, infinite, filled.prices, filled.split, structured)
    run = runner(fill_rows, q**3 // 4, fits=4 * infinite < INT64_SAFE)
    columns = run.columns(price_columns(prices, infinite))
    best = run.zeros(q + 1, q + 1)
    split = np.zeros((q + 1, q + 1) if structured else (0, 0), dtype=np.int32)
    no_plane = np.zeros((0, 0), dtype=np.int64)
    for start, end in row_blocks(q, 1) if structured else row_blocks(q):
        plane: Any = prices.products(start) if prices.products else no_plane
        if run.is_compiled != isinstance(plane, np.ndarray):
            plane = np.array(plane, dtype=np.int64) if run.is_compiled else plane.tolist()
        run(start, end, columns, infinite, plane, best, split)
    return IntervalTable(best, infinite, columns, split, structured)


def price_columns(prices: StepPrices, infinite: int) -> PriceColumns:
    """The prices with a large number in place of None."""
    return PriceColumns(
        *(
            [infinite if price is None else price for price in column]
            for column in (
                prices.outer,
                prices.middle,
                prices.leaf,
                prices.tangent,
                prices.adjoint,
                prices.columns,
            )
        )
    )


def _traced(
    cost: int, intervals: Sequence[tuple[int, int]], table: IntervalTable
) -> IntervalOptimum:
    """The steps behind the least cost; each interval's own step is found again from the costs."""
    best, infinite, split, structured = table.best, table.infinite, table.split, table.structured
    outer, middle, _, tangent, adjoint, columns = (
        column.tolist() if isinstance(column, np.ndarray) else column for column in table.prices
    )
    steps = IntervalOptimum(cost, [], [], [], [])

    def add(kind: int, i: int, k: int, j: int) -> None:
        steps.kind.append(kind)
        steps.i.append(i)
        steps.k.append(k)
        steps.j.append(j)

    def is_pushed(i: int, j: int) -> bool:
        t = tangent[j - 1]
        return t < infinite and bool(best[i][j] == best[i][j - 1] + columns[i] * t)

    def is_pulled(i: int, j: int) -> bool:
        a = adjoint[i]
        return a < infinite and bool(best[i][j] == best[i + 1][j] + columns[j] * a)

    open_intervals = list(intervals)
    while open_intervals:
        i, j = open_intervals.pop()
        if j - i == 1:
            add(ACCUMULATE, i, i, j)
        elif is_pushed(i, j):
            k = j - 1
            while k - i > 1 and is_pushed(i, k):
                k -= 1
            add(TANGENT, i, k, j)
            open_intervals.append((i, k))
        elif is_pulled(i, j):
            k = i + 1
            while j - k > 1 and is_pulled(k, j):
                k += 1
            add(ADJOINT, i, k, j)
            open_intervals.append((k, j))
        else:
            k = int(split[i, j]) if structured else _product_split(i, j, best, outer, middle)
            add(MULTIPLY, i, k, j)
            open_intervals.append((i, k))
            open_intervals.append((k, j))
    return steps


def _product_split(i: int, j: int, best: Any, outer: list[int], middle: list[int]) -> int:
    """The smallest `k` whose product reaches `best[i][j]`."""
    scale, least = outer[i] * outer[j], best[i][j]
    row, column = best[i], best[j]
    for k in range(i + 1, j):
        if row[k] + column[k] + scale * middle[k] == least:
            return k
    raise AssertionError(f"no step reaches the cost of ({i}, {j})")
