"""Running plans with structure: Jacobians against NumPy, counts against the plan."""

from itertools import pairwise

import numpy as np
import pytest
import scipy.sparse as sp
from structures import as_array, random_operand, random_problem

import chainorder as co


def random_chain(rng, longest=7, widest=14):
    """A chain with structure, some elementals by products only; operands and their arrays."""
    sizes, structures = random_problem(rng, longest, widest)
    is_mixed = rng.random() < 0.3
    elementals, operands, arrays = [], [], []
    for l, structure in enumerate(structures):
        is_given = not (is_mixed and rng.random() < 0.6)
        costs = {}
        if not is_given:
            tangent, adjoint = (int(cost) for cost in rng.integers(1, 10, 2))
            costs = {"given": False, "adjoint_cost": adjoint, "tape": 1}
            if rng.random() < 0.5:
                costs["tangent_cost"] = tangent
        elementals.append(co.Elemental(structure=structure, **costs))
        array, operand = random_operand(rng, structure, (sizes[l + 1], sizes[l]))
        arrays.append(array)
        if is_given:
            operands.append(operand)
        else:
            operands.append(array if rng.random() < 0.5 else sp.csr_array(array))
    return co.Chain(sizes, elementals), operands, arrays


def product_of(arrays):
    result = arrays[0]
    for array in arrays[1:]:
        result = array @ result
    return result


def plans(chain, objective):
    for order in ("forward", "reverse", "optimal"):
        try:
            yield co.plan(chain, order, objective)
        except co.InfeasibleOrderError:
            assert order == "forward"


def test_what_is_counted_is_what_was_planned():
    rng = np.random.default_rng(21)
    for _ in range(250):
        chain, operands, arrays = random_chain(rng)
        for plan in plans(chain, rng.choice(["fma", "flops"])):
            run = co.execute(plan, operands)
            assert np.allclose(as_array(run.jacobian), product_of(arrays))
            assert (run.fma, run.flops) == (plan.fma, plan.flops)
            assert run.peak_entries == plan.peak_entries


def test_operators_apply_what_they_were_planned_to():
    rng = np.random.default_rng(22)
    for _ in range(150):
        chain, operands, arrays = random_chain(rng)
        plan = co.plan(chain, form="operator")
        run = co.execute(plan, operands)
        operator, expected = run.jacobian, product_of(arrays)
        assert (run.fma, run.peak_entries) == (plan.fma, plan.peak_entries)
        assert operator.product_fma == plan.product_fma
        assert operator.held_entries == plan.held_entries or len(plan.factors) == 1
        assert np.allclose(operator.todense(), expected)
        v, u = rng.random(expected.shape[1]), rng.random((expected.shape[0], 3))
        assert np.allclose(operator.matvec(v), expected @ v)
        assert np.allclose(operator.rmatmat(u), expected.T @ u)


def test_an_operator_of_complex_factors_is_conjugated_in_its_adjoint():
    rng = np.random.default_rng(23)
    sizes = [30, 1, 30, 2, 20]
    operands = [rng.random((m, n)) + 1j * rng.random((m, n)) for n, m in pairwise(sizes)]
    operator = co.execute(co.plan(co.Chain(sizes), form="operator"), operands).jacobian
    expected = product_of(operands)
    u = rng.random(20) + 1j * rng.random(20)
    assert np.allclose(operator.rmatvec(u), expected.conj().T @ u)
    assert np.allclose(operator.todense(), expected)
    assert operator.dtype == np.complex128


@pytest.mark.parametrize(
    ("structure", "entry"),
    [
        (co.Diagonal(), (2, 1)),
        (co.Banded(1, 0), (3, 1)),
        (co.Zero(), (0, 0)),
        (co.Sparse(np.eye(5, k=2)), (4, 0)),
    ],
)
@pytest.mark.parametrize("form", [np.asarray, sp.csr_array, sp.coo_array])
def test_an_entry_outside_the_structure_is_named(structure, entry, form):
    chain = co.Chain([5, 5, 5], [co.Elemental(), co.Elemental(structure=structure)])
    wrong = np.zeros((5, 5))
    wrong[entry] = 1.0
    operands = [np.ones((5, 5)), form(wrong)]
    place = rf"operands\[1\] has an entry at \({entry[0]}, {entry[1]}\): outside its structure"
    with pytest.raises(co.ChainOrderError, match=place):
        co.execute(co.plan(chain), operands)


