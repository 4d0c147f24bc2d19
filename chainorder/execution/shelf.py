"""All prefixes, or all suffixes, in one array: so that many products are one of a tall matrix.

A BLAS does one product of 100 small matrices below each other several times as fast as 100 of one.
The blocks lie there in the order in which they are wanted; suffixes as their transposes, since then
they too are multiplied from the right with what they share.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np

from ..plans.itinerary import Stack
from .dense import Array

ONE_THREAD = 2**18
"""Scalar multiplications of a product for which OpenBLAS wakes no threads."""


WORTH_WAKING = 2**25
"""Scalar multiplications, a millisecond or two of one core, from which threads are worth waking."""


class Shelf:
    """Equal blocks, one below the other.

    Args:
        classes: of what is wanted, in that order.
        n: rows and columns of each.
        dtype: of the entries.
        is_transposed: whether the blocks are the transposes of what is wanted.
    """

    def __init__(
        self, classes: Sequence[Hashable], n: int, dtype: np.dtype[Any], *, is_transposed: bool
    ) -> None:
        self._n = n
        self._rows = np.empty((len(classes) * n, n), dtype=dtype)
        blocks = self._rows.reshape(len(classes), n, n)
        wanted = blocks.transpose(0, 2, 1) if is_transposed else blocks
        self.matrices: dict[Hashable, Array] = dict(zip(classes, wanted, strict=True))
        """What is wanted, by its class."""

    def put(self, of: Hashable, matrix: Array) -> bool:
        """Copy a matrix to its place; False if it has none."""
        place = self.matrices.get(of)
        if place is None:
            return False
        place[:] = matrix
        return True

    def multiply(self, stack: Stack) -> tuple[int, int]:
        """Make all products of a stack; returns their inner size, and the entries that were made.

        What is small is done in pieces for which no BLAS wakes its threads.
        """
        n, height = self._n, stack.height * self._n
        first, shared, result = (place * n for place in (stack.first, stack.shared, stack.result))
        left = self._rows[first : first + height]
        right = self._rows[shared : shared + n]
        made = self._rows[result : result + height]
        step = height if height * n * n > WORTH_WAKING else max(n, ONE_THREAD // (n * n))
        for start in range(0, height, step):
            np.dot(left[start : start + step], right, out=made[start : start + step])
        return left.shape[1], made.size
