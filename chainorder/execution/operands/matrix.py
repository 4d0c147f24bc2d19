"""Operands that are matrices: NumPy arrays, SciPy sparse arrays, and forms that a plan foresees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..dense import Array
from .products import Product


@dataclass(frozen=True, slots=True)
class MatrixOperand:
    """A matrix that is there: anything with `@`, `T`, a shape and a dtype."""

    value: Any

    what = "a matrix"
    needs_point = False
    has_matrix = True

    @property
    def shape(self) -> tuple[int, int]:
        """`(m, n)`."""
        shape: tuple[int, int] = self.value.shape
        return shape

    def at(self, point: Array) -> Any:
        """`J point`."""
        return self.value @ point

    def tangent(self, item: str, shape: tuple[int, int], point: Array | None) -> Product:
        """`V ↦ J V`."""
        matrix = self.value
        return Product(lambda v: matrix @ v, shape[1], shape[0], item, matrix.dtype)

    def adjoint(self, item: str, shape: tuple[int, int], point: Array | None) -> Product:
        """`U ↦ J^T U`."""
        matrix = self.value
        return Product(lambda u: matrix.T @ u, shape[0], shape[1], item, matrix.dtype)

    def matrix(self, point: Array | None) -> Any:
        """The matrix itself."""
        return self.value