@pytest.mark.parametrize(
    ("operand", "message"),
    [
        (np.array([1.0, np.nan, 1.0]), r"operands\[0\] holds nan: expected finite numbers"),
        (np.ones(4), r"operands\[0\] has shape \(4,\): expected \(3, 3\), or 3 entries"),
        (np.array(["a", "b", "c"]), r"operands\[0\] has dtype <U1"),
        (sp.csr_array((4, 3)), r"operands\[0\] has shape \(4, 3\): expected \(3, 3\)"),
        (np.array([1.0, 2.0, 1.0]), r"operands\[0\] is no identity: expected ones"),
    ],
)
def test_an_operand_that_does_not_fit_is_named(operand, message):
    structure = co.Identity() if "identity" in message else co.Diagonal()
    chain = co.Chain([3, 3, 2], [co.Elemental(structure=structure), co.Elemental()])
    with pytest.raises(co.ChainOrderError, match=message):
        co.execute(co.plan(chain), [operand, np.ones((2, 3))])


def test_fewer_entries_than_declared_are_counted_as_they_are():
    pattern = np.ones((20, 20)) - np.eye(20)
    chain = co.Chain(
        [20, 20, 20],
        [co.Elemental(structure=co.Sparse(pattern)), co.Elemental(structure=co.Diagonal())],
    )
    half = np.tril(pattern)
    run = co.execute(co.plan(chain), [sp.csr_array(half), np.ones(20)])
    assert run.fma == half.sum() < co.plan(chain).fma
    assert np.array_equal(as_array(run.jacobian), half)


def test_functions_are_accumulated_by_as_many_tangents_as_their_band_is_wide():
    n = 200
    heat = sp.diags_array([np.ones(n - 1), np.full(n, -2.0), np.ones(n - 1)], offsets=[-1, 0, 1])
    heat = heat.tocsr()
    calls = []

    def jvp(x, v):
        calls.append(v.shape)
        return heat @ v

    diffuse = co.Function(lambda x: heat @ x, jvp=jvp)
    banded = co.Elemental(structure=co.Banded(1, 1), given=False, tangent_cost=3 * n)
    sensors = np.random.default_rng(0).random((50, n))
    chain = co.Chain([n, n, 50], [banded, co.Elemental()])
    plan = co.plan(chain)
    run = co.execute(plan, [diffuse, sensors], np.ones(n))
    assert run.tangents == 3
    assert sum(shape[1] if len(shape) == 2 else 1 for shape in calls) <= 2 * 3
    assert run.fma == plan.fma == 3 * 3 * n + 50 * heat.nnz
    assert np.allclose(run.jacobian, sensors @ heat)


def test_the_callers_arrays_are_not_handed_back():
    values = np.ones(4)
    chain = co.Chain([4, 4], [co.Elemental(structure=co.Diagonal())])
    jacobian = co.execute(co.plan(chain), [values]).jacobian
    jacobian.data[:] = 7.0
    assert (values == 1.0).all()
    dense = np.ones((4, 4))
    chain = co.Chain([4, 4, 4], [co.Elemental(), co.Elemental(structure=co.Identity())])
    co.execute(co.plan(chain), [dense, np.ones(4)]).jacobian[:] = 7.0
    assert (dense == 1.0).all()


def test_numbers_of_any_type_keep_it():
    chain = co.Chain(
        [6, 6, 6, 3],
        [
            co.Elemental(structure=co.Diagonal()),
            co.Elemental(structure=co.Banded(1, 1)),
            co.Elemental(),
        ],
    )
    band = np.tri(6, k=1) - np.tri(6, k=-2)
    for dtype in (np.float32, np.complex64, np.int64):
        operands = [np.arange(1, 7).astype(dtype), band.astype(dtype), np.ones((3, 6), dtype)]
        for order in ("forward", "reverse"):
            jacobian = co.execute(co.plan(chain, order), operands).jacobian
            assert jacobian.dtype == dtype
            assert np.array_equal(jacobian, operands[2] @ operands[1] * operands[0])


def test_halves_are_multiplied_as_singles_where_no_sparse_array_holds_them():
    band = co.Elemental(structure=co.Banded(1, 1))
    solve = co.Elemental(structure=co.Inverse(co.Banded(1, 1)))
    values = (2 * np.eye(6) + np.eye(6, k=1)).astype(np.float16)
    run = co.execute(co.plan(co.Chain([6, 6, 6], [band, solve])), [values, values])
    assert np.allclose(run.jacobian, np.eye(6))
