"""Products with a large triangle: BLAS leaves its zeros out (trmm), in half the time."""

from __future__ import annotations

from typing import Any

from ...structure.ranges import RangeCounts
from ..dense import Array
from ..one_thread import one_thread_if_small

WORTH_HALVING = 256
"""Rows of a triangle from which leaving its zeros out is faster than a product with all of it."""


def is_worth_halving(counts: RangeCounts, triangle: Array, other: Array) -> bool:
    """Whether a matrix is a large triangle, to be multiplied with something as large."""
    band, n = counts.band, len(triangle)
    return (
        band is not None
        and n >= WORTH_HALVING
        and triangle.shape == (n, n)
        and sorted((band.lower, band.upper)) == [0, n - 1]
        and min(other.shape) >= WORTH_HALVING
        and triangle.dtype == other.dtype
        and triangle.dtype.char in "fdFD"
    )


def by_triangle(
    triangle: Array, columns: Array, counts: RangeCounts, *, transposed: bool = False
) -> Array:
    """`triangle @ columns`, for arrays in C order as transposes of arrays in BLAS's.

    `counts` are those of the triangle, or, if `transposed`, of its transpose.
    """
    from scipy.linalg.blas import get_blas_funcs

    lower = (counts.band is not None and counts.band.lower > 0) != transposed
    trmm: Any = get_blas_funcs("trmm", dtype=triangle.dtype)
    with one_thread_if_small(columns.size * len(triangle) // 2):
        made: Array = trmm(1.0, triangle.T, columns.T, side=1, lower=not lower).T
    return made
