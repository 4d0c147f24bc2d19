"""Matrices with structure, and their products: diagonals, SciPy CSR arrays, dense arrays.

A matrix is held in the form that the plan foresees from its pattern: its diagonal, an array where
at least one entry in three can be non-zero, and a CSR array otherwise. What is counted comes from
the entries that the operands really store; of a dense array that has structure, the non-zeros. A
BLAS product multiplies the zeros of such an array too, and they are not counted: no order needs
them.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ...errors import ChainOrderError
from ...structure.declarations import Structure, one_line
from ...structure.patterns import Band, Pattern
from ...structure.ranges import RangeCounts
from ...structure.special import Symmetric
from ..dense import Array, product
from ..numbers_in import check_stored, number_array
from .products import is_sparse
from .triangular import by_triangle, is_worth_halving

EXPECTED = "an array of numbers or a SciPy sparse array"


SYMMETRIC_WITHIN = 2.0**-26
"""How far, relative to its largest entry, a symmetric matrix may be from its transpose."""


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


class Counted(NamedTuple):
    """A product, and what it took: scalar multiplications and entries made.

    `seconds` is the time that counting them took, which is none of the product's.
    """

    matrix: Any
    fma: int
    entries: int
    seconds: float


def multiplied(
    left: Any, right: Any, of_left: RangeCounts, of_right: RangeCounts, foreseen: RangeCounts
) -> Counted:
    """`left·right` in the form that is foreseen for it.

    Args:
        left, right: matrices in one of the forms.
        of_left, of_right, foreseen: what the plan knows of the patterns of the operands and the
            result; forms follow from it, and which operand is an identity, but no count.
    """
    if of_left.is_identity or of_right.is_identity:
        return Counted(converted(right if of_left.is_identity else left, foreseen), 0, 0, 0.0)
    if of_left.is_selection or of_right.is_selection:
        taken = _selected(left, right) if of_left.is_selection else _selected(right.T, left.T).T
        return Counted(converted(taken, foreseen), 0, 0, 0.0)
    result = converted(_product(left, right, of_left, of_right, foreseen), foreseen)
    start = time.perf_counter()
    fma = _scalar_multiplications(left, right, of_left, of_right)
    entries = _stored_nonzeros(result, foreseen)
    return Counted(result, fma, entries, time.perf_counter() - start)


def stored(matrix: Any) -> int:
    """Entries that the matrix takes in memory."""
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
    return _csr_of(matrix)


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


def checked_matrix(
    operand: Any, l: int, structure: Structure, pattern: Pattern, counts: RangeCounts
) -> Any:
    """The operand of elemental `l` in the form that its structure asks for.

    Args:
        operand: a two-dimensional array, a one-dimensional one for a diagonal, or a SciPy sparse
            array or matrix, of numbers.

    Raises:
        ChainOrderError: names the operand that is none of these, has another shape, holds a NaN or
            an infinity, or has an entry outside its structure.
    """
    item = f"operands[{l}]"
    matrix = _read(operand, item, pattern.shape)
    _check_values(matrix, item)
    outside = _entry_outside(matrix, pattern)
    if outside is not None:
        raise ChainOrderError(
            f"{item} has an entry at {outside}: outside its structure, {one_line(structure)}"
        )
    if pattern.is_selection:
        _check_ones(matrix, pattern, item)
    if isinstance(structure, Symmetric):
        check_symmetric(matrix if isinstance(matrix, np.ndarray) else matrix.toarray(), item)
    return converted(matrix, counts)


def _read(operand: Any, item: str, shape: tuple[int, int]) -> Any:
    if is_sparse(operand):
        check_stored(operand, item, EXPECTED)
        matrix: Any = operand.tocsr()
        # A CSR array that was given may hold an entry in parts.
        if not matrix.has_canonical_format:
            matrix = matrix.copy()
            matrix.sum_duplicates()
    else:
        matrix = number_array(operand, item, EXPECTED)
    if matrix.ndim == 1 and len(matrix) == min(shape):
        return DiagonalMatrix(matrix, shape)
    if matrix.shape != shape:
        diagonal = f", or {min(shape)} entries for a diagonal" if matrix.ndim == 1 else ""
        raise ChainOrderError(f"{item} has shape {matrix.shape}: expected {shape}{diagonal}")
    return matrix


def _values(matrix: Any) -> Array:
    if isinstance(matrix, DiagonalMatrix):
        return matrix.values
    values: Array = matrix.data if is_sparse(matrix) else matrix
    return values


def _check_values(matrix: Any, item: str) -> None:
    values = _values(matrix)
    if not np.isfinite(values).all():
        wrong = values[~np.isfinite(values)]
        raise ChainOrderError(f"{item} holds {wrong.flat[0]}: expected finite numbers")


def _coordinates(matrix: Any) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Rows and columns of the entries that are there."""
    if isinstance(matrix, DiagonalMatrix):
        at = np.arange(len(matrix.values))
        return at, at
    if is_sparse(matrix):
        return np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr)), matrix.indices
    rows, cols = np.nonzero(matrix)
    return rows, cols


