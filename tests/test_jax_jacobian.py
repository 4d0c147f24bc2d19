"""`chainorder.jax.jacobian` is `jax.jacrev`, whatever the function, and cuts where that pays."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax_functions import assert_as_jacrev, assert_same, network, plans, random_network

import chainorder as co
from chainorder.jax import jacobian


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("order", ["auto", "optimal"])
def test_random_networks_with_random_skips(seed, order):
    f, x = random_network(seed)
    assert_as_jacrev(jacobian(f, order=order), jax.jacrev(f), x)


def test_every_waist_of_a_chain_of_networks_is_found():
    f = network([40, 3] * 4 + [40])
    (piece,) = plans(f, jnp.ones(40))
    assert piece.plan.name == "optimal"
    assert piece.chain.sizes.count(3) == 8  # before and behind each tanh
    x = jnp.linspace(-1, 1, 40)
    assert_as_jacrev(jacobian(f), jax.jacrev(f), x)


def test_an_autoencoder_is_cut_at_its_waist():
    f = network([60, 30, 4, 30, 60])
    (piece,) = plans(f, jnp.ones(60))
    assert min(piece.chain.sizes) == 4
    assert piece.plan.fma * 5 < min(piece.compared[name].fma for name in ("forward", "reverse"))


def test_a_skip_across_the_waist_is_part_of_the_cut():
    inner, outer = network([40, 20, 2]), network([6, 20, 40], seed=1)

    def f(x):
        return outer(jnp.concatenate([inner(x), x[:4] ** 2]))

    (piece,) = plans(f, jnp.ones(40))
    assert piece.plan.name == "optimal"
    assert min(piece.chain.sizes) == 6
    x = jnp.linspace(-1, 1, 40)
    assert_as_jacrev(jacobian(f), jax.jacrev(f), x)


def test_branches_that_are_traced_one_after_another_are_cut_together():
    one, other = network([30, 3, 30]), network([30, 2, 30], seed=1)

    def f(x):
        y = one(x)
        return y + other(x)

    (piece,) = plans(f, jnp.ones(30))
    assert min(piece.chain.sizes) == 5
    x = jnp.linspace(-1, 1, 30)
    assert_as_jacrev(jacobian(f), jax.jacrev(f), x)


def test_pytrees_argnums_and_aux_come_back_as_from_jacrev():
    def f(scale, tree, label):
        y = jnp.tanh(tree["a"] @ tree["b"]) * scale
        return {"y": y, "sum": y.sum(), "copy": tree["a"]}, {"label": label, "y": y, "n": 3}

    tree = {"a": jnp.arange(6.0).reshape(2, 3) / 6, "b": jnp.ones((3, 2))}
    for argnums in (0, 1, (1, 0), -2):
        (found, aux), (expected, expected_aux) = (
            jacobian_of(f, argnums, has_aux=True)(2.0, tree, "name")
            for jacobian_of in (jacobian, jax.jacrev)
        )
        assert_same(found, expected)
        assert aux["label"] == "name"
        assert (aux["n"], type(aux["n"])) == (3, type(expected_aux["n"]))
        assert_same(aux["y"], expected_aux["y"])


def test_outputs_that_do_not_meet_have_blocks_of_their_own():
    wide, loss = network([4, 30, 20]), network([20, 30, 1], seed=1)

    def f(x, y):
        return wide(x), loss(y), jnp.ones(3)

    args = (jnp.ones(4), jnp.ones(20))
    found = plans(f, *args, argnums=(0, 1))
    assert sorted(piece.plan.name for piece in found) == ["forward", "reverse"]
    assert_as_jacrev(jacobian(f, (0, 1)), jax.jacrev(f, (0, 1)), *args)


def test_outputs_of_one_function_may_have_an_order_each():
    body, head = network([8, 60, 60]), network([60, 30, 1], seed=1)

    def f(x):
        y = body(x)
        return y, head(y)

    assert_as_jacrev(jacobian(f), jax.jacrev(f), jnp.ones(8))


def test_it_can_be_jitted_vmapped_and_differentiated_again():
    f = network([10, 2, 12])
    x = jnp.linspace(-1, 1, 10)
    xs = jnp.stack([x, -x, 2 * x])
    assert_same(jax.vmap(jacobian(f))(xs), jax.vmap(jax.jacrev(f))(xs))
    norm, expected = (lambda x, j=j: jnp.sum(j(f)(x) ** 2) for j in (jacobian, jax.jacrev))
    assert_same(jax.jit(jax.grad(norm))(x), jax.jit(jax.grad(expected))(x), 1e-4)
    twice = jax.jit(jacobian(jacobian(f)))(x)
    assert_same(twice, jax.jit(jax.jacrev(jax.jacrev(f)))(x), 1e-4)

    def of_a_tracer(scale):
        return jacobian(lambda x: f(x * scale))(x).sum()

    expected = jax.grad(lambda s: jax.jacrev(lambda x: f(x * s))(x).sum())(1.5)
    assert_same(jax.jit(jax.grad(of_a_tracer))(1.5), expected, 1e-4)


def test_double_precision():
    with jax.enable_x64(True) if hasattr(jax, "enable_x64") else jax.experimental.enable_x64():
        f = network([12, 2, 12], dtype=jnp.float64)
        x = jnp.linspace(-1, 1, 12, dtype=jnp.float64)
        assert jacobian(f)(x).dtype == jnp.float64
        assert_same(jacobian(f)(x), jax.jacrev(f)(x), 1e-13)


def test_complex_functions_as_jax_defines_them():
    rng = np.random.default_rng(0)
    down, up = (
        jnp.asarray(rng.normal(size=shape) + 1j * rng.normal(size=shape), dtype=jnp.complex64)
        for shape in ((12, 2), (2, 12))
    )

    def f(z):
        return jnp.sin(jnp.sin(z @ down) @ up)

    z = jnp.linspace(-0.5, 0.5, 12) + 0.2j
    expected = jax.jacrev(f, holomorphic=True)(z)
    assert_same(jacobian(f, holomorphic=True)(z), expected)

    def through_conjugates(z):
        return jnp.conj(f(jnp.conj(z)))

    expected = jax.jacrev(through_conjugates, holomorphic=True)(z)
    assert_same(jacobian(through_conjugates, holomorphic=True)(z), expected)

    def real_outside(x):
        return jnp.abs(f(x + 0.1j))

    x = jnp.linspace(-0.5, 0.5, 12)
    assert_as_jacrev(jacobian(real_outside), jax.jacrev(real_outside), x)


def body_of_scan(carry, t):
    carry = jnp.sin(carry) + 0.1 * t
    return carry, carry * 2


FUNCTIONS = {
    "scan": lambda x: jax.lax.scan(body_of_scan, x, jnp.arange(3.0)),
    "cond": lambda x: jax.lax.cond(x[0] > 0, jnp.sin, jnp.cos, x),
    "remat": jax.checkpoint(network([6, 1, 6])),
    "jit": jax.jit(network([6, 1, 6])),
    "sorted and indexed": lambda x: jnp.sort(x)[jnp.argmax(x)] * x,
    "stopped": lambda x: jax.lax.stop_gradient(jnp.exp(x)) * x + jax.lax.stop_gradient(x),
    "used twice": lambda x: (x, x, x * x, x.reshape(2, 3)),
    "an index from a waist": lambda x: x[jnp.argmax(network([6, 1, 6])(x))] * x,
    "scalar": lambda x: x[0] * x[1],
    "empty": lambda x: (x[:0] * 2, x[1:] * 2),
    "constant": lambda x: (jnp.zeros(2), 1.0, x.sum()),
    "mixed types": lambda x: x.astype(jnp.float16)[:2].sum() * x,
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_what_functions_are_made_of(name):
    f = FUNCTIONS[name]
    x = jnp.array([0.3, -0.2, 0.9, 1.1, -0.7, 0.5])
    rtol = float(jnp.finfo(jnp.float16).eps) if name == "mixed types" else 2e-5
    assert_as_jacrev(jacobian(f), jax.jacrev(f), x, rtol=rtol)


def test_a_scalar_argument_and_an_empty_one():
    assert_same(jacobian(jnp.sin)(0.5), jax.jacrev(jnp.sin)(0.5))
    empty = jnp.zeros((0, 3))
    assert_same(jacobian(lambda x: x.sum(0))(empty), jax.jacrev(lambda x: x.sum(0))(empty))


def test_a_while_loop_has_no_adjoints_and_is_pushed_through():
    wide = network([3, 8])

    def f(x):
        y = jax.lax.while_loop(lambda y: y.sum() < 5, lambda y: y * 1.5, x)
        return wide(y).sum()

    (piece,) = plans(f, jnp.ones(3))
    assert "reverse" not in piece.compared
    assert_same(jacobian(f)(jnp.ones(3)), jax.jacfwd(f)(jnp.ones(3)))


def test_a_custom_vjp_has_no_tangents_and_is_pulled_back():
    @jax.custom_vjp
    def halved(x):
        return x

    halved.defvjp(lambda x: (x, None), lambda _, g: (g / 2,))
    wide = network([3, 20])

    def f(x):
        return wide(halved(x))

    (piece,) = plans(f, jnp.ones(3))
    assert "forward" not in piece.compared
    assert_same(jacobian(f)(jnp.ones(3)), jax.jacrev(f)(jnp.ones(3)))


def halved_until_small(x):
    return jax.lax.while_loop(lambda y: y.sum() > 1, lambda y: y / 2, x)


def test_rules_of_the_users_own_stand_for_a_loop_inside():
    backward, forward = jax.custom_vjp(halved_until_small), jax.custom_jvp(halved_until_small)
    backward.defvjp(lambda x: (halved_until_small(x), x), lambda x, g: (g / 2,))
    forward.defjvp(lambda p, t: (halved_until_small(*p), t[0] / 2))
    x = jnp.array([0.5, 1.0])
    for f in (backward, forward):
        assert_as_jacrev(
            jacobian(lambda x, f=f: f(jnp.sin(x)).sum()),
            jax.jacrev(lambda x, f=f: f(jnp.sin(x)).sum()),
            x,
        )
    (piece,) = plans(lambda x: forward(jnp.sin(x)).sum(), x)
    assert piece.plan.name == "reverse"


def test_what_has_neither_tangents_nor_adjoints_is_refused_by_jax():
    def opaque(x):
        y = jax.pure_callback(np.asarray, jax.ShapeDtypeStruct(x.shape, x.dtype), x)
        return jax.lax.while_loop(lambda y: y.sum() > 1, lambda y: y / 2, y)

    with pytest.raises(ValueError, match="callback"):
        jacobian(opaque)(jnp.ones(2))


def test_a_loop_before_and_a_custom_vjp_behind_are_what_neither_jacfwd_nor_jacrev_can_do():
    @jax.custom_vjp
    def doubled(x):
        return x

    doubled.defvjp(lambda x: (x, None), lambda _, g: (2 * g,))

    def f(x):
        y = jax.lax.while_loop(lambda y: y.sum() < 5, lambda y: y * 1.5, x)
        return doubled(jnp.sin(y))

    x = jnp.array([0.5, 1.0])
    y = x
    while y.sum() < 5:
        y = y * 1.5
    assert_same(jacobian(f)(x), jnp.diag(2 * jnp.cos(y) * y / x))


def test_the_primal_is_evaluated_once():
    calls = []

    def noted(x):
        calls.append(x.shape)
        return np.asarray(x)

    @jax.custom_jvp
    def counted(x):
        return jax.pure_callback(noted, jax.ShapeDtypeStruct(x.shape, x.dtype), x)

    counted.defjvp(lambda p, t: (counted(*p), t[0]))
    first, second = network([12, 2]), network([2, 12], seed=1)
    f = jax.jit(jacobian(lambda x: counted(second(counted(first(counted(x)))))))
    f(jnp.ones(12)).block_until_ready()
    # The value of the last one is of no use.
    assert sorted(calls) == [(2,), (12,)]


def test_functions_that_depend_on_values_run_as_in_jacrev():
    def f(x):
        return jnp.sin(x) if x[0] > 0 else x

    x = jnp.ones(2)
    assert_same(jacobian(f)(x), jax.jacrev(f)(x))
    with pytest.raises(jax.errors.TracerBoolConversionError):
        jax.jit(jacobian(f))(x)


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda j: j(jnp.sin)(jnp.arange(3)), TypeError),
        (lambda j: j(lambda x: x > 0)(jnp.ones(3)), TypeError),
        (lambda j: j(jnp.sin)(jnp.ones(3) * 1j), TypeError),
        (lambda j: j(jnp.sin, holomorphic=True)(jnp.ones(3)), TypeError),
        (lambda j: j(lambda x: "text")(jnp.ones(3)), TypeError),
        (lambda j: j(jnp.sin, argnums=1)(jnp.ones(3)), ValueError),
        (lambda j: j(jnp.sin)("text"), TypeError),
    ],
)
def test_what_jacrev_refuses_is_refused_with_its_words(call, error):
    with pytest.raises(error) as expected:
        call(jax.jacrev)
    with pytest.raises(error) as found:
        call(jacobian)
    assert str(found.value) == str(expected.value)


def test_integer_inputs_as_in_jacrev():
    found = jacobian(lambda n: n * 1.5, allow_int=True)(3)
    assert found.dtype == jax.jacrev(lambda n: n * 1.5, allow_int=True)(3).dtype


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"order": "fastest"}, "order is 'fastest': expected one of auto"),
        ({"chunk_size": 0}, "chunk_size is 0"),
        ({"memory": -1}, "memory is -1"),
    ],
)
def test_options_that_do_not_exist_are_named(options, words):
    with pytest.raises(co.ChainOrderError, match=words):
        jacobian(jnp.sin, **options)


def test_an_elementwise_function_takes_one_product():
    def f(x):
        return jnp.sin(x) * jnp.exp(-x) + jax.nn.relu(x)

    x = jnp.array([[0.3, -0.2, 0.9], [1.1, -0.7, jnp.inf]])
    (piece,) = plans(jnp.sin, x)
    assert piece.is_diagonal
    assert_as_jacrev(jacobian(jnp.sin), jax.jacrev(jnp.sin), x[:1])
    # What is not finite stays where it is.
    assert jnp.isnan(jacobian(jnp.sin)(x)).sum() == 1


def test_a_plan_is_found_once_for_equal_programs():
    f = network([10, 2, 10])
    assert plans(f, jnp.ones(10)) is plans(network([10, 2, 10], seed=5), jnp.zeros(10))
    assert plans(f, jnp.ones(10)) is not plans(network([10, 3, 10]), jnp.zeros(10))


def test_remat_is_opened_where_a_cut_inside_wins():
    f = network([40, 30, 2, 30, 40])
    x = jnp.linspace(-1, 1, 40)
    steps = str(jax.make_jaxpr(jacobian(jax.checkpoint(f)))(x))
    assert steps.count("f32[2,40]") > 0
    assert_as_jacrev(jacobian(jax.checkpoint(f)), jax.jacrev(f), x)
