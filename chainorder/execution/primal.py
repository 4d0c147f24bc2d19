"""The primal sweep: the points at which the elementals are linearized."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..errors import ChainOrderError
from ..functions import Function
from .dense import Array


def points(operands: Sequence[Any], x: Any, sizes: Sequence[int]) -> list[Array | None]:
    """`x_0 … x_{l}` up to the last operand that needs its point; None from there on.

    An operand that is no function is the elemental `x ↦ J x`.

    Args:
        operands: checked operands.
        x: `x_0`, of shape `(d_0,)`; may be None if no operand is a function.
        sizes: `d_0 … d_q`.

    Raises:
        ChainOrderError: no `x` where one is needed, one of another shape, or a function that
            failed or returned another shape.
    """
    functions = [l for l, operand in enumerate(operands) if isinstance(operand, Function)]
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


def checked_point(x: Any, size: int) -> Array:
    """`x` as an array of shape `(size,)`: real numbers become floating point.

    Raises:
        ChainOrderError: another shape, or no numbers.
    """
    try:
        point = np.asarray(x)
    except (TypeError, ValueError) as error:
        raise ChainOrderError(f"x is no array: {error}") from None
    if point.dtype.kind not in "iufc":
        raise ChainOrderError(f"x has dtype {point.dtype}: expected real or complex numbers")
    if point.shape == () and size == 1:
        point = point.reshape(1)
    if point.shape != (size,):
        raise ChainOrderError(f"x has shape {point.shape}: expected ({size},)")
    return point.astype(np.float64) if point.dtype.kind in "iu" else point


def value_of(operand: Any, l: int, point: Array, size: int) -> Array:
    """`f_l(point)`, an array of shape `(size,)`.

    Raises:
        ChainOrderError: the function failed, or returned another shape.
    """
    f: Callable[[Array], Any] = operand.f if isinstance(operand, Function) else operand.__matmul__
    try:
        value = np.asarray(f(point))
    except Exception as error:
        text = " ".join(str(error).split())
        raise ChainOrderError(
            f"operands[{l}]: f failed at a point of shape {point.shape}: "
            f"{type(error).__name__}{': ' if text else ''}{text}"
        ) from error
    if value.shape == () and size == 1:
        value = value.reshape(1)
    if value.shape != (size,):
        raise ChainOrderError(
            f"operands[{l}]: f returns shape {value.shape}: expected ({size},)"
        )
    if value.dtype.kind not in "iufc":
        raise ChainOrderError(f"operands[{l}]: f returns dtype {value.dtype}: expected numbers")
    return value
