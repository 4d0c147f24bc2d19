"""Patterns that hold their entries, in memory that is at least as long as the matrix.

Three forms, each where it is the smallest: `Block`, all entries in some rows and some columns (a
dense factor next to a sparse one, and where long sparse products end up); `Entries`, a SciPy CSR
array; `Bits`, one bit per entry, whose products are a few ORs per row. (`Tiles`, in
`chainorder.structure.tiles`, are for few entries in a matrix of any size.)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..compiled import compile_kernel
from .line_counts import LineCounts
from .patterns import Counts, Mask, Shape


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Every entry whose row is in one set and whose column is in another."""

    rows: Mask
    cols: Mask
    is_identity: bool = False
    is_selection: bool = False

    @property
    def shape(self) -> Shape:
        """Rows and columns of the matrix."""
        return len(self.rows), len(self.cols)

    @property
    def nnz(self) -> int:
        """The number of entries."""
        return int(np.count_nonzero(self.rows)) * int(np.count_nonzero(self.cols))

    @property
    def nbytes(self) -> int:
        """Bytes of memory."""
        return self.rows.nbytes + self.cols.nbytes

    @property
    def pieces(self) -> int:
        """Runs of rows and of columns."""
        return sum(
            1 + int(np.count_nonzero(side[1:] != side[:-1])) for side in (self.rows, self.cols)
        )

    def row_counts(self) -> Counts:
        """Entries of each row."""
        return self.rows * np.int64(np.count_nonzero(self.cols))

    def column_counts(self) -> Counts:
        """Entries of each column."""
        return self.cols * np.int64(np.count_nonzero(self.rows))

    def row_lines(self) -> LineCounts:
        """Entries of each row."""
        return self.row_counts()

    def column_lines(self) -> LineCounts:
        """Entries of each column."""
        return self.column_counts()

    def rows_into(self, columns: Mask) -> Mask:
        """The rows that have an entry in one of these columns."""
        return self.rows if (self.cols & columns).any() else np.zeros_like(self.rows)

    def columns_from(self, rows: Mask) -> Mask:
        """The columns that have an entry in one of these rows."""
        return self.cols if (self.rows & rows).any() else np.zeros_like(self.cols)

    def csr(self) -> Any:
        """The pattern as a SciPy CSR array of booleans."""
        import scipy.sparse

        cols = np.flatnonzero(self.cols).astype(np.int32)
        starts = np.concatenate([[0], np.cumsum(self.row_counts())])
        indices = np.tile(cols, int(np.count_nonzero(self.rows)))
        return scipy.sparse.csr_array(
            (np.ones(len(indices), dtype=bool), indices, starts.astype(np.int32)), shape=self.shape
        )


@dataclass(frozen=True, slots=True, eq=False)
class Entries:
    """The entries that a CSR array of booleans stores."""

    matrix: Any
    is_identity: bool = False
    is_selection: bool = False

    @property
    def shape(self) -> Shape:
        """Rows and columns of the matrix."""
        m, n = self.matrix.shape
        return int(m), int(n)

    @property
    def nnz(self) -> int:
        """The number of entries."""
        return int(self.matrix.nnz)

    @property
    def nbytes(self) -> int:
        """Bytes of memory."""
        m = self.matrix
        return int(m.data.nbytes + m.indices.nbytes + m.indptr.nbytes)

    def row_counts(self) -> Counts:
        """Entries of each row."""
        counts: Counts = np.diff(self.matrix.indptr).astype(np.int64)
        return counts

    def column_counts(self) -> Counts:
        """Entries of each column."""
        counts: Counts = np.bincount(self.matrix.indices, minlength=self.shape[1])
        return counts

    def row_lines(self) -> LineCounts:
        """Entries of each row."""
        return self.row_counts()

    def column_lines(self) -> LineCounts:
        """Entries of each column."""
        return self.column_counts()

    def rows_into(self, columns: Mask) -> Mask:
        """The rows that have an entry in one of these columns."""
        marks = np.concatenate([[0], np.cumsum(columns[self.matrix.indices])])
        touched: Mask = np.diff(marks[self.matrix.indptr]) > 0
        return touched

    def columns_from(self, rows: Mask) -> Mask:
        """The columns that have an entry in one of these rows."""
        touched = np.zeros(self.shape[1], dtype=bool)
        touched[self.matrix.indices[np.repeat(rows, np.diff(self.matrix.indptr))]] = True
        return touched

    def csr(self) -> Any:
        """The pattern as a SciPy CSR array of booleans."""
        return self.matrix


