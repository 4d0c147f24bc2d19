"""The optimal order of a chain of matrices, against published numbers and every bracketing."""

import random
from functools import cache

import pytest

import chainorder as co


def least_cost_of_every_bracketing(sizes, objective):
    """By trying them all, as nothing but a definition."""

    @cache
    def every_cost(i, j):
        if j - i == 1:
            return [0]
        return [
            left
            + right
            + sizes[i] * sizes[j] * (sizes[k] if objective == "fma" else 2 * sizes[k] - 1)
            for k in range(i + 1, j)
            for left in every_cost(i, k)
            for right in every_cost(k, j)
        ]

    return min(every_cost(0, len(sizes) - 1))


@pytest.mark.parametrize(
    ("sizes", "forward", "reverse", "optimal"),
    [
        ([1000, 1, 1000, 1, 1000], 3_000_000, 3_000_000, 1_002_000),
        ([1000, 100, 10, 1], 1_010_000, 101_000, 101_000),
    ],
)
def test_costs_of_the_seed_chains(sizes, forward, reverse, optimal):
    chain = co.Chain(sizes)
    assert co.plan(chain, "forward").fma == forward
    assert co.plan(chain, "reverse").fma == reverse
    assert co.plan(chain, "optimal").fma == optimal


def test_the_textbook_chain_of_cormen_et_al_costs_15125():
    assert co.plan(co.Chain([30, 35, 15, 5, 10, 20, 25])).fma == 15_125


@pytest.mark.parametrize("objective", ["fma", "flops"])
def test_optimal_equals_the_least_of_every_bracketing(objective):
    rng = random.Random(7)
    for _ in range(150):
        q = rng.randint(1, 9)
        sizes = [rng.randint(1, rng.choice([2, 4, 30])) for _ in range(q + 1)]
        plan = co.plan(co.Chain(sizes), objective=objective)
        assert plan.cost == least_cost_of_every_bracketing(tuple(sizes), objective)
        assert plan.proof == "optimal"
        assert plan.lower_bound == plan.cost
