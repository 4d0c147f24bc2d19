"""Patterns with few entries in a large matrix: cut into tiles, each of them full or empty.

A sparse matrix of three entries has three rows and three columns that are not empty, however large
it is; a product with a band turns an entry into a run of entries. So rows are kept as runs of equal
ones, columns likewise, and a small matrix says which rows have entries in which columns. Memory and
time grow with the entries that were given, never with the sizes.
"""

from __future__ import annotations

from dataclasses import dataclass
from operator import mul
from typing import Any

import numpy as np
import numpy.typing as npt

from .line_counts import RunCounts
from .patterns import Band, Counts, Mask, PatternsTooLarge, Shape, distinct

Integers = npt.NDArray[np.int64]

ENTRY_BYTES = 16
"""Bytes that an entry of the small matrix takes while it is made."""


@dataclass(frozen=True, slots=True, eq=False)
class Runs:
    """Lines as runs of equal ones: those from `cuts[t]` to `cuts[t + 1]` are of kind `kind[t]`."""

    cuts: Integers
    kind: Integers
    kinds: int

    @property
    def size(self) -> int:
        """How many lines there are."""
        return int(self.cuts[-1])

    def widths(self) -> Integers:
        """How many lines there are of each kind."""
        widths = np.zeros(self.kinds, dtype=np.int64)
        np.add.at(widths, self.kind, np.diff(self.cuts))
        return widths

    def kind_of(self, lines: Integers) -> Integers:
        """The kind of each of these lines."""
        return self.kind[np.searchsorted(self.cuts, lines, side="right") - 1]

    def lines_of(self, kinds: Mask) -> Integers:
        """The lines that are of one of these kinds."""
        runs = kinds[self.kind]
        first, lengths = self.cuts[:-1][runs], np.diff(self.cuts)[runs]
        within = np.arange(int(lengths.sum())) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        lines: Integers = np.repeat(first, lengths) + within
        return lines

    def merged(self, new_kind: Integers) -> Runs:
        """The same lines, where some kinds have become one."""
        kind = new_kind[self.kind]
        starts = np.concatenate([[True], kind[1:] != kind[:-1]])
        cuts = np.concatenate([self.cuts[:-1][starts], self.cuts[-1:]])
        return Runs(cuts, kind[starts], int(new_kind.max()) + 1)


