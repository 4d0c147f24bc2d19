"""The example of a heated plate: a real problem, where neither direction is good all the way."""

import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

import chainorder as co

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "examples"))
import heat_sensors


@pytest.fixture(scope="module")
def small_problem():
    return heat_sensors.heat_problem(small=True)


def test_the_products_written_by_hand_are_right(small_problem):
    operands, x, _ = small_problem
    assert len(co.check(operands, x).operands) == 10


def test_all_orders_give_the_jacobian_that_finite_differences_see(small_problem):
    operands, x, names = small_problem
    known = [co.Elemental(name=name, given=name == "estimation") for name in names]
    chain = co.measure(operands, x, known)

    def simulation(point):
        for operand in operands:
            point = operand.f(point) if isinstance(operand, co.Function) else operand @ point
        return point

    v = np.random.default_rng(0).standard_normal(len(x))
    h = 1e-6
    slope = (simulation(x + h * v) - simulation(x - h * v)) / (2 * h)
    for order in ("forward", "reverse", "preaccumulate", "optimal"):
        plan = co.plan(chain, order)
        run = co.execute(plan, operands, x, block=heat_sensors.BLOCK)
        assert run.planned_seconds == plan.seconds
        np.testing.assert_allclose(run.jacobian @ v, slope, rtol=1e-6)


def test_the_best_mix_goes_out_from_the_sensors():
    # With costs in proportion to the sizes the waist is where adjoints and tangents meet.
    sizes = [400, 10_816, 10_816, 10_816, 2704, 2704, 6, 5, 10_816, 10_816, 400]
    elementals = [
        co.Elemental(given=l == 6, tangent_cost=10 * (m + n), adjoint_cost=10 * (m + n))
        for l, (n, m) in enumerate(pairwise(sizes))
    ]
    chain = co.Chain(sizes, elementals)
    plan = co.plan(chain)
    ways = plan.ways()
    assert ways["adjoints"] == [1, 2, 3, 4, 5, 6]
    assert ways["tangents"] == [9, 10]
    assert co.plan(chain, "forward").fma > 40 * plan.fma
    assert co.plan(chain, "reverse").fma > 40 * plan.fma
