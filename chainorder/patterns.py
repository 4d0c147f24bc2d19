"""Patterns: which entries of a matrix can be non-zero; closed forms, and what all forms share.

A `Band` is the closed form: every entry of the leading `rows × cols` corner within `lower` below
and `upper` above the diagonal. Dense, diagonal, banded, identity and zero matrices of any shape are
bands, products of bands are bands, and all that planning asks of them has a formula. The other
forms (`chainorder.sparse_patterns`) hold their entries.

No cancellation is assumed, so the pattern of a product is the Boolean product of the patterns and
does not depend on the bracketing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

Shape = tuple[int, int]
Counts = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


class Pattern(Protocol):
    """What every form of a pattern provides."""

    @property
    def shape(self) -> Shape:
        """Rows and columns of the matrix."""

    @property
    def nnz(self) -> int:
        """The number of entries that can be non-zero, exact."""

    @property
    def is_identity(self) -> bool:
        """Whether the matrix is known to be the identity, so that products with it are free."""

    def row_counts(self) -> Counts:
        """Entries of each row."""

    def column_counts(self) -> Counts:
        """Entries of each column."""

    def rows_into(self, columns: Mask) -> Mask:
        """The rows that have an entry in one of these columns."""

    def columns_from(self, rows: Mask) -> Mask:
        """The columns that have an entry in one of these rows."""

    def csr(self) -> Any:
        """The pattern as a SciPy CSR array of booleans."""


@dataclass(frozen=True, slots=True)
class Band:
    """Entries `(r, c)`, `r < rows`, `c < cols`, `-upper <= r - c <= lower`; made by `band`.

    Normal form: each of the leading rows and columns has an entry, and the bandwidths are at
    most what fits, so equal patterns are equal objects.
    """

    shape: Shape
    lower: int
    upper: int
    rows: int
    cols: int
    is_identity: bool = False

    @property
    def nnz(self) -> int:
        """The number of entries: whole columns less what is cut off above and below."""
        return (
            self.cols * (self.lower + 1)
            + _triangle(self.cols - 1)
            - _triangle(self.cols - 1 - self.top)
            - _triangle(self.cols - 1 - self.upper)
        )

    @property
    def top(self) -> int:
        """The last column whose entries end `lower` below the diagonal, not at the last row."""
        return self.rows - self.lower - 1

    @property
    def is_full_corner(self) -> bool:
        """Whether every entry of the leading corner is there."""
        return self.lower >= self.rows - 1 and self.upper >= self.cols - 1

    @property
    def is_diagonal(self) -> bool:
        """Whether no entry is off the diagonal."""
        return self.lower == 0 and self.upper == 0

    @property
    def is_whole_diagonal(self) -> bool:
        """Whether a product with this pattern has the other factor's pattern."""
        return self.is_diagonal and self.shape == (self.rows, self.cols)

    def row_counts(self) -> Counts:
        """Entries of each row."""
        return _run_lengths(self.shape[0], self.rows, self.cols, self.lower, self.upper)

    def column_counts(self) -> Counts:
        """Entries of each column."""
        return _run_lengths(self.shape[1], self.cols, self.rows, self.upper, self.lower)

    def rows_into(self, columns: Mask) -> Mask:
        """The rows that have an entry in one of these columns."""
        return _touching(self.shape[0], self.rows, self.cols, self.lower, self.upper, columns)

    def columns_from(self, rows: Mask) -> Mask:
        """The columns that have an entry in one of these rows."""
        return _touching(self.shape[1], self.cols, self.rows, self.upper, self.lower, rows)

    def csr(self) -> Any:
        """The pattern as a SciPy CSR array of booleans."""
        import scipy.sparse

        counts = self.row_counts()
        starts = np.concatenate([[0], np.cumsum(counts)])
        first = np.maximum(np.arange(self.shape[0]) - self.lower, 0)
        indices = np.arange(starts[-1]) + np.repeat(first - starts[:-1], counts)
        small = np.int32 if max(*self.shape, int(starts[-1])) < 2**31 else np.int64
        entries = np.ones(len(indices), dtype=bool)
        return scipy.sparse.csr_array(
            (entries, indices.astype(small), starts.astype(small)), shape=self.shape
        )


def band(
    shape: Shape,
    lower: int,
    upper: int,
    rows: int | None = None,
    cols: int | None = None,
    *,
    is_identity: bool = False,
) -> Band:
    """The band in normal form: `rows` and `cols` default to the shape."""
    rows = shape[0] if rows is None else rows
    cols = shape[1] if cols is None else cols
    return Band(shape, *clipped(rows, cols, lower, upper), is_identity)


