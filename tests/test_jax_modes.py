"""Forward or reverse, where nothing is cut: the one that costs less, and JAX's own program."""

import collections
import re

import jax
import jax.numpy as jnp
import pytest
from jax_functions import assert_as_jacrev, network, plans

from chainorder.jax import jacobian


@pytest.mark.parametrize(
    ("sizes", "mode"), [([50, 40, 1], "reverse"), ([3, 40, 40, 30], "forward")]
)
def test_functions_without_a_waist_run_in_the_mode_that_fits(sizes, mode):
    (piece,) = plans(network(sizes), jnp.ones(sizes[0]))
    assert piece.plan.name == mode


@pytest.mark.parametrize(
    ("sizes", "mode"),
    [([9, 8, 1], jax.jacrev), ([2, 9, 8], jax.jacfwd), ([8, 8, 8], jax.jacrev)],
)
def test_what_is_not_cut_compiles_to_the_program_of_jax(sizes, mode):
    net, x = network(sizes), jnp.ones(sizes[0])

    def f(x):
        return net(jnp.tanh(x))

    ours, theirs = (
        collections.Counter(
            re.findall(r"= (\S+ [\w-]+)\(", jax.jit(one).lower(x).compile().as_text())
        )
        for one in (jacobian(f), mode(f))
    )
    assert ours == theirs


def test_of_two_modes_with_as_many_directions_a_loop_takes_the_one_without_a_tape():
    def stepped(p):
        def step(y, _):
            return y + 0.01 * jnp.stack([p[0] * (y[1] - y[0]), y[0] * y[2], p[1] * y[2] * y[1]]), y

        return jax.lax.scan(step, p, None, length=50)

    (piece,) = plans(lambda p: stepped(p)[0], jnp.ones(3))
    assert piece.plan.name == "forward"
    # The tape of so many rounds takes longer than two more directions.
    (piece,) = plans(lambda p: stepped(p)[0].sum(), jnp.ones(3))
    assert piece.plan.name == "forward"
    (piece,) = plans(lambda p: stepped(jnp.tanh(p @ jnp.ones((900, 3))))[0].sum(), jnp.ones(900))
    assert piece.plan.name != "forward"
    assert_as_jacrev(jacobian(stepped), jax.jacrev(stepped), jnp.ones(3))


def test_of_two_modes_with_as_many_directions_products_take_the_one_that_writes_rows():
    net = network([40, 40, 40])
    (piece,) = plans(lambda x: net(jnp.tanh(x)), jnp.ones(40))
    assert piece.plan.name == "reverse"
    (piece,) = plans(jax.nn.softmax, jnp.ones(40))
    assert piece.plan.name == "forward"