@dataclass(frozen=True, slots=True, eq=False)
class Bits:
    """One bit per entry: bit `c % 64` of word `c // 64` of its row."""

    words: npt.NDArray[np.uint64]
    shape: Shape
    nnz: int
    per_row: Counts
    is_identity: bool = False
    is_selection: bool = False

    @property
    def nbytes(self) -> int:
        """Bytes of memory."""
        return self.words.nbytes

    def row_counts(self) -> Counts:
        """Entries of each row."""
        return self.per_row

    def column_counts(self) -> Counts:
        """Entries of each column."""
        counts = np.zeros(self.words.shape[1] * 64, dtype=np.int64)
        compile_kernel(count_columns)(self.words, counts)
        return counts[: self.shape[1]]

    def row_lines(self) -> LineCounts:
        """Entries of each row."""
        return self.row_counts()

    def column_lines(self) -> LineCounts:
        """Entries of each column."""
        return self.column_counts()

    def rows_into(self, columns: Mask) -> Mask:
        """The rows that have an entry in one of these columns."""
        return np.asarray(np.any(self.words & _packed(columns[None, :]), axis=1))

    def columns_from(self, rows: Mask) -> Mask:
        """The columns that have an entry in one of these rows."""
        united = np.bitwise_or.reduce(self.words[rows], axis=0)
        return np.unpackbits(united.view(np.uint8), bitorder="little")[: self.shape[1]].astype(bool)

    def csr(self) -> Any:
        """The pattern as a SciPy CSR array of booleans."""
        import scipy.sparse

        starts = np.concatenate([[0], np.cumsum(self.per_row)]).astype(np.int32)
        indices = np.empty(self.nnz, dtype=np.int32)
        step = max(1, 2**24 // max(self.shape[1], 1))
        for r in range(0, self.shape[0], step):
            rows = np.unpackbits(self.words[r : r + step].view(np.uint8), axis=1, bitorder="little")
            last = min(r + step, self.shape[0])
            indices[starts[r] : starts[last]] = np.nonzero(rows)[1]
        return scipy.sparse.csr_array(
            (np.ones(self.nnz, dtype=bool), indices, starts), shape=self.shape
        )


def _packed(mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.uint64]:
    """Rows of booleans as rows of words."""
    words = -(-mask.shape[1] // 64)
    bytes_ = np.zeros((mask.shape[0], words * 8), dtype=np.uint8)
    packed = np.packbits(mask, axis=1, bitorder="little")
    bytes_[:, : packed.shape[1]] = packed
    return bytes_.view(np.uint64)


def count_columns(words, counts):  # type: ignore[no-untyped-def]
    """Count the set bits of every column.

    Eight lanes of eight bits count in each word at once, so 255 rows pass before they are added
    up: a popcount by column, a few operations a word.
    """
    rows, width = words.shape
    lanes = np.zeros((8, width), dtype=np.uint64)
    mask = np.uint64(0x0101010101010101)
    for first in range(0, rows, 255):
        lanes[:, :] = np.uint64(0)
        for r in range(first, min(first + 255, rows)):
            row = words[r]
            for b in range(8):
                lane = lanes[b]
                shift = np.uint64(b)
                for w in range(width):
                    lane[w] += (row[w] >> shift) & mask
        for b in range(8):
            for w in range(width):
                for byte in range(8):
                    count = (lanes[b, w] >> np.uint64(8 * byte)) & np.uint64(255)
                    counts[w * 64 + byte * 8 + b] += np.int64(count)