def zero_pattern(shape: Shape) -> Band:
    """The pattern without an entry."""
    return Band(shape, 0, 0, 0, 0)


def clipped(rows, cols, lower, upper):  # type: ignore[no-untyped-def]
    """`lower, upper, rows, cols` of a band in normal form."""
    if rows <= 0 or cols <= 0:
        return 0, 0, 0, 0
    rows = min(rows, cols + lower)
    cols = min(cols, rows + upper)
    return min(lower, rows - 1), min(upper, cols - 1), rows, cols


def band_product(left: Band, right: Band) -> Band:
    """The pattern of `left·right`: bandwidths add up, and the edges clip.

    Entry `(r, c)` is there if some `s` is within reach of both and below
    `inner = min(left.cols, right.rows)`. The reaches are intervals, so they meet if each two do:
    `r - lower < inner`, `c - upper < inner`, and the sums of the bandwidths hold.
    """
    shape = (left.shape[0], right.shape[1])
    if left.is_identity or right.is_identity:
        return right if left.is_identity else left
    inner = min(left.cols, right.rows)
    if inner == 0:
        return zero_pattern(shape)
    return band(
        shape,
        left.lower + right.lower,
        left.upper + right.upper,
        min(left.rows, inner + left.lower),
        min(right.cols, inner + right.upper),
    )


def band_fma(left: Band, right: Band) -> int:
    """The scalar multiplications of `left·right`, by formula."""
    if left.is_identity or right.is_identity:
        return 0
    inner = min(left.cols, right.rows)
    return int(
        ramp_sum(inner, left.lower, left.top, left.upper, right.upper, 0, 0)
        - ramp_sum(inner, left.lower, left.top, left.upper, 0, right.cols - right.upper - 1, 1)
        - ramp_sum(inner, left.lower, left.top, left.upper, 0, right.lower, 1)
    )


def ramp_sum(inner, lower, top, upper, before, start, ramp):  # type: ignore[no-untyped-def]
    """`Σ_{s < inner} a(s)·b(s)`: the counts of a band times one ramp of the other band's.

    Column `s` of a band has `a(s) = (s + lower + 1) - (s - top)⁺ - (s - upper)⁺` entries; the
    rows of the other are ramps too, `b(s) = (s - start)⁺` or, with `ramp` 0, `s + before + 1`.
    """
    if ramp:
        return (
            ramp_product(inner, start, -lower - 1)
            - ramp_product(inner, max(top, start), min(top, start))
            - ramp_product(inner, max(upper, start), min(upper, start))
        )
    last = inner - 1
    lines = (last * (last + 1) * (2 * last + 1)) // 6 + inner * (before + 1) * (lower + 1)
    lines += (lower + before + 2) * ((last * (last + 1)) // 2)
    return (
        lines - ramp_product(inner, top, -before - 1) - ramp_product(inner, upper, -before - 1)
    )


def ramp_product(inner, start, earlier):  # type: ignore[no-untyped-def]
    """`Σ_{s < inner} (s - start)⁺·(s - earlier)` for `start >= earlier`, `start >= 0`."""
    t = max(inner - 1 - start, 0)
    line = (t * (t + 1)) // 2
    return line * (2 * t + 1) // 3 + (start - earlier) * line


def _triangle(t: int) -> int:
    return t * (t + 1) // 2 if t > 0 else 0


def _run_lengths(size: int, lines: int, crossing: int, before: int, after: int) -> Counts:
    """Entries of each of `size` lines: from `s - before` to `s + after`, clipped to `crossing`."""
    counts = np.zeros(size, dtype=np.int64)
    s = np.arange(lines, dtype=np.int64)
    counts[:lines] = np.minimum(s + after + 1, crossing) - np.maximum(s - before, 0)
    return counts


def _touching(
    size: int, lines: int, crossing: int, before: int, after: int, marked: Mask
) -> Mask:
    """The lines with a marked entry between `s - before` and `s + after`."""
    touched = np.zeros(size, dtype=bool)
    marks = np.concatenate([[0], np.cumsum(marked[:crossing])])
    s = np.arange(lines, dtype=np.int64)
    touched[:lines] = (
        marks[np.minimum(s + after + 1, crossing)] > marks[np.maximum(s - before, 0)]
    )
    return touched
