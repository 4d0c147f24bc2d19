"""Factors that repeat: published addition chains, what is shared, labels, prefixes and suffixes."""

import json

import numpy as np
import pytest
import scipy.sparse

import chainorder as co
from chainorder.bounds.shared_products import fewest_products, products_for_words
from chainorder.structure.addition_chains import LENGTHS, addition_chain, fewest_steps
from chainorder.structure.repeats import Letter, Repeats


def square_chain(word, n=50, ends=None):
    """A chain of square matrices, one for each letter, first applied first."""
    sizes = [n] * (len(word) + 1)
    if ends is not None:
        sizes[0] = ends
    return co.Chain(sizes, same=list(word))


def test_addition_chains_are_as_short_as_published():
    # The least numbers that need so many steps: OEIS A003064.
    first = {}
    for n in range(1, len(LENGTHS) + 1):
        first.setdefault(int(LENGTHS[n - 1], 16), n)
    assert list(first.values()) == [1, 2, 3, 5, 7, 11, 19, 29, 47, 71, 127, 191, 379, 607]
    for n in [*range(1, 200), 379, 1024, 1500, 4095, 10**6, 2**40 - 1]:
        made = {1}
        for a, b in addition_chain(n):
            assert {a, b} <= made
            made.add(a + b)
        assert n in made
        assert len(addition_chain(n)) >= fewest_steps(n)
        assert n > 1024 or len(addition_chain(n)) == fewest_steps(n)


@pytest.mark.parametrize(("exponent", "products"), [(2, 1), (15, 5), (64, 6), (71, 9), (100, 8)])
def test_a_power_takes_as_many_products_as_an_addition_chain_has_steps(exponent, products):
    chain = square_chain("A" * exponent)
    plan = co.plan(chain)
    assert plan.fma == products * 50**3
    assert plan.proof == "optimal"
    matrix = np.random.default_rng(0).normal(size=(50, 50)) / 7
    run = co.execute(plan, [matrix] * exponent)
    assert run.fma == plan.fma
    assert np.allclose(run.jacobian, np.linalg.matrix_power(matrix, exponent))
    assert plan.bracketing.count("J") == exponent
    assert sorted(plan.order) == list(range(1, exponent))


def test_a_power_of_a_product_is_a_power():
    # (A B)^10 C: A·B, its fourth power of five and ten in four products, and C.
    plan = co.plan(square_chain("C" + "BA" * 10))
    assert plan.fma == 6 * 50**3
    assert plan.proof == "optimal"
    # For one column it is cheaper to apply all twenty than to multiply any two.
    narrow = co.plan(square_chain("C" + "BA" * 10, ends=1))
    assert narrow.fma == 20 * 50**2
    assert narrow.proof == "optimal"


def test_a_long_chain_of_three_factors_is_far_below_its_bracketing():
    rng = np.random.default_rng(0)
    word = ["ABC"[t] for t in rng.integers(0, 3, 300)]
    plan = co.plan(square_chain(word, n=20))
    assert 0 < plan.lower_bound <= plan.fma <= 130 * 20**3
    assert plan.proof is None
    matrices = dict(zip("ABC", rng.normal(size=(3, 20, 20)) / 4.5, strict=True))
    run = co.execute(plan, [matrices[name] for name in word])
    assert (run.fma, run.peak_entries) == (plan.fma, plan.peak_entries)
    expected = np.eye(20)
    for name in word:
        expected = matrices[name] @ expected
    assert np.allclose(run.jacobian, expected)


def test_a_gram_matrix_is_its_own_transpose():
    repeats = Repeats([Letter("H"), Letter("H", transposed=True)])
    assert repeats.is_symmetric(0, 2)
    # (B A)^T (B A): one product for B A, and half a one more.
    transposed = co.Elemental(structure=co.Transpose(co.Dense()))
    chain = co.Chain(
        [30] * 5, [co.Elemental(), co.Elemental(), transposed, transposed], same=list("ABBA")
    )
    plan = co.plan(chain)
    assert plan.fma == 30**3 + 30 * 30 * 31 // 2
    a, b = np.random.default_rng(0).normal(size=(2, 30, 30))
    run = co.execute(plan, [a, b, b, a])
    assert np.allclose(run.jacobian, (b @ a).T @ (b @ a))
    assert plan.bracketing == "(J4 J3) (J2 J1)"


def test_a_factorization_serves_the_inverse_and_its_transpose():
    inverse = co.Elemental(structure=co.Inverse(co.Dense()))
    back = co.Elemental(structure=co.Transpose(co.Inverse(co.Dense())))
    n = 20
    apart = co.plan(co.Chain([1, n, n, n], [co.Elemental(), inverse, back]))
    together = co.plan(
        co.Chain([1, n, n, n], [co.Elemental(), inverse, back], same=[None, "A", "A"])
    )
    assert apart.fma - together.fma == (n**3 - n) // 3
    a, b = np.random.default_rng(0).normal(size=(n, n)), np.ones((n, 1))
    run = co.execute(together, [b, a, a])
    assert run.fma == together.fma
    assert run.peak_entries == together.peak_entries
    assert np.allclose(a.T @ run.jacobian, np.linalg.solve(a, b))


