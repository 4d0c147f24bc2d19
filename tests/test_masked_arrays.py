"""What is masked would take part in a product as whatever stands there: it is an error instead."""

import numpy as np
import pytest
import scipy.sparse

import chainorder as co

MASKED = np.ma.masked_greater(np.arange(6.0).reshape(2, 3), 4)
PROGRAM = co.Elemental(given=False, tangent_cost=6, adjoint_cost=6)
UNMASKED = np.ma.masked_greater(np.arange(6.0).reshape(2, 3), 9)
EVERY_ELEMENTAL = pytest.mark.parametrize(
    "elemental",
    [co.Elemental(), co.Elemental(structure=co.Banded(1, 2)), PROGRAM],
    ids=["dense", "banded", "matrix-free"],
)


def executed(operand, elemental=None, x=None):
    chain = co.Chain([3, 2, 2], [elemental or co.Elemental(), co.Elemental()])
    return co.execute(co.plan(chain), [operand, np.eye(2)], x)


@EVERY_ELEMENTAL
def test_a_masked_operand_is_named_with_its_place(elemental):
    with pytest.raises(co.ChainOrderError, match=r"operands\[0\] is masked at \[1, 2\]"):
        executed(MASKED, elemental)
    assert (executed(UNMASKED, elemental).jacobian == UNMASKED.data).all()


def test_a_function_may_not_return_masked_numbers():
    function = co.Function(lambda x: MASKED @ x, jvp=lambda x, v: MASKED[:, : v.shape[0]] * 1.0)
    program = co.Elemental(given=False, tangent_cost=6)
    with pytest.raises(co.ChainOrderError, match="masked"):
        executed(function, program, np.ones(3))
    with pytest.raises(co.ChainOrderError, match=r"x is masked at \[0\]"):
        executed(function, program, np.ma.masked_less(np.zeros(3), 1))


def test_a_masked_partial_is_named():
    plan = co.plan(co.Graph([("x", "a"), ("a", "y")]))
    batch = np.ma.masked_equal(np.arange(3.0), 1)
    with pytest.raises(co.ChainOrderError, match=r"partials\['x', 'a'\] is masked at \[1\]"):
        co.execute(plan, {("x", "a"): batch, ("a", "y"): 1.0})


@pytest.mark.parametrize("count", [2, 3, 5])
def test_multi_dot_takes_no_masked_factor(count):
    rest = [np.ones((3, 3))] * (count - 1)
    with pytest.raises(ValueError, match=r"arrays\[0\] is masked"):
        co.multi_dot([MASKED, *rest])
    expected = np.linalg.multi_dot([UNMASKED.data, *rest])
    assert np.allclose(co.multi_dot([UNMASKED, *rest]), expected)


@EVERY_ELEMENTAL
@pytest.mark.parametrize("layout", ["csr", "csc", "coo", "bsr", "dok", "lil"])
def test_a_sparse_operand_holds_finite_numbers_and_all_of_them(layout, elemental):
    dense = np.arange(6.0).reshape(2, 3)
    operand = scipy.sparse.coo_array(dense).asformat(layout)
    assert (executed(operand, elemental).jacobian == dense).all()
    dense[1, 1] = np.nan
    with pytest.raises(co.ChainOrderError, match=r"operands\[0\] holds nan: expected finite"):
        executed(scipy.sparse.coo_array(dense).asformat(layout), elemental)
    if layout in ("csr", "csc", "coo", "bsr"):
        operand.data = np.ma.masked_array(operand.data, operand.data == 4)
        with pytest.raises(co.ChainOrderError, match=r"operands\[0\] is masked at \["):
            executed(operand, elemental)


@pytest.mark.parametrize("verb", [co.check, co.measure])
def test_check_and_measure_take_nothing_masked(verb):
    with pytest.raises(co.ChainOrderError, match=r"operands\[0\] is masked at \[1, 2\]"):
        verb([MASKED], np.ones(3))
    with pytest.raises(co.ChainOrderError, match=r"x is masked at \[0\]"):
        verb([UNMASKED], np.ma.masked_less(np.zeros(3), 1))


def test_patterns_and_lists_of_vertices_take_nothing_masked():
    with pytest.raises(co.ChainOrderError, match="a sparse pattern is masked at"):
        co.Sparse(MASKED)
    with pytest.raises(co.ChainOrderError, match=r"edges is masked at \[0, 1\]"):
        co.Graph(np.ma.masked_equal(np.array([[0, 1], [2, 3]]), 1))
    with pytest.raises(co.ChainOrderError, match=r"inputs is masked at \[0\]"):
        co.Graph([(0, 1)], inputs=np.ma.masked_equal(np.array([0]), 0))
    with pytest.raises(co.ChainOrderError, match=r"sizes is masked at \[1\]"):
        co.Chain(np.ma.masked_equal(np.array([2, 3, 4]), 3))


@pytest.mark.parametrize("kind", [object, str, bool, "M8[s]", "m8[s]", [("a", float)]])
@EVERY_ELEMENTAL
def test_what_holds_no_numbers_is_refused_whatever_the_elemental(kind, elemental):
    with pytest.raises(co.ChainOrderError, match=r"operands\[0\] has dtype"):
        executed(np.zeros((2, 3)).astype(kind), elemental)
    graph = co.Graph([(0, 1)], sizes={0: 3, 1: 2})
    with pytest.raises(co.ChainOrderError, match=r"partials\[0, 1\] has dtype"):
        co.execute(co.plan(graph), {(0, 1): np.zeros((2, 3)).astype(kind)})
