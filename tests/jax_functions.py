"""Functions for the tests of the JAX door, and Jacobians to hold theirs against."""

from itertools import pairwise

import jax
import jax.numpy as jnp
import numpy as np

from chainorder.jax.calls import traced_call
from chainorder.jax.choices import planned

# What is computed counts here, not how fast: compiling takes most of the time.
jax.config.update("jax_disable_most_optimizations", True)


def network(sizes, seed=0, dtype=jnp.float32):
    """Linear layers with a tanh behind each."""
    rng = np.random.default_rng(seed)
    weights = [
        jnp.asarray(rng.normal(size=(a, b)) / np.sqrt(a), dtype=dtype) for a, b in pairwise(sizes)
    ]

    def f(x):
        for weight in weights:
            x = jnp.tanh(x @ weight)
        return x

    return f


def random_network(seed):
    """A small network with layers of random widths and kinds, and skips across some of them."""
    rng = np.random.default_rng(seed)
    sizes = [int(size) for size in rng.choice([1, 2, 3, 8, 20], size=rng.integers(3, 8))]
    layers = []
    for a, b in pairwise(sizes):
        weight = rng.normal(size=(b, a)).astype(np.float32) / np.sqrt(a)
        layers.append((weight, rng.choice(["tanh", "sin", "softplus", "roll", "cumsum"])))
    skips = {
        int(rng.integers(0, len(layers))): int(rng.integers(0, len(layers)))
        for _ in range(rng.integers(0, 3))
    }

    def f(x):
        states = [x]
        for at, (weight, kind) in enumerate(layers):
            y = weight @ states[-1]
            if kind == "roll":
                y = jnp.roll(y, 1) * y
            elif kind == "cumsum":
                y = jnp.cumsum(y) + jnp.sum(y**2)
            else:
                y = {"tanh": jnp.tanh, "sin": jnp.sin, "softplus": jax.nn.softplus}[kind](y)
            if skips.get(at, at) < at:
                skipped = states[skips[at]]
                y = y + jnp.resize(skipped, y.shape) if at % 2 else y * (1 + jnp.mean(skipped))
            states.append(y)
        return states[-1]

    return f, jnp.asarray(rng.normal(size=sizes[0]), dtype=jnp.float32)


def assert_same(found, expected, rtol=2e-5):
    """Same tree, shapes and types; values equal to the rounding of their largest entry."""
    assert jax.tree_util.tree_structure(found) == jax.tree_util.tree_structure(expected)
    for one, other in zip(jax.tree.leaves(found), jax.tree.leaves(expected), strict=True):
        assert one.shape == other.shape
        assert one.dtype == other.dtype
        scale = np.abs(np.asarray(other)).max(initial=1e-3)
        np.testing.assert_allclose(np.asarray(one), np.asarray(other), rtol=0, atol=rtol * scale)


def assert_as_jacrev(found, expected, *args, rtol=2e-5):
    """Two functions of the same arguments, compiled as one, have the same values."""
    assert_same(*jax.jit(lambda *args: (found(*args), expected(*args)))(*args), rtol=rtol)


def plans(f, *args, **options):
    """The plans of a function's blocks, and the sizes of the states that they stop at."""
    call = traced_call(f, options.pop("argnums", 0), args, {}, has_aux=False)
    return planned(call.program, **options)
