"""Executing plans on operands that are functions, operators, sparse arrays and arrays."""

import random
from itertools import pairwise

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse.linalg import LinearOperator, aslinearoperator

import chainorder as co
from chainorder.execution.operands.products import two_widths

ORDERS = ("forward", "reverse", "preaccumulate", "optimal")


class Counted:
    """A linear elemental as a `Function` that counts the vectors it is applied to itself."""

    def __init__(self, matrix, blocks=True):
        self.matrix, self.tangents, self.adjoints = matrix, 0, 0
        self.function = co.Function(lambda x: matrix @ x, self.jvp, self.vjp, blocks=blocks)

    def jvp(self, x, v):
        self.tangents += v.shape[1] if v.ndim == 2 else 1
        return self.matrix @ v

    def vjp(self, x, u):
        self.adjoints += u.shape[1] if u.ndim == 2 else 1
        return self.matrix.T @ u


def random_mixed_chain(rng, q):
    sizes = [rng.randint(1, 7) for _ in range(q + 1)]
    elementals = []
    for _ in range(q):
        is_given = rng.random() < 0.4
        tangent, adjoint = (rng.choice([None, rng.randint(0, 20)]) for _ in range(2))
        if not is_given and tangent is None and adjoint is None:
            tangent = 3
        elementals.append(
            co.Elemental(
                given=is_given, tangent_cost=tangent, adjoint_cost=adjoint, tape=rng.randint(0, 9)
            )
        )
    return co.Chain(sizes, elementals)


def as_some_operand(rng, matrix, is_given):
    function = {
        "jvp": lambda x, v: matrix @ v,
        "vjp": lambda x, u: matrix.T @ u,
        "blocks": rng.choice([True, False, None]),
    }
    kinds = [lambda: matrix, lambda: sp.csr_array(matrix), lambda: np.asfortranarray(matrix)]
    if is_given:
        kinds.append(
            lambda: co.Function(lambda x: matrix @ x, jacobian=lambda x: matrix, **function)
        )
    else:
        kinds.append(lambda: co.Function(lambda x: matrix @ x, **function))
        kinds.append(lambda: aslinearoperator(matrix))
    return rng.choice(kinds)()


@given(st.integers(0, 2**32), st.integers(1, 7), st.booleans())
@settings(max_examples=60, deadline=None)
def test_what_is_counted_is_what_was_planned_for_any_mix_of_operands(seed, q, is_complex):
    rng = random.Random(seed)
    chain = random_mixed_chain(rng, q)
    entries = np.random.default_rng(seed)
    d = chain.sizes
    matrices = [entries.standard_normal((d[l + 1], d[l])) for l in range(q)]
    if is_complex:
        matrices = [m + 1j * entries.standard_normal(m.shape) for m in matrices]
    expected = matrices[0]
    for matrix in matrices[1:]:
        expected = matrix @ expected
    operands = [
        as_some_operand(rng, m, e.given) for m, e in zip(matrices, chain.elementals, strict=True)
    ]
    for order in ORDERS:
        try:
            plan = co.plan(chain, order, memory=rng.choice([None, 5]))
        except co.InfeasibleOrderError:
            continue
        run = co.execute(plan, operands, np.ones(d[0]))
        assert (run.fma, run.flops) == (plan.fma, plan.flops)
        assert run.peak_entries == plan.peak_entries
        in_blocks = co.execute(plan, operands, np.ones(d[0]), block=rng.randint(1, 4))
        assert (in_blocks.fma, in_blocks.flops) == (plan.fma, plan.flops)
        scale = np.abs(expected).max()
        np.testing.assert_allclose(run.jacobian, expected, atol=1e-11 * scale)
        np.testing.assert_allclose(in_blocks.jacobian, expected, atol=1e-11 * scale)


@pytest.mark.parametrize("blocks", [True, False, None])
@pytest.mark.parametrize("block", [None, 1, 2, 3, 100])
def test_the_counts_are_those_that_the_functions_see(blocks, block):
    rng = np.random.default_rng(0)
    sizes = [9, 4, 8, 3, 7]
    counted = [Counted(rng.standard_normal((m, n)), blocks) for n, m in pairwise(sizes)]
    chain = co.Chain.matrix_free(sizes, [50, 60, 70, 80])
    plan = co.plan(chain)
    run = co.execute(plan, [c.function for c in counted], np.ones(9), block=block)
    assert run.tangents == sum(c.tangents for c in counted) > 0
    assert run.adjoints == sum(c.adjoints for c in counted) > 0
    multiplied = sum(
        sizes[i] * sizes[k] * sizes[j] for kind, i, k, j in plan.steps if kind == "multiply"
    )
    applied = sum(
        cost * (c.tangents + c.adjoints) for cost, c in zip([50, 60, 70, 80], counted, strict=True)
    )
    assert plan.fma == run.fma == applied + multiplied


