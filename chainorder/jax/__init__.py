"""Jacobians of JAX functions in the order that costs least: the list of what is public here.

`from chainorder.jax import jacobian` needs the extra: `pip install 'chainorder[jax]'`.
"""

try:
    import jax as _jax  # noqa: F401
except ModuleNotFoundError as missing:
    raise ModuleNotFoundError(
        "chainorder.jax needs jax: pip install 'chainorder[jax]'", name=missing.name
    ) from None

from .explain import Explanation, chain, explain
from .jacobian import jacobian
from .linearization import Linearization, graph
from .second_derivatives import hessian, hvp, jvp_from_vjp

__all__ = [
    "Explanation",
    "Linearization",
    "chain",
    "explain",
    "graph",
    "hessian",
    "hvp",
    "jacobian",
    "jvp_from_vjp",
]
