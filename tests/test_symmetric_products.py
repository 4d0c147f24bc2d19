"""Products that are symmetric: half is multiplied, whoever counts, and the words that say so."""

from itertools import pairwise

import numpy as np
import pytest

import chainorder as co
from chainorder.execution.shared_products import slots_of
from chainorder.execution.symmetric_matrices import is_transpose, symmetric_product
from chainorder.structure.repeats import Letter, Repeats

TRANSPOSE = co.Elemental(structure=co.Transpose(co.Dense()))
SYMMETRIC = co.Elemental(structure=co.Symmetric())
DENSE = co.Elemental()


class Counting:
    """A number that counts how often it is multiplied."""

    multiplied = 0

    def __init__(self, value):
        self.value = value

    def __mul__(self, other):
        Counting.multiplied += 1
        return Counting(self.value * other.value)

    def __add__(self, other):
        return Counting(self.value + other.value)


def test_a_gram_matrix_takes_what_syrk_takes():
    # LAPACK Working Note 41, operation counts of the BLAS: xSYRK of an (n, k) matrix takes
    # k n (n + 1) / 2 multiplications and as many additions, one for each entry to add to what is
    # there; nothing is there.
    plan = co.plan(co.Chain([1000, 2000, 1000], [DENSE, TRANSPOSE], same=["H", "H"]))
    entries = 1000 * 1001 // 2
    assert plan.fma == 2000 * entries
    assert plan.flops == 2 * 2000 * entries - entries
    assert plan.proof == "optimal"


def test_a_gram_matrix_is_formed_where_that_is_cheaper_by_its_half_alone():
    sizes = [500, 1000, 2000, 1000]
    elementals = [DENSE, DENSE, TRANSPOSE]
    apart = co.plan(co.Chain(sizes, elementals))
    gram = co.plan(co.Chain(sizes, elementals, same=[None, "H", "H"]))
    assert (apart.bracketing, apart.fma) == ("J3 (J2 J1)", 2 * 10**9)
    assert gram.bracketing == "(J3 J2) J1"
    assert gram.fma == 2000 * 1000 * 1001 // 2 + 500 * 1000**2


def test_a_covariance_through_a_step_takes_half_a_product():
    # F P Fᵀ of a Kalman filter: P F^T in full, then half of the rest, either way round.
    n, m = 30, 12
    chain = co.Chain([m, n, n, m], [TRANSPOSE, SYMMETRIC, DENSE], same=["F", "P", "F"])
    plan = co.plan(chain)
    assert plan.fma == n * n * m + n * m * (m + 1) // 2
    rng = np.random.default_rng(0)
    f, p = rng.normal(size=(m, n)), rng.normal(size=(n, n))
    p = p @ p.T
    run = co.execute(plan, [f, p, f])
    assert (run.fma, run.flops) == (plan.fma, plan.flops)
    assert np.allclose(run.jacobian, f @ p @ f.T)


def test_powers_of_a_symmetric_matrix_take_half_each():
    n = 20
    plan = co.plan(co.Chain([n] * 9, [SYMMETRIC] * 8, same=["A"] * 8))
    assert plan.fma == 3 * n * n * (n + 1) // 2
    assert plan.proof == "optimal"


def test_what_has_structure_costs_what_any_product_costs():
    n = 10
    lower = co.Elemental(structure=co.Triangular(lower=True))
    upper = co.Elemental(structure=co.Transpose(co.Triangular(lower=True)))
    plan = co.plan(co.Chain([n, n, n], [upper, lower], same=["L", "L"]))
    assert plan.fma == sum(k * k for k in range(1, n + 1))


