"""Linear layers are matrices that are there: nothing is pushed through them to have them."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax_functions import assert_as_jacrev, network, plans

from chainorder.jax import explain, jacobian

RNG = np.random.default_rng(0)


def matrix(*shape):
    return jnp.asarray(RNG.normal(size=shape), jnp.float32)


WIDE, NARROW, BACK = matrix(20, 30), matrix(3, 20), matrix(20, 3)
BLOCK = matrix(4, 5, 6, 2)

LINEAR = {
    "a map": (lambda x: WIDE @ x, 30, 0),
    "an affine map": (lambda x: WIDE @ x + jnp.ones(20), 30, 0),
    "from the left": (lambda x: x @ WIDE, 20, 0),
    "two maps": (lambda x: NARROW @ (WIDE @ x), 30, 3 * 20 * 30),
    "three maps through a waist": (
        lambda x: BACK @ (NARROW @ (WIDE @ x)),
        30,
        3 * 20 * 30 + 20 * 3 * 30,
    ),
    "a product of tensors": (
        lambda x: jnp.tensordot(x.reshape(6, 4), BLOCK, axes=((1, 0), (0, 2))),
        24,
        None,
    ),
    "one of no inputs": (lambda x: x @ (jnp.sin(WIDE) * 2), 20, 0),
}


@pytest.mark.parametrize("name", LINEAR)
def test_products_of_linear_maps_are_those_of_their_matrices(name):
    f, size, fma = LINEAR[name]
    x = jnp.linspace(-1, 1, size)
    found = explain(f)(x)
    if fma is not None:
        assert found.fma == fma
    assert found.fma < min(found.forward_fma, found.reverse_fma)
    for order in ("auto", "optimal", "forward", "reverse"):
        assert_as_jacrev(jacobian(f, order=order), jax.jacrev(f), x)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: x.reshape(5, 4) @ NARROW[:, :4].T,
        lambda x: x @ jnp.outer(x, x),
        lambda x: x @ jax.lax.stop_gradient(jnp.outer(x, x)),
    ],
)
def test_what_is_no_matrix_for_the_whole_variable_is_not_given(f):
    x = jnp.linspace(-1, 1, 20)
    (piece,) = plans(f, x)
    assert not any(elemental.given for elemental in piece.chain.elementals)
    assert_as_jacrev(jacobian(f), jax.jacrev(f), x)


@pytest.mark.parametrize("sizes", [[6, 20, 20], [20, 20, 6], [9, 9, 9, 9], [30, 4, 30, 2, 30]])
def test_networks_start_from_the_matrix_of_a_layer(sizes):
    net, last = network(sizes), matrix(sizes[-1], sizes[-1])
    x = jnp.linspace(-1, 1, sizes[0])
    for f in (net, lambda x: net(x) @ last, lambda x: net(x) @ last + x.sum()):
        assert_as_jacrev(jacobian(f), jax.jacrev(f), x)
    for options in ({"chunk_size": 2}, {"memory": 4000}, {"order": "optimal"}):
        assert_as_jacrev(jacobian(net, **options), jax.jacrev(net), x)


def test_a_complex_layer_is_not_conjugated():
    rotated = matrix(5, 5) + 1j * matrix(5, 5)
    z = jnp.linspace(-1, 1, 5) + 0.5j
    f = lambda z: jnp.sin(rotated @ z)  # noqa: E731
    found = jacobian(f, holomorphic=True)(z)
    np.testing.assert_allclose(found, jax.jacrev(f, holomorphic=True)(z), rtol=1e-4)
