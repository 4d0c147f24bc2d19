"""Optimal plans of mixed and matrix-free chains against every plan that there is, one by one."""

import json
import random
from dataclasses import replace

import pytest

import chainorder as co
from chainorder import compiled
from chainorder.plans.steps import KINDS, Steps


def every_plan(chain, memory):
    """All plans as lists of steps, by nothing but the definition of a step."""
    elementals = chain.elementals

    def pushes(k, j):
        return all(elementals[l].tangent_cost is not None for l in range(k, j))

    def pulls(i, k):
        return all(
            elementals[l].adjoint_cost is not None
            and (memory is None or elementals[l].tape <= memory)
            for l in range(i, k)
        )

    def plans(i, j):
        if j - i == 1:
            if elementals[i].given:
                yield []
                return
            if pushes(i, j):
                yield [("accumulate", i, i, j)]
            if pulls(i, j):
                yield [("accumulate", i, j, j)]
            return
        for k in range(i + 1, j):
            for right in made[i, k]:
                for left in made[k, j]:
                    yield [*right, *left, ("multiply", i, k, j)]
            if pushes(k, j):
                for right in made[i, k]:
                    yield [*right, ("tangent", i, k, j)]
            if pulls(i, k):
                for left in made[k, j]:
                    yield [*left, ("adjoint", i, k, j)]

    made = {}
    q = len(chain)
    for width in range(1, q + 1):
        for i in range(q - width + 1):
            made[i, i + width] = list(plans(i, i + width))
    return made[0, q]


def cost_of(chain, steps, objective):
    """The formulas of the model, step by step (Naumann 2024, section 2)."""
    d, total = chain.sizes, 0
    for kind, i, k, j in steps:
        if kind == "multiply":
            total += d[i] * d[j] * (d[k] if objective == "fma" else 2 * d[k] - 1)
        elif kind == "tangent" or (kind == "accumulate" and k == i):
            total += d[i] * sum(chain.elementals[l].tangent_cost for l in range(k, j))
        else:
            total += d[j] * sum(chain.elementals[l].adjoint_cost for l in range(i, k))
    return total


def random_chain(rng, q, kind):
    size = rng.choice([2, 5, 12])
    sizes = [rng.randint(1, size) for _ in range(q + 1)]
    scale = rng.choice([1, 10, 60])

    def cost():
        is_missing = kind != "complete" and rng.random() < 0.3
        return None if is_missing else rng.randint(0, scale)

    elementals = [
        co.Elemental(
            given=kind == "mixed" and rng.random() < 0.5,
            tangent_cost=cost(),
            adjoint_cost=cost(),
            tape=rng.randint(0, 10),
        )
        for _ in range(q)
    ]
    return co.Chain(sizes, elementals)


@pytest.mark.parametrize("kind", ["complete", "incomplete", "mixed"])
@pytest.mark.parametrize("memory", [None, 5])
def test_optimal_is_the_least_of_every_plan(kind, memory):
    rng = random.Random(f"{kind} {memory}")
    lengths = [1, 2, 3, 4, 4, 5] * 6 + [6]
    feasible = 0
    for q in lengths:
        chain = random_chain(rng, q, kind)
        objective = rng.choice(["fma", "flops"])
        costs = [cost_of(chain, steps, objective) for steps in every_plan(chain, memory)]
        if not costs:
            with pytest.raises(co.InfeasibleOrderError, match="no order is possible"):
                co.plan(chain, objective=objective, memory=memory)
            continue
        feasible += 1
        plan = co.plan(chain, objective=objective, memory=memory)
        assert plan.cost == min(costs) == cost_of(chain, plan.steps, objective)
        assert plan.proof == "optimal"
        assert co.Plan.from_json(plan.to_json()) == plan
        relaxed = min(
            (cost_of(chain, steps, objective) for steps in every_plan(chain, None)), default=None
        )
        assert plan.lower_bound == relaxed
    assert feasible > len(lengths) // 3


@pytest.mark.parametrize("memory", [None, 5])
def test_lower_bounds_and_other_orders_lie_on_their_sides_of_every_plan(memory):
    rng = random.Random(11)
    proved = 0
    for _ in range(150):
        chain = random_chain(rng, rng.randint(1, 5), rng.choice(["complete", "mixed"]))
        costs = {cost_of(chain, steps, "fma") for steps in every_plan(chain, memory)}
        for order in ("forward", "reverse", "preaccumulate"):
            try:
                plan = co.plan(chain, order, memory=memory)
            except co.InfeasibleOrderError:
                continue
            assert plan.lower_bound <= min(costs)
            assert plan.cost in costs
            if plan.proof == "optimal":
                proved += 1
                assert plan.cost == min(costs)
    assert proved > 0


