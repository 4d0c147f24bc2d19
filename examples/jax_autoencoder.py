"""The Jacobian of an autoencoder: one changed line, the same numbers, a tenth of the time.

python examples/jax_autoencoder.py [--small]
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from chainorder.jax import explain, jacobian

SIZES = [784, 512, 256, 32, 256, 512, 784]


def autoencoder(sizes: list[int]) -> Callable[[Any], Any]:
    """A network that squeezes an image through a narrow waist and paints it again."""
    rng = np.random.default_rng(0)
    weights = [
        jnp.asarray(rng.normal(size=(a, b)) / a**0.5, jnp.float32) for a, b in pairwise(sizes)
    ]

    def reconstructed(image: Any) -> Any:
        for weight in weights:
            image = jnp.tanh(image @ weight)
        return image

    return reconstructed


def main() -> None:
    sizes = [size // 8 for size in SIZES] if "--small" in sys.argv else SIZES
    f, image = autoencoder(sizes), jnp.linspace(0, 1, sizes[0])
    print(explain(f)(image), "\n")
    jacobians = {}
    for name, transform in (
        ("jax.jacfwd", jax.jacfwd),
        ("jax.jacrev", jax.jacrev),
        ("chainorder.jax.jacobian", jacobian),
    ):
        compiled = jax.jit(transform(f)).lower(image).compile()
        jacobians[name] = compiled(image).block_until_ready()
        times = []
        for _ in range(15):
            start = time.perf_counter()
            compiled(image).block_until_ready()
            times.append(time.perf_counter() - start)
        print(f"{name:<24} {sorted(times)[7] * 1e3:8.2f} ms")
    difference = abs(jacobians["jax.jacrev"] - jacobians["chainorder.jax.jacobian"]).max()
    print(f"largest difference {difference:.1e}")


if __name__ == "__main__":
    main()
