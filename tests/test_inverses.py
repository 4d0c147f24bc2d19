"""Inverses: what solves cost, values against numpy.linalg, and how files and commands say them."""

import json

import numpy as np
import pytest
import scipy.sparse as sp
from command import assert_refused, chainorder
from counted_solves import counted_banded, counted_cholesky, counted_lu

import chainorder as co
from chainorder.execution.operands.factorization import factored
from chainorder.execution.operands.forms import DiagonalMatrix
from chainorder.reporting.trial import executed
from chainorder.structure.derived import unwrapped
from chainorder.structure.solves import banded_work, cholesky_work, lu_work, solves_of

N = 40


def regular(structure, seed=0, n=N):
    """A well-conditioned matrix of a structure."""
    rng = np.random.default_rng(seed)
    matrix = rng.uniform(-1.0, 1.0, (n, n)) + 3 * np.eye(n)
    if isinstance(structure, co.Symmetric):
        return matrix @ matrix.T + np.eye(n)
    pattern = structure.pattern((n, n)).csr().toarray()
    return sp.csr_array((matrix + n * np.eye(n)) * pattern)


STRUCTURES = {
    "diagonal": co.Diagonal(),
    "triangular": co.Triangular(lower=False),
    "cholesky": co.Symmetric(positive_definite=True),
    "lu": co.Dense(),
    "banded lu": co.Banded(2, 1),
    "banded triangular": co.Banded(0, 2),
    "sparse lu": co.Sparse(
        (np.random.default_rng(3).random((N, N)) < 0.05) | np.eye(N, dtype=bool)
    ),
}


@pytest.mark.parametrize(
    ("method", "dtype"),
    [
        (method, dtype)
        for method in STRUCTURES
        for dtype in (np.float64, np.float32, np.complex128, np.int64)
        if method != "cholesky" or dtype in (np.float64, np.float32)
    ],
)
def test_solves_and_explicit_inverses_are_those_of_numpy(method, dtype):
    matrix = regular(STRUCTURES[method])
    matrix = (matrix * (10 if dtype is np.int64 else 1)).astype(dtype)
    dense = matrix if isinstance(matrix, np.ndarray) else matrix.toarray()
    work = solves_of(STRUCTURES[method], (N, N))
    assert work.method == method
    held = DiagonalMatrix(dense.diagonal(), (N, N)) if method == "diagonal" else matrix
    found = factored(held, method, "operands[0]")
    inverse = np.linalg.inv(dense.astype(np.complex128))
    tolerance = 1e-4 if dtype is np.float32 else 1e-11
    rng = np.random.default_rng(1)
    for block in (
        rng.random((N, 3)),
        np.asfortranarray(rng.random((N, 3))),
        rng.random((N, 2)).astype(np.float32),
        rng.random((N, 1)) + 1j,
    ):
        for transposed in (False, True):
            expected = (inverse.T if transposed else inverse) @ block
            solved = found.solve(block, transposed=transposed)
            assert solved.dtype == np.result_type(block, found.dtype)
            assert np.abs(solved - expected).max() < tolerance * np.abs(inverse).max() * N
    explicit = found.explicit()
    explicit = explicit if isinstance(explicit, np.ndarray) else explicit.toarray()
    assert np.abs(explicit - inverse).max() < tolerance
    assert found.condition <= 1.01 * np.linalg.cond(dense.astype(np.complex128), 1)
    if method != "sparse lu":
        assert found.work == work


@pytest.mark.parametrize("n", [1, 2, 3, 8, 17])
def test_costs_are_those_of_elimination_loop_by_loop(n):
    def flat(work):
        return tuple(work.setup), tuple(work.solve), tuple(work.explicit)

    assert flat(lu_work(n)) == counted_lu(n)
    assert flat(cholesky_work(n)) == counted_cholesky(n)
    for lower in range(min(n, 5)):
        for upper in range(min(n, 5)):
            assert flat(banded_work(n, lower, upper)) == counted_banded(n, lower, upper)


