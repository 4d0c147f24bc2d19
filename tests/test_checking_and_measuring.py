"""Products that are wrong are found and named; products that are right are timed."""

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.sparse.linalg import LinearOperator, aslinearoperator

import chainorder as co

A = np.random.default_rng(0).standard_normal((4, 3))
X = np.array([0.3, -0.7, 1.1])


def sine(**changes):
    def scaled(x, vectors):
        return (np.cos(A @ x) * vectors.T).T

    parts = {
        "f": lambda x: np.sin(A @ x),
        "jvp": lambda x, v: scaled(x, A @ v),
        "vjp": lambda x, u: A.T @ scaled(x, u),
        **changes,
    }
    return co.Function(**parts)


@pytest.mark.parametrize("dtype", [float, complex])
def test_right_products_pass_with_their_errors(dtype):
    checked = co.check(
        [sine(jacobian=lambda x: np.cos(A @ x)[:, None] * A), A.T, aslinearoperator(A)],
        X.astype(dtype),
    )
    first, second, third = checked.operands
    assert max(first.tangent, first.adjoint, first.jacobian) < 1e-8
    assert max(first.transposition, first.blocks) < 1e-14
    assert second.transposition < 1e-14
    assert second.tangent is None
    assert third.blocks < 1e-14
    assert "transposition" in str(checked)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (
            sine(jvp=lambda x, v: (np.cos(A @ x) * (A @ v).T).T * 1.001),
            r"^operands\[1\]: the tangent differs .*; operands\[1\]: u·\(J v\) and",
        ),
        (
            sine(vjp=lambda x, u: A.T @ (np.sin(A @ x) * u.T).T),
            r"^operands\[1\]: the adjoint differs",
        ),
        (
            sine(jvp=None, vjp=lambda x, u: A.T @ (np.sin(A @ x) * u.T).T),
            r"^operands\[1\]: the adjoint differs",
        ),
        (sine(jacobian=lambda x: A), r"^operands\[1\]: the jacobian differs"),
        (sine(f=lambda x: np.cos(A @ x)), "the tangent differs .* the adjoint differs"),
        (sine(jvp=lambda x, v: np.nan * (A @ v)), r"the tangent differs .* by nan"),
        (
            co.Function(lambda x: np.fft.fft(x).real, lambda x, v: np.fft.fft(v).real),
            r"operands\[1\]: the product of a block differs .*blocks=False",
        ),
        (
            LinearOperator((4, 3), matvec=lambda v: A @ v, rmatvec=lambda u: 2 * A.T @ u),
            r"^operands\[1\]: u·\(J v\) and \(u J\)·v differ",
        ),
        (np.ones((4, 2)), r"operands\[1\] has shape \(4, 2\): expected 3 columns"),
        (sine(jvp=lambda x, v: v), r"operands\[1\]: the tangent of .* expected \(4,"),
    ],
)
def test_what_is_wrong_is_named(wrong, message):
    identity = sp.eye_array(3).tocsr()
    with pytest.raises(co.ChainOrderError, match=message):
        co.check([identity, wrong], X)


def test_a_wrong_conjugate_is_found_for_complex_operators():
    b = A + 1j * A[::-1]

    def operator(adjoint):
        return LinearOperator(
            (4, 3), matvec=lambda v: b @ v, rmatvec=lambda u: adjoint @ u, dtype=complex
        )

    with pytest.raises(co.ChainOrderError, match=r"operands\[0\]: u·"):
        co.check([operator(b.T)])
    co.check([operator(b.conj().T)])


def test_functions_of_limited_domain_and_other_scales_are_checked():
    square_root = co.Function(
        np.sqrt, lambda x, v: (v.T / (2 * np.sqrt(x))).T, lambda x, u: (u.T / (2 * np.sqrt(x))).T
    )
    co.check([square_root], np.array([1e-12, 2e-12]))
    co.check([square_root], np.array([1e-6, 1e6]))
    constant = co.Function(lambda x: np.ones(2), lambda x, v: np.zeros((2, *v.shape[1:])))
    co.check([constant], np.ones(3))


def test_single_precision_is_judged_as_such():
    a = A.astype(np.float32)
    single = co.Function(
        lambda x: (a @ x.astype(np.float32)) ** 2,
        lambda x, v: ((2 * a @ x.astype(np.float32)) * (a @ v.astype(np.float32)).T).T,
        lambda x, u: a.T @ ((2 * a @ x.astype(np.float32)) * u.T.astype(np.float32)).T,
    )
    co.check([single], X)


@pytest.mark.parametrize("verb", [co.check, co.measure])
def test_nothing_can_be_checked_or_measured_without_operands_or_a_point(verb):
    with pytest.raises(co.ChainOrderError, match="no operands"):
        verb([])
    with pytest.raises(co.ChainOrderError, match="operands: expected one per elemental"):
        verb(5)
    with pytest.raises(co.ChainOrderError, match=r"x is None: operands\[0\] is a function"):
        verb([sine()])


