"""Patterns: which entries of a matrix can be non-zero; closed forms, and what all forms share.

A `Band` is the closed form: every entry of the leading `rows × cols` corner within `lower` below
and `upper` above the diagonal. Dense, diagonal, banded, identity and zero matrices of any shape are
bands, products of bands are bands, and all that planning asks of them has a formula. The other
forms (`explicit`, `tiles`) hold their entries.

No cancellation is assumed, so the pattern of a product is the Boolean product of the patterns and
does not depend on the bracketing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from .line_counts import LineCounts

Shape = tuple[int, int]
Counts = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


class PatternsTooLarge(Exception):
    """The patterns do not fit into the memory that they were given."""


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

    @property
    def is_selection(self) -> bool:
        """Whether all entries are known to be ones, at most one in each row and each column.

        Products with such a matrix copy. An identity is one; so are products and transposes.
        """

    def __hash__(self) -> int:
        """By identity, or by what a band consists of."""

    def row_counts(self) -> Counts:
        """Entries of each row, written out."""

    def column_counts(self) -> Counts:
        """Entries of each column, written out."""

    def row_lines(self) -> LineCounts:
        """Entries of each row, in the form that is smallest."""

    def column_lines(self) -> LineCounts:
        """Entries of each column, in the form that is smallest."""

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
        """The number of entries."""
        return int(band_entries(self.lower, self.upper, self.rows, self.cols))

    @property
    def is_selection(self) -> bool:
        """Of bands, only identities are: entries of others are not known."""
        return self.is_identity

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

    @property
    def transposed(self) -> Band:
        """Rows and columns exchanged."""
        shape = (self.shape[1], self.shape[0])
        return Band(shape, self.upper, self.lower, self.cols, self.rows, self.is_identity)

    def row_counts(self) -> Counts:
        """Entries of each row, written out."""
        return _run_lengths(self.shape[0], self.rows, self.cols, self.lower, self.upper)

    def column_counts(self) -> Counts:
        """Entries of each column, written out."""
        return _run_lengths(self.shape[1], self.cols, self.rows, self.upper, self.lower)

    def row_lines(self) -> LineCounts:
        """The band itself: there is a formula."""
        return self

    def column_lines(self) -> LineCounts:
        """The band transposed."""
        return self.transposed

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
    lower, upper, rows, cols = clipped(rows, cols, lower, upper)
    return Band(shape, lower, upper, rows, cols, is_identity)


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
    six = [0]
    six_fma(*(Bands([b.lower], [b.upper], [b.rows], [b.cols]) for b in (left, right)), six)  # type: ignore[call-arg]
    return six[0] // 6


class Bands(NamedTuple):
    """Columns of bands in normal form."""

    lower: Any
    upper: Any
    rows: Any
    cols: Any


def six_fma(left, right, prices):  # type: ignore[no-untyped-def]
    """Six times the fma of each left band by the right band at the same place.

    With `inner = min(cols, right_rows)`, column `s < inner` of the left band has
    `(s + lower + 1) - (s - top)⁺ - (s - upper)⁺` entries and row `s` of the right one
    `(s + before + 1) - (s - end)⁺ - (s - behind)⁺`; the sum of their products over `s` is a sum of
    nine products of ramps. Six times that needs no division, and without branches it runs on
    vector instructions, many products at once. In 64 bits it may wrap on the way, not in the end.
    """
    lower, upper, rows, cols = left
    right_lower, right_upper, right_rows, right_cols = right
    for k in range(len(lower)):
        low, up, before, behind = lower[k], upper[k], right_upper[k], right_lower[k]
        inner = cols[k] if cols[k] < right_rows[k] else right_rows[k]
        top, end, last = rows[k] - low - 1, right_cols[k] - before - 1, inner - 1
        lines = last * (last + 1) * (2 * last + 1 + 3 * (low + before + 2))
        lines += 6 * inner * (before + 1) * (low + 1)
        prices[k] = (
            lines
            - six_line_ramps(last, top, -before - 1)
            - six_line_ramps(last, up, -before - 1)
            - six_line_ramps(last, end, -low - 1)
            + six_ramp_products(last, top, end)
            + six_ramp_products(last, up, end)
            - six_line_ramps(last, behind, -low - 1)
            + six_ramp_products(last, top, behind)
            + six_ramp_products(last, up, behind)
        )


# Conditional expressions, not min and max: those are calls in numba, which no vector survives.


def six_line_ramps(last, start, earlier):  # type: ignore[no-untyped-def]
    """Six times `Σ_{0 <= s <= last} (s - start)⁺·(s - earlier)`, for `start >= earlier`."""
    t = last - start
    t = t if t > 0 else 0
    return t * (t + 1) * (2 * t + 1 + 3 * (start - earlier))


def six_ramp_products(last, x, y):  # type: ignore[no-untyped-def]
    """Six times `Σ_{0 <= s <= last} (s - x)⁺·(s - y)⁺`, where `x` or `y` is at least -1."""
    start = x if x > y else y
    t = last - start
    t = t if t > 0 else 0
    apart = x - y
    apart = apart if apart > 0 else -apart
    return t * (t + 1) * (2 * t + 1 + 3 * apart)


def band_entries(lower, upper, rows, cols):  # type: ignore[no-untyped-def]
    """Entries of a band: columns that start at the first row, less what is cut off at the ends."""
    last = cols - 1
    below, above = max(last - (rows - lower - 1), 0), max(last - upper, 0)
    if cols == 0:
        return 0 * cols
    twice = last * (last + 1) - below * (below + 1) - above * (above + 1)
    return cols * (lower + 1) + twice // 2


def distinct(values: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The different integers in ascending order; `numpy.unique` hashes them, which takes longer."""
    ordered = np.sort(values)
    is_first = np.ones(len(ordered), dtype=bool)
    np.not_equal(ordered[1:], ordered[:-1], out=is_first[1:])
    found: npt.NDArray[np.int64] = ordered[is_first]
    return found


def _run_lengths(size: int, lines: int, crossing: int, before: int, after: int) -> Counts:
    """Entries of each of `size` lines: from `s - before` to `s + after`, clipped to `crossing`."""
    counts = np.zeros(size, dtype=np.int64)
    s = np.arange(lines, dtype=np.int64)
    counts[:lines] = np.minimum(s + after + 1, crossing) - np.maximum(s - before, 0)
    return counts


def _touching(size: int, lines: int, crossing: int, before: int, after: int, marked: Mask) -> Mask:
    """The lines with a marked entry between `s - before` and `s + after`."""
    touched = np.zeros(size, dtype=bool)
    marks = np.concatenate([[0], np.cumsum(marked[:crossing])])
    s = np.arange(lines, dtype=np.int64)
    touched[:lines] = marks[np.minimum(s + after + 1, crossing)] > marks[np.maximum(s - before, 0)]
    return touched
