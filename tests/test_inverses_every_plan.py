"""Optimal plans of chains with inverses, transposes and repeats against every plan there is."""

import numpy as np
import pytest
from counted_solves import is_sparse_lu
from every_inverse_plan import EveryPlan
from inverses import Factor, Matrix, chain_of, operands_of, random_factors
from structures import as_array

import chainorder as co
from chainorder.plans.chain_steps import wanted_ranges

CHAINS = 150


def condition_of(factors):
    """By how much rounding may grow on the way: the condition numbers, multiplied."""
    return float(np.prod([np.linalg.cond(f.matrix.value) for f in factors if f.is_solved]))


def value_of(factors, i, j):
    value = factors[i].value
    for factor in factors[i + 1 : j]:
        value = factor.value @ value
    return value


def check_run(plan, factors, operands, ranges):
    """Values against explicit inverses, and what was counted against the plan."""
    run = co.execute(plan, operands)
    found = run.jacobian if plan.wanted != "whole" else [run.jacobian]
    size = np.prod([np.linalg.norm(factor.value, 2) for factor in factors])
    for matrix, (i, j) in zip(found, ranges, strict=True):
        error = np.abs(as_array(matrix) - value_of(factors, i, j)).max()
        assert error <= 1e-13 * condition_of(factors) * max(size, 1.0)
    inverted = {f.matrix.label for f in factors if f.inverted}
    cancels = inverted & {f.matrix.label for f in factors if not f.inverted}
    sparse = any(f.is_solved and isinstance(f.matrix.structure, co.Sparse) for f in factors)
    if cancels or sparse:
        # What cancels is no entry; and the inverse of a sparse matrix may have fewer than foreseen.
        return
    assert run.fma == plan.fma
    assert run.flops == plan.flops
    assert run.peak_entries == plan.peak_entries


def check_other_orders(plan, factors, rng):
    """The named orders of a chain bound one another, come back from JSON, and run as planned."""
    for order in ("forward", "reverse", "preaccumulate"):
        try:
            other = co.plan(plan.problem, order, objective=plan.objective)
        except co.ChainOrderError:
            continue
        assert max(plan.lower_bound, other.lower_bound) <= min(plan.cost, other.cost)
        assert co.Plan.from_json(other.to_json()) == other
        check_run(other, factors, operands_of(factors, rng), [(0, len(factors))])


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("matrix_free", [0.0, 0.5])
def test_optimal_is_the_least_of_every_plan_and_runs_as_planned(shared, matrix_free):
    rng = np.random.default_rng([int(shared), int(2 * matrix_free)])
    for _ in range(CHAINS):
        factors = random_factors(rng, 5, matrix_free)
        objective = str(rng.choice(["fma", "flops"]))
        chain = chain_of(factors, shared=shared)
        plan = co.plan(chain, objective=objective)
        assert co.Plan.from_json(plan.to_json()) == plan
        if not any(f.is_solved and is_sparse_lu(f) for f in factors):
            least = EveryPlan(factors, shared=shared, objective=objective).least()
            assert plan.cost == least, (factors, plan)
            assert plan.lower_bound <= plan.cost
            assert plan.proof == "optimal"
        check_run(plan, factors, operands_of(factors, rng), [(0, len(factors))])
        check_other_orders(plan, factors, rng)


def random_palindrome(rng):
    """Factors whose product is symmetric, with others at either end now and then."""
    half = random_factors(rng, 3, 0.2)
    middle = []
    if rng.random() < 0.5:
        n = half[-1].shape[0]
        value = rng.uniform(-1.0, 1.0, (n, n)) + n * np.eye(n)
        symmetric = Matrix("S", co.Symmetric(), value + value.T, True, None, None)
        middle = [Factor(symmetric, bool(rng.random() < 0.3), False)]
    mirrored = [f._replace(transposed=not f.transposed) for f in reversed(half)]
    factors = half + middle + mirrored
    if rng.random() < 0.3:
        return factors[int(rng.integers(2)) : len(factors) - int(rng.integers(2))] or factors
    return factors[:6]


def test_products_that_are_symmetric_take_half_and_plans_know_it():
    rng = np.random.default_rng(14)
    halved = 0
    for _ in range(CHAINS):
        factors = random_palindrome(rng)
        objective = str(rng.choice(["fma", "flops"]))
        chain = chain_of(factors, shared=True)
        plan = co.plan(chain, objective=objective)
        assert co.Plan.from_json(plan.to_json()) == plan
        every = EveryPlan(factors, shared=True, objective=objective)
        halved += sum(step.kind == "multiply" and every.is_halved(*step[1:]) for step in plan.steps)
        if not any(f.is_solved and is_sparse_lu(f) for f in factors):
            assert plan.cost == every.least(), (factors, plan)
            assert plan.lower_bound <= plan.cost
            assert plan.proof == "optimal"
        check_run(plan, factors, operands_of(factors, rng), [(0, len(factors))])
        check_other_orders(plan, factors, rng)
    assert halved > CHAINS // 4


@pytest.mark.parametrize("wanted", ["prefixes", "suffixes"])
def test_all_prefixes_and_suffixes_are_the_least_of_every_plan_and_run_as_planned(wanted):
    rng = np.random.default_rng(len(wanted))
    for _ in range(CHAINS):
        factors = random_factors(rng, 5, 0.3)
        shared = bool(rng.random() < 0.7)
        chain = chain_of(factors, shared=shared)
        ranges = wanted_ranges(wanted, len(factors))
        plan = co.plan(chain, wanted=wanted)
        if not any(f.is_solved and is_sparse_lu(f) for f in factors):
            least = EveryPlan(factors, shared=shared, objective="fma").least(ranges)
            assert plan.cost == least, (factors, plan)
            assert plan.proof == "optimal"
            assert plan.lower_bound == plan.cost
        assert co.Plan.from_json(plan.to_json()) == plan
        check_run(plan, factors, operands_of(factors, rng), ranges)
