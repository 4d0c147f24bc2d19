"""The rows of the interval program where all ranges are bands: prices are found when needed.

What stands in `interval_program` holds here, too. Only, a table of the prices of all products from
one variable is not written and read again: a line of them at a time stays in the nearest cache.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ...compiled import INT64_SAFE, runner
from ...plans.band_prices import FormulaTable, clear_identities, formula_prices, full_prices
from ...plans.prices import StepPrices
from ...plans.structured_prices import StructuredProducts
from ...structure.patterns import Bands
from .interval_rows import PriceColumns, least_product, row_blocks


class Filled(NamedTuple):
    """The table of the interval program, where its products split, and the prices as columns."""

    best: Any
    split: Any
    prices: PriceColumns


def fill_from_bands(prices: StepPrices, columns: PriceColumns, infinite: int) -> Filled | None:
    """The filled table; None where the prices of products are not all formulas over bands."""
    products, q = prices.products, len(prices.leaf)
    if not isinstance(products, StructuredProducts) or products.repeats is not None:
        return None
    table = products.table
    if not isinstance(table, FormulaTable):
        return None
    fits = table.fits and 4 * infinite < INT64_SAFE
    run = runner(fill_band_rows, table.work, fits=fits)
    columns, ranges = run.columns(columns), table.columns(run)
    best, near, far = run.zeros(q + 1, q + 1), run.zeros(q + 1), run.zeros(q + 1)
    split = np.zeros((q + 1, q + 1), dtype=np.int32)
    unit = Unit(products.per_fma, products.per_entry)
    for start, end in row_blocks(q):
        run(start, end, columns, infinite, ranges, unit, near, far, best, split)
    return Filled(best, split, columns)


class Unit(NamedTuple):
    """What an objective counts: multiplications, and entries of the result."""

    per_fma: int
    per_entry: int


def fill_band_rows(start, end, prices, infinite, ranges, unit, near, far, best, split):  # type: ignore[no-untyped-def]
    """As `interval_rows.fill_rows`.

    The products at `k` are looked at in two parts: near ones, where `(i, k)` is not full, and far
    ones, whose formula is short.
    """
    _, _, leaf, tangent, adjoint, columns = prices
    per_fma, per_entry = unit
    lower, upper, rows, cols, nnz, met, full, settled, same_until, same_since = ranges
    for i in range(end - 1, start - 1, -1):
        row = best[i]
        row[i + 1] = leaf[i]
        best[i + 1][i] = leaf[i]
        for j in range(i + 2, len(best)):
            column = best[j]
            first = min(full[i], j)
            entries = per_entry * nnz[i][j]
            if j < settled[i]:
                left = Bands(
                    lower[j][i + 1 : first],
                    upper[j][i + 1 : first],
                    rows[j][i + 1 : first],
                    cols[j][i + 1 : first],
                )
                right = Bands(
                    lower[i][i + 1 : first],
                    upper[i][i + 1 : first],
                    rows[i][i + 1 : first],
                    cols[i][i + 1 : first],
                )
                formula_prices(left, right, per_fma, entries, near)
            else:
                full_prices(rows[j][i + 1 : first], met[i][i + 1 : first], per_fma, entries, near)
            full_prices(cols[i][first:j], met[j][first:j], per_fma, entries, far)
            if same_until[i] > i or same_since[j] < j:
                clear_identities(i, j, i + 1, first, ranges, near)
                clear_identities(i, j, first, j, ranges, far)
            nearest, k = least_product(row[i + 1 : first], column[i + 1 : first], near, infinite)
            least, l = least_product(row[first:j], column[first:j], far, nearest)
            split[i, j] = first + l if least < nearest else i + 1 + k
            if tangent[j - 1] < infinite:
                least = min(least, row[j - 1] + columns[i] * tangent[j - 1])
            if adjoint[i] < infinite:
                least = min(least, column[i + 1] + columns[j] * adjoint[i])
            row[j] = least
            column[i] = least