def _entry_outside(matrix: Any, pattern: Pattern) -> tuple[int, int] | None:
    """The first entry that the pattern does not have, if there is one."""
    if isinstance(pattern, Band):
        if pattern.is_full_corner and (pattern.rows, pattern.cols) == pattern.shape:
            return None
        if isinstance(matrix, DiagonalMatrix):
            reach = min(pattern.rows, pattern.cols)
            return None if len(matrix.values) <= reach else (reach, reach)
        rows, cols = _coordinates(matrix)
        outside = (
            (rows - cols > pattern.lower)
            | (cols - rows > pattern.upper)
            | (rows >= pattern.rows)
            | (cols >= pattern.cols)
        )
    else:
        declared = pattern.csr()
        if is_sparse(matrix) and _same_pattern(matrix, declared):
            return None
        rows, cols = _coordinates(matrix)
        width = np.int64(pattern.shape[1])
        known = np.repeat(np.arange(pattern.shape[0]), np.diff(declared.indptr)) * width
        known += declared.indices
        outside = ~np.isin(rows * width + cols, known)
    if not outside.any():
        return None
    t = int(np.argmax(outside))
    return int(rows[t]), int(cols[t])


def _same_pattern(matrix: Any, declared: Any) -> bool:
    return np.array_equal(matrix.indptr, declared.indptr) and np.array_equal(
        matrix.indices, declared.indices
    )


def _check_ones(matrix: Any, pattern: Pattern, item: str) -> None:
    """Raise unless all entries of the pattern are ones."""
    rows, cols = _coordinates(matrix)
    values = _values(matrix)
    values = values[rows, cols] if values.ndim == 2 else values
    if len(rows) != pattern.nnz or not (values == 1).all():
        what = "identity: expected ones on the diagonal"
        if not pattern.is_identity:
            what = "selection: expected a one in each of its places"
        raise ChainOrderError(f"{item} is no {what}")


def check_symmetric(array: Array, item: str) -> None:
    """Raise unless the matrix is its own transpose, up to half of a double's digits.

    Raises:
        ChainOrderError: names the entry that differs most from its mirror image.
    """
    apart = np.abs(array - array.T)
    largest = float(np.abs(array).max())
    if float(apart.max()) > SYMMETRIC_WITHIN * largest:
        r, c = (int(at) for at in np.unravel_index(int(np.argmax(apart)), apart.shape))
        raise ChainOrderError(
            f"{item} is not symmetric: it is {array[r, c]} at {[r, c]} and {array[c, r]} "
            f"at {[c, r]}"
        )


def _selected(selection: Any, matrix: Any) -> Any:
    """The product with a selection on the left: rows, copied."""
    if not isinstance(matrix, np.ndarray):
        return _csr_of(_plain(selection)) @ _plain(matrix)
    rows, cols = _coordinates(_csr_of(_plain(selection)))
    dtype = np.result_type(selection.dtype, matrix.dtype)
    taken = np.zeros((selection.shape[0], matrix.shape[1]), dtype=dtype)
    taken[rows] = matrix[cols]
    return taken


