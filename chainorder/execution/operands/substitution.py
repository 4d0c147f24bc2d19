"""Substitution with a small triangle for many columns, by blocks: products of BLAS, and no waiting.

BLAS's own (trsm) goes through a triangle of a few rows nearly entry by entry, and takes three times
as long. Here a block of unknowns follows from the ones before it by one product, with the inverse
of its block on the diagonal: as many multiplications for each column as entry by entry.

Reference: J. J. Du Croz, N. J. Higham, Stability of methods for matrix inversion, IMA J. Numer.
Anal. 12 (1992), section 3, on methods by blocks.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..dense import Array

SMALL_TRIANGLE = 64
"""Rows up to which this is faster."""

MANY = 8
"""Columns for each row of the triangle from which it pays to invert the blocks."""

BLOCK = 8
"""Unknowns at a time."""


class _Block(NamedTuple):
    """Some unknowns: what is at `known`, which their own right sides are part of, times this."""

    at: slice
    known: slice
    coefficients: Array


class Substitution:
    """A triangle, ready to be solved with.

    Args:
        triangle: square and regular.
        inverse: of which the blocks on the diagonal are the inverses of its own.
        lower: on which side of the diagonal its entries are.
    """

    def __init__(self, triangle: Array, inverse: Array, *, lower: bool) -> None:
        self._triangle = triangle
        self._inverse = inverse
        self._lower = lower
        self._blocks: dict[bool, list[_Block]] = {}

    def solve(self, columns: Array, *, transposed: bool) -> Array:
        """`T⁻¹ B`, or `T⁻ᵀ B`, for columns `B` of shape `(n, p)`."""
        if transposed not in self._blocks:
            self._blocks[transposed] = self._found(transposed)
        rows = np.array(columns.T, order="C")
        for at, known, coefficients in self._blocks[transposed]:
            rows[:, at] = np.matmul(rows[:, known], coefficients)
        return rows.T

    def _found(self, transposed: bool) -> list[_Block]:
        """The blocks, in the order in which they are known; a triangle is right of its rows."""
        right = self._triangle if transposed else self._triangle.T
        n, is_lower = len(right), self._lower == transposed
        blocks = []
        inverse = self._inverse if transposed else self._inverse.T
        for low in range(0, n, BLOCK):
            at = slice(low, min(low + BLOCK, n))
            known = slice(low, n) if is_lower else slice(0, at.stop)
            coefficients = right[known, at] @ -inverse[at, at]
            coefficients[at.start - known.start : at.stop - known.start] = inverse[at, at]
            blocks.append(_Block(at, known, coefficients))
        return blocks[::-1] if is_lower else blocks
