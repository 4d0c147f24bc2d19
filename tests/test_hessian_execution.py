"""Plans of second derivatives, executed: the right tensor, and what is counted is what was said."""

import itertools

import numpy as np
import pytest
from hessian_chains import (
    possible_plans,
    random_hessian_chain,
    random_pairs,
    second_derivatives,
)

import chainorder as co


@pytest.mark.parametrize("objective", ["fma", "flops"])
@pytest.mark.parametrize("seed", range(40))
def test_every_order_finds_the_same_tensor_at_the_predicted_cost(seed, objective):
    chain = random_hessian_chain(seed)
    pairs = random_pairs(chain, seed)
    expected = second_derivatives(chain, pairs)
    plans = list(possible_plans(chain, objective))
    for plan in plans:
        run = co.execute(plan, pairs)
        np.testing.assert_allclose(run.jacobian.toarray(), expected, atol=1e-9)
        counted = (run.fma, run.flops, run.peak_entries)
        assert counted == (plan.fma, plan.flops, plan.peak_entries), plan.name
        assert plan.lower_bound <= plan.cost
    best = [plan.cost for plan in plans if plan.name == "optimal"]
    assert best == [min(plan.cost for plan in plans)] or not plans


def test_the_hessian_of_a_scalar_function_is_a_matrix_of_which_one_half_is_computed():
    chain = co.HessianChain([40, 20, 1])
    pairs = random_pairs(chain)
    plan = co.plan(chain)
    run = co.execute(plan, pairs)
    assert run.hessian.shape == (40, 40)
    np.testing.assert_array_equal(run.hessian, run.hessian.T)
    np.testing.assert_allclose(run.hessian, second_derivatives(chain, pairs)[0], rtol=1e-10)
    assert run.jacobian.values.shape == (1, 40 * 41 // 2)
    assert run.fma == 20 * 20 * 40 + 20 * 820 + 20 * 820


def test_large_halves_are_multiplied_in_squares_and_counted_as_halves():
    chain = co.HessianChain([150, 7, 2])
    pairs = random_pairs(chain)
    for plan in possible_plans(chain):
        run = co.execute(plan, pairs)
        assert run.fma == plan.fma
        np.testing.assert_allclose(run.hessian, second_derivatives(chain, pairs), rtol=1e-9)


def network(sizes, seed=0):
    """Layers `tanh(W x + b)`: functions with tangents, adjoints and second-order adjoints."""
    rng = np.random.default_rng(seed)
    layers = []
    for n, m in itertools.pairwise(sizes):
        weights, shift = rng.normal(size=(m, n)) / np.sqrt(n), rng.normal(size=m)

        def f(x, weights=weights, shift=shift):
            return np.tanh(weights @ x + shift)

        def slope(x, f=f):
            return 1 - f(x) ** 2

        def bend(x, f=f):
            return -2 * f(x) * (1 - f(x) ** 2)

        layers.append(
            co.Function(
                f,
                jvp=lambda x, v, w=weights, s=slope: (s(x) * (w @ v).T).T,
                vjp=lambda x, u, w=weights, s=slope: w.T @ (s(x) * u.T).T,
                jacobian=lambda x, w=weights, s=slope: s(x)[:, None] * w,
                blocks=True,
                second=lambda x, u, v, w=weights, b=bend: w.T @ ((u * b(x)) * (w @ v).T).T,
                tensor=lambda x, w=weights, b=bend: np.einsum("m,ma,mb->mab", b(x), w, w),
            )
        )
    return layers


def differences(layers, x, step=1e-4):
    """Second derivatives by central differences of differences."""

    def value(x):
        for layer in layers:
            x = layer.f(x)
        return x

    units = step * np.eye(len(x))
    return np.array(
        [
            [
                (value(x + a + b) - value(x + a - b) - value(x - a + b) + value(x - a - b))
                / (4 * step**2)
                for b in units
            ]
            for a in units
        ]
    ).transpose(2, 0, 1)


@pytest.mark.parametrize("sizes", [(4, 3, 5, 1), (3, 6, 2), (5, 1, 4, 2, 1)])
def test_a_network_has_the_second_derivatives_that_differences_say(sizes):
    layers, x = network(sizes), np.linspace(-0.5, 0.7, sizes[0])
    expected = differences(layers, x)
    costs = [3 * m * n for n, m in itertools.pairwise(sizes)]
    for chain in (co.HessianChain(sizes), co.HessianChain.matrix_free(sizes, costs)):
        for plan in possible_plans(chain):
            run = co.execute(plan, layers, x)
            np.testing.assert_allclose(run.jacobian.toarray(), expected, atol=2e-6)
            assert (run.fma, run.peak_entries) == (plan.fma, plan.peak_entries)


def test_products_are_counted_one_by_one():
    sizes = (6, 4, 3, 2)
    layers, x = network(sizes), np.zeros(6)
    chain = co.HessianChain.matrix_free(sizes, [100, 10, 1])
    swept = co.execute(co.plan(chain, "forward-over-reverse"), layers, x)
    # Tangents through two elementals; adjoints of the two outputs, and back for every pair.
    assert swept.tangents == 6 * 2
    assert swept.adjoints == 2 * 2 + 2 * 6 * 2
    assert swept.second_order_adjoints == 2 * 6 * 3
    assert swept.fma == 6 * 110 + 2 * 11 + 12 * 110 + 12 * 111
    rows = co.execute(co.plan(chain, "row-at-a-time"), layers, x)
    assert rows.fma == swept.fma + 6 * 110  # both outputs do their own tangents


def test_a_function_that_lacks_a_product_is_named():
    chain = co.HessianChain.matrix_free([3, 2, 1], [5, 5])
    layers = network([3, 2, 1])
    without = co.Function(layers[1].f, jvp=layers[1].jvp, vjp=layers[1].vjp)
    with pytest.raises(co.ChainOrderError, match=r"operands\[1\] has no second"):
        co.execute(co.plan(chain, "forward-over-reverse"), [layers[0], without], np.zeros(3))
    given = co.plan(co.HessianChain([3, 2, 1]))
    bare = co.Function(layers[0].f)
    with pytest.raises(co.ChainOrderError, match=r"operands\[0\] is a function without a tensor"):
        co.execute(given, [bare, layers[1]], np.zeros(3))
    bent = co.Function(layers[0].f, tensor=layers[0].tensor)
    with pytest.raises(co.ChainOrderError, match=r"operands\[0\] is a function without a jacobian"):
        co.execute(given, [bent, layers[1]], np.zeros(3))


@pytest.mark.parametrize(
    ("operand", "message"),
    [
        (np.zeros((2, 3)), "expected a pair"),
        (
            (np.zeros((3, 2)), np.zeros((2, 3, 3))),
            r"jacobian has shape \(3, 2\): expected \(2, 3\)",
        ),
        ((np.zeros((2, 3)), np.zeros((2, 3))), r"tensor has shape \(2, 3\): expected \(2, 3, 3\)"),
        ((np.zeros((2, 3)), None), "tensor is missing"),
        ((np.zeros((2, 3)), np.arange(18.0).reshape(2, 3, 3)), "not symmetric .* at"),
        ((np.full((2, 3), np.nan), np.zeros((2, 3, 3))), r"jacobian is nan at \[0, 0\]"),
        ((np.zeros((2, 3)), np.full((2, 3, 3), np.inf)), r"tensor is inf at \[0, 0, 0\]"),
    ],
)
def test_an_operand_that_does_not_fit_is_named(operand, message):
    chain = co.HessianChain([3, 2, 1])
    other = (np.zeros((1, 2)), np.zeros((1, 2, 2)))
    with pytest.raises(co.ChainOrderError, match=rf"^operands\[0\].*{message}"):
        co.execute(co.plan(chain), [operand, other])


def test_declared_structure_has_to_hold():
    pointwise = co.HessianElemental(structure=co.Diagonal())
    chain = co.HessianChain([2, 2, 2], [pointwise, co.HessianElemental(tensor="none")])
    plan, linear = co.plan(chain), np.ones((2, 2))
    with pytest.raises(co.ChainOrderError, match=r"operands\[0\]'s jacobian has entries beside"):
        co.execute(plan, [(np.ones((2, 2)), np.ones(2)), linear])
    with pytest.raises(co.ChainOrderError, match=r"operands\[0\]'s tensor has entries beside"):
        co.execute(plan, [(np.ones(2), np.ones((2, 2, 2))), linear])
    with pytest.raises(co.ChainOrderError, match=r"operands\[1\]'s tensor is not zero"):
        co.execute(plan, [(np.ones(2), np.ones(2)), (linear, np.ones((2, 2, 2)))])
    run = co.execute(plan, [(np.ones(2), np.array([3.0, 5.0])), linear])
    np.testing.assert_array_equal(run.hessian, [np.diag([3.0, 5.0])] * 2)
