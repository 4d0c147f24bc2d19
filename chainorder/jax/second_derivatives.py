"""`hessian`, `hvp` and `jvp_from_vjp`: derivatives of derivatives, each in a planned order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any

import jax

from ..checks import shown
from ..errors import ChainOrderError
from ..execution.operands.function import Function
from .jacobian import Options, planned_jacobian
from .pieces import FORWARD_FIRST

HESSIAN_ORDERS: Mapping[str, tuple[str, str]] = {
    "auto": ("auto", FORWARD_FIRST),
    "forward-over-reverse": ("reverse", "forward"),
    "reverse-over-reverse": ("reverse", "reverse"),
    "forward-over-forward": ("forward", "forward"),
    "reverse-over-forward": ("forward", "reverse"),
    "optimal": ("optimal", "optimal"),
}
"""The order of the first derivative and that of its own."""


def hessian(
    f: Callable[..., Any],
    argnums: int | Sequence[int] = 0,
    has_aux: bool = False,
    holomorphic: bool = False,
    *,
    order: str = "auto",
    sparse: bool | str = False,
) -> Callable[..., Any]:
    """The Hessian of `f`, as `jax.hessian` gives it, in the order that costs least.

    The derivative of `f` is planned, and its own program is traced, cut at its waists and planned
    again: `explain(jacobian(f))` says how.

    Args:
        f: a function of arrays, or of pytrees of them.
        argnums: the position, or positions, of what to differentiate by.
        has_aux: whether `f` returns a pair, of which only the first is differentiated.
        holomorphic: whether `f` is complex-differentiable, from and to complex numbers.
        order: "auto"; or one of "forward-over-reverse" (what `jax.hessian` does),
            "reverse-over-reverse" (a row at a time), "forward-over-forward",
            "reverse-over-forward", "optimal".
        sparse: as in `jacobian`; of a scalar function, columns share a tangent by star colouring.

    Returns:
        A function of the same arguments, which can be jitted, vmapped and differentiated.

    Raises:
        ChainOrderError: an order that does not exist.

    >>> import jax.numpy as jnp
    >>> hessian(lambda x: x[0] ** 2 * x[1])(jnp.array([1.0, 2.0])).tolist()
    [[4.0, 2.0], [2.0, 0.0]]
    """
    if order not in HESSIAN_ORDERS:
        known = ", ".join(HESSIAN_ORDERS)
        raise ChainOrderError(f"order is {shown(order)}: expected one of {known}")
    first, second = HESSIAN_ORDERS[order]
    gradient = planned_jacobian(f, argnums, has_aux, holomorphic, Options(first))
    twice = Options(second, sparse=sparse, symmetric=True)
    return planned_jacobian(gradient, argnums, has_aux, holomorphic, twice)


def hvp(f: Callable[..., Any]) -> Callable[[Any, Any], Any]:
    """The product of the Hessian of a scalar function with a direction, without the Hessian.

    The gradient is pushed forward in the direction; where it has no tangents, its product with
    the direction is differentiated backward.

    Args:
        f: a function of one argument, an array or a pytree, with a scalar value.

    Returns:
        A function of a point and a direction of the same structure, with a result of that.

    Raises:
        TypeError: when called, for a value that is no scalar, as from `jax.grad`.

    >>> import jax.numpy as jnp
    >>> hvp(lambda x: x[0] ** 2 * x[1])(jnp.array([1.0, 2.0]), jnp.array([1.0, 0.0])).tolist()
    [4.0, 2.0]
    """
    gradient = jax.grad(f)

    @wraps(f)
    def product(x: Any, v: Any) -> Any:
        try:
            return jax.jvp(gradient, (x,), (v,))[1]
        except TypeError as error:
            if "custom_vjp" not in str(error):
                raise
            return jax.vjp(gradient, x)[1](v)[0]

    return product


def jvp_from_vjp(f: Callable[[Any], Any]) -> Callable[[Any, Any], Any]:
    """The tangent of a function from its adjoint alone, for functions that have no other rule.

    The adjoint `u J` is linear in `u`; its own adjoint is `J v`. So a `custom_vjp` gets a tangent,
    where its backward rule consists of operations that JAX can transpose.

    Args:
        f: a function of one argument, an array or a pytree.

    Returns:
        A function of a point and a direction of the same structure, with the tangent: where
        `jax.jvp` exists, the same.

    Raises:
        ChainOrderError: for a `chainorder.Function`: its adjoint is opaque, and only a program
            that is linear can be transposed.

    >>> import jax.numpy as jnp
    >>> jvp_from_vjp(jnp.sin)(jnp.array([0.0]), jnp.array([3.0])).tolist()
    [3.0]
    """
    if isinstance(f, Function):
        raise ChainOrderError(
            "the adjoint of a Function is opaque code: it cannot be transposed into a tangent, "
            "expected a JAX function"
        )

    @wraps(f)
    def tangent(x: Any, v: Any) -> Any:
        y, adjoint = jax.vjp(f, x)
        return jax.linear_transpose(lambda u: adjoint(u)[0], y)(v)[0]

    return tangent
