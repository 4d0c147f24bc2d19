"""What a plan knows of itself: bracketing, order, memory, JSON."""

import json
import random

import pytest
from brute_force import every_bracketing
from hypothesis import given
from hypothesis import strategies as st

import chainorder as co
from chainorder.plans.chain_steps import check_steps
from chainorder.plans.plan import Plan
from chainorder.plans.steps import Steps

sizes_of_chains = st.lists(st.integers(1, 40), min_size=2, max_size=14)


def held_entries(plan):
    """The peak by a simulation that holds the names and sizes of matrices in a dict."""
    d = plan.problem.sizes
    held, peak = {}, 0
    for _, i, k, j in plan.steps:
        held[i, j] = d[i] * d[j]
        peak = max(peak, sum(held.values()))
        held.pop((i, k), None)
        held.pop((k, j), None)
    return peak


def value_of_bracketing(text, factors):
    """The product that the text means, by evaluating it."""
    expression = text.replace(" ", "@")
    return eval(expression, {f"J{l + 1}": factor for l, factor in enumerate(factors)})


class Word(str):
    """A factor whose product spells out the bracketing that was evaluated."""

    def __matmul__(self, other):
        return Word(f"[{self}.{other}]")


def spelled_steps(plan):
    made = {(l, l + 1): f"J{l + 1}" for l in range(len(plan.problem))}
    for _, i, k, j in plan.steps:
        made[i, j] = f"[{made[k, j]}.{made[i, k]}]"
    return made[0, len(plan.problem)]


def test_bracketings_of_the_three_orders_read_as_in_the_field():
    chain = co.Chain([1000, 1, 1000, 1, 1000])
    assert co.plan(chain, "forward").bracketing == "J4 (J3 (J2 J1))"
    assert co.plan(chain, "reverse").bracketing == "((J4 J3) J2) J1"
    assert co.plan(chain, "optimal").bracketing == "(J4 (J3 J2)) J1"


def test_peak_entries_and_flops_of_the_forward_plan_of_the_first_chain():
    chain = co.Chain([1000, 1, 1000, 1, 1000])
    assert co.plan(chain, "forward").peak_entries == 1_001_000
    assert co.plan(chain, "forward").flops == 3_999_000
    assert co.plan(chain, "optimal").flops == 1_002_999


@given(sizes_of_chains)
def test_the_bracketing_says_what_the_steps_do(sizes):
    for order in ("forward", "reverse", "optimal"):
        plan = co.plan(co.Chain(sizes), order)
        words = [Word(f"J{l + 1}") for l in range(len(plan.problem))]
        assert value_of_bracketing(plan.bracketing, words) == spelled_steps(plan)


@given(sizes_of_chains)
def test_peak_entries_are_those_of_a_simulation(sizes):
    for order in ("forward", "reverse", "optimal"):
        plan = co.plan(co.Chain(sizes), order)
        assert plan.peak_entries == held_entries(plan)


def test_an_optimal_plan_holds_as_little_as_any_depth_first_order_of_its_products():
    rng = random.Random(11)
    for _ in range(60):
        sizes = [rng.randint(1, 20) for _ in range(7)]
        plan = co.plan(co.Chain(sizes))
        chosen = {(i, k, j) for _, i, k, j in plan.steps}
        bracketing = next(b for b in every_bracketing(0, 6) if set(b) == chosen)
        for steps in depth_first_orders(bracketing, 0, 6):
            other = Plan(plan.problem, Steps(*zip(*steps, strict=True)), "any", "fma", 0)
            assert plan.peak_entries <= other.peak_entries


def depth_first_orders(steps, i, j):
    """Every order of a bracketing's steps that makes one operand, then the other, then both."""
    if j - i == 1:
        return [[]]
    step = next(s for s in steps if s[0] == i and s[2] == j)
    rights = depth_first_orders(steps, i, step[1])
    lefts = depth_first_orders(steps, step[1], j)
    both = [(right, left) for right in rights for left in lefts]
    return [[*a, *b, step] for r, l in both for a, b in ((r, l), (l, r))]


@given(sizes_of_chains)
def test_a_plan_eliminates_every_intermediate_variable_once_and_can_be_run(sizes):
    for order in ("forward", "reverse", "optimal"):
        plan = co.plan(co.Chain(sizes), order)
        assert sorted(plan.order) == list(range(1, len(plan.problem)))
        check_steps(plan.problem, plan.steps)


@given(sizes_of_chains, st.sampled_from(["fma", "flops"]))
def test_a_plan_goes_to_json_and_back_unchanged(sizes, objective):
    for order in ("forward", "reverse", "optimal"):
        plan = co.plan(co.Chain(sizes), order, objective)
        again = co.Plan.from_json(plan.to_json())
        assert again == plan
        assert again.to_json() == plan.to_json()


def test_a_chain_of_one_elemental_is_a_plan_with_no_step():
    for order in ("forward", "reverse", "optimal"):
        plan = co.plan(co.Chain([3, 4]), order)
        assert len(plan.steps) == plan.fma == plan.flops == plan.peak_entries == 0
        assert plan.order == []
        assert plan.bracketing == "J1"
        assert plan.proof == "optimal"


def test_steps_are_a_sequence_of_named_steps():
    steps = co.plan(co.Chain([2, 3, 4, 5]), "forward").steps
    assert list(steps) == [co.Step("multiply", 0, 1, 2), co.Step("multiply", 0, 2, 3)]
    assert steps[-1].k == 2
    assert list(steps[1:]) == [steps[1]]


def edited(**changes):
    plan = co.plan(co.Chain([2, 3, 4, 5]))
    return json.dumps({**json.loads(plan.to_json()), **changes})


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "not JSON"),
        (edited()[:-5], "not JSON"),
        ("[]", "expected a JSON object"),
        ("{}", "'chain'"),
        (edited(fma=1), "fma is 1: its steps make"),
        (edited(steps=[["multiply", 0, 1, 2]]), "do not end with the Jacobian"),
        (edited(steps=[["multiply", 0, 1, 3], ["multiply", 1, 2, 3]]), r"steps\[0\] needs"),
        (edited(steps=[["divide", 0, 1, 2]]), r"steps\[0\] is"),
        (edited(steps=[["multiply", 0, 1]]), r"steps\[0\] is"),
        (edited(steps=[["multiply", 0, 1, 10**30]]), "out of range"),
        (edited(chain={"format": "chainorder/1", "kind": "chain", "sizes": [2, 0]}), r"sizes\[1\]"),
    ],
)
def test_a_plan_that_is_none_is_refused(text, complaint):
    with pytest.raises(co.ChainOrderError, match=complaint):
        co.Plan.from_json(text)