def _product(
    left: Any, right: Any, of_left: RangeCounts, of_right: RangeCounts, foreseen: RangeCounts
) -> Any:
    if isinstance(left, DiagonalMatrix) and isinstance(right, DiagonalMatrix):
        count = min(len(left.values), len(right.values))
        return DiagonalMatrix(
            left.values[:count] * right.values[:count], (left.shape[0], right.shape[1])
        )
    if isinstance(left, DiagonalMatrix) and left.is_whole:
        return _scaled_rows(left.values, right)
    if isinstance(right, DiagonalMatrix) and right.is_whole:
        return _scaled_columns(left, right.values)
    left, right = _plain(left), _plain(right)
    if foreseen.is_held_dense:
        if is_sparse(left) or is_sparse(right):
            return left @ right
        if is_worth_halving(of_left, left, right):
            return by_triangle(left, right, of_left)
        if is_worth_halving(of_right, right, left):
            return by_triangle(right.T, left.T, of_right, transposed=True).T
        return product(left, right)
    # The result has few entries, although an operand may be held dense.
    return _csr_of(left) @ _csr_of(right)


def _plain(matrix: Any) -> Any:
    return matrix.tocsr() if isinstance(matrix, DiagonalMatrix) else matrix


def _scaled_rows(values: Array, matrix: Any) -> Any:
    if not is_sparse(matrix):
        return values[:, np.newaxis] * matrix
    scaled = matrix.data * np.repeat(values, np.diff(matrix.indptr))
    return type(matrix)((scaled, matrix.indices, matrix.indptr), shape=matrix.shape)


def _scaled_columns(matrix: Any, values: Array) -> Any:
    if not is_sparse(matrix):
        return matrix * values
    scaled = matrix.data * values[matrix.indices]
    return type(matrix)((scaled, matrix.indices, matrix.indptr), shape=matrix.shape)


def _csr_of(matrix: Any) -> Any:
    import scipy.sparse

    return scipy.sparse.csr_array(matrix)


def _diagonal_of(matrix: Any, count: int) -> DiagonalMatrix:
    return DiagonalMatrix(matrix.diagonal()[:count].copy(), matrix.shape)


def _scalar_multiplications(
    left: Any, right: Any, of_left: RangeCounts, of_right: RangeCounts
) -> int:
    columns, rows = _column_counts(left, of_left), _row_counts(right, of_right)
    if isinstance(columns, int) and isinstance(rows, int):
        return columns * rows * int(left.shape[1])
    return int(np.sum(columns * rows))


def _column_counts(matrix: Any, counts: RangeCounts) -> Any:
    """Entries of each column; one number if all have as many."""
    m, n = matrix.shape
    if isinstance(matrix, DiagonalMatrix):
        return 1 if len(matrix.values) == n else (np.arange(n) < len(matrix.values)).astype(int)
    if is_sparse(matrix):
        return np.bincount(matrix.indices, minlength=n)
    return m if counts.is_full else np.count_nonzero(matrix, axis=0)


def _row_counts(matrix: Any, counts: RangeCounts) -> Any:
    """Entries of each row; one number if all have as many."""
    m, n = matrix.shape
    if isinstance(matrix, DiagonalMatrix):
        return 1 if len(matrix.values) == m else (np.arange(m) < len(matrix.values)).astype(int)
    if is_sparse(matrix):
        return np.diff(matrix.indptr).astype(np.int64)
    return n if counts.is_full else np.count_nonzero(matrix, axis=1)


def _stored_nonzeros(matrix: Any, counts: RangeCounts) -> int:
    if isinstance(matrix, np.ndarray) and not counts.is_full:
        return int(np.count_nonzero(matrix))
    return stored(matrix)