def test_functions_are_linearized_where_the_primal_sweep_takes_them():
    a = np.random.default_rng(1).standard_normal((4, 3))
    chain = co.Chain.matrix_free([3, 4, 4, 4], [1, 1, 1])
    tanh = co.Function(
        np.tanh,
        lambda x, v: (1 - np.tanh(x) ** 2) * v,
        lambda x, u: (1 - np.tanh(x) ** 2) * u,
    )
    exp = co.Function(np.exp, lambda x, v: np.exp(x) * v, lambda x, u: np.exp(x) * u)
    x = np.array([0.3, -0.2, 0.5])
    middle = a @ x
    expected = (np.exp(np.tanh(middle)) * (1 - np.tanh(middle) ** 2))[:, None] * a
    for order in ORDERS:
        run = co.execute(co.plan(chain, order), [a, tanh, exp], x)
        np.testing.assert_allclose(run.jacobian, expected, rtol=1e-13)


@pytest.mark.parametrize("size", range(1, 13))
def test_products_written_for_vectors_are_right_even_where_a_block_would_broadcast(size):
    # `slope(x) * v` takes a square block, scales its columns instead of its rows, and says nothing.
    cosine = co.Function(np.sin, lambda x, v: np.cos(x) * v, lambda x, u: np.cos(x) * u)
    mix = np.random.default_rng(size).standard_normal((size, size))
    chain = co.Chain.matrix_free([size] * 4, [5, 5, 5])
    x = np.linspace(0.1, 1.0, size)
    first, second = np.diag(np.cos(x)), np.diag(np.cos(mix @ np.sin(x)))
    for order in ORDERS:
        for block in (None, 3, 4):
            plan = co.plan(chain, order)
            run = co.execute(plan, [cosine, mix, cosine], x, block=block)
            np.testing.assert_allclose(run.jacobian, second @ mix @ first, rtol=1e-12, atol=1e-14)
            assert run.fma == plan.fma


def test_a_product_that_refused_a_block_is_not_asked_again():
    refused = []

    def only_vectors(x, v):
        if v.ndim == 2:
            refused.append(v.shape)
            raise ValueError("one vector, please")
        return 2 * v

    double = co.Function(lambda x: 2 * x, only_vectors)
    run = co.execute(co.plan(co.Chain.matrix_free([200, 200], [1])), [double], np.ones(200))
    np.testing.assert_array_equal(run.jacobian, 2 * np.eye(200))
    assert run.tangents == 200
    assert len(refused) == 1


@pytest.mark.parametrize("width", range(1, 40))
def test_blocks_of_two_widths_add_up(width):
    widths = two_widths(width)
    assert not widths or (sum(widths) == width and len(set(widths)) > 1 and min(widths) > 1)
    assert widths or width < 5


def test_adjoints_of_operators_are_transposed_and_not_conjugated():
    rng = np.random.default_rng(2)
    a, b = (rng.standard_normal((3, 3)) + 1j * rng.standard_normal((3, 3)) for _ in range(2))
    custom = LinearOperator(
        (3, 3), matvec=lambda v: b @ v, rmatvec=lambda u: b.conj().T @ u, dtype=complex
    )
    chain = co.Chain.matrix_free([3, 3, 3], [1, 1])
    for operands in ([aslinearoperator(a), custom], [a, custom], [sp.csc_array(a), b]):
        run = co.execute(co.plan(chain, "reverse"), operands)
        np.testing.assert_allclose(run.jacobian, b @ a, rtol=1e-13)
        assert run.adjoints == 6


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex64, np.complex128])
def test_seeds_have_the_dtype_of_the_operand(dtype):
    a = np.arange(6).reshape(2, 3).astype(dtype)
    chain = co.Chain.matrix_free([3, 2], [1])
    for operand in (a, aslinearoperator(a), sp.csr_array(a)):
        for order in ("forward", "reverse"):
            jacobian = co.execute(co.plan(chain, order), [operand]).jacobian
            assert jacobian.dtype == dtype
            np.testing.assert_array_equal(jacobian, a)


def test_a_scalar_result_may_come_without_its_axis():
    weights = np.array([1.0, 2.0, 3.0])
    norm = co.Function(
        lambda x: weights @ x**2,
        lambda x, v: (2 * weights * x) @ v,
        lambda x, u: np.multiply.outer(2 * weights * x, u[0]),
    )
    chain = co.Chain.matrix_free([3, 1], [1])
    for order in ("forward", "reverse"):
        run = co.execute(co.plan(chain, order), [norm], np.ones(3))
        np.testing.assert_allclose(run.jacobian, [2 * weights])


def test_many_columns_are_seeded_a_few_at_a_time():
    diagonal = sp.diags_array(np.arange(1.0, 601.0))
    chain = co.Chain.matrix_free([600, 600], [600])
    run = co.execute(co.plan(chain), [diagonal.tocsr()])
    np.testing.assert_array_equal(run.jacobian, diagonal.toarray())
    assert run.tangents == 600
    assert run.peak_entries == 600 * 600


