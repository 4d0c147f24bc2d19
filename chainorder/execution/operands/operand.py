"""What an execution asks of an operand, whatever it is."""

from __future__ import annotations

from typing import Any, Protocol

from ..dense import Array
from .products import Product


class Operand(Protocol):
    """An elemental as somebody gives it: a matrix, an operator, a program.

    A point is `x_l`, of shape `(n,)`; only an operand with `needs_point` looks at it.
    """

    @property
    def what(self) -> str:
        """What it is, for messages."""

    @property
    def value(self) -> Any:
        """What was given."""

    @property
    def shape(self) -> tuple[int, int] | None:
        """`(m, n)`; None if only its values tell."""

    @property
    def needs_point(self) -> bool:
        """Whether its Jacobian depends on the point."""

    def at(self, point: Array) -> Any:
        """The function itself: `f(point)`; of what is linear, `J point`."""

    def tangent(self, item: str, shape: tuple[int, int], point: Array | None) -> Product | None:
        """`V ↦ J V`, called `item`; None if there is no such product."""

    def adjoint(self, item: str, shape: tuple[int, int], point: Array | None) -> Product | None:
        """`U ↦ J^T U`, called `item`; None if there is no such product."""

    @property
    def has_matrix(self) -> bool:
        """Whether it can say what its Jacobian is as a matrix."""

    def matrix(self, point: Array | None) -> Any:
        """That matrix, an array or a SciPy sparse array."""
