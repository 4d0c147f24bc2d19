"""Operands of which the transpose is meant: tangents and adjoints change places."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..dense import Array
from .operand import Operand
from .products import Product


@dataclass(frozen=True, slots=True)
class TransposedOperand:
    """The transpose of an operand of which only products exist, and that needs no point."""

    of: Operand

    needs_point = False
    has_matrix = False

    @property
    def what(self) -> str:
        """What the operand is."""
        return self.of.what

    @property
    def value(self) -> Any:
        """What was given."""
        return self.of.value

    @property
    def shape(self) -> tuple[int, int] | None:
        """`(m, n)` of the transpose."""
        shape = self.of.shape
        return None if shape is None else (shape[1], shape[0])

    def at(self, point: Array) -> Any:
        """`J^T point`."""
        shape = self.shape
        assert shape is not None
        product = self.adjoint_of(shape)
        return product(point[:, None])[:, 0]

    def tangent(self, item: str, shape: tuple[int, int], point: Array | None) -> Product | None:
        """`V ↦ J^T V`: an adjoint of the operand."""
        return self.of.adjoint(item, shape[::-1], point)

    def adjoint(self, item: str, shape: tuple[int, int], point: Array | None) -> Product | None:
        """`U ↦ J U`: a tangent of the operand."""
        return self.of.tangent(item, shape[::-1], point)

    def adjoint_of(self, shape: tuple[int, int]) -> Product:
        """The operand's own adjoint, which there has to be."""
        found = self.of.adjoint("the adjoint", shape[::-1], None)
        assert found is not None
        return found

    def matrix(self, point: Array | None) -> Any:
        """Products are all there is."""
        raise NotImplementedError
