"""A Jacobian kept as factors: a SciPy `LinearOperator` that applies one after another."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any

import numpy as np
from scipy.sparse.linalg import LinearOperator

from ..dense import Array
from .forms import nonzeros, stored


class FactoredJacobian(LinearOperator):
    """`F_r … F_1`, applied factor by factor and never multiplied out.

    Args:
        factors: matrices, the one next to the inputs first.
        shape: `(d_q, d_0)`.

    Attributes:
        factors: the matrices: arrays or SciPy sparse arrays.
        held_entries: entries that they store.
        product_fma: scalar multiplications of one `matvec` or `rmatvec`, counted from the entries
            of the factors.
    """

    def __init__(self, factors: Sequence[Any], shape: tuple[int, int]) -> None:
        self.factors = tuple(factors)
        self.held_entries = sum(stored(factor) for factor in self.factors)
        self.product_fma = sum(nonzeros(factor) for factor in self.factors)
        dtype = np.result_type(*(f.dtype for f in self.factors)) if self.factors else np.float64
        super().__init__(dtype, shape)  # type: ignore[call-arg]

    def _matvec(self, vector: Array) -> Array:
        return self._matmat(vector)

    def _rmatvec(self, vector: Array) -> Array:
        return self._rmatmat(vector)

    def _matmat(self, columns: Array) -> Array:
        return reduce(lambda block, factor: factor @ block, self.factors, columns)

    def _rmatmat(self, columns: Array) -> Array:
        return reduce(lambda block, factor: _adjoint(factor) @ block, self.factors[::-1], columns)

    def todense(self) -> Array:
        """The Jacobian as an array, of shape `(d_q, d_0)`."""
        m, n = self.shape
        if m < n:
            return self._rmatmat(np.eye(m, dtype=self.dtype)).conj().T
        return np.asarray(self._matmat(np.eye(n, dtype=self.dtype)))

    toarray = todense


def _adjoint(factor: Any) -> Any:
    transposed = factor.T
    return transposed.conj() if factor.dtype.kind == "c" else transposed
