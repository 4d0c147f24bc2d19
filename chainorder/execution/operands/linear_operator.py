"""Operands that are SciPy linear operators: `matmat` is the tangent, `rmatmat` the adjoint."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..dense import Array
from .products import Product


def is_linear_operator(operand: Any) -> bool:
    """Whether `operand` is a SciPy `LinearOperator`; does not import SciPy to find out."""
    linalg = sys.modules.get("scipy.sparse.linalg")
    return linalg is not None and isinstance(operand, linalg.LinearOperator)


@dataclass(frozen=True, slots=True)
class OperatorOperand:
    """A `LinearOperator`."""

    value: Any

    what = "a LinearOperator"
    needs_point = False
    has_matrix = False

    @property
    def shape(self) -> tuple[int, int]:
        """`(m, n)`."""
        shape: tuple[int, int] = self.value.shape
        return shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """That of the operator; where it does not say, of floating point."""
        return np.dtype(self.value.dtype or np.float64)

    def at(self, point: Array) -> Any:
        """`J point`."""
        return self.value @ point

    def tangent(self, item: str, shape: tuple[int, int], point: Array | None) -> Product:
        """`V ↦ J V`."""
        return Product(self.value.matmat, shape[1], shape[0], item, self.dtype)

    def adjoint(self, item: str, shape: tuple[int, int], point: Array | None) -> Product:
        """`U ↦ J^T U`; whether there is one is only known when it is applied."""
        return Product(self._transposed, shape[0], shape[1], item, self.dtype)

    def matrix(self, point: Array | None) -> Any:
        """No operator says what it is."""
        raise NotImplementedError

    def _transposed(self, block: Array) -> Array:
        """`J^T U` from `rmatmat`, which is `J^H`: conjugated on both sides."""
        try:
            return _conjugate(self.value.rmatmat(_conjugate(block)))
        except TypeError:
            # SciPy calls what is not there; rmatvec is the one that says so.
            self.value.rmatvec(np.zeros(self.shape[0], dtype=self.dtype))
            raise


def _conjugate(block: Array) -> Array:
    return block.conj() if np.iscomplexobj(block) else block
