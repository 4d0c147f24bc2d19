"""Running plans on arrays: the right Jacobian, and counts of what was really multiplied."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import chainorder as co
from chainorder import compiled
from chainorder.execution import dense

ORDERS = ("forward", "reverse", "optimal")


def random_jacobians(sizes, rng, dtype=float):
    shapes = list(zip(sizes[1:], sizes[:-1], strict=True))
    if np.dtype(dtype).kind == "c":
        return [(rng.normal(size=s) + 1j * rng.normal(size=s)).astype(dtype) for s in shapes]
    if np.dtype(dtype).kind in "iu":
        return [rng.integers(0, 4, s).astype(dtype) for s in shapes]
    return [rng.normal(size=s).astype(dtype) for s in shapes]


def product(jacobians):
    result = jacobians[0]
    for jacobian in jacobians[1:]:
        result = jacobian @ result
    return result


@given(st.lists(st.integers(1, 12), min_size=2, max_size=10), st.integers(0, 99))
def test_every_order_gives_the_product_and_counts_what_was_planned(sizes, seed):
    jacobians = random_jacobians(sizes, np.random.default_rng(seed))
    for order in ORDERS:
        plan = co.plan(co.Chain(sizes), order)
        run = co.execute(plan, jacobians)
        np.testing.assert_allclose(run.jacobian, product(jacobians), rtol=1e-9, atol=1e-9)
        assert (run.fma, run.flops) == (plan.fma, plan.flops)
        assert run.peak_entries == plan.peak_entries
        assert run.seconds >= 0


@pytest.mark.parametrize("dtype", ["f4", "f8", "c8", "c16", "i4", "i8", "u1"])
def test_dtypes_are_kept(dtype):
    jacobians = random_jacobians([3, 4, 1, 5, 2], np.random.default_rng(0), dtype)
    for order in ORDERS:
        jacobian = co.execute(co.plan(co.Chain([3, 4, 1, 5, 2]), order), jacobians).jacobian
        assert jacobian.dtype == np.dtype(dtype)
        np.testing.assert_allclose(jacobian, product(jacobians), rtol=1e-3)


def test_mixed_dtypes_are_promoted():
    sizes = [3, 4, 5]
    a = random_jacobians(sizes, np.random.default_rng(0), "f4")[0]
    b = random_jacobians(sizes, np.random.default_rng(0), "c16")[1]
    assert co.execute(co.plan(co.Chain(sizes)), [a, b]).jacobian.dtype == np.dtype("c16")


def test_any_memory_layout_is_read_and_left_alone():
    rng = np.random.default_rng(0)
    sizes = [30, 20, 1, 40, 10]
    jacobians = random_jacobians(sizes, rng)
    layouts = [
        np.asfortranarray(jacobians[0]),
        np.repeat(jacobians[1], 2, axis=1)[:, ::2],
        jacobians[2][::-1][::-1],
        jacobians[3].T.copy().T,
    ]
    before = [array.copy() for array in layouts]
    for order in ORDERS:
        jacobian = co.execute(co.plan(co.Chain(sizes), order), layouts).jacobian
        np.testing.assert_allclose(jacobian, product(jacobians), rtol=1e-9)
    assert all(np.array_equal(a, b) for a, b in zip(layouts, before, strict=True))


@pytest.mark.parametrize("is_loaded", [False, True])
def test_large_buffers_are_reused_without_mixing_up_what_they_hold(monkeypatch, is_loaded):
    monkeypatch.setattr(compiled, "pays", lambda kernel, work: is_loaded)
    monkeypatch.setattr(dense, "compiler_is_loaded", lambda: is_loaded)
    monkeypatch.setattr(dense, "WORTH_REUSING", 1)
    monkeypatch.setattr(dense, "LARGE_OUTER", 4)
    monkeypatch.setattr(dense, "OUTER_BLOCK", 8)
    rng = np.random.default_rng(4)
    for _ in range(300):
        sizes = rng.integers(1, 9, rng.integers(3, 12)).tolist()
        jacobians = random_jacobians(sizes, rng)
        for order in ORDERS:
            plan = co.plan(co.Chain(sizes), order)
            run = co.execute(plan, jacobians)
            np.testing.assert_allclose(run.jacobian, product(jacobians), rtol=1e-9, atol=1e-9)
            assert run.peak_entries == plan.peak_entries


def test_counts_come_from_the_operands_and_not_from_the_plan():
    left, right = np.ones((2, 3)), np.ones((3, 5))
    _, counts = dense.multiply_all([(0, 1, 2)], [right, left])
    assert counts == (30, 2 * 5 * 5, 10)


def test_a_chain_of_one_elemental_gives_a_copy():
    jacobian = np.ones((4, 3))
    run = co.execute(co.plan(co.Chain([3, 4])), [jacobian])
    assert np.array_equal(run.jacobian, jacobian)
    assert not np.shares_memory(run.jacobian, jacobian)
    assert run.fma == run.flops == run.peak_entries == 0


def good_operands():
    return [np.ones((3, 2)), np.ones((4, 3)), np.ones((2, 4))]


def broken(position, value):
    operands = good_operands()
    operands[position] = value
    return operands


def with_entry(value):
    array = np.ones((4, 3))
    array[2, 1] = value
    return array


@pytest.mark.parametrize(
    ("operands", "complaint"),
    [
        (good_operands()[:2], "2 operands: expected 3"),
        ([], "0 operands: expected 3"),
        (3, "operands: expected a sequence"),
        (broken(1, np.ones((3, 4))), r"operands\[1\] has shape \(3, 4\): expected \(4, 3\)"),
        (broken(2, np.ones(4)), r"operands\[2\] has shape \(4,\)"),
        (broken(0, np.full((3, 2), "a")), r"operands\[0\] has dtype <U1"),
        (broken(0, np.full((3, 2), None)), r"operands\[0\] has dtype object"),
        (broken(0, [[1, 2], [3]]), r"operands\[0\] is no array"),
        (broken(1, with_entry(np.nan)), r"operands\[1\] is nan at \[2, 1\]"),
        (broken(1, with_entry(-np.inf)), r"operands\[1\] is -inf at \[2, 1\]"),
    ],
)
def test_operands_that_do_not_fit_are_named(operands, complaint):
    with pytest.raises(co.ChainOrderError, match=complaint):
        co.execute(co.plan(co.Chain([2, 3, 4, 2])), operands)


def test_a_product_of_finite_numbers_may_overflow():
    run = co.execute(co.plan(co.Chain([1, 1, 1])), [np.full((1, 1), 1e300)] * 2)
    assert np.isinf(run.jacobian).all()


def test_what_is_no_plan_is_refused():
    with pytest.raises(co.ChainOrderError, match="expected a Plan"):
        co.execute([(0, 1, 2)], good_operands())
