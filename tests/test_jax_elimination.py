"""Functions of few numbers: their computational graphs, and Jacobians by vertex elimination."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax_functions import assert_as_jacrev, assert_same, random_network

import chainorder as co
from chainorder.jax import graph, jacobian


def kinematics(t):
    """The place and the angle of the end of an arm with three joints."""
    angle, place = 0.0, jnp.zeros(2)
    for joint in range(3):
        angle = angle + t[joint]
        place = place + (1 + joint) * jnp.stack([jnp.cos(angle), jnp.sin(angle)])
    return {"place": place, "angle": angle, "far": jnp.sqrt(place @ place), "first": t[0]}


def moved_and_mixed(x):
    """Entries that are moved, added, multiplied and indexed."""
    a, b, c = x
    row = jnp.stack([a * b, jnp.sin(c), a])
    matrix = jnp.arange(6.0).reshape(2, 3)
    picked = x[jnp.array([2, 0])] * jax.nn.softplus(row[1])
    outer = jnp.einsum("i,j->ij", row, picked).T
    return jnp.concatenate([matrix @ row, x[::-1] * row, row.sum()[None], outer.reshape(-1), x])


@pytest.mark.parametrize("f", [kinematics, moved_and_mixed])
def test_elimination_gives_what_jacrev_gives(f):
    x = jnp.array([0.3, 0.7, -0.4])
    assert_as_jacrev(jacobian(f, order="elimination"), jax.jacrev(f), x)


def test_elimination_over_a_batch_and_under_another_derivative():
    eliminated = jacobian(kinematics, order="elimination")
    xs = jnp.linspace(-1, 1, 12).reshape(4, 3)
    assert_as_jacrev(jax.vmap(eliminated), jax.vmap(jax.jacrev(kinematics)), xs)
    found, expected = (
        jax.grad(lambda x, j=j: jnp.sum(j(x)["place"] ** 2))
        for j in (eliminated, jax.jacrev(kinematics))
    )
    assert_as_jacrev(found, expected, xs[0], rtol=1e-4)


def test_elimination_of_a_random_network():
    f, x = random_network(2)
    assert_as_jacrev(jacobian(f, order="elimination"), jax.jacrev(f), x)


def test_the_aux_of_an_elimination():
    def f(x):
        return x[0] * x[1], {"sum": jnp.exp(x).sum(), "name": "f"}

    found, aux = jacobian(f, has_aux=True, order="elimination")(jnp.array([2.0, 3.0]))
    assert found.tolist() == [3.0, 2.0]
    assert aux["name"] == "f"
    assert aux["sum"] == jnp.exp(jnp.array([2.0, 3.0])).sum()


def test_the_graph_of_a_function_is_planned_and_executed():
    def f(x):
        y = jnp.sin(x[0]) * x[1]
        return jnp.stack([y * x[2], jnp.exp(y), y / x[1]])

    x = jnp.array([0.3, 0.7, -0.4])
    found = graph(f)(x)
    assert len(found.graph.inputs) == 3
    assert len(found.graph.outputs) == 3
    for order in ("forward", "reverse", "markowitz", "optimal"):
        run = co.execute(co.plan(found.graph, order), found.partials)
        assert_same(run.jacobian.astype(np.float32), np.asarray(jax.jacrev(f)(x)))


def test_copies_of_an_entry_are_one_vertex():
    found = graph(lambda x: jnp.concatenate([x[::-1], x]).reshape(2, 2).T * 2.0)(jnp.ones(2))
    assert len(found.graph.vertices) == 2 + 4
    assert set(map(float, found.partials.values())) == {2.0}


@pytest.mark.parametrize(
    ("f", "x", "words"),
    [
        (jnp.sin, jnp.ones(30_000), "60,000 entries: expected at most 20,000"),
        (jnp.sin, jnp.arange(3), "left to jax.jacrev"),
        (lambda x: jnp.ones(3), jnp.ones(3), "no output depends on an input"),
    ],
)
def test_functions_without_a_graph_are_named(f, x, words):
    with pytest.raises(co.ChainOrderError, match=words):
        graph(f)(x)