@pytest.mark.parametrize("middle", [0, 1])
@pytest.mark.parametrize("others", [0, 3])
def test_a_long_symmetric_chain_is_made_of_one_half(middle, others):
    # M^T M, or M^T S M, of a chain M of 25 elementals: no search ends here.
    rng = np.random.default_rng([middle, others])
    half = [int(size) for size in rng.integers(2, 40, 26)]
    behind = [int(size) for size in rng.integers(2, 40, others)]
    elementals = [DENSE] * 25 + [SYMMETRIC] * middle + [TRANSPOSE] * 25 + [DENSE] * others
    labels = [f"J{l}" for l in range(25)]
    same = labels + ["S"] * middle + labels[::-1] + [None] * others
    sizes = half + [half[-1]] * middle + half[-2::-1] + behind
    plan = co.plan(co.Chain(sizes, elementals, same=same))
    n, inner = half[0], half[-1]
    extra = middle * n * inner**2 + inner * n * (n + 1) // 2
    assert plan.fma <= co.plan(co.Chain(half)).fma + extra + co.plan(co.Chain([n, n, *behind])).fma
    jacobians = [rng.normal(size=(m, k)) / k for k, m in pairwise(half)]
    others = [rng.normal(size=(m, k)) / k for k, m in pairwise([n, *behind])]
    symmetric = [np.eye(inner)] * middle
    operands = [*jacobians, *symmetric, *jacobians[::-1], *others]
    run = co.execute(plan, operands)
    assert (run.fma, run.flops, run.peak_entries) == (plan.fma, plan.flops, plan.peak_entries)


@pytest.mark.parametrize("dtype", ["f", "d", "F", "D", "e", "g", "i4", "u8", "O"])
@pytest.mark.parametrize("n", [1, 5, 128, 129, 300, 512])
def test_half_a_product_is_the_product(dtype, n):
    m = 7
    rng = np.random.default_rng(n)
    h = rng.integers(0, 9, (m, n)).astype(dtype)
    if dtype in "FD":
        h = h + 1j * rng.integers(0, 9, (m, n)).astype(dtype)
    s = rng.integers(0, 9, (m, m)).astype(dtype)
    expected = h.T @ h
    for left, right in ((h.T, h), (h.T.copy(), h), (np.asfortranarray(h).T, h)):
        result = symmetric_product(left, right)
        assert result.dtype == expected.dtype
        assert np.array_equal(result, expected)
        out = np.empty_like(expected)
        assert symmetric_product(left, right, out) is out
        assert np.array_equal(out, expected)
    weighted = symmetric_product(h.T @ (s + s.T), h)
    assert np.array_equal(weighted, h.T @ (s + s.T) @ h)
    assert np.array_equal(weighted, weighted.T)


def test_half_a_product_may_be_written_over_an_operand():
    a = np.random.default_rng(0).integers(0, 9, (300, 300)).astype(float)
    a += a.T
    expected = a @ a
    assert symmetric_product(a, a, a) is a
    assert np.array_equal(a, expected)


def test_types_that_blas_does_not_know_are_multiplied_half():
    n, m = 11, 5
    h = np.array([[Counting(r * n + c) for c in range(n)] for r in range(m)])
    Counting.multiplied = 0
    made = symmetric_product(h.T, h)
    assert Counting.multiplied == m * n * (n + 1) // 2
    values = np.arange(m * n).reshape(m, n)
    assert [[entry.value for entry in row] for row in made] == (values.T @ values).tolist()


def test_multi_dot_multiplies_a_half_where_arrays_are_transposes_in_memory():
    n, m, p = 40, 260, 30
    values = np.arange(m * n).reshape(m, n) % 7
    h = np.array([[Counting(int(value)) for value in row] for row in values])
    x = np.array([[Counting(r + c) for c in range(p)] for r in range(n)])
    Counting.multiplied = 0
    made = co.multi_dot([h.T, h, x])
    assert Counting.multiplied == m * n * (n + 1) // 2 + n * n * p
    expected = values.T @ values @ np.add.outer(np.arange(n), np.arange(p))
    assert [[entry.value for entry in row] for row in made] == expected.tolist()
    Counting.multiplied = 0
    co.multi_dot([x.T, h.T, h])
    assert Counting.multiplied == m * n * (n + 1) // 2 + n * n * p


def test_multi_dot_makes_once_what_is_a_transpose_of_another():
    rng = np.random.default_rng(0)
    a, b, x = rng.normal(size=(500, 300)), rng.normal(size=(300, 300)), rng.normal(size=(300, 200))
    c = rng.normal(size=(200, 300))
    for factors in (
        [a.T, a, x],
        [x.T, a.T, a],
        [a, a.T, a],
        [b.T, a.T, a, b],
        [a.T, a, a.T, a],
        [a.T, a, b, a.T, a],
        [x.T, b.T, a.T, a, b, x],
        [c.T, c, c.T, c, b, c.T, c],
        [a[::2].T, a[::2], a[1::2].T, a[1::2]],
        [b, np.asfortranarray(b), b.T, b],
        [b[0], b.T, b, b.T, b, b[1]],
    ):
        expected = np.linalg.multi_dot(factors)
        assert np.allclose(co.multi_dot(factors), expected)
        if expected.ndim == 2:
            out = np.empty_like(expected, order="C")
            assert co.multi_dot(factors, out=out) is out
            assert np.allclose(out, expected)


