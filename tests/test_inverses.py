"""Inverses: what solves cost, values against numpy.linalg, and matrices that have no inverse."""

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
    ("structure", "matrix", "message"),
    [
        (co.Dense(), np.ones((3, 3)), "is singular"),
        (co.Dense(), np.vander(np.linspace(1, 2, 20)), "condition is about"),
        (co.Diagonal(), np.array([1.0, 0.0, 2.0]), "is singular"),
        (co.Triangular(), np.tril(np.ones((3, 3)), -1), "is singular"),
        (co.Banded(1, 1), sp.csr_array(np.diag([1.0, 0, 1, 1, 1, 1, 1, 1, 1])), "is singular"),
        (co.Symmetric(positive_definite=True), -np.eye(4), "not positive definite.*order 1"),
        (co.Symmetric(), np.tri(4), r"is not symmetric: it is 0.0 at \[0, 1\] and 1.0"),
        (co.Symmetric(positive_definite=True), 1j * np.eye(4), "complex"),
    ],
)
def test_a_matrix_without_an_inverse_is_named_with_its_condition(structure, matrix, message):
    n = len(matrix) if isinstance(matrix, np.ndarray) else matrix.shape[0]
    elemental = co.Elemental(structure=co.Inverse(structure), name="curve")
    plan = co.plan(co.Chain([2, n, n], [co.Elemental(), elemental]))
    with pytest.raises(co.ChainOrderError, match=message) as raised:
        co.execute(plan, [np.ones((n, 2)), matrix])
    assert "operands[1]" in str(raised.value)


def test_a_sparse_matrix_that_is_singular_is_named():
    pattern = np.eye(30, dtype=bool)
    pattern[0, 5] = pattern[3, 0] = True
    matrix = sp.csr_array(pattern.astype(float))
    matrix[7, 7] = 0.0
    structure = co.Inverse(co.Sparse(pattern))
    plan = co.plan(co.Chain([1, 30, 30], [co.Elemental(), co.Elemental(structure=structure)]))
    with pytest.raises(co.ChainOrderError, match=r"operands\[1\].*is singular"):
        co.execute(plan, [np.ones((30, 1)), matrix])


@pytest.mark.parametrize(
    ("structure", "message"),
    [
        (co.Inverse(co.Dense()), "expected equal sizes"),
        (co.Triangular(), "expected equal sizes"),
        (co.Symmetric(), "expected equal sizes"),
        (co.Selection([0, 9]), r"rows\[1\] is 9: outside the 3 columns"),
        (co.Selection([0]), "of 1 rows: the sizes make it 2"),
    ],
)
def test_structures_that_do_not_fit_their_sizes_are_named(structure, message):
    with pytest.raises(co.ChainOrderError, match=rf"elementals\[0\]: .*{message}"):
        co.Chain([3, 2], [co.Elemental(structure=structure)])


@pytest.mark.parametrize(
    "pattern", [np.zeros((3, 3)), np.array([[1, 1, 1], [1, 0, 0], [1, 0, 0]]), np.tri(3, k=-1)]
)
def test_a_pattern_of_which_every_matrix_is_singular_is_refused_when_it_is_declared(pattern):
    with pytest.raises(co.ChainOrderError, match="every such matrix is singular"):
        co.Chain([3, 3], [co.Elemental(structure=co.Inverse(co.Sparse(pattern)))])


def test_wrong_declarations_are_errors():
    for wrong in (
        lambda: co.Inverse("dense"),
        lambda: co.Transpose(None),
        lambda: co.Triangular(lower=1),
        lambda: co.Symmetric(positive_definite="yes"),
        lambda: co.Selection([1, 2, 1]),
        lambda: co.Selection(5),
        lambda: co.Elemental(structure=co.Inverse(co.Dense()), tangent_cost=5),
    ):
        with pytest.raises(co.ChainOrderError):
            wrong()


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


@pytest.mark.parametrize(
    "text", ["dense^2", "dense^-1^-1^-1^-1^-1^-1^-1^-1^-1", "^", "spd^", "tri"]
)
def test_what_is_no_power_is_an_error(text):
    from chainorder.structure.written import structure_from_text

    with pytest.raises(co.ChainOrderError, match=r"\^-1, \^T or \^-T"):
        structure_from_text(text)


def test_deep_nesting_is_an_error_and_no_crash():
    from chainorder.structure.written import structure_from_json

    value = "dense"
    for _ in range(1000):
        value = {"inverse": value}
    with pytest.raises(co.ChainOrderError, match="more than 8 times"):
        structure_from_json(value)


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


def test_a_function_cannot_be_inverted_at_a_point_that_nobody_knows():
    inverse = co.Elemental(structure=co.Inverse(co.Dense()), given=False, tangent_cost=1)
    plan = co.plan(co.Chain([2, 2], [inverse]))
    function = co.Function(lambda x: x, jvp=lambda x, v: v)
    with pytest.raises(co.ChainOrderError, match="expected a matrix or a LinearOperator"):
        co.execute(plan, [function], np.ones(2))


@pytest.mark.parametrize(
    ("structure", "matrix", "message"),
    [
        (co.Dense(), np.full((3, 3), np.nan), r"operands\[0\] holds nan"),
        (co.Symmetric(), 9 * np.eye(3) + np.eye(3, k=1), r"operands\[0\] is not symmetric"),
    ],
)
def test_products_of_what_cannot_be_factored_are_named(structure, matrix, message):
    inverse = co.Elemental(structure=co.Inverse(structure), given=False, tangent_cost=9)
    operator = sp.linalg.aslinearoperator(matrix)
    with pytest.raises(co.ChainOrderError, match=message):
        co.execute(co.plan(co.Chain([3, 3], [inverse])), [operator])


def test_a_given_inverse_has_to_be_a_matrix():
    inverse = co.Elemental(structure=co.Inverse(co.Dense()))
    plan = co.plan(co.Chain([3, 3, 1], [inverse, co.Elemental()]))
    operator = sp.linalg.aslinearoperator(np.eye(3))
    with pytest.raises(co.ChainOrderError, match=r"operands\[0\] is a LinearOperator: .* given"):
        co.execute(plan, [operator, np.ones((1, 3))])


def test_reciprocals_beyond_the_largest_number_are_no_inverse():
    inverse = co.Elemental(structure=co.Inverse(co.Diagonal()))
    with pytest.raises(co.ChainOrderError, match="singular"):
        co.execute(co.plan(co.Chain([2, 2], [inverse])), [np.array([1.0, 1e-320])])


def test_a_pattern_of_few_entries_is_not_written_out_to_be_refused():
    structure = co.Inverse(co.Sparse.from_coordinates([0], [0]))
    with pytest.raises(co.ChainOrderError, match="of rank 1 at most: every such matrix is singul"):
        co.Chain([10**9, 10**9], [co.Elemental(structure=structure)])


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


def test_check_and_measure_refuse_what_they_would_get_wrong():
    inverse = co.Elemental(structure=co.Inverse(co.Dense()))
    for verb in (co.check, co.measure):
        with pytest.raises(co.ChainOrderError, match=r"elementals\[0\] is dense\^-1"):
            verb([np.eye(2)], elementals=[inverse])


def test_a_graph_has_no_inverses_yet():
    chain = co.Chain([3, 3], [co.Elemental(structure=co.Inverse(co.Dense()))])
    with pytest.raises(co.ChainOrderError, match="an edge of a graph is one"):
        chain.to_graph()
