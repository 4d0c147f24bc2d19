"""`jacobian` keeps to a number of directions, and to bytes of directions and tapes."""

import jax
import jax.numpy as jnp
import pytest
from jax_functions import assert_as_jacrev, network, plans

import chainorder as co
from chainorder.jax import jacobian


@pytest.mark.parametrize("order", ["forward", "reverse", "optimal"])
def test_a_chunk_is_no_more_than_so_many_directions(order):
    f = network([9, 2, 7])
    x = jnp.linspace(-1, 1, 9)
    for chunk_size in (1, 4, 100):
        assert_as_jacrev(jacobian(f, order=order, chunk_size=chunk_size), jax.jacrev(f), x)


def test_memory_rules_out_tapes_or_makes_them_one_at_a_time():
    f = network([40, 30, 20, 2, 20, 30, 40])
    x = jnp.linspace(-1, 1, 40)
    (free,), (tight,) = plans(f, x), plans(f, x, memory=4 * 60)
    assert free.plan.fma <= tight.plan.fma
    for memory in (4 * 40, 4 * 60, 4000):
        assert_as_jacrev(jacobian(f, memory=memory), jax.jacrev(f), x)
    with pytest.raises(co.ChainOrderError, match="memory"):
        jacobian(f, order="reverse", memory=1)(x)


def test_by_default_directions_take_a_few_times_the_memory_of_the_result():
    def f(x):
        return jnp.sum(jnp.sin(jnp.outer(x, jnp.arange(30_000.0))), axis=1)

    lowered = jax.jit(jacobian(f)).lower(jnp.ones(300))
    held = lowered.compile().memory_analysis().temp_size_in_bytes
    assert held < 300 * 300 * 30_000 * 4 / 20
