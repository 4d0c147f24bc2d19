"""Few tangents for a sparse Jacobian: columns without a common row share one, rows an adjoint.

Columns `c` and `d` are *structurally orthogonal* if no row has an entry in both. A tangent whose
direction is the sum of the unit vectors of such columns has each entry of the Jacobian by itself,
so the number of tangents is the number of colours of the columns, and that of adjoints the number
of colours of the rows.

| here | sparse Jacobians | graphs |
| --- | --- | --- |
| `column_coloring` | compression for tangents (forward) | column intersection graph |
| `row_coloring` | compression for adjoints (reverse) | row intersection graph |
| `Coloring.seeds` | seed matrix | indicator of each colour |
| `recovered` | direct recovery | |

The greedy algorithm is that of Curtis, Powell and Reid (On the estimation of sparse Jacobian
matrices, IMA J. Appl. Math. 13, 1974), which forms the intersection graph of small patterns only:
a row with many entries would make it a large clique. Bands need no search.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ..compiled import runner
from .explicit import Bits, Block, Entries
from .patterns import Band, Pattern
from .tiles import Tiles

GREEDY_WORK = 10**10
"""Pairs of entries in a common row that the greedy search may look at: about half a minute."""

FEW_PAIRS = 2**20
"""So many may be written down: SciPy finds those that are neighbours in much less time."""


@dataclass(frozen=True, slots=True, eq=False)
class Coloring:
    """Groups of columns (or rows) that share a tangent (or an adjoint).

    `colors[c]` is the group of column `c`, from 0, and -1 for a column without entries; `count`
    is the number of groups.
    """

    colors: npt.NDArray[np.int64]
    count: int

    def seeds(self, dtype: npt.DTypeLike = np.float64) -> Callable[[int, int], npt.NDArray[Any]]:
        """The directions of the groups from `a` to `b`: sums of unit vectors, as columns."""

        def columns(start: int, stop: int) -> npt.NDArray[Any]:
            matrix = np.zeros((len(self.colors), stop - start), dtype=dtype)
            at = np.flatnonzero((self.colors >= start) & (self.colors < stop))
            matrix[at, self.colors[at] - start] = 1
            return matrix

        return columns


def column_colors(pattern: Pattern) -> int:
    """How many tangents the matrix takes. By formula for bands; none if it is known."""
    if pattern.is_selection or pattern.nnz == 0:
        return 0
    if isinstance(pattern, Band):
        return _longest_run(pattern.rows, pattern.cols, pattern.lower, pattern.upper)
    if isinstance(pattern, Tiles):
        return _greedy_tiles(pattern)[0].count
    return column_coloring(pattern).count


def row_colors(pattern: Pattern) -> int:
    """How many adjoints the matrix takes. By formula for bands; none if it is known."""
    if pattern.is_selection or pattern.nnz == 0:
        return 0
    if isinstance(pattern, Band):
        return _longest_run(pattern.cols, pattern.rows, pattern.upper, pattern.lower)
    if isinstance(pattern, Tiles):
        return _greedy_tiles(pattern)[1].count
    return row_coloring(pattern).count


def column_coloring(pattern: Pattern) -> Coloring:
    """Groups of columns no two of which have an entry in a common row.

    The least number for a band, where columns as far apart as the longest row are in one group;
    otherwise the better of two greedy searches, columns as they are and fullest first.
    """
    if isinstance(pattern, Band):
        return _band_coloring(pattern.shape[1], pattern.cols, column_colors(pattern))
    if isinstance(pattern, Tiles):
        return _spread(_greedy_tiles(pattern)[0], pattern.filled_columns(), pattern.shape[1])
    return _greedy(pattern)


def row_coloring(pattern: Pattern) -> Coloring:
    """Groups of rows no two of which have an entry in a common column; see `column_coloring`."""
    if isinstance(pattern, Band):
        return _band_coloring(pattern.shape[0], pattern.rows, row_colors(pattern))
    if isinstance(pattern, Tiles):
        return _spread(_greedy_tiles(pattern)[1], pattern.filled_rows(), pattern.shape[0])
    return _greedy_rows(pattern)


def recovered(
    pattern: Pattern, coloring: Coloring, products: npt.NDArray[Any], *, by_rows: bool = False
) -> Any:
    """The Jacobian from its compressed form, as a SciPy CSR array.

    Args:
        pattern: its pattern, of shape `(m, n)`.
        coloring: of its columns; with `by_rows`, of its rows.
        products: `J @ seeds`, of shape `(m, count)`; with `by_rows` `(seeds.T @ J).T`, of shape
            `(n, count)`.
        by_rows: whether the products are adjoints.
    """
    import scipy.sparse

    matrix = pattern.csr()
    rows = np.repeat(np.arange(pattern.shape[0]), np.diff(matrix.indptr))
    if by_rows:
        values = products[matrix.indices, coloring.colors[rows]]
    else:
        values = products[rows, coloring.colors[matrix.indices]]
    return scipy.sparse.csr_array((values, matrix.indices, matrix.indptr), shape=pattern.shape)


def _longest_run(lines: int, crossing: int, before: int, after: int) -> int:
    """Entries of the fullest of `lines` lines that reach from `s - before` to `s + after`."""
    at = (min(lines - 1, before), min(lines - 1, max(crossing - after - 1, 0)))
    return max(min(s + after + 1, crossing) - max(s - before, 0) for s in at)


def _band_coloring(size: int, filled: int, count: int) -> Coloring:
    colors = np.full(size, -1, dtype=np.int64)
    if count:
        colors[:filled] = np.arange(filled) % count
    return Coloring(colors, count)


def _spread(coloring: Coloring, lines: npt.NDArray[np.int64], size: int) -> Coloring:
    """The colouring of all lines, where that of those with entries is known."""
    colors = np.full(size, -1, dtype=np.int64)
    colors[lines] = coloring.colors
    return Coloring(colors, coloring.count)


@lru_cache(maxsize=256)
def _greedy(pattern: Hashable) -> Coloring:
    """The colouring of the columns."""
    assert isinstance(pattern, Entries | Block | Bits)
    by_rows = pattern.csr()
    return _greedy_columns(by_rows, by_rows.T.tocsr())


@lru_cache(maxsize=256)
def _greedy_rows(pattern: Hashable) -> Coloring:
    """The colouring of the rows."""
    assert isinstance(pattern, Entries | Block | Bits)
    by_rows = pattern.csr()
    return _greedy_columns(by_rows.T.tocsr(), by_rows)


@lru_cache(maxsize=256)
def _greedy_tiles(pattern: Hashable) -> tuple[Coloring, Coloring]:
    """The colourings of the columns and rows that have entries."""
    assert isinstance(pattern, Tiles)
    return _both(pattern.filled_csr())


def _both(by_rows: Any) -> tuple[Coloring, Coloring]:
    by_columns = by_rows.T.tocsr()
    return _greedy_columns(by_rows, by_columns), _greedy_columns(by_columns, by_rows)


def _greedy_columns(by_rows: Any, by_columns: Any) -> Coloring:
    per_row, per_column = np.diff(by_rows.indptr), np.diff(by_columns.indptr)
    filled = np.flatnonzero(per_column)
    least = int(per_row.max())
    pairs = int((per_row.astype(np.int64) ** 2).sum())
    if least == len(filled) or pairs > GREEDY_WORK:
        colors = np.full(len(per_column), -1, dtype=np.int64)
        colors[filled] = np.arange(len(filled))
        return Coloring(colors, len(filled))
    found = _colored(filled, by_rows, by_columns, pairs)
    if found.count > least:
        fullest_first = filled[np.argsort(-per_column[filled], kind="stable")]
        other = _colored(fullest_first, by_rows, by_columns, pairs)
        found = min(found, other, key=lambda coloring: coloring.count)
    return found


def _colored(order: npt.NDArray[Any], by_rows: Any, by_columns: Any, pairs: int) -> Coloring:
    if pairs <= FEW_PAIRS:
        # Each neighbour once, as a row that has but one column.
        from scipy import sparse

        by_columns = by_columns @ by_rows
        by_rows = sparse.eye_array(by_columns.shape[1], format="csr")
        pairs = by_columns.nnz
    run = runner(color_in_order, pairs)
    colors = run.column(np.full(by_rows.shape[1], -1, dtype=np.int64))
    lines = (run.columns(Lines(m.indptr, m.indices)) for m in (by_columns, by_rows))
    count = run(run.column(order), *lines, colors)
    return Coloring(np.array(colors, dtype=np.int64), int(count))


class Lines(NamedTuple):
    """The entries of each row, or of each column: `members[start[t]:start[t + 1]]`."""

    start: Any
    members: Any


def color_in_order(order, columns, rows, colors):  # type: ignore[no-untyped-def]
    """Give each column the first colour that no column has with which it shares a row."""
    column_ptr, column_rows = columns
    row_ptr, row_columns = rows
    taken_by = [-1 for _ in range(len(colors) + 1)]
    count = 0
    for c in order:
        for p in range(column_ptr[c], column_ptr[c + 1]):
            r = column_rows[p]
            for s in range(row_ptr[r], row_ptr[r + 1]):
                other = colors[row_columns[s]]
                if other >= 0:
                    taken_by[other] = c
        color = 0
        while taken_by[color] == c:
            color += 1
        colors[c] = color
        count = max(count, color + 1)
    return count
