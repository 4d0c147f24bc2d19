"""What is no inverse, or none that can be had, is refused by name."""

import numpy as np
import pytest
import scipy.sparse as sp

import chainorder as co


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


def test_check_and_measure_refuse_what_they_would_get_wrong():
    inverse = co.Elemental(structure=co.Inverse(co.Dense()))
    for verb in (co.check, co.measure):
        with pytest.raises(co.ChainOrderError, match=r"elementals\[0\] is dense\^-1"):
            verb([np.eye(2)], elementals=[inverse])


def test_a_graph_has_no_inverses_yet():
    chain = co.Chain([3, 3], [co.Elemental(structure=co.Inverse(co.Dense()))])
    with pytest.raises(co.ChainOrderError, match="an edge of a graph is one"):
        chain.to_graph()