def test_every_plan_is_accepted_and_costs_what_the_model_says():
    rng = random.Random(5)
    for _ in range(12):
        chain = random_chain(rng, rng.randint(1, 4), "mixed")
        for steps in every_plan(chain, memory=5):
            kind, i, k, j = zip(*steps, strict=True) if steps else ((), (), (), ())
            columns = Steps(i, k, j, [KINDS.index(name) for name in kind])
            plan = co.Plan(chain, columns, "forward", "fma", 0, None, 5)
            assert co.Plan.from_json(plan.to_json()) == plan
            assert plan.fma == cost_of(chain, steps, "fma")
            assert plan.flops == cost_of(chain, steps, "flops")


def test_steps_that_memory_or_a_missing_product_rules_out_are_no_plan():
    chain = co.Chain(
        [2, 3, 4],
        [
            co.Elemental(given=False, adjoint_cost=1, tape=7),
            co.Elemental(given=False, tangent_cost=1),
        ],
    )
    plan = co.plan(chain, memory=7)
    fields = plan.to_dict()
    with pytest.raises(co.ChainOrderError, match=r"elementals\[0\] cannot do that"):
        co.Plan.from_json(json.dumps({**fields, "memory": 6}))
    backwards = [["accumulate", 1, 2, 2], ["adjoint", 0, 1, 2]]
    with pytest.raises(co.ChainOrderError, match=r"steps\[0\] .* elementals\[1\] cannot"):
        co.Plan.from_json(json.dumps({**fields, "steps": backwards}))


def orders_of(plan):
    """Every depth-first order of the steps of a plan: operands right before what uses them."""
    by_result = {(step.i, step.j): step for step in plan.steps}

    def made(i, j):
        step = by_result.get((i, j))
        if step is None:
            return [[]]
        kind, i, k, j = step
        left = made(k, j) if kind in ("multiply", "adjoint") else [[]]
        right = made(i, k) if kind in ("multiply", "tangent") else [[]]
        return [
            [*first, *second, step]
            for one in left
            for other in right
            for first, second in ((one, other), (other, one))
        ]

    return made(0, len(plan.problem))


def test_no_depth_first_order_holds_less_than_the_plan():
    rng = random.Random(21)
    differed = 0
    for _ in range(60):
        chain = random_chain(rng, rng.randint(2, 6), rng.choice(["mixed", "complete"]))
        for order in ("optimal", "preaccumulate"):
            try:
                plan = co.plan(chain, order)
            except co.InfeasibleOrderError:
                continue
            peaks = set()
            for steps in orders_of(plan):
                kind, i, k, j = zip(*steps, strict=True)
                columns = Steps(i, k, j, [KINDS.index(name) for name in kind])
                peaks.add(replace(plan, steps=columns).peak_entries)
            assert plan.peak_entries == min(peaks)
            differed += len(peaks) > 1
    assert differed > 10


def test_costs_beyond_64_bits_are_exact():
    rng = random.Random(8)
    for _ in range(20):
        chain = random_chain(rng, rng.randint(1, 5), "incomplete")
        scale = 10**17
        larger = co.Chain(
            [d * scale // 10 for d in chain.sizes],
            [
                replace(
                    e,
                    tangent_cost=e.tangent_cost and e.tangent_cost * 10**16,
                    adjoint_cost=e.adjoint_cost and e.adjoint_cost * 10**16,
                )
                for e in chain.elementals
            ],
        )
        costs = [cost_of(larger, steps, "fma") for steps in every_plan(larger, None)]
        if costs:
            plan = co.plan(larger)
            assert plan.fma == min(costs) > 10**30 or min(costs) == 0
            assert plan.lower_bound == plan.fma
            assert co.Plan.from_json(plan.to_json()) == plan


@pytest.mark.parametrize("memory", [None, 5])
def test_compiled_and_interpreted_plans_are_the_same(memory, monkeypatch):
    rng = random.Random(13)
    chains = [random_chain(rng, rng.randint(2, 40), kind) for kind in ("complete", "mixed") * 6]

    def plans():
        for chain in chains:
            for objective in ("fma", "flops"):
                try:
                    yield co.plan(chain, objective=objective, memory=memory)
                except co.InfeasibleOrderError as error:
                    yield str(error)

    interpreted = list(plans())
    monkeypatch.setattr(compiled, "pays", lambda kernel, work: True)
    assert list(plans()) == interpreted
