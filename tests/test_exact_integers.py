"""Costs beyond 64 bits, and chains of a million elementals."""

import random

import numpy as np
import pytest

import chainorder as co


def exact_costs(plan):
    """fma and flops by Python integers alone, one step after another."""
    d = plan.problem.sizes
    fma = sum(d[i] * d[k] * d[j] for _, i, k, j in plan.steps)
    flops = sum(d[i] * d[j] * (2 * d[k] - 1) for _, i, k, j in plan.steps)
    return fma, flops


@pytest.mark.parametrize("largest", [10, 10**6, 2 * 10**6, 10**10, 10**18])
def test_costs_are_exact_for_sizes_up_to_ten_to_the_eighteen(largest):
    rng = random.Random(largest)
    for _ in range(20):
        chain = co.Chain([rng.randint(max(1, largest // 2), largest) for _ in range(12)])
        for order in ("forward", "reverse", "optimal"):
            plan = co.plan(chain, order)
            assert (plan.fma, plan.flops) == exact_costs(plan)
            assert type(plan.fma) is type(plan.flops) is type(plan.peak_entries) is int


def test_a_cost_just_beyond_64_bits_is_not_wrapped():
    chain = co.Chain([2**21, 2**21, 2**21, 1])
    assert co.plan(chain, "forward").fma == 2**63 + 2**42


def test_many_products_of_moderate_sizes_are_summed_beyond_64_bits():
    chain = co.Chain(np.full(50_001, 100_000))
    assert co.plan(chain, "forward").fma == 49_999 * 10**15


def test_a_million_elementals_are_planned_exactly():
    sizes = np.random.default_rng(1).integers(1, 1001, 10**6 + 1)
    plan = co.plan(co.Chain(sizes))
    steps = plan.steps
    assert len(steps) == 10**6 - 1
    d = sizes.astype(object)
    assert plan.fma == (d[steps.i] * d[steps.k] * d[steps.j]).sum()
    assert np.array_equal(np.sort(steps.k), np.arange(1, 10**6))
    assert plan.fma <= co.plan(co.Chain(sizes), "forward").fma
    assert plan == co.plan(co.Chain(sizes))


def test_a_hundred_thousand_huge_sizes_are_planned_with_python_integers():
    rng = random.Random(5)
    chain = co.Chain([rng.randint(1, 10**18) for _ in range(100_001)])
    plan = co.plan(chain)
    assert (plan.fma, plan.flops) == exact_costs(plan)
    assert plan.lower_bound == plan.fma