def test_factoring_and_inverting_take_n_cubed():
    # Golub & Van Loan, section 3.4: known since Gauss and Jordan.
    for n in (1, 7, 100):
        work = lu_work(n)
        assert work.setup.fma + work.explicit.fma == n**3


def test_sparse_solves_are_counted_from_the_factors():
    matrix = regular(STRUCTURES["sparse lu"])
    factors = sp.linalg.splu(matrix.tocsc())
    found = factored(matrix, "sparse lu", "operands[0]")
    assert found.work.solve.fma == factors.L.nnz + factors.U.nnz - N
    assert solves_of(STRUCTURES["sparse lu"], (N, N)) == found.work


@pytest.mark.parametrize(
    ("text", "structure"),
    [
        ("dense^-1", co.Inverse(co.Dense())),
        ("banded(1,2)^T", co.Transpose(co.Banded(1, 2))),
        ("spd^-T", co.Transpose(co.Inverse(co.Symmetric(positive_definite=True)))),
        ("triangular(upper)", co.Triangular(lower=False)),
        ("symmetric", co.Symmetric()),
        ("selection(2,0)", co.Selection([2, 0])),
    ],
)
def test_files_and_command_lines_say_what_is_inverted(text, structure):
    from chainorder.structure.written import structure_from_json, structure_from_text

    assert structure_from_text(text) == structure
    assert structure_from_json(json.loads(json.dumps(structure.to_json()))) == structure
    assert unwrapped(structure_from_text(str(co.Inverse(co.Transpose(co.Banded(1, 2)))))) == (
        co.Banded(1, 2),
        True,
        True,
    )


def test_the_command_line_plans_and_executes_inverses():
    process = chainorder("plan", "1,50,50^-1,50:spd^-1")
    assert process.returncode == 0
    assert "executed" in process.stdout
    assert "proved optimal for fma" in process.stdout
    assert_refused(chainorder("plan", "5,5^-2"), "sizes[1]", "^-1, ^T or ^-T")
    assert_refused(chainorder("plan", "5,5^-1:dense"), "behind the structure")


def test_a_report_of_inverses_runs_them():
    chain = co.Chain(
        [4, 4, 4, 4],
        [
            co.Elemental(structure=co.Inverse(co.Banded(1, 0))),
            co.Elemental(structure=co.Inverse(co.Symmetric(positive_definite=True))),
            co.Elemental(structure=co.Inverse(co.Banded(1, 0))),
        ],
        same=["A", None, "A"],
    )
    comparison = executed(co.compare(chain), 0, whatever_it_takes=True)
    for plan in comparison.plans:
        assert comparison.runs[plan.name].fma == plan.fma


def test_an_explicit_inverse_is_formed_only_where_it_pays():
    def kinds(sizes, elementals):
        return [step.kind for step in co.plan(co.Chain(sizes, elementals)).steps]

    dense, inverse = co.Elemental(), co.Elemental(structure=co.Inverse(co.Dense()))
    assert kinds([5, 50, 50, 9], [dense, inverse, dense]) == ["tangent", "multiply"]
    assert kinds([50, 50, 50], [inverse, inverse]) == ["accumulate", "tangent"]
    # A thousand right sides of a band: its explicit inverse is full, and is never worth it.
    band = co.Elemental(structure=co.Inverse(co.Banded(1, 1)))
    assert kinds([1000, 50, 50, 1000], [dense, band, dense])[0] in ("tangent", "adjoint")
    # A reciprocal of each entry, then a product of two diagonals.
    diagonal = co.Elemental(structure=co.Diagonal())
    inverted = co.Elemental(structure=co.Inverse(co.Diagonal()))
    assert kinds([50, 50, 50], [diagonal, inverted]) == ["accumulate", "multiply"]


