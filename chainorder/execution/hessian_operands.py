"""Operands of a chain of second derivatives: both derivatives as arrays, or functions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import ChainOrderError
from ..plans.hessian_cost import DENSE, POINTS
from ..plans.hessian_figures import tensor_content
from ..problems.hessian_chain import HessianElemental
from .dense import Array
from .numbers_in import number_array
from .operands.function import Function, FunctionOperand
from .operands.products import Product
from .symmetric_tensor import SymmetricTensor, packed

EXPECTED = "a pair (jacobian, tensor) of arrays, or a Function"

SYMMETRY = 1e-8
"""By how much a tensor may differ from its transpose, relative to its largest entry."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A Jacobian and a tensor as arrays; of what is diagonal, the diagonal alone."""

    jacobian: Array
    second: SymmetricTensor | None
    shape: tuple[int, int]

    needs_point = False
    has_matrix = True
    what = "a pair of arrays"

    @property
    def value(self) -> Any:
        """What was given."""
        return self.jacobian, self.second

    def at(self, point: Array) -> Any:
        """`J point`."""
        return self.whole() @ point

    def whole(self) -> Array:
        """The Jacobian as a matrix."""
        return np.diag(self.jacobian) if self.jacobian.ndim == 1 else self.jacobian

    def tangent(self, item: str, shape: tuple[int, int], point: Array | None) -> Product:
        """`V ↦ J V`."""
        return Product(lambda v: self.whole() @ v, shape[1], shape[0], item, self.jacobian.dtype)

    def adjoint(self, item: str, shape: tuple[int, int], point: Array | None) -> Product:
        """`U ↦ J^T U`."""
        return Product(lambda u: self.whole().T @ u, shape[0], shape[1], item, self.jacobian.dtype)

    def matrix(self, point: Array | None) -> Any:
        """The Jacobian."""
        return self.jacobian

    def tensor(self, point: Array | None) -> Any:
        """The tensor."""
        return self.second

    def second_order_adjoint(self, point: Array | None) -> Callable[[Array, Array], Any]:
        """`(u, V) ↦ (u T) V`."""
        assert self.second is not None
        whole = self.second.toarray()
        return lambda u, v: np.einsum("m,mab->ab", u, whole) @ v


@dataclass(frozen=True, slots=True)
class CurvedFunction:
    """A `Function` as an operand of second derivatives."""

    function: FunctionOperand
    shape: tuple[int, int]

    needs_point = True

    @property
    def what(self) -> str:
        """What it is, for messages."""
        return self.function.what

    @property
    def value(self) -> Any:
        """What was given."""
        return self.function.value

    @property
    def has_matrix(self) -> bool:
        """Whether there is a jacobian."""
        return self.function.has_matrix

    def at(self, point: Array) -> Any:
        """`f(point)`."""
        return self.function.at(point)

    def tangent(self, item: str, shape: tuple[int, int], point: Array | None) -> Product | None:
        """`V ↦ J V`, if there is a jvp."""
        return self.function.tangent(item, shape, point)

    def adjoint(self, item: str, shape: tuple[int, int], point: Array | None) -> Product | None:
        """`U ↦ J^T U`, if there is a vjp."""
        return self.function.adjoint(item, shape, point)

    def matrix(self, point: Array | None) -> Any:
        """Its jacobian at the point."""
        return self.function.matrix(point)

    def tensor(self, point: Array | None) -> Any:
        """Its second derivatives at the point, if it can say."""
        tensor = self.function.value.tensor
        return None if tensor is None else tensor(point)

    def second_order_adjoint(self, point: Array | None) -> Callable[[Array, Array], Any] | None:
        """`(u, V) ↦ (u T) V`, if there is such a product."""
        second = self.function.value.second
        return None if second is None else lambda u, v: second(point, u, v)


CurvedOperand = Pair | CurvedFunction


def curved_operand(
    value: Any, l: int, shape: tuple[int, int], elemental: HessianElemental
) -> CurvedOperand:
    """The operand of elemental `l`, checked.

    Raises:
        ChainOrderError: names the operand that is none, or that does not fit.
    """
    if isinstance(value, Function):
        return CurvedFunction(FunctionOperand(value), shape)
    item = f"operands[{l}]"
    is_pair = isinstance(value, (tuple, list)) and len(value) in (1, 2)
    if not is_pair:
        if isinstance(value, np.ndarray) and elemental.is_linear:
            value = (value,)
        else:
            raise ChainOrderError(f"{item} is {type(value).__name__}: expected {EXPECTED}")
    jacobian = checked_jacobian(value[0], f"{item}'s jacobian", shape, elemental)
    given = value[1] if len(value) == 2 else None
    tensor = checked_tensor(given, f"{item}'s tensor", shape, elemental)
    return Pair(jacobian, tensor, shape)


def checked_jacobian(
    value: Any, item: str, shape: tuple[int, int], elemental: HessianElemental
) -> Array:
    """A Jacobian as it is used: a matrix, or the diagonal of one."""
    array = number_array(value, item)
    if elemental.is_diagonal and array.shape == shape[:1]:
        return _finite(array, item)
    if array.shape != shape:
        also = f" or ({shape[0]},)" if elemental.is_diagonal else ""
        raise ChainOrderError(f"{item} has shape {array.shape}: expected {shape}{also}")
    if not elemental.is_diagonal:
        return _finite(array, item)
    diagonal = np.diagonal(array).copy()
    if np.count_nonzero(array) != np.count_nonzero(diagonal):
        raise ChainOrderError(f"{item} has entries beside its diagonal: elementals say diagonal")
    return _finite(diagonal, item)


def checked_tensor(
    value: Any, item: str, shape: tuple[int, int], elemental: HessianElemental
) -> SymmetricTensor | None:
    """A tensor as it is kept; None of what is linear."""
    m, n = shape
    if elemental.is_linear:
        if value is not None and np.any(np.asarray(value)):
            raise ChainOrderError(f"{item} is not zero: the elemental says none")
        return None
    if value is None:
        raise ChainOrderError(f"{item} is missing: the elemental says {elemental.tensor}")
    if isinstance(value, SymmetricTensor):
        value = value.toarray()
    array = _finite(number_array(value, item), item)
    if elemental.tensor == "diagonal" and array.shape == (m,):
        return SymmetricTensor(array, m, n, POINTS)
    if array.shape != (m, n, n):
        also = f" or ({m},)" if elemental.tensor == "diagonal" else ""
        raise ChainOrderError(f"{item} has shape {array.shape}: expected {(m, n, n)}{also}")
    if elemental.tensor == "diagonal":
        kept = packed(array, tensor_content(elemental))
        if np.count_nonzero(array) != np.count_nonzero(kept.values):
            raise ChainOrderError(f"{item} has entries beside (r, r, r): the elemental says none")
        return kept
    largest = np.abs(array).max(initial=0)
    apart = np.abs(array - array.transpose(0, 2, 1))
    if apart.max(initial=0) > SYMMETRY * largest:
        at = [int(v) for v in np.argwhere(apart > SYMMETRY * largest)[0]]
        raise ChainOrderError(f"{item} is not symmetric in its last two indices at {at}")
    return packed(array, DENSE)


def _finite(array: Array, item: str) -> Array:
    wrong = ~np.isfinite(array)
    if wrong.any():
        at = tuple(int(v) for v in np.argwhere(wrong)[0])
        raise ChainOrderError(f"{item} is {array[at]} at {list(at)}: expected finite numbers")
    return array
