"""What is masked would take part in a product as whatever stands there: it is an error instead."""

import numpy as np
import pytest

import chainorder as co

MASKED = np.ma.masked_greater(np.arange(6.0).reshape(2, 3), 4)
UNMASKED = np.ma.masked_greater(np.arange(6.0).reshape(2, 3), 9)


def executed(operand, elemental=None, x=None):
    chain = co.Chain([3, 2, 2], [elemental or co.Elemental(), co.Elemental()])
    return co.execute(co.plan(chain), [operand, np.eye(2)], x)


@pytest.mark.parametrize(
    "elemental",
    [
        co.Elemental(),
        co.Elemental(structure=co.Banded(1, 2)),
        co.Elemental(given=False, tangent_cost=6, adjoint_cost=6),
    ],
    ids=["dense", "banded", "matrix-free"],
)
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