def test_a_transposed_operator_changes_tangents_for_adjoints():
    rng = np.random.default_rng(0)
    matrix = rng.random((6, 4))
    elemental = co.Elemental(
        structure=co.Transpose(co.Dense()), given=False, tangent_cost=3, adjoint_cost=5
    )
    chain = co.Chain([2, 6, 4], [co.Elemental(), elemental])
    right = rng.random((6, 2))
    plan = co.plan(chain)
    run = co.execute(plan, [right, sp.linalg.aslinearoperator(matrix)])
    assert plan.fma == run.fma == 2 * 5
    assert np.allclose(run.jacobian, matrix.T @ right)
    with pytest.raises(co.InfeasibleOrderError, match="no order is possible with a memory"):
        co.plan(
            co.Chain(
                [2, 6, 4],
                [
                    co.Elemental(),
                    co.Elemental(
                        structure=co.Transpose(co.Dense()), given=False, adjoint_cost=5, tape=9
                    ),
                ],
            ),
            memory=8,
        )


def test_an_implicit_elemental_is_accumulated_by_colours_and_factored_once():
    n = 60
    matrix = sp.diags_array([np.ones(n - 1), np.full(n, 4.0), np.ones(n - 1)], offsets=[-1, 0, 1])
    calls = []

    def product(v):
        calls.append(v.shape[1])
        return matrix @ v

    operator = sp.linalg.LinearOperator((n, n), matvec=product, matmat=product, dtype=float)
    implicit = co.Elemental(structure=co.Inverse(co.Banded(1, 1)), given=False, tangent_cost=3 * n)
    chain = co.Chain([2, n, n], [co.Elemental(), implicit])
    right = np.random.default_rng(0).random((n, 2))
    plan = co.plan(chain)
    run = co.execute(plan, [right, operator])
    assert sum(calls) == 3
    work = solves_of(co.Banded(1, 1), (n, n))
    assert run.fma == plan.fma == 3 * 3 * n + work.setup.fma + 2 * work.solve.fma
    assert np.allclose(matrix @ run.jacobian, right)


def test_selections_copy():
    rng = np.random.default_rng(0)
    rows = [5, 0, 3]
    chain = co.Chain(
        [6, 6, 3, 3],
        [
            co.Elemental(),
            co.Elemental(structure=co.Selection(rows)),
            co.Elemental(structure=co.Inverse(co.Selection([1, 2, 0]))),
        ],
    )
    matrix = rng.random((6, 6))
    taken, turned = np.eye(6)[rows], np.eye(3)[[1, 2, 0]]
    for order in ("forward", "reverse", "optimal"):
        plan = co.plan(chain, order)
        run = co.execute(plan, [matrix, taken, sp.csr_array(turned)])
        assert run.fma == plan.fma == plan.flops == run.flops == 0
        assert np.array_equal(run.jacobian, turned.T @ matrix[rows])
    with pytest.raises(co.ChainOrderError, match=r"operands\[1\] is no selection"):
        co.execute(co.plan(chain), [matrix, 2 * taken, turned])


@pytest.mark.parametrize("lower", [False, True])
def test_large_triangles_multiply_as_numpy_does(lower):
    rng = np.random.default_rng(0)
    n = 300
    triangle = np.tril(rng.random((n, n))) if lower else np.triu(rng.random((n, n)))
    other = rng.random((n, n))
    elemental = co.Elemental(structure=co.Triangular(lower=lower))
    for elementals, operands in (
        ([elemental, co.Elemental()], [triangle, other]),
        ([co.Elemental(), elemental], [other, triangle]),
        ([co.Elemental(), elemental], [np.asfortranarray(other), np.asfortranarray(triangle)]),
    ):
        plan = co.plan(co.Chain([n, n, n], elementals))
        run = co.execute(plan, operands)
        assert run.fma == plan.fma == n * n * (n + 1) // 2
        assert np.allclose(run.jacobian, operands[1] @ operands[0])
