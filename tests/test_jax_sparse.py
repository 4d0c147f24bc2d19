"""Sparse Jacobians: patterns that cover, from the jaxpr alone, and the values of `jacrev`."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax_functions import assert_same

import chainorder as co
from chainorder.jax import jacobian
from chainorder.jax.calls import traced_call
from chainorder.jax.patterns import pattern
from chainorder.jax.sparse import sparse_plan


def program(f, *args, argnums=0):
    return traced_call(f, argnums, args, {}, has_aux=False).program


def kernel():
    return jnp.arange(1.0, 9.0).reshape(2, 1, 2, 2)


EXACT = {
    "elementwise": lambda x: jnp.exp(x) * jnp.where(x > 0.5, x, 2.0),
    "custom jvp": lambda x: jax.nn.softplus(x) + jax.nn.relu(x[::-1]),
    "shifted": lambda x: jnp.roll(x, 2) * x,
    "set": lambda x: x.at[1:-1].set(x[2:] * x[:-2]),
    "added": lambda x: jnp.zeros(3).at[jnp.array([0, 1, 1, 2] * 3)].add(2 * x),
    "indexed": lambda x: x[jnp.array([3, 4, 1])] ** 2,
    "padded": lambda x: jnp.pad(x * 2, 1)[::3],
    "cumulative": lambda x: jnp.cumsum(x.reshape(3, 4), 1),
    "product by blocks": lambda x: x.reshape(3, 4) @ jnp.ones((4, 2)),
    "outer": lambda x: jnp.outer(x[:3], x[3:6]),
    "convolved": lambda x: jax.lax.conv_general_dilated(
        x.reshape(1, 1, 3, 4), kernel(), (1, 1), "SAME"
    ),
    "convolved in groups": lambda x: jax.lax.conv_general_dilated(
        x.reshape(2, 2, 3), jnp.ones((4, 1, 2)), (1,), [(1, 0)], feature_group_count=2
    ),
    "convolved in groups of the batch": lambda x: jax.lax.conv_general_dilated(
        x.reshape(4, 1, 3), jnp.ones((4, 1, 2)), (1,), [(1, 1)], batch_group_count=2
    ),
    "dilated": lambda x: jax.lax.conv_general_dilated(
        x.reshape(1, 12, 1), jnp.ones((2, 1, 3)), (2,), [(2, 1)], (3,), (2,), ("NHC", "OIH", "NHC")
    ),
    "strided": lambda x: jax.lax.conv_general_dilated(
        x.reshape(1, 1, 3, 4), kernel(), (2, 2), "VALID"
    ),
}
COVERED = {
    "maximum": lambda x: x.reshape(3, 4).max(0),
    "sorted": lambda x: jnp.sort(x.reshape(3, 4), 0),
    "index that depends": lambda x: x[jnp.argmax(x)] * x,
    "loop": lambda x: jax.lax.fori_loop(0, 2, lambda _, y: jnp.sin(y), x),
}


@pytest.mark.parametrize("name", [*EXACT, *COVERED])
def test_patterns_cover_and_the_jacobian_is_that_of_jacrev(name):
    f = {**EXACT, **COVERED}[name]
    x = jnp.asarray(np.random.default_rng(1).uniform(0.1, 1, 12), dtype=jnp.float32)
    traced = program(f, x)
    found = pattern(traced, traced.inputs, traced.outputs).toarray()
    sparse, dense = jax.jit(lambda x: (jacobian(f, sparse=True)(x), jax.jacrev(f)(x)))(x)
    is_there = np.asarray(dense).reshape(found.shape) != 0
    assert (found >= is_there).all()
    assert name in COVERED or (found == is_there).all()
    assert sparse.nse == found.sum()
    assert_same(sparse.todense(), dense)


def test_a_stencil_takes_as_many_tangents_as_it_has_points():
    def f(u):
        return jnp.pad(u[1:], (0, 1)) - 2 * u + jnp.pad(u[:-1], (1, 0)) + jnp.sin(u)

    assert sparse_plan(program(f, jnp.ones(1000))).directions == 3


def test_a_row_that_is_full_is_pulled_back():
    found = sparse_plan(program(lambda x: x.sum()[None] * 2.0, jnp.ones(50)))
    assert found.directions == 1
    assert not found.compressed[0].is_pushed


def test_stages_are_coloured_apart_and_multiplied_where_that_is_cheaper():
    # Twenty networks, side by side, each with a waist of one.
    down, up = jnp.ones((20, 90)) / 20, jnp.ones((90, 20)) / 90

    def f(x):
        waist = jnp.tanh(jnp.tanh(x.reshape(20, 20) @ down) @ jnp.ones(90))
        return jnp.tanh(jnp.outer(waist, jnp.linspace(0.5, 1, 90)) @ up).reshape(-1)

    x = jnp.linspace(0, 0.05, 400)
    assert sparse_plan(program(f, x)).directions < 10
    # Not jacrev: jax 0.10.2 compiles that of this function to wrong numbers on CPUs.
    sparse, dense = jax.jit(lambda x: (jacobian(f, sparse=True)(x), jax.jacfwd(f)(x)))(x)
    assert sparse.nse == 20**3
    assert_same(sparse.todense(), dense)


def test_blocks_of_a_pytree_and_scipy():
    def f(x, tree):
        return {"a": x * tree["s"], "b": x[1:] - tree["m"][0]}, tree["m"]

    args = (jnp.arange(3.0), {"s": jnp.float32(2.0), "m": jnp.ones((2, 2))})
    expected = jax.jacrev(f, (0, 1))(*args)
    found = jacobian(f, (0, 1), sparse=True)(*args)
    is_block = lambda leaf: hasattr(leaf, "todense")  # noqa: E731
    assert_same(jax.tree.map(lambda b: b.todense(), found, is_leaf=is_block), expected)
    by_scipy = jacobian(f, (0, 1), sparse="scipy")(*args)
    blocks = jax.tree.leaves(by_scipy, is_leaf=lambda leaf: hasattr(leaf, "indptr"))
    for block, dense in zip(blocks, jax.tree.leaves(expected), strict=True):
        np.testing.assert_allclose(block.toarray(), np.asarray(dense).reshape(block.shape))


def test_indices_that_differ_are_different_patterns():
    x = jnp.arange(4.0)
    for index in (jnp.array([0, 1]), jnp.array([3, 2])):
        found = jacobian(lambda x, index=index: x[index] * 2, sparse=True)(x)
        assert_same(found.todense(), jax.jacrev(lambda x, index=index: x[index] * 2)(x))


def test_what_has_no_sparse_jacobian_is_named():
    with pytest.raises(co.ChainOrderError, match="no sparse Jacobian"):
        jacobian(jnp.sin, sparse=True)(jnp.arange(3))
    with pytest.raises(co.ChainOrderError, match="sparse is 'csc'"):
        jacobian(jnp.sin, sparse="csc")
    with pytest.raises(co.ChainOrderError, match="pattern is not known"):
        jacobian(jnp.fft.fft, sparse=True, holomorphic=True)(jnp.ones(20_000, jnp.complex64))