@dataclass(frozen=True, slots=True, eq=False)
class Tiles:
    """Rows of kind `a` have entries in all columns of kind `b` where `matrix` has `(a, b)`."""

    rows: Runs
    cols: Runs
    matrix: Any
    is_identity: bool = False
    is_selection: bool = False

    @property
    def shape(self) -> Shape:
        """Rows and columns of the matrix."""
        return self.rows.size, self.cols.size

    @property
    def nnz(self) -> int:
        """The number of entries."""
        return sum(map(mul, self.rows.widths().tolist(), self._per_row().tolist()))

    @property
    def pieces(self) -> int:
        """What memory and time are proportional to."""
        return len(self.rows.kind) + len(self.cols.kind) + int(self.matrix.nnz)

    @property
    def nbytes(self) -> int:
        """Bytes of memory."""
        return 16 * self.pieces

    @property
    def transposed(self) -> Tiles:
        """Rows and columns exchanged."""
        return Tiles(self.cols, self.rows, self.matrix.T.tocsr())

    def row_lines(self) -> RunCounts:
        """Entries of each row."""
        return RunCounts(self.rows.cuts, self._per_row()[self.rows.kind])

    def column_lines(self) -> RunCounts:
        """Entries of each column."""
        return self.transposed.row_lines()

    def row_counts(self) -> Counts:
        """Entries of each row, written out."""
        return self.row_lines().written_out()

    def column_counts(self) -> Counts:
        """Entries of each column, written out."""
        return self.column_lines().written_out()

    def rows_into(self, columns: Mask) -> Mask:
        """The rows that have an entry in one of these columns."""
        marked = np.logical_or.reduceat(columns, self.cols.cuts[:-1])
        kinds = np.zeros(self.cols.kinds, dtype=bool)
        np.logical_or.at(kinds, self.cols.kind, marked)
        touched: Mask = np.asarray(self.matrix @ kinds.astype(np.int64)) > 0
        return np.repeat(touched[self.rows.kind], np.diff(self.rows.cuts))

    def columns_from(self, rows: Mask) -> Mask:
        """The columns that have an entry in one of these rows."""
        return self.transposed.rows_into(rows)

    def csr(self) -> Any:
        """The pattern as a SciPy CSR array of booleans, written out."""
        rows, columns = (
            np.repeat(side.kind, np.diff(side.cuts)) for side in (self.rows, self.cols)
        )
        return self.matrix[rows].tocsc()[:, columns].tocsr()

    def filled_rows(self) -> Integers:
        """The rows that have entries."""
        return self.rows.lines_of(np.diff(self.matrix.indptr) > 0)

    def filled_columns(self) -> Integers:
        """The columns that have entries."""
        return self.transposed.filled_rows()

    def filled_csr(self) -> Any:
        """The CSR array of booleans of the rows and columns that have entries."""
        rows, columns = self.filled_rows(), self.filled_columns()
        by_row = self.matrix[self.rows.kind_of(rows)]
        return by_row.tocsc()[:, self.cols.kind_of(columns)].tocsr()

    def _per_row(self) -> Integers:
        """Entries of a row of each kind."""
        counts: Integers = self.matrix.astype(np.int64) @ self.cols.widths()
        return counts


def tiles_of_entries(rows: Integers, cols: Integers, shape: Shape) -> Tiles:
    """The pattern with these entries."""
    row_at, row = np.unique(rows, return_inverse=True)
    col_at, col = np.unique(cols, return_inverse=True)
    counts = (len(row_at) + 1, len(col_at) + 1)
    return _merged(_points(row_at, shape[0]), _points(col_at, shape[1]), _csr(row, col, counts))


def tiles_of_block(rows: Mask, cols: Mask) -> Tiles:
    """All entries in some rows and some columns."""
    return Tiles(_marked(rows), _marked(cols), _csr(np.ones(1, int), np.ones(1, int), (2, 2)))


def product_of_tiles(left: Tiles | Band, right: Tiles | Band, limit: int) -> Tiles:
    """The pattern of `left·right`, of which one at most is a band.

    Raises:
        PatternsTooLarge: it would take more than `limit` bytes.
    """
    if isinstance(right, Band):
        assert isinstance(left, Tiles)
        return product_of_tiles(right.transposed, left.transposed, limit).transposed
    if isinstance(left, Band):
        rows, meets = _band_rows(left, right, limit)
    else:
        rows = left.rows
        cuts = distinct(np.concatenate([left.cols.cuts, right.rows.cuts]))[:-1]
        kinds = (left.cols.kind_of(cuts), right.rows.kind_of(cuts))
        between = _csr(*kinds, (left.cols.kinds, right.rows.kinds))
        meets = _product(left.matrix, between, limit)
    return _merged(rows, right.cols, _product(meets, right.matrix, limit))


