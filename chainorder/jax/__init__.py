"""Jacobians of JAX functions in the order that costs least: the list of what is public here.

`from chainorder.jax import jacobian` needs the extra: `pip install 'chainorder[jax]'`.
"""

from .jacobian import jacobian

__all__ = ["jacobian"]
