"""`Function`: an elemental as a program, with products of its Jacobian instead of the Jacobian."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ...errors import ChainOrderError
from ..dense import Array
from .products import Product


@dataclass(frozen=True, slots=True, eq=False)
class Function:
    """An elemental `y = f(x)` with `x` of shape `(n,)` and `y` of shape `(m,)`.

    Args:
        f: the function itself; `f(x)` has shape `(m,)`.
        jvp: tangents; `jvp(x, V)` is `J V`, for one vector `V` of shape `(n,)` or, where that
            can be done at once, for the columns of a block of shape `(n, p)`.
        vjp: adjoints; `vjp(x, U)` is `J^T U` (no conjugation), for `U` of shape `(m,)` or `(m, p)`.
        jacobian: `jacobian(x)` is the matrix itself, an array or SciPy sparse array of shape
            `(m, n)`, for an elemental that is given.
        blocks: whether `jvp` and `vjp` take blocks. None finds out: blocks come in two different
            widths, so that a product written for vectors fails for at least one of them, even if
            NumPy's broadcasting happens to fit the other, and is then applied one by one. `check`
            tests that a block has the products of its columns.
        second: second-order adjoints, for second derivatives; `second(x, u, V)` is `(u T) V`, with
            `u` of shape `(m,)`, where `T` of shape `(m, n, n)` holds the second derivatives.
        tensor: `tensor(x)` is `T` itself, for an elemental that is given.

    Raises:
        ChainOrderError: something that cannot be called, or `blocks` neither a bool nor None.

    >>> import chainorder as co
    >>> import numpy as np
    >>> sine = co.Function(np.sin, jvp=lambda x, v: np.cos(x) * v, vjp=lambda x, u: np.cos(x) * u)
    >>> chain = co.Chain.matrix_free([2, 2], edges=[2])
    >>> co.execute(co.plan(chain), [sine], x=np.zeros(2)).jacobian.tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """

    f: Callable[[Any], Any]
    jvp: Callable[[Any, Any], Any] | None = None
    vjp: Callable[[Any, Any], Any] | None = None
    jacobian: Callable[[Any], Any] | None = None
    blocks: bool | None = None
    second: Callable[[Any, Any, Any], Any] | None = None
    tensor: Callable[[Any], Any] | None = None

    def __post_init__(self) -> None:
        if not callable(self.f):
            raise ChainOrderError(f"f is {self.f!r}: expected a function of x")
        for field in ("jvp", "vjp", "jacobian", "second", "tensor"):
            value = getattr(self, field)
            if value is not None and not callable(value):
                raise ChainOrderError(f"{field} is {value!r}: expected a function or None")
        if self.blocks not in (None, True, False):
            raise ChainOrderError(f"blocks is {self.blocks!r}: expected true, false or None")


@dataclass(frozen=True, slots=True)
class FunctionOperand:
    """A `Function`, whose Jacobian is that at a point."""

    value: Function

    shape = None
    needs_point = True

    @property
    def what(self) -> str:
        """Why it may be no matrix."""
        return "a function" if self.has_matrix else "a function without a jacobian"

    def at(self, point: Array) -> Any:
        """`f(point)`."""
        return self.value.f(point)

    def tangent(self, item: str, shape: tuple[int, int], point: Array | None) -> Product | None:
        """`V ↦ J V`, if there is a jvp."""
        return self._product(self.value.jvp, shape[1], shape[0], item, point)

    def adjoint(self, item: str, shape: tuple[int, int], point: Array | None) -> Product | None:
        """`U ↦ J^T U`, if there is a vjp."""
        return self._product(self.value.vjp, shape[0], shape[1], item, point)

    @property
    def has_matrix(self) -> bool:
        """Whether there is a jacobian."""
        return self.value.jacobian is not None

    def matrix(self, point: Array | None) -> Any:
        """Its jacobian at the point."""
        assert self.value.jacobian is not None
        return self.value.jacobian(point)

    def _product(
        self,
        product: Callable[[Any, Any], Any] | None,
        size_in: int,
        size_out: int,
        item: str,
        point: Array | None,
    ) -> Product | None:
        if product is None:
            return None
        assert point is not None
        blocks = self.value.blocks
        return Product(lambda v: product(point, v), size_in, size_out, item, point.dtype, blocks)