def test_bounds_on_the_number_of_products_are_below_every_grammar():
    # The shortest word that needs a number of products is found by trying all.
    def least(word):
        made = {frozenset(word): 0}
        frontier = [frozenset(word)]
        count = 0
        while word not in made:
            count += 1
            longer = []
            for known in frontier:
                for a in known:
                    for b in known:
                        if a + b in word and a + b not in known:
                            grown = known | {a + b}
                            if a + b == word:
                                return count
                            longer.append(grown)
            frontier = list(set(longer))
        return 0

    rng = np.random.default_rng(0)
    for _ in range(60):
        word = "".join(rng.choice(list("AB" if rng.random() < 0.5 else "ABC"), rng.integers(2, 8)))
        letters = [Letter(name) for name in word]
        bound = max(
            fewest_products(len(word), len(set(word))), products_for_words(Repeats(letters))
        )
        n = 3
        plan = co.plan(square_chain(word, n))
        products = least(word)
        assert bound <= products
        if len(set(word)) < len(word):
            assert plan.fma == products * n**3
            assert plan.proof == "optimal"


def test_all_prefixes_of_equal_steps_take_a_product_each():
    plan = co.plan(square_chain("A" * 30, n=5), wanted="prefixes")
    assert plan.fma == 29 * 5**3
    assert plan.proof == "optimal"
    a = np.random.default_rng(0).normal(size=(5, 5))
    run = co.execute(plan, [a] * 30)
    assert len(run.jacobian) == 30
    for power, matrix in enumerate(run.jacobian, 1):
        assert np.allclose(matrix, np.linalg.matrix_power(a, power))
    assert run.peak_entries == plan.peak_entries == 29 * 25


def multiplied_one_by_one(operands, wanted):
    """All prefixes or suffixes, each from the one before it."""
    made = [operands[0] if wanted == "prefixes" else operands[-1]]
    rest = operands[1:] if wanted == "prefixes" else operands[-2::-1]
    for operand in rest:
        made.append(operand @ made[-1] if wanted == "prefixes" else made[-1] @ operand)
    return made


@pytest.mark.parametrize("wanted", ["prefixes", "suffixes"])
@pytest.mark.parametrize("word", ["A" * 2, "A" * 33, "AB" * 9, "ABC" * 6 + "A", "AAB" * 5, "ABAC"])
@pytest.mark.parametrize("n", [1, 3, 70])
def test_what_comes_again_and_again_doubles_in_every_round(word, wanted, n):
    rng = np.random.default_rng(n)
    matrices = {letter: rng.normal(size=(n, n)) / n**0.5 for letter in "ABC"}
    operands = [matrices[letter] for letter in word]
    plan = co.plan(square_chain(word, n), wanted=wanted)
    told = []
    run = co.execute(plan, operands, on_step=lambda *counted: told.append(counted[:2]))
    assert plan.fma == run.fma == (len(word) - 1) * n**3
    assert run.peak_entries == plan.peak_entries == (len(word) - 1) * n**2
    assert run.flops == plan.flops
    assert told == [(t * n**3, t * n**2 * (2 * n - 1)) for t in range(1, len(word))]
    for made, expected in zip(run.jacobian, multiplied_one_by_one(operands, wanted), strict=True):
        np.testing.assert_allclose(made, expected, rtol=1e-9, atol=1e-9 * np.abs(expected).max())
        assert not any(np.shares_memory(made, operand) for operand in operands)


@pytest.mark.parametrize("wanted", ["prefixes", "suffixes"])
def test_products_of_a_stack_have_the_types_of_their_factors(wanted):
    for dtypes in (("i8", "i8"), ("f4", "f4"), ("D", "D"), ("f4", "i8"), ("i8", "D")):
        operands = [np.array([[1, 1], [0, 1]]).astype(dtypes[l % 2]) for l in range(12)]
        operands = [operands[l % 2] for l in range(12)]
        run = co.execute(co.plan(square_chain("AB" * 6, 2), wanted=wanted), operands)
        expected = multiplied_one_by_one(operands, wanted)
        assert [m.dtype for m in run.jacobian] == [m.dtype for m in expected]
        assert all(map(np.array_equal, run.jacobian, expected))