def test_products_in_slots_know_what_is_turned_and_what_is_symmetric():
    # (B A)^T (B A): the product B A once, then its transpose in memory times it.
    chain = co.Chain([30] * 5, [DENSE, DENSE, TRANSPOSE, TRANSPOSE], same=list("ABBA"))
    inner, outer = slots_of(chain, co.plan(chain).steps)
    assert (inner.turned, inner.is_symmetric) == ((False, False), False)
    assert (outer.left, outer.right, outer.is_symmetric) == (4, 4, True)
    assert sorted(outer.turned) == [False, True]


def test_views_of_one_matrix_are_known_for_transposes():
    a = np.random.default_rng(0).normal(size=(4, 6))
    assert is_transpose(a.T, a)
    assert is_transpose(a[1:3, ::2].T, a[1:3, ::2])
    assert not is_transpose(a.T.copy(), a)
    assert not is_transpose(a[1:].T, a[:-1])
    assert not is_transpose(a[:, :4], a[:, :4])


def test_symmetric_words_are_palindromes_found_at_once():
    rng = np.random.default_rng(0)
    for _ in range(300):
        letters = [
            Letter(name, transposed=turned and name != "S", symmetric=name == "S")
            for name, turned in zip(rng.choice(list("ABS"), 9), rng.random(9) < 0.5, strict=True)
        ]
        repeats = Repeats(letters)
        for i in range(9):
            expected = []
            for j in range(i + 1, 10):
                word = letters[i:j]
                is_symmetric = word == [letter.mirrored() for letter in reversed(word)]
                assert repeats.is_symmetric(i, j) == is_symmetric
                expected += [j] if is_symmetric and j > i + 1 else []
            assert repeats.symmetric_ends(i).tolist() == expected


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
@pytest.mark.parametrize("position", [0, 1])
@pytest.mark.parametrize("n", [20, 200])
def test_what_is_not_finite_reaches_a_halved_product_and_is_named(wrong, position, n):
    rng = np.random.default_rng(n)
    chain = co.Chain([n, n, 2 * n, n], [DENSE, DENSE, TRANSPOSE], same=[None, "H", "H"])
    for at in ((0, n - 1), (n - 1, 0), (n // 2, n // 2)):
        operands = [rng.normal(size=(n, n)), rng.normal(size=(2 * n, n))]
        operands[position][at] = wrong
        for given in ([*operands, operands[1]], [a.tolist() for a in (*operands, operands[1])]):
            with pytest.raises(co.ChainOrderError, match=rf"operands\[{position}\].* {wrong}"):
                co.execute(co.plan(chain), given)


@pytest.mark.parametrize(("exponent", "products"), [(30, 6), (64, 6), (100, 8)])
def test_a_power_of_a_symmetric_matrix_takes_half_an_addition_chain_with_proof(exponent, products):
    n = 12
    plan = co.plan(co.Chain([n] * (exponent + 1), [SYMMETRIC] * exponent, same=["A"] * exponent))
    assert plan.fma == products * n * n * (n + 1) // 2
    assert plan.proof == "optimal"


def test_a_bound_of_full_matrices_is_no_weaker_than_of_dense_ones():
    sizes = [7, 3, 9, 4, 8]
    turned = co.plan(co.Chain(sizes, [DENSE, TRANSPOSE, DENSE, TRANSPOSE]), "forward")
    plain = co.plan(co.Chain(sizes), "forward")
    assert (turned.lower_bound, turned.fma) == (plain.lower_bound, plain.fma)


def test_reports_say_of_which_products_one_half_is_multiplied(tmp_path):
    chain = co.Chain([500, 1000, 2000, 1000], [DENSE, DENSE, TRANSPOSE], same=[None, "H", "H"])
    co.report(co.plan(chain), tmp_path / "gram.md")
    rows = [row for row in (tmp_path / "gram.md").read_text("utf-8").splitlines() if "J3" in row]
    assert any("multiply one half | J3 (1000 × 2000) · J2 (2000 × 1000)" in row for row in rows)
    assert any("multiply | J3…J2 (1000 × 1000) · J1 (1000 × 500)" in row for row in rows)
