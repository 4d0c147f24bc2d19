"""Dense Jacobians with few entries take few directions, and are those of `jacrev`."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax_functions import assert_as_jacrev, assert_same, network, plans

from chainorder.jax import explain, jacobian
from chainorder.jax.activity import activity
from chainorder.jax.calls import traced_call
from chainorder.jax.entries import entries
from chainorder.jax.moves import MOVES

IMAGE_KERNEL = jnp.arange(1.0, 10.0).reshape(1, 1, 3, 3) / 9


def burgers(u):
    for _ in range(2):
        left, right = jnp.roll(u, 1), jnp.roll(u, -1)
        u = u - 0.1 * u * (right - left) + 0.05 * (right - 2 * u + left)
    return u


def convolved(x):
    y = jax.lax.conv_general_dilated(x.reshape(1, 1, 12, 12), IMAGE_KERNEL, (1, 1), "SAME")
    return jnp.tanh(y).reshape(-1)


SHARED = {
    "two steps of a stencil": (burgers, jnp.linspace(0, 1, 60), 6),
    "an image convolved": (convolved, jnp.linspace(-1, 1, 144), 16),
    "a batch": (jax.vmap(network([3, 5, 4])), jnp.linspace(-1, 1, 60).reshape(20, 3), 3),
    "a softmax of each row": (jax.nn.softmax, jnp.linspace(-1, 1, 120).reshape(30, 4), 4),
    "a table of places": (lambda x: 2 * x[jnp.arange(0, 60, 3)], jnp.ones(60), 1),
    "a tree of results": (
        lambda x: {"odd": jnp.sin(x[1::2]), "even": x[::2] ** 2, "none": 1.0},
        jnp.linspace(-1, 1, 50),
        1,
    ),
}


@pytest.mark.parametrize("name", SHARED)
def test_columns_or_rows_that_do_not_meet_share_a_direction(name):
    f, x, most = SHARED[name]
    found = plans(f, x)
    assert all(piece.compression.coloring.count <= most for piece in found)
    assert explain(f)(x).fma < explain(f)(x).reverse_fma
    assert_as_jacrev(jacobian(f), jax.jacrev(f), x)
    assert_as_jacrev(jacobian(f, chunk_size=1), jax.jacrev(f), x)


def test_two_arguments_have_their_blocks_from_the_same_rows():
    def f(x, y):
        return jnp.sin(x) * y

    args = jnp.linspace(0, 1, 30), jnp.linspace(1, 2, 30)
    (piece,) = plans(f, *args, argnums=(0, 1))
    assert piece.compression.coloring.count == 1
    assert not piece.compression.is_pushed
    assert_as_jacrev(jacobian(f, (0, 1)), jax.jacrev(f, (0, 1)), *args)


def test_indices_that_differ_have_plans_that_differ():
    x = jnp.linspace(-1, 1, 40)
    for places in ([0, 3, 5] * 10, [1, 2, 9] * 10, list(range(30))):
        f = lambda x, places=places: x[jnp.array(places)] * 3  # noqa: E731
        assert_as_jacrev(jacobian(f), jax.jacrev(f), x)


@pytest.mark.parametrize(
    "f", [network([40, 40]), jax.nn.softmax, lambda x: x + x.sum(), jnp.cumsum, jnp.sort]
)
def test_what_mixes_its_entries_is_not_compressed(f):
    (piece,) = plans(f, jnp.linspace(-1, 1, 40))
    assert piece.compression is None


def test_forward_and_reverse_are_what_jax_does():
    for order in ("forward", "reverse"):
        (piece,) = plans(burgers, jnp.ones(60), order=order)
        assert piece.compression is None
        assert piece.plan.name == order


def test_compressed_jacobians_are_vmapped_and_differentiated():
    xs = jnp.linspace(-1, 1, 80).reshape(2, 40)
    assert_same(jax.vmap(jacobian(burgers))(xs), jax.vmap(jax.jacrev(burgers))(xs))
    twice, expected = (
        jax.jit(jax.grad(lambda x, j=j: jnp.sum(j(burgers)(x) ** 2)))(xs[0])
        for j in (jacobian, jax.jacrev)
    )
    assert_same(twice, expected, 1e-4)


MOVED = {
    "padded": lambda x: jax.lax.pad(x, -1.0, ((1, 2, 0), (0, 1, 2))),
    "cropped": lambda x: jax.lax.pad(x, -1.0, ((-1, 0, 1), (2, -2, 0))),
    "sliced": lambda x: x[1:4:2, ::-1],
    "sliced at": lambda x: jax.lax.dynamic_slice(x, (3, 1), (2, 2)),
    "transposed": lambda x: jnp.transpose(x)[None],
    "broadcast": lambda x: jax.lax.broadcast_in_dim(x, (2, 4, 3, 5), (1, 3)),
    "joined": lambda x: jnp.concatenate([x, x[:2]], axis=0),
    "entries": lambda x: x[jnp.array([3, 0, 9, -1]), jnp.array([1, 1, 0, -2])],
    "rows": lambda x: x[:, jnp.array([[4, 0], [2, 2]])],
    "clipped": lambda x: jnp.take(x, jnp.array([-7, 1, 11]), axis=0, mode="clip"),
    "filled": lambda x: x.at[jnp.array([1, 11])].get(mode="fill", fill_value=-1.0),
    "one of each row": lambda x: jnp.take_along_axis(x, jnp.array([[1], [0], [4], [2]]), 1),
    "batched": lambda x: jax.vmap(lambda row, at: row[at])(x, jnp.array([0, 4, 2, 2])),
}


@pytest.mark.parametrize("name", MOVED)
def test_numpy_moves_entries_as_the_primitives_do(name):
    x = jnp.arange(20.0).reshape(4, 5)
    program = traced_call(MOVED[name], 0, (x,), {}, has_aux=False).program
    assert {e.primitive.name for e in program.equations} & MOVES.keys()
    live = activity(program, program.inputs, program.outputs)
    found = entries(live, program.constant_value).numbers[program.outputs[0]]
    np.testing.assert_array_equal(found, np.asarray(MOVED[name](x)))
