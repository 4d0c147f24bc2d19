"""Matrices that users give: read, checked against their structure, and held in its form."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...errors import ChainOrderError
from ...structure.declarations import Structure, one_line
from ...structure.patterns import Band, Pattern
from ...structure.ranges import RangeCounts
from ...structure.special import Symmetric
from ..dense import Array
from ..numbers_in import check_stored, is_finite, number_array
from .forms import DiagonalMatrix, converted, coordinates, has_entries_above
from .products import is_sparse

EXPECTED = "an array of numbers or a SciPy sparse array"

SYMMETRIC_WITHIN = 2.0**-26
"""How far, relative to its largest entry, a symmetric matrix may be from its transpose."""


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
    matrix = read_matrix(operand, l, pattern.shape)
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


def check_accumulated(matrix: Any, l: int, structure: Structure) -> None:
    """Raise unless a matrix that was made of products of operand `l` can be factored.

    Raises:
        ChainOrderError: it holds a NaN or an infinity, or is not symmetric although declared so.
    """
    item = f"operands[{l}]"
    _check_values(matrix, item)
    if isinstance(structure, Symmetric):
        check_symmetric(matrix, item)


def read_matrix(operand: Any, l: int, shape: tuple[int, int]) -> Any:
    """The operand of elemental `l` as numbers of this shape; of arrays, the values unseen.

    Raises:
        ChainOrderError: names the operand that is none of these, or has another shape.
    """
    item = f"operands[{l}]"
    if is_sparse(operand):
        check_stored(operand, item, EXPECTED)
        matrix: Any = operand.tocsr()
        # A CSR array that was given may hold an entry in parts.
        if not matrix.has_canonical_format:
            matrix = matrix.copy()
            matrix.sum_duplicates()
    else:
        matrix = number_array(operand, item, EXPECTED)
        if matrix.dtype == np.float16:  # SciPy has no sparse arrays of halves
            matrix = matrix.astype(np.float32)
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
    if not is_finite(values):
        wrong = values[~np.isfinite(values)]
        raise ChainOrderError(f"{item} holds {wrong.flat[0]}: expected finite numbers")


def _entry_outside(matrix: Any, pattern: Pattern) -> tuple[int, int] | None:
    """The first entry that the pattern does not have, if there is one."""
    if isinstance(pattern, Band):
        if pattern.is_full_corner and (pattern.rows, pattern.cols) == pattern.shape:
            return None
        if isinstance(matrix, DiagonalMatrix):
            reach = min(pattern.rows, pattern.cols)
            return None if len(matrix.values) <= reach else (reach, reach)
        if isinstance(matrix, np.ndarray) and not _is_beyond(matrix, pattern):
            return None
        rows, cols = coordinates(matrix)
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
        rows, cols = coordinates(matrix)
        width = np.int64(pattern.shape[1])
        known = np.repeat(np.arange(pattern.shape[0]), np.diff(declared.indptr)) * width
        known += declared.indices
        outside = ~np.isin(rows * width + cols, known)
    if not outside.any():
        return None
    t = int(np.argmax(outside))
    return int(rows[t]), int(cols[t])


def _is_beyond(array: Array, band: Band) -> bool:
    """Whether an array has an entry that the band does not have."""
    m, n = array.shape
    return bool(
        (band.rows < m and array[band.rows :].any())
        or (band.cols < n and array[:, band.cols :].any())
        or (band.upper < n - 1 and has_entries_above(array, band.upper))
        or (band.lower < m - 1 and has_entries_above(array.T, band.lower))
    )


def _same_pattern(matrix: Any, declared: Any) -> bool:
    return np.array_equal(matrix.indptr, declared.indptr) and np.array_equal(
        matrix.indices, declared.indices
    )


def _check_ones(matrix: Any, pattern: Pattern, item: str) -> None:
    """Raise unless all entries of the pattern are ones."""
    rows, cols = coordinates(matrix)
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
