"""Products of matrices with structure, and what they took.

What is counted comes from the entries that the operands really store; of a dense array that has
structure, the non-zeros. A BLAS product multiplies the zeros of such an array too, and they are
not counted: no order needs them.
"""

from __future__ import annotations

import time
from copy import copy
from typing import Any, NamedTuple

import numpy as np

from ...structure.ranges import RangeCounts
from ..dense import Array, product
from ..symmetric_matrices import symmetric_product
from .forms import DiagonalMatrix, converted, coordinates, csr_of, plain, stored
from .narrow import dense_by_narrow, is_narrow
from .products import is_sparse
from .triangular import by_triangle, is_worth_halving


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


def multiplied_symmetric(left: Array, right: Array) -> Counted:
    """`left·right` of arrays in which every entry counts, known to be symmetric: half of it."""
    n, inner = left.shape
    entries = n * (n + 1) // 2
    return Counted(symmetric_product(left, right), entries * inner, entries, 0.0)


def _selected(selection: Any, matrix: Any) -> Any:
    """The product with a selection on the left: rows, copied."""
    if not isinstance(matrix, np.ndarray):
        return csr_of(plain(selection)) @ plain(matrix)
    rows, cols = coordinates(csr_of(plain(selection)))
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
    left, right = plain(left), plain(right)
    if foreseen.is_held_dense:
        if is_sparse(left) and is_sparse(right):
            return left @ right
        if is_sparse(right):
            return dense_by_narrow(left, right) if is_narrow(left, right) else left @ right
        if is_sparse(left):
            is_few = is_narrow(right.T, left.T)
            return dense_by_narrow(right.T, left.T).T if is_few else left @ right
        if is_worth_halving(of_left, left, right):
            return by_triangle(left, right, of_left)
        if is_worth_halving(of_right, right, left):
            return by_triangle(right.T, left.T, of_right, transposed=True).T
        return product(left, right)
    # The result has few entries, although an operand may be held dense.
    return csr_of(left) @ csr_of(right)


def _scaled_rows(values: Array, matrix: Any) -> Any:
    if not is_sparse(matrix):
        return values[:, np.newaxis] * matrix
    return _with_data(matrix, matrix.data * np.repeat(values, np.diff(matrix.indptr)))


def _scaled_columns(matrix: Any, values: Array) -> Any:
    if not is_sparse(matrix):
        return matrix * values
    return _with_data(matrix, matrix.data * values[matrix.indices])


def _with_data(matrix: Any, data: Array) -> Any:
    """A CSR array with other entries in the same places; SciPy would check them all again."""
    other = copy(matrix)
    other.data = data
    return other


def _scalar_multiplications(
    left: Any, right: Any, of_left: RangeCounts, of_right: RangeCounts
) -> int:
    columns = _column_counts(left, of_left)
    if isinstance(columns, int):
        return columns * _stored_nonzeros(right, of_right)
    rows = _row_counts(right, of_right)
    if isinstance(rows, int):
        return rows * _stored_nonzeros(left, of_left)
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
