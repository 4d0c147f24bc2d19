"""The optimal order of a chain of matrices: published numbers, every bracketing, two algorithms."""

import itertools
import random
from collections import defaultdict

import numpy as np
import pytest
from brute_force import cost_of_every_bracketing, least_costs, product_cost
from hypothesis import given
from hypothesis import strategies as st

import chainorder as co
from chainorder import compiled
from chainorder.orders.chain.hu_shing import bracketing, triangulate
from chainorder.orders.chain.interval_program import StepPrices, interval_program

RANDOM_CHAINS = 200_000


def interval_cost(sizes, objective="fma"):
    q = len(sizes) - 1
    middle = sizes if objective == "fma" else [2 * d - 1 for d in sizes]
    none = [None] * q
    return interval_program(StepPrices(sizes, middle, [0] * q, none, none, sizes)).cost


def hu_shing_cost(sizes, objective="fma"):
    steps = zip(*bracketing(sizes, objective), strict=True)
    return sum(product_cost(sizes, i, k, j, objective) for i, k, j in steps)


def random_sizes(rng, longest):
    """Sizes of the kinds that tell algorithms apart: ties, ones, monotone, bitonic, sawtooth."""
    q = rng.randint(1, longest)
    sizes = [rng.randint(1, rng.choice([2, 3, 5, 12, 1000])) for _ in range(q + 1)]
    kind = rng.randrange(7)
    cut = rng.randint(0, q)
    if kind == 1:
        sizes.sort(reverse=rng.random() < 0.5)
    elif kind == 2:
        sizes = sorted(sizes[:cut]) + sorted(sizes[cut:], reverse=True)
    elif kind == 3:
        sizes = sorted(sizes[:cut], reverse=True) + sorted(sizes[cut:])
    elif kind == 4:
        sizes = [d if l % 2 else 1 + d % 3 for l, d in enumerate(sizes)]
    elif kind == 5:
        sizes = [sizes[l - l % 2] for l in range(q + 1)]
    elif kind == 6:
        sizes = [1 if rng.random() < 0.4 else d for d in sizes]
    return sizes


@pytest.mark.parametrize(
    ("sizes", "forward", "reverse", "optimal"),
    [
        ([1000, 1, 1000, 1, 1000], 3_000_000, 3_000_000, 1_002_000),
        ([1000, 100, 10, 1], 1_010_000, 101_000, 101_000),
    ],
)
def test_costs_of_the_chains_that_the_question_began_with(sizes, forward, reverse, optimal):
    chain = co.Chain(sizes)
    assert co.plan(chain, "forward").fma == forward
    assert co.plan(chain, "reverse").fma == reverse
    assert co.plan(chain, "optimal").fma == optimal


def test_the_textbook_chain_of_cormen_et_al_costs_15125():
    plan = co.plan(co.Chain([30, 35, 15, 5, 10, 20, 25]))
    assert plan.fma == 15_125
    # ((A1 (A2 A3)) ((A4 A5) A6)) in the book; here the last factor is applied first.
    assert plan.bracketing == "(J6 (J5 J4)) ((J3 J2) J1)"


@pytest.mark.parametrize("objective", ["fma", "flops"])
def test_optimal_is_the_least_of_every_bracketing(objective):
    rng = random.Random(7)
    for _ in range(200):
        sizes = random_sizes(rng, longest=9)
        plan = co.plan(co.Chain(sizes), objective=objective)
        least = min(cost_of_every_bracketing(tuple(sizes), objective))
        assert plan.cost == least == least_costs(np.array([sizes]), objective)
        assert plan.proof == "optimal"
        assert plan.lower_bound == plan.cost


def assert_takes_the_least(cost, chains, objective):
    """For all the chains together: `least_costs` is quick for many of one length."""
    by_length = defaultdict(list)
    for sizes in chains:
        by_length[len(sizes)].append(sizes)
    for alike in by_length.values():
        found = [cost(sizes, objective) for sizes in alike]
        wrong = np.flatnonzero(found != least_costs(np.array(alike), objective))
        assert [alike[at] for at in wrong] == []


def test_hu_shing_takes_the_least_of_every_bracketing_of_two_hundred_thousand_chains():
    rng = random.Random(2019)
    chains = (random_sizes(rng, longest=11) for _ in range(RANDOM_CHAINS))
    assert_takes_the_least(hu_shing_cost, chains, "fma")


def test_hu_shing_for_flops_takes_the_least_of_every_bracketing():
    for q, largest in ((2, 6), (3, 6), (4, 5), (5, 4)):
        every = itertools.product(range(1, largest + 1), repeat=q + 1)
        assert_takes_the_least(hu_shing_cost, every, "flops")
    rng = random.Random(1984)
    chains = (random_sizes(rng, longest=14) for _ in range(30_000))
    assert_takes_the_least(hu_shing_cost, chains, "flops")


@pytest.mark.parametrize("objective", ["fma", "flops"])
def test_the_interval_program_takes_the_least_of_every_bracketing(objective):
    rng = random.Random(1973)
    chains = (random_sizes(rng, longest=11) for _ in range(10_000))
    assert_takes_the_least(interval_cost, chains, objective)


def test_a_long_chain_for_flops_claims_no_proof_and_costs_no_more_than_for_fma():
    chain = co.Chain(np.random.default_rng(0).integers(1, 30, 5001))
    plan = co.plan(chain, objective="flops")
    assert plan.proof is None
    assert plan.lower_bound <= plan.flops <= co.plan(chain).flops


@given(st.lists(st.integers(1, 10**18), min_size=2, max_size=30))
def test_hu_shing_and_the_interval_program_agree_on_sizes_beyond_64_bits(sizes):
    assert hu_shing_cost(sizes) == interval_cost(sizes)


def test_compiled_and_interpreted_algorithms_give_the_same_plans(monkeypatch):
    rng = random.Random(3)
    chains = [co.Chain(random_sizes(rng, longest=80)) for _ in range(300)]
    objectives = ("fma", "flops")
    interpreted = [co.plan(c, objective=o) for c in chains for o in objectives]
    monkeypatch.setattr(compiled, "pays", lambda kernel, work: True)
    assert [co.plan(c, objective=o) for c in chains for o in objectives] == interpreted
    assert triangulate in compiled._loaded


def test_ten_thousand_elementals_agree_with_a_bound_and_the_interval_program():
    rng = np.random.default_rng(0)
    chain = co.Chain(rng.integers(1, 50, 1001))
    assert co.plan(chain).fma == interval_cost(list(chain.sizes))


@given(st.lists(st.integers(1, 60), min_size=2, max_size=12))
def test_no_order_costs_less_than_the_lower_bound_of_any_plan(sizes):
    chain = co.Chain(sizes)
    for objective in ("fma", "flops"):
        least = co.plan(chain, "optimal", objective).cost
        for order in ("forward", "reverse"):
            plan = co.plan(chain, order, objective)
            assert plan.lower_bound <= least <= plan.cost


def test_reverse_is_optimal_for_a_scalar_output_with_shrinking_sizes():
    chain = co.Chain([1000, 100, 10, 1])
    assert co.plan(chain, "reverse").steps == co.plan(chain).steps
