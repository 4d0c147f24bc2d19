"""Tangents and adjoints of an operand, applied to blocks of vectors.

Every operand is a pair of products on the columns of a block: `J V` and `J^T U`, the transpose and
never its conjugate.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...errors import ChainOrderError, told
from ..dense import Array
from ..numbers_in import number_array


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
            found = self.apply(vectors)
        except Exception as error:
            raise ChainOrderError(
                f"{self.item} of vectors of shape {vectors.shape} failed: {told(error)}"
            ) from error
        result = number_array(found, self.item)
        if result.shape != shape:
            # What has one entry per vector may come without the axis of length one.
            if self.size_out == 1 and result.shape == shape[1:]:
                return result.reshape(shape)
            raise ChainOrderError(
                f"{self.item} of vectors of shape {vectors.shape} has shape {result.shape}: "
                f"expected {shape}"
            )
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
    if type(operand) is np.ndarray:
        return False  # at once: SciPy asks an abstract class
    sparse = sys.modules.get("scipy.sparse")
    return sparse is not None and bool(sparse.issparse(operand))
