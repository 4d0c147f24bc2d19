"""Operands whose inverse is meant: a tangent is a solve, an adjoint a transposed solve.

The matrix is factored when somebody first solves with it, and operands that are one and the same
matrix, inverted here and transposed there, share its factors.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..dense import Array
from .factorization import Factorization, factored
from .operand import Operand
from .products import Product


class Factored:
    """A matrix that is factored when first asked for.

    Args:
        base: the operand, a matrix or something with products of it.
        method: how to factor it, as `structure.solves` says.
        item: what messages call it.
        dtype: of the matrix.
    """

    def __init__(self, base: Operand, method: str, item: str) -> None:
        self.base = base
        self.method = method
        self.item = item
        dtype = getattr(base.value, "dtype", None) or np.dtype(np.float64)
        self.dtype = np.result_type(dtype, np.float32)
        self.factorization: Factorization | None = None

    def factors(self, matrix: Any = None) -> Factorization:
        """The factors, of `matrix` if that is given.

        Raises:
            ChainOrderError: a matrix that is singular, or as good as, or not what it was declared.
        """
        if self.factorization is None:
            given = self.base.matrix(None) if matrix is None else matrix
            self.factorization = factored(given, self.method, self.item)
        return self.factorization

    def forget(self) -> None:
        """Free the factors."""
        self.factorization = None


@dataclass(frozen=True, slots=True)
class SolvedOperand:
    """The inverse of a matrix, or its transpose."""

    of: Factored
    transposed: bool
    n: int

    what = "an inverse"
    needs_point = False
    has_matrix = False

    @property
    def value(self) -> Any:
        """The matrix."""
        return self.of.base.value

    @property
    def shape(self) -> tuple[int, int]:
        """`(n, n)`."""
        return self.n, self.n

    def at(self, point: Array) -> Any:
        """The solution for one right side."""
        return self._solve(point[:, np.newaxis], transposed=False)[:, 0]

    def tangent(self, item: str, shape: tuple[int, int], point: Array | None) -> Product:
        """`V ↦ A⁻¹ V`."""
        return Product(
            lambda v: self._solve(v, transposed=False), self.n, self.n, item, self.of.dtype
        )

    def adjoint(self, item: str, shape: tuple[int, int], point: Array | None) -> Product:
        """`U ↦ A⁻ᵀ U`."""
        return Product(
            lambda u: self._solve(u, transposed=True), self.n, self.n, item, self.of.dtype
        )

    def matrix(self, point: Array | None) -> Any:
        """The inverse, formed from the factors."""
        inverse = self.of.factors().explicit()
        return inverse.T if self.transposed else inverse

    def _solve(self, block: Array, *, transposed: bool) -> Array:
        return self.of.factors().solve(block, transposed=transposed != self.transposed)