def test_measured_chains_are_planned_in_seconds_and_counted_as_planned():
    operands = [sine(), A.T, sine(vjp=None), sp.csr_array(A.T), aslinearoperator(A)]
    chain = co.measure(operands, X)
    assert [e.given for e in chain.elementals] == [False, True, False, True, False]
    assert chain.elementals[0].tangent_cost > 0
    assert chain.elementals[2].adjoint_cost is None
    assert chain.timing.per_fma > 0
    assert co.Chain.from_dict(chain.to_dict()) == chain
    for order in ("forward", "preaccumulate", "optimal"):
        plan = co.plan(chain, order)
        assert plan.objective == "seconds"
        assert plan.seconds == plan.cost / 1e12
        assert co.Plan.from_json(plan.to_json()) == plan
        run = co.execute(plan, operands, X)
        assert run.planned_seconds == plan.seconds
        assert (run.fma, run.flops) == (plan.fma, plan.flops)
        assert f"{plan.seconds:.4g}" in str(plan)
    with pytest.raises(co.InfeasibleOrderError, match=r"reverse needs adjoints of elementals\[2\]"):
        co.plan(chain, "reverse")


def test_a_product_that_takes_longer_costs_more():
    def slow(x, v):
        for _ in range(200):
            v = v + 0.0
        return v

    lazy = co.Function(lambda x: x, slow, lambda x, u: u, blocks=True)
    chain = co.measure([lazy, lazy], np.ones(30))
    for elemental in chain.elementals:
        assert elemental.tangent_cost > 5 * elemental.adjoint_cost


def test_names_and_tapes_are_taken_over():
    known = [co.Elemental(name="sine", given=False, tape=12), co.Elemental(name="matrix")]
    chain = co.measure([sine(), A.T], X, known)
    assert [e.name for e in chain.elementals] == ["sine", "matrix"]
    assert chain.elementals[0].tape == 12
    assert not chain.elementals[0].given
    assert chain.elementals[1].given
    with pytest.raises(co.ChainOrderError, match="1 elementals for 2 operands"):
        co.measure([sine(), A.T], X, known[:1])
    with pytest.raises(co.ChainOrderError, match=r"elementals\[0\] is given"):
        co.measure([sine(), A.T], X, known[::-1])


def test_an_operator_without_an_adjoint_has_no_cost_of_one():
    chain = co.measure([LinearOperator((4, 3), matvec=lambda v: A @ v, dtype=float)])
    assert chain.elementals[0].adjoint_cost is None
    assert chain.elementals[0].tangent_cost > 0
    assert co.check([LinearOperator((4, 3), matvec=lambda v: A @ v, dtype=float)])


def test_only_seconds_are_planned_where_costs_are_times():
    chain = co.Chain([3, 2, 3], timing=co.Timing(per_fma=10, per_entry=5))
    plan = co.plan(chain)
    assert plan.objective == "seconds"
    assert plan.cost == 9 * (2 * 10 + 5)
    assert plan.fma == 18
    assert co.execute(plan, [np.ones((2, 3)), np.ones((3, 2))]).planned_seconds == plan.seconds
    with pytest.raises(co.ChainOrderError, match="objective is 'fma': expected seconds"):
        co.plan(chain, objective="fma")
    with pytest.raises(co.ChainOrderError, match="objective is 'seconds': expected one of fma"):
        co.plan(co.Chain([3, 2, 3]), objective="seconds")


@pytest.mark.parametrize("value", [-1, 1.5, True, "3"])
def test_a_timing_is_made_of_integers(value):
    with pytest.raises(co.ChainOrderError, match="timing's per_fma is"):
        co.Timing(per_fma=value)


def squares(**products):
    """The squares of all entries but the first, which is the square of the last."""
    x = np.linspace(0.5, 1.5, 6)
    matrix = np.diag(2 * x)
    matrix[0] = 0
    matrix[0, 5] = 2 * x[5]
    parts = {"jvp": lambda x, v: matrix @ v, "vjp": lambda x, u: matrix.T @ u}

    def f(x):
        y = x**2
        y[0] = x[5] ** 2
        return y

    return co.Function(f, **{name: parts[name] for name in products or parts}), x, matrix


@pytest.mark.parametrize("products", [{"jvp": 1}, {"vjp": 1}, {}])
def test_a_declared_structure_that_does_not_hold_is_found(products):
    function, x, matrix = squares(**products)
    true = [co.Elemental(structure=co.Sparse(matrix), given=False)]
    assert co.check([function], x, true).operands[0].structure < 1e-12
    for structure in (co.Diagonal(), co.Banded(1, 2), co.Identity(), co.Zero()):
        with pytest.raises(co.ChainOrderError, match=r"operands\[0\]: its structure does not hold"):
            co.check([function], x, [co.Elemental(structure=structure, given=False)])
    with pytest.raises(co.ChainOrderError, match="2 elementals for 1 operands"):
        co.check([function], x, true * 2)
