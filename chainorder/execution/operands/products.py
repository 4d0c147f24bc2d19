"""Tangents and adjoints of an operand, whatever it is, applied to blocks of vectors.

An operand is an array, a SciPy sparse array, a `LinearOperator` or a `Function`. Each becomes a
pair of products on the columns of a block: `J V` and `J^T U`, the transpose and never its
conjugate.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...errors import ChainOrderError
from ..dense import Array
from .function import Function


@dataclass(slots=True)
class Product:
    """One direction of an operand: columns of `size_in` entries to columns of `size_out`.

    `apply` takes `(size_in, p)` or, unless `blocks` is True, `(size_in,)`; with `blocks` None it
    may or may not take a block, which the first one decides. `item` is what an error message calls
    it. `dtype` is that of the operand, so that seeds can have it too.
    """

    apply: Callable[[Any], Any]
    size_in: int
    size_out: int
    item: str
    dtype: np.dtype[Any]
    blocks: bool | None = True

    def __call__(self, block: Array) -> Array:
        """The product with each column of `block`, `(size_in, p)` to `(size_out, p)`.

        Raises:
            ChainOrderError: the operand raised, or returned another shape.
        """
        width = block.shape[1]
        if self.blocks:
            return self._at_once(block)
        widths = [] if self.blocks is False else two_widths(width)
        try:
            parts, start = [], 0
            for part in widths:
                parts.append(self._at_once(block[:, start : start + part]))
                start += part
        except ChainOrderError:
            parts, self.blocks = [], False
        if parts:
            return np.concatenate(parts, axis=1)
        return self._one_by_one(block)

    def _at_once(self, block: Array) -> Array:
        return self._checked(block, (self.size_out, block.shape[1]))

    def _one_by_one(self, block: Array) -> Array:
        columns = [self._checked(block[:, c], (self.size_out,)) for c in range(block.shape[1])]
        if len(columns) == 1:
            return columns[0][:, np.newaxis]
        return np.stack(columns, axis=1)

    def _checked(self, vectors: Array, shape: tuple[int, ...]) -> Array:
        try:
            result = np.asarray(self.apply(vectors))
        except Exception as error:
            text = " ".join(str(error).split())
            raise ChainOrderError(
                f"{self.item} of vectors of shape {vectors.shape} failed: "
                f"{type(error).__name__}{': ' if text else ''}{text}"
            ) from error
        if result.shape != shape:
            # What has one entry per vector may come without the axis of length one.
            if self.size_out == 1 and result.shape == shape[1:]:
                return result.reshape(shape)
            raise ChainOrderError(
                f"{self.item} of vectors of shape {vectors.shape} has shape {result.shape}: "
                f"expected {shape}"
            )
        if result.dtype.kind not in "iufc":
            raise ChainOrderError(f"{self.item} has dtype {result.dtype}: expected numbers")
        return result


def two_widths(width: int) -> list[int]:
    """Widths of at least two blocks, not all the same, that make up `width`; none if too narrow.

    A product that was written for vectors, such as `lambda x, v: np.cos(x) * v`, takes a block
    without complaint if its width happens to be one that broadcasts, and returns nonsense. It
    cannot do so for two widths.
    """
    return [width - 2, 2] if width >= 5 else []


def product_of(product: Product | None, block: Array) -> Array | None:
    """The product with `block`, or None if it turns out that the operand has no such product.

    Whether a `LinearOperator` has an adjoint is only known when it is applied.
    """
    try:
        return None if product is None else product(block)
    except ChainOrderError as error:
        if isinstance(error.__cause__, NotImplementedError):
            return None
        raise


def is_sparse(operand: Any) -> bool:
    """Whether `operand` is a SciPy sparse array or matrix; does not import SciPy to find out."""
    sparse = sys.modules.get("scipy.sparse")
    return sparse is not None and bool(sparse.issparse(operand))


def is_linear_operator(operand: Any) -> bool:
    """Whether `operand` is a SciPy `LinearOperator`; does not import SciPy to find out."""
    linalg = sys.modules.get("scipy.sparse.linalg")
    return linalg is not None and isinstance(operand, linalg.LinearOperator)


def checked_operand(operand: Any, l: int, shape: tuple[int, int] | None) -> Any:
    """`operand` as one of the four kinds, of the shape `(m, n)` where it has one (None: any).

    Raises:
        ChainOrderError: names the operand that is none of these, or that does not fit.
    """
    item = f"operands[{l}]"
    if isinstance(operand, Function):
        return operand
    if not (is_sparse(operand) or is_linear_operator(operand)):
        try:
            operand = np.asarray(operand)
        except (TypeError, ValueError) as error:
            raise ChainOrderError(f"{item} is no array: {error}") from None
        if operand.dtype.kind not in "iufc":
            raise ChainOrderError(
                f"{item} has dtype {operand.dtype}: expected an array of numbers, a SciPy sparse "
                f"array, a LinearOperator or a Function"
            )
    if operand.shape != shape if shape else operand.ndim != 2:
        raise ChainOrderError(
            f"{item} has shape {operand.shape}: expected {shape or 'two dimensions'}"
        )
    return operand


def tangent_of(operand: Any, l: int, shape: tuple[int, int], point: Array | None) -> Product | None:
    """`V ↦ J V` of a checked operand at `point`, or None if it has no such product."""
    m, n = shape
    item = f"operands[{l}]: the tangent"
    if isinstance(operand, Function):
        if operand.jvp is None:
            return None
        jvp, x = operand.jvp, _needed(point)
        return Product(lambda v: jvp(x, v), n, m, item, x.dtype, operand.blocks)
    if is_linear_operator(operand):
        return Product(operand.matmat, n, m, item, _dtype(operand))
    return Product(lambda v: operand @ v, n, m, item, operand.dtype)


def adjoint_of(operand: Any, l: int, shape: tuple[int, int], point: Array | None) -> Product | None:
    """`U ↦ J^T U` of a checked operand at `point`, or None if it has no such product."""
    m, n = shape
    item = f"operands[{l}]: the adjoint"
    if isinstance(operand, Function):
        if operand.vjp is None:
            return None
        vjp, x = operand.vjp, _needed(point)
        return Product(lambda u: vjp(x, u), m, n, item, x.dtype, operand.blocks)
    if is_linear_operator(operand):
        return Product(lambda u: _transposed(operand, u), m, n, item, _dtype(operand))
    return Product(lambda u: operand.T @ u, m, n, item, operand.dtype)


def _needed(point: Array | None) -> Array:
    assert point is not None
    return point


def _dtype(operator: Any) -> np.dtype[Any]:
    return np.dtype(operator.dtype or np.float64)


def _transposed(operator: Any, block: Array) -> Array:
    """`J^T U` from `rmatmat`, which is `J^H`: conjugated on both sides."""
    try:
        return _conjugate(operator.rmatmat(_conjugate(block)))
    except TypeError:
        # SciPy calls what is not there; rmatvec is the one that says so.
        operator.rmatvec(np.zeros(operator.shape[0], dtype=_dtype(operator)))
        raise


def _conjugate(block: Array) -> Array:
    return block.conj() if np.iscomplexobj(block) else block