def test_blocks_hold_less_than_the_whole():
    sizes = [40, 10, 2000, 2000, 5]
    rng = np.random.default_rng(3)
    operands = [rng.standard_normal((m, n)) for n, m in pairwise(sizes)]
    plan = co.plan(co.Chain.matrix_free(sizes, [1] * 4), "forward")
    whole, parts = co.execute(plan, operands), co.execute(plan, operands, block=8)
    assert whole.peak_entries == plan.peak_entries == 40 * 2 * 2000
    assert parts.peak_entries == 40 * 10 + 40 * 5 + 8 * 2 * 2000
    np.testing.assert_allclose(whole.jacobian, parts.jacobian, rtol=1e-9)


def a_function(**changes):
    parts = {"f": lambda x: x, "jvp": lambda x, v: v, "vjp": lambda x, u: u, **changes}
    return co.Function(**parts)


@pytest.mark.parametrize(
    ("operands", "x", "message"),
    [
        ([a_function(), np.ones((2, 3))], None, r"x is None: operands\[0\] is a function"),
        ([a_function(), np.ones((2, 3))], np.ones(2), r"x has shape \(2,\): expected \(3,\)"),
        ([a_function(), np.ones((2, 3))], ["a"] * 3, r"x has dtype"),
        ([a_function()], np.ones(3), "1 operands: expected 2"),
        (5, None, "operands: expected a sequence"),
        ([a_function(), np.ones((3, 2))], np.ones(3), r"operands\[1\] has shape \(3, 2\)"),
        ([a_function(), [["a"] * 3] * 2], np.ones(3), r"operands\[1\] has dtype"),
        ([a_function(jvp=None), np.ones((2, 3))], np.ones(3), r"operands\[0\] has no jvp"),
        (
            [a_function(jvp=lambda x, v: v[:2]), np.ones((2, 3))],
            np.ones(3),
            r"operands\[0\]: the tangent of vectors of shape \(3,\) has shape \(2,\): expected",
        ),
        (
            [a_function(jvp=lambda x, v: 1 / 0), np.ones((2, 3))],
            np.ones(3),
            r"operands\[0\]: the tangent of .* failed: ZeroDivisionError: division by zero",
        ),
        (
            [a_function(f=lambda x: x[:2]), a_function()],
            np.ones(3),
            r"operands\[0\]: f returns shape \(2,\): expected \(3,\)",
        ),
        (
            [a_function(f=lambda x: {}[0]), a_function()],
            np.ones(3),
            r"operands\[0\]: f failed at a point of shape \(3,\): KeyError",
        ),
        (
            [a_function(jvp=lambda x, v: np.full(v.shape, None)), np.ones((2, 3))],
            np.ones(3),
            r"operands\[0\]: the tangent has dtype object",
        ),
        ([np.ones((3, 3)), np.array([[1, np.nan, 1]] * 2)], None, r"operands\[1\] is nan at"),
    ],
)
def test_operands_that_do_not_fit_are_named(operands, x, message):
    plan = co.plan(co.Chain.matrix_free([3, 3, 2], [1, 1]), "forward")
    with pytest.raises(co.ChainOrderError, match=message):
        co.execute(plan, operands, x)


def test_an_operator_without_an_adjoint_is_named():
    operator = LinearOperator((3, 3), matvec=lambda v: v)
    plan = co.plan(co.Chain.matrix_free([3, 3], [1]), "reverse")
    with pytest.raises(co.ChainOrderError, match=r"operands\[0\]: the adjoint .* not defined"):
        co.execute(plan, [operator])


@pytest.mark.parametrize("operand", [a_function(), aslinearoperator(np.ones((3, 3)))])
def test_a_given_elemental_has_to_be_a_matrix(operand):
    plan = co.plan(co.Chain([3, 3, 2]))
    with pytest.raises(co.ChainOrderError, match=r"operands\[0\] .* has to be a matrix"):
        co.execute(plan, [operand, np.ones((2, 3))], np.ones(3))


@pytest.mark.parametrize("block", [0, -1, 1.5, True])
def test_a_block_has_at_least_one_column(block):
    plan = co.plan(co.Chain.matrix_free([3, 3], [1]))
    with pytest.raises(co.ChainOrderError, match="block is"):
        co.execute(plan, [np.ones((3, 3))], block=block)


@pytest.mark.parametrize(
    ("changes", "message"),
    [({"f": 3}, "f is 3"), ({"vjp": 3}, "vjp is 3"), ({"blocks": 3}, "blocks is 3")],
)
def test_a_function_is_made_of_functions(changes, message):
    with pytest.raises(co.ChainOrderError, match=message):
        a_function(**changes)


def test_a_nan_in_the_point_reaches_the_jacobian():
    square = a_function(f=np.square, jvp=lambda x, v: (2 * x * v.T).T)
    plan = co.plan(co.Chain.matrix_free([2, 2], [1]), "forward")
    jacobian = co.execute(plan, [square], np.array([np.nan, 1.0])).jacobian
    assert np.isnan(jacobian[0, 0])
    assert jacobian[1, 1] == 2
