"""Running plans on several workers: the same Jacobian, the same counts, nothing left behind."""

import _thread
import threading
import time

import numpy as np
import pytest
from test_machines_brute_force import random_chain

import chainorder as co

rng = np.random.default_rng(0)


def matrices(chain):
    d = chain.sizes
    return [rng.standard_normal((d[l + 1], d[l])) for l in range(len(chain))]


def product(operands):
    jacobian = operands[0]
    for operand in operands[1:]:
        jacobian = operand @ jacobian
    return jacobian


def chainorder_threads():
    return [t for t in threading.enumerate() if t.name.startswith("chainorder-")]


@pytest.mark.parametrize("workers", [2, 3, 5])
def test_workers_make_the_same_jacobian_and_count_the_same(workers):
    for seed in range(8):
        chain = random_chain(6, seed)
        operands = matrices(chain)
        for plan in (co.plan(chain), co.plan(chain, machines=workers)):
            run = co.execute(plan, operands, workers=workers)
            np.testing.assert_allclose(run.jacobian, product(operands), atol=1e-12)
            assert (run.fma, run.flops) == (plan.fma, plan.flops)


def test_given_dense_elementals_are_multiplied_side_by_side():
    chain = co.Chain([30, 40, 20, 50, 10, 60, 30])
    operands = matrices(chain)
    plan = co.plan(chain, machines=2)
    run = co.execute(plan, operands, workers=2)
    np.testing.assert_allclose(run.jacobian, product(operands), atol=1e-9)
    assert run.fma == plan.fma
    assert co.execute(plan, operands).fma == plan.fma


def test_structure_stays_sparse_on_workers():
    n = 50
    chain = co.Chain([n] * 5, [co.Elemental(structure=co.Banded(1, 1))] * 4)
    operands = [np.triu(np.tril(rng.standard_normal((n, n)), 1), -1) for _ in range(4)]
    plan = co.plan(chain, machines=2)
    run = co.execute(plan, operands, workers=2)
    np.testing.assert_allclose(run.jacobian.toarray(), product(operands), atol=1e-12)
    assert run.fma == plan.fma


def test_what_was_measured_is_a_schedule_that_can_be():
    chain = co.random_chain(8, (2, 9), (10, 99), seed=4)
    operands = matrices(chain)
    plan = co.plan(chain, machines=3)
    run = co.execute(plan, operands, workers=3)
    made = {}
    for t, step in enumerate(run.steps):
        assert all(run.schedule.start[t] >= made[r] for r in step.operands)
        made[step.result] = run.schedule.finish[t]
    assert run.steps == plan.steps
    assert run.schedule.machines == 3
    assert set(run.schedule.machine.tolist()) <= {0, 1, 2}
    for y in range(3):
        mine = run.schedule.steps_on(y)
        ends = run.schedule.finish[mine]
        assert (run.schedule.start[mine][1:] >= ends[:-1]).all()
    assert run.seconds == run.schedule.makespan / 1e9
    assert co.execute(plan, operands).schedule is None


def test_steps_that_wait_for_each_other_run_at_once():
    """Two tangents that each wait for the other to begin: one after the other they never end."""
    both = threading.Barrier(2, timeout=20)

    def meet(x, v):
        both.wait()
        return v

    slow = co.Function(lambda x: x, meet, blocks=True)
    tangents = co.Elemental(given=False, tangent_cost=10**6)
    chain = co.Chain([2, 2, 2], [tangents, tangents])
    plan = co.plan(chain, "preaccumulate", machines=2)
    run = co.execute(plan, [slow, slow], np.ones(2), workers=2)
    np.testing.assert_array_equal(run.jacobian, np.eye(2))


def failing_chain(jvp, others):
    """Three elementals that are accumulated at once; the second one's tangents are `jvp`."""
    tangents = co.Elemental(given=False, tangent_cost=10**6)
    chain = co.Chain([2] * 4, [tangents] * 3)
    identity = co.Function(lambda x: x, others, blocks=True)
    operands = [identity, co.Function(lambda x: x, jvp, blocks=True), identity]
    return co.plan(chain, "preaccumulate", machines=3), operands


def test_a_step_that_fails_names_the_elemental_and_stops_the_others():
    def fail(x, v):
        raise RuntimeError("no solution")

    plan, operands = failing_chain(fail, lambda x, v: v)
    with pytest.raises(co.ChainOrderError, match=r"operands\[1\].*no solution"):
        co.execute(plan, operands, np.ones(2), workers=3)
    assert not chainorder_threads()


def test_a_step_that_runs_beside_one_that_fails_is_given_up_between_blocks():
    calls = []
    failed = threading.Event()

    def fail(x, v):
        failed.set()
        raise RuntimeError("no solution")

    def slow(x, v):
        failed.wait(10)
        time.sleep(0.2)
        calls.append(v.shape)
        return v

    plan, operands = failing_chain(fail, slow)
    with pytest.raises(co.ChainOrderError, match="no solution"):
        co.execute(plan, operands, np.ones(2), workers=3, block=1)
    assert len(calls) <= 2  # the first of two blocks, of each of the two others
    assert not chainorder_threads()


def test_ctrl_c_ends_every_thread():
    def interrupt(x, v):
        _thread.interrupt_main()
        time.sleep(0.3)
        return v

    plan, operands = failing_chain(interrupt, lambda x, v: v)
    with pytest.raises(KeyboardInterrupt):
        co.execute(plan, operands, np.ones(2), workers=2)
    assert not chainorder_threads()


def test_blas_has_one_thread_while_workers_run_and_its_own_again_after():
    from threadpoolctl import threadpool_info

    def blas_threads():
        return [lib["num_threads"] for lib in threadpool_info() if lib["user_api"] == "blas"]

    seen = []

    def look(x, v):
        seen.append(blas_threads())
        return v

    before = blas_threads()
    plan, operands = failing_chain(look, look)
    co.execute(plan, operands, np.ones(2), workers=2)
    assert all(threads == [1] * len(before) for threads in seen)
    assert blas_threads() == before


def test_factors_are_made_on_workers_too():
    chain = co.Chain([9, 1, 8, 1, 9, 1, 7])
    operands = matrices(chain)
    plan = co.plan(chain, form="operator")
    run = co.execute(plan, operands, workers=2)
    np.testing.assert_allclose(run.jacobian @ np.eye(9), product(operands), atol=1e-12)


def test_workers_that_cannot_be_are_refused():
    chain = co.Chain([2, 3, 2])
    with pytest.raises(co.ChainOrderError, match="workers is 0"):
        co.execute(co.plan(chain), matrices(chain), workers=0)
    for wanted in ("prefixes", "suffixes"):
        with pytest.raises(co.ChainOrderError, match=f"all {wanted} are made one after another"):
            co.execute(co.plan(chain, wanted=wanted), matrices(chain), workers=2)
    graph = co.Graph([("x", "v"), ("v", "y")], ["x"], ["y"])
    with pytest.raises(co.ChainOrderError, match="one after another, expected 1"):
        co.execute(co.plan(graph), {("x", "v"): 1.0, ("v", "y"): 2.0}, workers=2)
