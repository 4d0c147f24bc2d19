"""What `explain` and `chain` say of a function is what `jacobian` does with it."""

import jax.numpy as jnp
import pytest
from jax_functions import network

import chainorder as co
from chainorder.jax import chain, explain


def test_a_cut_is_explained_with_directions_costs_and_lines():
    text = str(explain(network([60, 30, 4, 30, 60]))(jnp.ones(60)))
    for part in (
        "60 × 60, cut at 2 states",
        "(2, 3)  a matrix that is there, jax_functions.py:",
        "float32[4]",
        "dot_general, jax_functions.py:",
        "4 adjoints through jax_functions.py:",
        "4 tangents",
        "· (0, 3)",
        "reverse mode",
    ):
        assert part in text


def test_costs_are_those_of_the_three_orders():
    found = explain(network([60, 30, 4, 30, 60]))(jnp.ones(60))
    assert found.fma < found.forward_fma
    assert found.fma < found.reverse_fma
    problem = chain(network([60, 30, 4, 30, 60]))(jnp.ones(60))
    assert co.plan(problem).fma == found.fma
    # Layers are given: not even forward mode pushes the identity through the first.
    assert co.plan(problem, "forward").fma <= found.forward_fma - 60 * 60 * 30


def test_blocks_are_explained_one_by_one():
    def f(x, y):
        return jnp.sin(x), y.sum(), 3.0

    text = str(explain(f, (0, 1))(jnp.ones(5), jnp.ones(7)))
    assert "2 blocks" in text
    assert "one product for its diagonal" in text
    assert "1 × 7, reverse mode" in text
    assert "zero" in str(explain(lambda x: jnp.ones(2))(jnp.ones(3)))


def test_what_is_left_to_jax_is_not_explained():
    def by_value(x):
        return x if x[0] > 0 else -x

    with pytest.raises(co.ChainOrderError, match="by_value is left to"):
        explain(by_value)(jnp.ones(3))
    with pytest.raises(co.ChainOrderError, match="left to"):
        chain(jnp.sin)(jnp.arange(3))
    with pytest.raises(co.ChainOrderError, match="no chain"):
        chain(lambda x: jnp.ones(3))(jnp.ones(3))
