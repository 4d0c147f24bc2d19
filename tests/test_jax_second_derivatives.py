"""Hessians are those of `jax.hessian` in every order; tangents from adjoints are tangents."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax_functions import assert_as_jacrev, assert_same, network, random_network

import chainorder as co
from chainorder.jax import explain, hessian, hvp, jacobian, jvp_from_vjp
from chainorder.jax.second_derivatives import HESSIAN_ORDERS


def loss(sizes):
    f = network(sizes)
    return lambda x: jnp.sum(f(x) ** 2)


@pytest.mark.parametrize("order", HESSIAN_ORDERS)
def test_every_order_gives_the_hessian(order):
    x = jnp.linspace(-1, 1, 6)
    assert_as_jacrev(
        hessian(loss([6, 2, 5]), order=order), jax.hessian(loss([6, 2, 5])), x, rtol=1e-4
    )


@pytest.mark.parametrize("seed", [0, 3, 4])
def test_hessians_of_random_networks_that_are_vectors(seed):
    f, x = random_network(seed)
    assert_as_jacrev(hessian(f), jax.hessian(f), x, rtol=1e-4)


def test_hessians_against_finite_differences():
    with jax.enable_x64(True) if hasattr(jax, "enable_x64") else jax.experimental.enable_x64():
        f, x = loss([5, 2, 4]), jnp.linspace(-1, 1, 5, dtype=jnp.float64)
        gradient, step = jax.jit(jax.grad(f)), 1e-6
        rows = [gradient(x + step * e) - gradient(x - step * e) for e in jnp.eye(5)]
        np.testing.assert_allclose(jax.jit(hessian(f))(x), jnp.stack(rows) / (2 * step), atol=1e-7)


def test_a_gradient_is_cut_at_the_waists_of_its_own_program():
    f = loss([60, 3, 30, 1])
    x = jnp.linspace(-1, 1, 60)
    (piece,) = explain(jacobian(f))(x).pieces
    assert piece.is_cut
    assert piece.plan.fma * 4 < piece.compared["forward"].fma
    assert_as_jacrev(hessian(f), jax.hessian(f), x, rtol=1e-4)


def test_pytrees_argnums_and_aux_as_in_jax_hessian():
    def f(tree, scale):
        return jnp.sum(jnp.sin(tree["a"]) * tree["b"] ** 2) * scale, {"scale": scale}

    args = ({"a": jnp.arange(3.0), "b": jnp.float32(2.0)}, 3.0)
    found, aux = jax.jit(hessian(f, (0, 1), has_aux=True))(*args)
    expected, expected_aux = jax.jit(jax.hessian(f, (0, 1), has_aux=True))(*args)
    assert_same(found, expected)
    assert_same(aux, expected_aux)


def test_a_separable_sum_takes_one_tangent_and_an_arrow_two():
    def separable(x):
        return jnp.sum(jnp.sin(x) * x)

    def arrow(x):
        return jnp.sum(x[0] * x**3)

    x = jnp.linspace(0.5, 1, 40)
    for f, entries in ((separable, 40), (arrow, 3 * 40 - 2)):
        found, expected = jax.jit(lambda x, f=f: (hessian(f, sparse=True)(x), jax.hessian(f)(x)))(x)
        assert found.nse == entries
        assert_same(found.todense(), expected, 1e-4)


def test_products_with_a_direction():
    f, x, v = loss([6, 3, 4]), jnp.linspace(-1, 1, 6), jnp.linspace(1, 2, 6)
    assert_as_jacrev(hvp(f), lambda x, v: jax.hessian(f)(x) @ v, x, v, rtol=1e-4)


@jax.custom_vjp
def squared(x):
    return x * x


squared.defvjp(lambda x: (x * x, x), lambda x, g: (2 * x * g,))


def test_a_function_that_has_adjoints_only_has_tangents_from_them():
    x, v = jnp.linspace(-1, 1, 6), jnp.linspace(1, 2, 6)
    f = network([6, 3, 4])
    assert_as_jacrev(jvp_from_vjp(f), lambda x, v: jax.jvp(f, (x,), (v,))[1], x, v)
    assert_same(jvp_from_vjp(squared)(x, v), 2 * x * v)
    with pytest.raises(TypeError, match="custom_vjp"):
        jax.jvp(squared, (x,), (v,))
    assert_same(hvp(lambda x: jnp.sum(squared(x)))(x, v), 2 * v)
    assert_as_jacrev(hessian(lambda x: jnp.sum(squared(x) * x)), lambda x: jnp.diag(6 * x), x)


def test_what_cannot_be_done_is_named():
    with pytest.raises(co.ChainOrderError, match="order is 'sideways': expected one of auto"):
        hessian(jnp.sum, order="sideways")
    with pytest.raises(co.ChainOrderError, match="cannot be transposed"):
        jvp_from_vjp(co.Function(np.sin, vjp=lambda x, u: u * np.cos(x)))
    with pytest.raises(TypeError, match="scalar"):
        hvp(jnp.sin)(jnp.ones(3), jnp.ones(3))
