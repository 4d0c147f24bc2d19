"""The forms that matrices with structure are held in: diagonals, SciPy CSR arrays, dense arrays.

A plan foresees the form from the pattern: the diagonal alone, an array where at least one entry in
three can be non-zero, and a CSR array otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ...structure.patterns import Pattern
from ...structure.ranges import RangeCounts
from ..dense import Array
from .products import is_sparse

ROWS_AT_ONCE = 64
"""Rows that are gone over together, so that no copy of a large matrix is made."""


@dataclass(frozen=True, slots=True, eq=False)
class DiagonalMatrix:
    """A matrix with `values` on its diagonal, from the first row on, and nothing else."""

    values: Array
    shape: tuple[int, int]

    @property
    def is_whole(self) -> bool:
        """Whether the matrix is square and no entry of its diagonal is missing."""
        return self.shape == (len(self.values), len(self.values))

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of the values."""
        return self.values.dtype

    @property
    def T(self) -> DiagonalMatrix:
        """The transpose."""
        return DiagonalMatrix(self.values, self.shape[::-1])

    def __matmul__(self, columns: Array) -> Array:
        """The product with a vector, of shape `(n,)`, or with columns, of shape `(n, p)`."""
        count = len(self.values)
        dtype = np.result_type(self.values, columns)
        result = np.zeros((self.shape[0], *columns.shape[1:]), dtype=dtype)
        result[:count] = (self.values * columns[:count].T).T
        return result

    def toarray(self) -> Array:
        """The matrix, written out."""
        array = np.zeros(self.shape, dtype=self.values.dtype)
        at = np.arange(len(self.values))
        array[at, at] = self.values
        return array

    def tocsr(self) -> Any:
        """The matrix as a SciPy CSR array."""
        import scipy.sparse

        m, n = self.shape
        count = len(self.values)
        starts = np.minimum(np.arange(m + 1, dtype=np.int32), count)
        return scipy.sparse.csr_array(
            (self.values, np.arange(count, dtype=np.int32), starts), shape=(m, n)
        )


def stored(matrix: Any) -> int:
    """Entries that the matrix takes in memory."""
    if type(matrix) is np.ndarray:
        return matrix.size
    if isinstance(matrix, DiagonalMatrix):
        return len(matrix.values)
    entries: int = matrix.nnz if is_sparse(matrix) else matrix.size
    return entries


def nonzeros(matrix: Any) -> int:
    """Entries that a product with a vector multiplies: of an array, those that are not zero."""
    return int(np.count_nonzero(matrix)) if isinstance(matrix, np.ndarray) else stored(matrix)


def converted(matrix: Any, foreseen: RangeCounts) -> Any:
    """The same matrix in the form that its pattern asks for."""
    if foreseen.is_held_dense:
        return matrix if isinstance(matrix, np.ndarray) else matrix.toarray()
    if foreseen.is_diagonal:
        return matrix if isinstance(matrix, DiagonalMatrix) else _diagonal_of(matrix, foreseen.nnz)
    if isinstance(matrix, DiagonalMatrix) or is_sparse(matrix):
        return matrix.tocsr()
    return csr_of(matrix)


def dense_columns(matrix: Any, start: int, stop: int) -> Array:
    """The columns from `start` to `stop` of a matrix in any form, as an array."""
    if isinstance(matrix, DiagonalMatrix):
        columns = np.zeros((matrix.shape[0], stop - start), dtype=matrix.dtype)
        at = np.arange(start, max(start, min(stop, len(matrix.values))))
        columns[at, at - start] = matrix.values[at]
        return columns
    part = matrix[:, start:stop]
    dense: Array = part.toarray() if is_sparse(part) else part
    return dense


def has_entries_above(array: Array, k: int) -> bool:
    """Whether an entry is not zero that lies more than `k` places right of the diagonal."""
    rows = len(array)
    for start in range(0, rows, ROWS_AT_ONCE):
        stop = min(start + ROWS_AT_ONCE, rows)
        first, rest = max(0, start + k + 1), max(0, stop + k)
        beside = np.triu(array[start:stop, first:rest], start + k + 1 - first)
        if beside.any() or array[start:stop, rest:].any():
            return True
    return False


def as_result(matrix: Any) -> Any:
    """What a caller gets: an array, or a SciPy sparse array."""
    if not isinstance(matrix, DiagonalMatrix):
        return matrix
    import scipy.sparse

    m, n = matrix.shape
    values = np.zeros((1, min(m, n)), dtype=matrix.values.dtype)
    values[0, : len(matrix.values)] = matrix.values
    return scipy.sparse.dia_array((values, [0]), shape=(m, n))


def known_matrix(pattern: Pattern, dtype: npt.DTypeLike) -> Any:
    """An identity, a selection, or the matrix without entries: what a pattern alone determines."""
    if pattern.is_selection and not pattern.is_identity:
        return pattern.csr().astype(dtype)
    count = pattern.shape[0] if pattern.is_identity else 0
    return DiagonalMatrix(np.ones(count, dtype=dtype), pattern.shape)


def random_matrix(
    counts: RangeCounts, pattern: Pattern, rng: np.random.Generator, is_given: bool = True
) -> Any:
    """A matrix of a pattern with values from -1 to 1 (an identity has ones), in its form.

    A diagonal is one-dimensional if it is given; its products need a SciPy sparse array.
    """
    if counts.is_diagonal and not counts.is_held_dense:
        values = rng.uniform(-1.0, 1.0, counts.nnz)
        if pattern.is_identity:
            values[:] = 1.0
        if is_given and counts.nnz == min(pattern.shape):
            return values
        return as_result(DiagonalMatrix(values, pattern.shape))
    if pattern.is_identity:
        return np.eye(pattern.shape[0])
    if counts.is_full:
        return rng.uniform(-1.0, 1.0, pattern.shape)
    matrix = pattern.csr().astype(np.float64)
    matrix.data[:] = 1.0 if pattern.is_selection else rng.uniform(-1.0, 1.0, counts.nnz)
    return matrix


def coordinates(matrix: Any) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Rows and columns of the entries that are there."""
    if isinstance(matrix, DiagonalMatrix):
        at = np.arange(len(matrix.values))
        return at, at
    if is_sparse(matrix):
        return np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr)), matrix.indices
    rows, cols = np.nonzero(matrix)
    return rows, cols


def plain(matrix: Any) -> Any:
    """The matrix as NumPy or SciPy know it: a diagonal becomes a CSR array."""
    return matrix.tocsr() if isinstance(matrix, DiagonalMatrix) else matrix


def csr_of(matrix: Any) -> Any:
    """A matrix that NumPy or SciPy know, as a CSR array."""
    import scipy.sparse

    return scipy.sparse.csr_array(matrix)


def _diagonal_of(matrix: Any, count: int) -> DiagonalMatrix:
    return DiagonalMatrix(matrix.diagonal()[:count].copy(), matrix.shape)