def test_random_words_have_the_prefixes_of_their_products():
    rng = np.random.default_rng(0)
    matrices = {letter: rng.normal(size=(2, 2)) for letter in "AB"}
    for _ in range(60):
        word = "".join(rng.choice(["A", "B"], rng.integers(2, 14)))
        word = (word * 3)[: rng.integers(len(word), 3 * len(word) + 1)]
        operands = [matrices[letter] for letter in word]
        for wanted in ("prefixes", "suffixes"):
            plan = co.plan(square_chain(word, 2), wanted=wanted)
            run = co.execute(co.Plan.from_json(plan.to_json()), operands)
            assert run.fma == plan.fma == 8 * (len(word) - 1)
            assert np.allclose(run.jacobian, multiplied_one_by_one(operands, wanted))


def test_prefixes_beyond_a_narrow_variable_go_through_it():
    sizes = [40, 40, 1, 40, 40, 40]
    plan = co.plan(co.Chain(sizes), wanted="prefixes")
    forward = sum(40 * sizes[j - 1] * sizes[j] for j in range(2, 6))
    assert plan.fma < forward / 2
    assert plan.proof == "optimal"


def test_wanted_is_checked():
    chain = co.Chain([2, 3, 4])
    for wrong in (
        {"wanted": "all"},
        {"wanted": "prefixes", "order": "forward"},
        {"wanted": "suffixes", "form": "operator"},
    ):
        with pytest.raises(co.ChainOrderError):
            co.plan(chain, **wrong)
    with pytest.raises(co.ChainOrderError, match="expected a chain without labels"):
        co.plan(square_chain("ABAB", 6), form="operator")
    with pytest.raises(co.ChainOrderError, match="only chains"):
        co.plan(co.Graph([(0, 1)], [0], [1]), wanted="prefixes")


@pytest.mark.parametrize(
    ("same", "message"),
    [
        (["A"], "same has 1 labels: expected 2"),
        ("AB", "expected one label per elemental"),
        ([1.5, None], r"same\[0\] is 1.5"),
        ([True, None], r"same\[0\] is True"),
        (["A", "A"], r"same\[1\] is 'A', as same\[0\], but the matrices have the shapes"),
    ],
)
def test_labels_that_do_not_fit_are_named(same, message):
    with pytest.raises(co.ChainOrderError, match=message):
        co.Chain([2, 3, 4], same=same)


def test_one_matrix_has_one_structure():
    elementals = [co.Elemental(), co.Elemental(structure=co.Banded(1, 1))]
    with pytest.raises(co.ChainOrderError, match="expected one structure"):
        co.Chain([3, 3, 3], elementals, same=["A", "A"])


def test_operands_of_one_label_are_one_matrix():
    plan = co.plan(square_chain("AA", 3))
    a = np.ones((3, 3))
    assert np.array_equal(co.execute(plan, [a, a.copy()]).jacobian, a @ a)
    with pytest.raises(co.ChainOrderError, match=r"operands\[1\] is another matrix"):
        co.execute(plan, [a, 2 * a])
    assert np.array_equal(co.execute(plan, [scipy.sparse.csr_array(a), a.tolist()]).jacobian, a @ a)
    with pytest.raises(co.ChainOrderError, match=r"operands\[0\] is no array"):
        co.execute(plan, [[[1, 2], [3]], [[1, 2], [3]]])
    with pytest.raises(co.ChainOrderError, match=r"operands\[0\] is nan at"):
        co.execute(plan, [np.nan * a, np.nan * a])


def test_labels_may_be_integers_of_numpy():
    chain = co.Chain([3, 3, 3, 3], same=np.unique(["b", "a", "b"], return_inverse=True)[1])
    assert chain == co.Chain([3, 3, 3, 3], same=[1, 0, 1])
    assert json.loads(json.dumps(chain.to_dict()))["same"] == [1, 0, 1]


def test_files_hold_labels_and_may_take_the_names_for_them():
    chain = co.Chain([2, 2, 2, 2], same=["A", None, "A"])
    assert co.Chain.from_dict(json.loads(json.dumps(chain.to_dict()))) == chain
    fields = co.Chain([2, 2, 2], [co.Elemental(name="A", structure=co.Banded(0, 1))] * 2).to_dict()
    assert co.Chain.from_dict(fields).repeats is None
    assert co.Chain.from_dict(fields | {"same": "name"}).same == ("A", "A")
    with pytest.raises(co.ChainOrderError, match="same is 5"):
        co.Chain.from_dict(fields | {"same": 5})


def test_multi_dot_makes_once_what_is_one_array():
    rng = np.random.default_rng(0)
    a, b, c = rng.normal(size=(3, 120, 120)) / 11
    v = rng.normal(size=120)
    for factors in ([a] * 64, [a, a, a], [a, b] * 20 + [c], [v, *[a] * 9, v], [c] + [a] * 30):
        assert np.allclose(co.multi_dot(factors), np.linalg.multi_dot(factors))
    out = np.empty((120, 120))
    assert co.multi_dot([a] * 10, out=out) is out
    assert np.allclose(out, np.linalg.matrix_power(a, 10))
    kept = a.copy()
    co.multi_dot([a] * 10, out=a)
    assert np.allclose(a, np.linalg.matrix_power(kept, 10))
