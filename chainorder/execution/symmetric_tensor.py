"""Second derivatives as they are kept: one half of what is symmetric, or the diagonal alone."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from ..plans.hessian_cost import DENSE, NONE, POINTS, SLICES
from .dense import Array


class SymmetricTensor(NamedTuple):
    """A tensor of shape `(m, n, n)`, symmetric in its last two indices.

    `values` has shape `(m, n(n+1)/2)`, the lower triangles row by row, of a DENSE content; `(m, n)`
    of SLICES, which are diagonal; `(m,)` of POINTS, the entries `(r, r, r)`; `(0,)` of NONE.

    >>> import numpy as np
    >>> SymmetricTensor(np.array([[1.0, 2.0, 3.0]]), 1, 2, DENSE).toarray()
    array([[[1., 2.],
            [2., 3.]]])
    """

    values: Array
    m: int
    n: int
    content: int

    @property
    def shape(self) -> tuple[int, int, int]:
        """That of the whole tensor."""
        return self.m, self.n, self.n

    @property
    def entries(self) -> int:
        """Numbers that are kept."""
        return int(self.values.size)

    def toarray(self) -> Array:
        """The whole tensor, `(m, n, n)`."""
        m, n = self.m, self.n
        if self.content == DENSE:
            return self.values[:, unpacking(n)].reshape(m, n, n)
        whole = np.zeros((m, n, n), dtype=self.values.dtype)
        if self.content == SLICES:
            whole[:, np.arange(n), np.arange(n)] = self.values
        elif self.content == POINTS:
            whole[np.arange(n), np.arange(n), np.arange(n)] = self.values
        return whole

    def slices(self) -> SymmetricTensor:
        """The same with POINTS written out as diagonal slices."""
        if self.content != POINTS:
            return self
        return SymmetricTensor(np.diag(self.values), self.m, self.n, SLICES)


def packed(whole: Array, content: int = DENSE) -> SymmetricTensor:
    """What is kept of a tensor `(m, n, n)` of that content."""
    m, n = whole.shape[:2]
    if content == DENSE:
        rows, columns = lower_triangle(n)
        return SymmetricTensor(whole[:, rows, columns], m, n, DENSE)
    if content == NONE:
        return SymmetricTensor(whole[:0, 0, 0], m, n, NONE)
    diagonal = whole[:, np.arange(n), np.arange(n)]
    if content == SLICES:
        return SymmetricTensor(diagonal, m, n, SLICES)
    return SymmetricTensor(np.diagonal(diagonal).copy(), m, n, POINTS)


@lru_cache(maxsize=8)
def lower_triangle(n: int) -> tuple[Any, Any]:
    """Rows and columns of the lower triangle, row by row."""
    return np.tril_indices(n)


@lru_cache(maxsize=8)
def unpacking(n: int) -> Any:
    """For each entry of a symmetric matrix, row by row, where it is kept."""
    row, column = np.divmod(np.arange(n * n), n)
    high, low = np.maximum(row, column), np.minimum(row, column)
    return high * (high + 1) // 2 + low


def diagonal_places(n: int) -> Any:
    """Where the diagonal of a symmetric matrix is kept."""
    at = np.arange(n)
    return at * (at + 3) // 2
