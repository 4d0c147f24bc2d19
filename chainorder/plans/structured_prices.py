"""What products cost in a chain with structure: planes of prices for the interval program.

Where every elemental has a closed form, so has every range, and each price is a formula. Elsewhere
the prices at one variable `k` are a product of two matrices: the row counts of all `(i, k)` by the
column counts of all `(k, j)`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from ..compiled import INT64_SAFE
from ..errors import ChainOrderError
from ..structure.line_counts import LineCounts, inner_products
from ..structure.patterns import Band, PatternsTooLarge
from ..structure.ranges import RangeCounts, Ranges
from ..structure.repeats import Repeats
from .band_prices import FormulaTable, dense_ranges
from .cost import symmetric_price

Plane = Any
"""`plane[j][k]` for one `i`: an array of int64 or of Python integers, or lists of the latter."""

LONGEST_FORMULA = 8_000
"""Elementals up to which six numbers of every range, all bands, fit into 3 GiB."""

LONGEST_COUNTED = 1_400
"""Elementals up to which the fma of every product fit into 4 GiB."""


@dataclass(frozen=True, slots=True)
class StructuredProducts:
    """The price of every product in an objective: `per_fma·fma + per_entry·entries`."""

    table: FormulaTable | CountTable
    per_fma: int
    per_entry: int
    repeats: Repeats | None = None
    """Which sub-Jacobians are symmetric; products that make them of full matrices cost half."""

    def __call__(self, i: int) -> Plane:
        """`plane[j][k]`: the price of `(k, j)·(i, k)`, for `i < k < j`."""
        plane = self.table.plane(i, self.per_fma, self.per_entry)
        ends = () if self.repeats is None else self.repeats.symmetric_ends(i).tolist()
        if ends:
            self._halve(i, ends, plane)
        return plane

    def _halve(self, i: int, ends: Sequence[int], plane: Plane) -> None:
        """Put in the prices of products of full matrices that are symmetric."""
        sizes, is_dense = self.table.sizes, self.table.is_dense
        price = self.per_fma, self.per_entry
        halved = np.array([symmetric_price(sizes[i], k, price) for k in sizes], dtype=object)
        for j in ends:
            inner = i + 1 + np.flatnonzero(is_dense[i, i + 1 : j] & is_dense[i + 1 : j, j])
            if isinstance(plane, np.ndarray):
                plane[j, inner] = halved[inner]
            else:
                for k in inner.tolist():
                    plane[j][k] = halved[k]

    @property
    def is_exact(self) -> bool:
        """Whether the prices are known, not estimated."""
        return self.table.is_exact

    @property
    def largest(self) -> int:
        """No price is larger."""
        return self.per_fma * self.table.largest_fma + abs(self.per_entry) * self.table.largest_nnz


def price_table(ranges: Ranges) -> FormulaTable | CountTable:
    """The prices of all products; estimates where the patterns do not fit into their memory.

    Raises:
        ChainOrderError: a chain that is too long for it.
    """
    longest = LONGEST_FORMULA if ranges.is_closed_form else LONGEST_COUNTED
    if len(ranges) > longest:
        raise ChainOrderError(
            f"the optimal order of a chain with structure holds the prices of all its products: "
            f"{len(ranges):,} elementals are more than {longest:,}"
        )
    if ranges.is_closed_form:
        return FormulaTable(ranges)
    try:
        ranges.complete()
    except PatternsTooLarge:
        ranges.estimate()
        return CountTable(ranges, is_exact=False)
    return CountTable(ranges, is_exact=True)


class CountTable:
    """Ranges with counts: for every variable `k`, the fma of every product that eliminates it."""

    def __init__(self, ranges: Ranges, *, is_exact: bool) -> None:
        self.is_exact = is_exact
        self.q = q = len(ranges)
        self.sizes = ranges.sizes
        get = ranges.planning_counts
        self.nnz = [[get(i, j).nnz if i < j else 0 for j in range(q + 1)] for i in range(q + 1)]
        self.free = [[i < j and get(i, j).is_free for j in range(q + 1)] for i in range(q + 1)]
        self.largest_nnz = max(map(max, self.nnz))
        self.fma = [
            _eliminations([get(i, k) for i in range(k)], [get(k, j) for j in range(k + 1, q + 1)])
            for k in range(1, q)
        ]
        self.largest_fma = max((int(prices.max()) for prices in self.fma), default=0)

    def applied_entries(self) -> Any:
        """`[i][j]`: what a product of `(i, j)` with a vector takes; nothing for an identity."""
        rows = zip(self.nnz, self.free, strict=True)
        return [[0 if free else nnz for nnz, free in zip(*row, strict=True)] for row in rows]

    @cached_property
    def is_dense(self) -> npt.NDArray[np.bool_]:
        """`[i, j]`: whether `(i, j)` is full, and products multiply it."""
        return dense_ranges(self.nnz, self.free, self.sizes)

    def plane(self, i: int, per_fma: int, per_entry: int) -> Plane:
        """See `StructuredProducts`."""
        q = self.q
        # The numbers of entries are there even where they have no price.
        largest = per_fma * self.largest_fma + max(abs(per_entry), 1) * self.largest_nnz
        is_small = largest < INT64_SAFE
        kind: Any = np.int64 if is_small else object
        plane: Plane = np.zeros((q + 1, q + 1), dtype=kind)
        entries = per_entry * np.array(self.nnz[i], dtype=kind)
        for k in range(i + 1, q):
            prices = per_fma * self.fma[k - 1][i].astype(kind) + entries[k + 1 :]
            free = np.array([self.free[i][k] or free for free in self.free[k][k + 1 :]])
            prices[free] = 0
            plane[k + 1 :, k] = prices
        return plane


def _eliminations(rights: list[RangeCounts], lefts: list[RangeCounts]) -> npt.NDArray[Any]:
    """The fma of every product of one of `lefts` by one of `rights`, as `[right, left]`."""
    rows, of_row = _distinct([right.rows for right in rights])
    columns, of_column = _distinct([left.columns for left in lefts])
    return inner_products(rows, columns)[of_row][:, of_column]


def _distinct(counts: list[LineCounts]) -> tuple[list[LineCounts], list[int]]:
    """The different ones, and which of them each is."""
    position: dict[Any, int] = {}
    different: list[LineCounts] = []
    where = []
    for one in counts:
        key: Any = one if isinstance(one, Band) else id(one)
        if key not in position:
            position[key] = len(different)
            different.append(one)
        where.append(position[key])
    return different, where
