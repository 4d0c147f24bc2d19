"""The primal sweep: the points at which the elementals are linearized."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ..errors import ChainOrderError, told
from ..problems.elemental import Elemental
from ..structure.derived import Inverse, Transpose
from .dense import Array
from .numbers_in import number_array
from .operands.by_type import as_operand
from .operands.operand import Operand
from .operands.products import Product


def points(operands: Sequence[Operand], x: Any, sizes: Sequence[int]) -> list[Array | None]:
    """`x_0 … x_{l}` up to the last operand that needs its point; None from there on.

    An operand that is no function is the elemental `x ↦ J x`.

    Args:
        operands: one per elemental.
        x: `x_0`, of shape `(d_0,)`; may be None if no operand is a function.
        sizes: `d_0 … d_q`.

    Raises:
        ChainOrderError: no `x` where one is needed, one of another shape, or a function that
            failed or returned another shape.
    """
    functions = [l for l, operand in enumerate(operands) if operand.needs_point]
    if not functions:
        return [None] * len(operands)
    if x is None:
        raise ChainOrderError(
            f"x is None: operands[{functions[0]}] is a function, and needs the point x_0 of shape "
            f"({sizes[0]},)"
        )
    point = checked_point(x, sizes[0])
    reached: list[Array | None] = [point]
    for l in range(functions[-1]):
        point = value_of(operands[l], l, point, sizes[l + 1])
        reached.append(point)
    return reached + [None] * (len(operands) - len(reached))


class Linearized(NamedTuple):
    """An operand at its point: its position, itself, the shape `(m, n)`, and `x_l` if needed."""

    position: int
    operand: Operand
    shape: tuple[int, int]
    point: Array | None

    def tangent(self) -> Product | None:
        """`V ↦ J V`, or None if there is no such product."""
        item = f"operands[{self.position}]: the tangent"
        return self.operand.tangent(item, self.shape, self.point)

    def adjoint(self) -> Product | None:
        """`U ↦ J^T U`, or None if there is no such product."""
        item = f"operands[{self.position}]: the adjoint"
        return self.operand.adjoint(item, self.shape, self.point)


def linearized(operands: Sequence[Any], x: Any) -> list[Linearized]:
    """All operands, with shapes and points as a sweep from `x` finds them.

    Raises:
        ChainOrderError: names the operand that does not fit the one before it.
    """
    try:
        listed = [as_operand(operand, l, None) for l, operand in enumerate(operands)]
    except TypeError as error:
        raise ChainOrderError(f"operands: expected one per elemental ({error})") from None
    if not listed:
        raise ChainOrderError("no operands: expected at least one")
    functions = [l for l, operand in enumerate(listed) if operand.needs_point]
    if functions and x is None:
        raise ChainOrderError(
            f"x is None: operands[{functions[0]}] is a function, and needs the point x_0"
        )
    point = None if x is None else checked_point(x, np.size(x))
    size = None if point is None else len(point)
    seen = []
    for l, operand in enumerate(listed):
        shape, value = operand.shape, None
        if shape is not None and size is not None and shape[1] != size:
            before = "x has entries" if l == 0 else f"operands[{l - 1}] has outputs"
            raise ChainOrderError(
                f"operands[{l}] has shape {shape}: expected {size} columns, as {before}"
            )
        if point is not None:
            value = value_of(operand, l, point, None if shape is None else shape[0])
            shape = len(value), len(point)
        assert shape is not None
        seen.append(Linearized(l, operand, shape, point))
        point, size = value, shape[0]
    return seen


def check_as_they_are(elementals: Sequence[Elemental] | None, verb: str) -> None:
    """Raise for an elemental whose operand is not its Jacobian, but is inverted or transposed.

    Raises:
        ChainOrderError: names the first one.
    """
    for l, elemental in enumerate(elementals or ()):
        structure = getattr(elemental, "structure", None)
        if isinstance(structure, (Inverse, Transpose)):
            raise ChainOrderError(
                f"elementals[{l}] is {structure}: {verb} looks at operands as they are, and takes "
                f"no inverses or transposes"
            )


def checked_point(x: Any, size: int) -> Array:
    """`x` as an array of shape `(size,)`: real numbers become floating point.

    Raises:
        ChainOrderError: another shape, or no numbers.
    """
    point = number_array(x, "x", "real or complex numbers")
    if point.shape == () and size == 1:
        point = point.reshape(1)
    if point.shape != (size,):
        raise ChainOrderError(f"x has shape {point.shape}: expected ({size},)")
    return point.astype(np.float64) if point.dtype.kind in "iu" else point


def value_of(operand: Operand, l: int, point: Array, size: int | None) -> Array:
    """`f_l(point)`, an array of shape `(size,)`; of any length if `size` is None.

    Raises:
        ChainOrderError: the function failed, or returned another shape.
    """
    try:
        found = operand.at(point)
    except Exception as error:
        raise ChainOrderError(
            f"operands[{l}]: f failed at a point of shape {point.shape}: {told(error)}"
        ) from error
    value = number_array(found, f"operands[{l}]: what f returns")
    if value.shape == () and size in (None, 1):
        value = value.reshape(1)
    if value.shape != (size,) if size else value.ndim != 1:
        raise ChainOrderError(
            f"operands[{l}]: f returns shape {value.shape}: expected {(size,) if size else '(m,)'}"
        )
    return value
