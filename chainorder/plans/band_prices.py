"""What products cost in a chain whose ranges are all bands: a formula for each, mostly a short one.

The formula (`six_fma`) is a sum of nine terms. But bandwidths add up, so long ranges have every
entry of their leading corner, and keep it. A *full* operand multiplies each entry of the other one
that it meets as often as it has columns (or rows):

- `(k, j)·(i, k)` with `(i, k)` full takes `cols(i, k)` times the entries of `(k, j)` in its first
  `rows(i, k)` columns; and `rows(i, k)` is the same number for every `i` from which it is full;
- with `(k, j)` full, `rows(k, j)` times the entries of `(i, k)` in its first `cols(k, j)` rows.

So what is met (`met`) is found once for each range, and a price is a product of two numbers, except
where both operands are short.

Proof that a full range stays as it is: multiply `(i, k)`, full with `r >= 1` leading rows, by one
more elemental on the right. Its lower bandwidth is at least `r - 1`, so with one variable or more
in common the product has `min(r, 1 + (r - 1)) = r` leading rows, and both its bandwidths reach
across the corner; with none in common it is zero, and multiplies nothing. The other side is the
same, transposed.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ..compiled import INT64_SAFE, Runner, runner
from ..structure.patterns import Band, Bands, band_entries, clipped, six_fma
from ..structure.ranges import Ranges

FORMULA_SIZE = 1_100_000
"""Variables up to which six times any price stays within 64 bits."""


class FormulaTable:
    """Ranges that are all bands: some numbers each, and prices when they are asked for."""

    is_exact = True

    def __init__(self, ranges: Ranges) -> None:
        q = len(ranges)
        bands = [pattern for pattern in ranges.patterns if isinstance(pattern, Band)]
        self.q, self.sizes = q, ranges.sizes
        self.fits = max(ranges.sizes) <= FORMULA_SIZE
        self.work = q**3
        run = runner(fill_bands, 20 * q * q, fits=self.fits)
        numbers = zip(*((b.lower, b.upper, b.rows, b.cols) for b in bands), strict=True)
        is_identity = run.column([int(b.is_identity) for b in bands])
        ranges_of = BandRanges(
            *(run.zeros(q + 1, q + 1) for _ in range(6)), *(run.zeros(q + 1) for _ in range(4))
        )
        largest = run(run.columns(Bands(*map(list, numbers))), is_identity, ranges_of)
        self.ranges = ranges_of
        self.largest_nnz, fullest_column = map(int, largest)
        # An entry of the right operand meets at most the fullest column of the left one.
        self.largest_fma = self.largest_nnz * fullest_column

    def columns(self, run: Runner) -> BandRanges:
        """The numbers as the kernel of a runner takes them."""
        if run.is_compiled != isinstance(self.ranges.full, np.ndarray):
            self.ranges = run.columns(self.ranges)
        return self.ranges

    def applied_entries(self) -> Any:
        """`[i][j]`: what a product of `(i, j)` with a vector takes; nothing for an identity."""
        return np.where(self._is_identity, 0, np.array(self.ranges.nnz)).tolist()

    @cached_property
    def is_dense(self) -> npt.NDArray[np.bool_]:
        """`[i, j]`: whether `(i, j)` is full, and products multiply it."""
        return dense_ranges(self.ranges.nnz, self._is_identity, self.sizes)

    @cached_property
    def _is_identity(self) -> npt.NDArray[np.bool_]:
        """The same of identities, on both sides of the diagonal."""
        j = np.arange(self.q + 1)
        found = (j[:, None] < j) & (j <= np.array(self.ranges.same_until)[:, None])
        return found | found.T

    def plane(self, i: int, per_fma: int, per_entry: int) -> Any:
        """See `StructuredProducts`."""
        run = runner(price_plane, 10 * self.q**2, fits=self.fits)
        plane = run.zeros(self.q + 1, self.q + 1)
        run(i, self.columns(run), per_fma, per_entry, plane)
        return plane


def dense_ranges(entries: Any, is_free: Any, sizes: Sequence[int]) -> npt.NDArray[np.bool_]:
    """Whether there are as many entries as places, and they are multiplied, for every range."""
    d = np.array(sizes, dtype=np.int64 if max(sizes) ** 2 < INT64_SAFE else object)
    is_full: npt.NDArray[np.bool_] = np.equal(entries, d[:, np.newaxis] * d).astype(bool)
    dense: npt.NDArray[np.bool_] = is_full & ~np.array(is_free, dtype=bool)
    return dense


class BandRanges(NamedTuple):
    """The numbers of every range `(i, j)`, as tables.

    Each is at `[i][j]` and at `[j][i]`, so that those of all left and of all right operands of
    `(i, j)` lie next to each other. Only `met` differs: at `[i][j]` are the entries of `(i, j)` in
    the rows that a full left operand meets, at `[j][i]` those in the columns that a full right
    operand meets.

    The rest are columns: from `(i, full[i])` on the ranges from `i` are full, and from
    `settled[i]` on a product `(k, j)·(i, k)` has an operand that is, whatever `k`. The ranges from
    `(i, i + 1)` to `(i, same_until[i])` are identities, and those from `(same_since[j], j)` on.
    """

    lower: Any
    upper: Any
    rows: Any
    cols: Any
    nnz: Any
    met: Any
    full: Any
    settled: Any
    same_until: Any
    same_since: Any


def fill_bands(elementals, is_identity, ranges):  # type: ignore[no-untyped-def]
    """Fill the numbers of every range; the largest number of entries, of one, and of a column."""
    lower, upper, rows, cols, nnz, met, full, settled, same_until, same_since = ranges
    q = len(is_identity)
    largest = fullest = 0 * elementals.rows[0]
    for j in range(q + 1):
        same_since[j] = j
    for i in range(q):
        same_until[i] = i
        full[i] = q + 1
        for j in range(i + 1, q + 1):
            # Bandwidths add up, and the edges clip (`band_product`).
            l = j - 1
            low, up = elementals.lower[l], elementals.upper[l]
            height, width = elementals.rows[l], elementals.cols[l]
            if is_identity[l] > 0 and l > i:
                low, up, height, width = lower[i][l], upper[i][l], rows[i][l], cols[i][l]
            elif same_until[i] < l:
                inner = min(width, rows[i][l])
                height = min(height, inner + low) if inner > 0 else 0
                width = min(cols[i][l], inner + upper[i][l]) if inner > 0 else 0
                low, up = low + lower[i][l], up + upper[i][l]
                low, up, height, width = clipped(height, width, low, up)
            if is_identity[l] > 0 and same_until[i] == l:
                same_until[i] = j
                same_since[j] = min(same_since[j], i)
            elif full[i] > j and low >= height - 1 and up >= width - 1:
                full[i] = j
            count = band_entries(low, up, height, width)
            for a, b in ((i, j), (j, i)):
                lower[a][b] = low
                upper[a][b] = up
                rows[a][b] = height
                cols[a][b] = width
                nnz[a][b] = count
            largest = max(largest, count)
            fullest = max(fullest, min(height, low + up + 1))
    rows_met, cols_met = [0 * largest] * (q + 1), [0 * largest] * (q + 1)
    for i in range(q):
        settled[i] = full[i]
        for j in range(i + 1, q + 1):
            if j < full[i]:
                settled[i] = max(settled[i], full[j])
            else:
                rows_met[j] = max(rows_met[j], rows[i][j])
                cols_met[i] = max(cols_met[i], cols[i][j])
    for i in range(q):
        for j in range(i + 1, q + 1):
            low, up, height, width = lower[i][j], upper[i][j], rows[i][j], cols[i][j]
            met[i][j] = band_entries(up, low, width, min(height, cols_met[j]))
            met[j][i] = band_entries(low, up, height, min(width, rows_met[i]))
    return largest, fullest


def price_plane(i, ranges, per_fma, per_entry, plane):  # type: ignore[no-untyped-def]
    """`plane[j][k]`: the price of `(k, j)·(i, k)`, 0 where one is an identity."""
    lower, upper, rows, cols = ranges.lower, ranges.upper, ranges.rows, ranges.cols
    for j in range(i + 2, len(plane)):
        prices = plane[j][i + 1 : j]
        left = Bands(
            lower[j][i + 1 : j], upper[j][i + 1 : j], rows[j][i + 1 : j], cols[j][i + 1 : j]
        )
        right = Bands(
            lower[i][i + 1 : j], upper[i][i + 1 : j], rows[i][i + 1 : j], cols[i][i + 1 : j]
        )
        formula_prices(left, right, per_fma, per_entry * ranges.nnz[i][j], prices)
        clear_identities(i, j, i + 1, j, ranges, prices)
        plane[j][i + 1 : j] = prices


def formula_prices(left, right, per_fma, entries, prices):  # type: ignore[no-untyped-def]
    """The prices of products of bands (`band_fma`), one after another."""
    six_fma(left, right, prices)
    for t in range(len(left.lower)):
        prices[t] = per_fma * (prices[t] // 6) + entries


def full_prices(lines, met, per_fma, entries, prices):  # type: ignore[no-untyped-def]
    """The prices of products of which one operand is full."""
    for t in range(len(lines)):
        prices[t] = per_fma * (lines[t] * met[t]) + entries


def clear_identities(i, j, start, end, ranges, prices):  # type: ignore[no-untyped-def]
    """Put 0 where `(i, k)` or `(k, j)` is an identity: `prices[k - start]`, `start <= k < end`."""
    for k in range(start, min(ranges.same_until[i] + 1, end)):
        prices[k - start] = 0 * prices[k - start]
    for k in range(max(ranges.same_since[j], start), end):
        prices[k - start] = 0 * prices[k - start]
