"""How many entries each row, or each column, of a pattern has, and sums of products of such counts.

Three forms: an array with a number for every line; `RunCounts`, where runs of lines have equally
many, for patterns with few entries in a large matrix; a `Band`, whose counts have a formula. What
is written out has been paid for by a pattern that holds its entries, so that next to an array all
other forms may be written out too; otherwise nothing here is as large as a matrix is long.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from operator import mul
from typing import Any

import numpy as np
import numpy.typing as npt

from .patterns import Band, Counts, band_fma, distinct

FLOAT_EXACT = 2**53
"""Sums of integers that floating point finds exactly stay below this."""

SLAB = 65_536
"""Lines that are multiplied at a time, which bounds the memory."""

Table = npt.NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class RunCounts:
    """Lines `cuts[t]` to `cuts[t + 1]` have `values[t]` entries each."""

    cuts: npt.NDArray[np.int64]
    values: npt.NDArray[np.int64]

    @property
    def nbytes(self) -> int:
        """Bytes of memory."""
        return self.cuts.nbytes + self.values.nbytes

    def written_out(self) -> Counts:
        """A number for every line."""
        counts: Counts = np.repeat(self.values, np.diff(self.cuts))
        return counts

    def at(self, cuts: npt.NDArray[np.int64]) -> list[int]:
        """The number that holds from each cut on; these cuts include its own."""
        where = np.searchsorted(self.cuts, cuts[:-1], side="right") - 1
        values: list[int] = self.values[where].tolist()
        return values


LineCounts = Counts | RunCounts | Band
"""Counts of one side; a band stands for those of its rows, and transposed for its columns."""


def written_out(counts: LineCounts) -> Counts:
    """A number for every line."""
    if isinstance(counts, np.ndarray):
        return counts
    return counts.row_counts() if isinstance(counts, Band) else counts.written_out()


def inner_product(columns: LineCounts, rows: LineCounts) -> int:
    """`Σ_s columns[s]·rows[s]`: what the product of two matrices with these counts takes."""
    if isinstance(rows, np.ndarray) or isinstance(columns, np.ndarray):
        a, b = written_out(rows), written_out(columns)
        if int(a.max()) * int(b.max()) * len(a) < 2**63:
            return int(a.astype(np.int64) @ b.astype(np.int64))
    return int(inner_products([rows], [columns])[0, 0])


def inner_products(rows: Sequence[LineCounts], columns: Sequence[LineCounts]) -> Table:
    """`Σ_s rows[a][s]·columns[b][s]` for all `a` and `b`, exact."""
    both = (*rows, *columns)
    if any(isinstance(counts, np.ndarray) for counts in both):
        return _of_arrays(list(map(written_out, rows)), list(map(written_out, columns)))
    found = np.zeros((len(rows), len(columns)), dtype=object)
    bands = [c.transposed if isinstance(c, Band) else None for c in columns]
    runs = [counts for counts in both if isinstance(counts, RunCounts)]
    if runs:
        cuts = distinct(np.concatenate([counts.cuts for counts in runs]))
        sums = [[_sums(counts, cuts) for counts in side] for side in (rows, columns)]
    for a, row in enumerate(rows):
        for b, column in enumerate(columns):
            if isinstance(row, RunCounts):
                found[a, b] = sum(map(mul, row.at(cuts), sums[1][b]))
            elif isinstance(column, RunCounts):
                found[a, b] = sum(map(mul, column.at(cuts), sums[0][a]))
            elif isinstance(row, Band):
                left = bands[b]
                assert left is not None
                found[a, b] = band_fma(left, row)
    return found


def _sums(counts: LineCounts, cuts: npt.NDArray[np.int64]) -> list[int]:
    """The entries of all lines from one cut to the next."""
    if isinstance(counts, RunCounts):
        return list(map(mul, counts.at(cuts), np.diff(cuts).tolist()))
    assert isinstance(counts, Band)
    sums: list[int] = np.diff(_entries_before(counts, cuts)).tolist()
    return sums


def _entries_before(pattern: Band, lines: npt.NDArray[np.int64]) -> Table:
    """The entries of all rows before each of these."""
    x = np.minimum(lines, pattern.rows)
    # What leaves 64 bits on the way comes back into them if the result is within.
    x = x if pattern.nnz < 2**62 else x.astype(object)
    late, early = x + (pattern.upper - pattern.cols), x - (pattern.lower + 1)
    before: Table = _triangle(x - 1) + x * (pattern.upper + 1)
    return before - _triangle(np.maximum(late, 0)) - _triangle(np.maximum(early, 0))


def _triangle(n: Table) -> Table:
    """`1 + … + n`, halved before it is multiplied."""
    is_even = n % 2 == 0
    return np.where(is_even, n // 2, n) * np.where(is_even, n + 1, (n + 1) // 2)


def _of_arrays(rows: Sequence[Counts], columns: Sequence[Counts]) -> Table:
    size = len(rows[0])
    bound = size * max(int(r.max()) for r in rows) * max(int(c.max()) for c in columns)
    kind: Any = np.float64 if bound < FLOAT_EXACT else np.int64 if bound < 2**63 else object
    total: Table = np.zeros((len(rows), len(columns)), dtype=kind)
    for first in range(0, size, SLAB):
        part = slice(first, first + SLAB)
        a = np.array([r[part] for r in rows]).astype(kind)
        b = np.array([c[part] for c in columns]).astype(kind)
        total = total + a @ b.T
    return total if kind is object else total.astype(np.int64)
