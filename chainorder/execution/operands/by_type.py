"""From what somebody gives for an elemental to an operand: one row for each kind.

A new kind of operand is one file here whose class has what `Operand` says, and one row in `ROWS`:
how it is recognised, without importing the library that it comes from, and how it is made.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...errors import ChainOrderError
from ..numbers_in import check_stored, number_array
from .function import Function, FunctionOperand
from .linear_operator import OperatorOperand, is_linear_operator
from .matrix import MatrixOperand
from .operand import Operand
from .products import is_sparse

EXPECTED = "an array of numbers, a SciPy sparse array, a LinearOperator or a Function"


def _is_function(value: Any) -> bool:
    return isinstance(value, Function)


def _of_sparse(value: Any, item: str) -> Operand:
    check_stored(value, item, EXPECTED)
    return MatrixOperand(value)


def _of_array(value: Any, item: str) -> Operand:
    return MatrixOperand(number_array(value, item, EXPECTED))


ROWS: tuple[tuple[Callable[[Any], bool], Callable[[Any, str], Operand]], ...] = (
    (_is_function, lambda value, item: FunctionOperand(value)),
    (is_linear_operator, lambda value, item: OperatorOperand(value)),
    (is_sparse, _of_sparse),
)
"""How a kind is recognised, and how its operand is made; what is none of them is an array."""


def is_more_than_an_array(value: Any) -> bool:
    """Whether it is anything but an array, or what NumPy makes one of."""
    return any(recognises(value) for recognises, _ in ROWS)


def is_program(value: Any) -> bool:
    """Whether it is no matrix, but a function or an operator."""
    return _is_function(value) or is_linear_operator(value)


def as_operand(value: Any, l: int, shape: tuple[int, int] | None) -> Operand:
    """The operand of elemental `l`, of the shape `(m, n)` where it has one (None: any).

    Raises:
        ChainOrderError: names the operand that is none of the kinds, or that does not fit.
    """
    item = f"operands[{l}]"
    make = next((make for recognises, make in ROWS if recognises(value)), _of_array)
    operand = make(value, item)
    found = operand.shape
    if found is not None and (found != shape if shape else len(found) != 2):
        raise ChainOrderError(f"{item} has shape {found}: expected {shape or 'two dimensions'}")
    return operand