def _band_rows(left: Band, right: Tiles, limit: int) -> tuple[Runs, Any]:
    """Runs of rows of `left·right`, and which kinds of rows of `right` each of them meets.

    Row `r` of the band meets the rows from `r - lower` to `r + upper` of `right`, so it meets a run
    from `start` to `end` if `start - upper <= r < end + lower`.
    """
    start, end = right.rows.cuts[:-1], np.minimum(right.rows.cuts[1:], left.cols)
    is_met = (start < end) & (np.diff(right.matrix.indptr) > 0)[right.rows.kind]
    start, end, kind = start[is_met], end[is_met], right.rows.kind[is_met]
    cuts = distinct(
        np.clip(np.concatenate([[0], start - left.upper, end + left.lower]), 0, left.rows)
    )
    if left.shape[0] > cuts[-1]:
        cuts = np.append(cuts, left.shape[0])
    at = cuts[:-1]
    first = np.searchsorted(end, at - left.lower, side="right")
    last = np.where(at < left.rows, np.searchsorted(start, at + left.upper, side="right"), first)
    lengths = np.maximum(last - first, 0)
    if int(lengths.sum()) * ENTRY_BYTES > limit:
        raise PatternsTooLarge
    row = np.repeat(np.arange(len(at)), lengths)
    within = np.arange(len(row)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    met = kind[np.repeat(first, lengths) + within]
    rows = Runs(cuts, np.arange(len(at)), len(at))
    return rows, _csr(row, met, (len(at), right.rows.kinds))


def _product(left: Any, right: Any, limit: int) -> Any:
    pairs = int(np.diff(right.indptr).astype(np.int64)[left.indices].sum())
    if min(pairs, left.shape[0] * right.shape[1]) * ENTRY_BYTES > limit:
        raise PatternsTooLarge
    return left @ right


def _merged(rows: Runs, cols: Runs, matrix: Any) -> Tiles:
    """The tiles, with equal rows as one kind, and equal columns too."""
    row_kind, matrix = _distinct_rows(matrix)
    col_kind, by_column = _distinct_rows(matrix.T.tocsr())
    return Tiles(rows.merged(row_kind), cols.merged(col_kind), by_column.T.tocsr())


def _distinct_rows(matrix: Any) -> tuple[Integers, Any]:
    """Which of the different rows each row is, and those rows."""
    matrix.sort_indices()
    lengths = np.diff(matrix.indptr)
    label = np.random.default_rng(0).integers(0, 2**64, matrix.shape[1], dtype=np.uint64)
    ends = np.concatenate([np.zeros(1, np.uint64), np.cumsum(label[matrix.indices])])
    sums = ends[matrix.indptr[1:]] - ends[matrix.indptr[:-1]]
    _, first, same = np.unique(sums, return_index=True, return_inverse=True)
    # Rows with one sum are the same, but for a chance that one never sees: look, and keep them
    # apart if not.
    like = first[same]
    place = np.arange(len(matrix.indices)) - np.repeat(matrix.indptr[:-1], lengths)
    place += np.repeat(matrix.indptr[like], lengths)
    other = matrix.indices[np.minimum(place, max(len(matrix.indices) - 1, 0))]
    row = np.repeat(np.arange(len(lengths)), lengths)
    differs = lengths != lengths[like]
    differs[row[other != matrix.indices]] = True
    like[differs] = np.flatnonzero(differs)
    kept, kind = np.unique(like, return_inverse=True)
    return kind.astype(np.int64), matrix[kept]


def _points(at: Integers, size: int) -> Runs:
    """Lines that are each of their own kind, in this order, and all others of one kind."""
    cuts = distinct(np.concatenate([[0], at, at + 1, [size]]))
    kind = np.full(len(cuts) - 1, len(at), dtype=np.int64)
    kind[np.searchsorted(cuts, at)] = np.arange(len(at))
    return Runs(cuts, kind, len(at) + 1)


def _marked(mask: Mask) -> Runs:
    """Lines of kind 1 where they are marked, else of kind 0."""
    starts = np.flatnonzero(np.concatenate([[True], mask[1:] != mask[:-1]]))
    return Runs(np.append(starts, len(mask)), mask[starts].astype(np.int64), 2)


def _csr(rows: Integers, cols: Integers, shape: Shape) -> Any:
    import scipy.sparse

    place = distinct(rows.astype(np.int64) * shape[1] + cols)
    indptr = np.searchsorted(place, np.arange(shape[0] + 1) * shape[1])
    return scipy.sparse.csr_array(
        (np.ones(len(place), dtype=bool), place % shape[1], indptr), shape=shape
    )
