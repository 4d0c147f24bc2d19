"""Plans for machines against every plan in every schedule, and against CP-SAT."""

import random
from itertools import pairwise

import numpy as np
import pytest
from machines import best_schedule, least_makespan, plans
from ortools.sat.python import cp_model

import chainorder as co


def random_elemental(rng):
    """Given or not, with tangents or not, with adjoints and their tapes or not."""
    products = rng.choice([(1, 0), (0, 1), (1, 1), (1, 1)])
    is_given = rng.random() < 0.3
    costs = [
        rng.randint(0, 40) if there or (is_given and rng.random() < 0.3) else None
        for there in products
    ]
    return co.Elemental(
        given=is_given, tangent_cost=costs[0], adjoint_cost=costs[1], tape=rng.randint(0, 10)
    )


def random_chain(q, seed):
    rng = random.Random(seed)
    return co.Chain(
        [rng.randint(1, 6) for _ in range(q + 1)], [random_elemental(rng) for _ in range(q)]
    )


def assert_can_be_run(plan):
    """Every operand is there in time, and no machine does two things at once."""
    schedule, made = plan.schedule, {}
    assert len(schedule.start) == len(schedule.machine) == len(plan.steps)
    for t, step in enumerate(plan.steps):
        assert step.kind in ("accumulate", "multiply") or len(step.passes) == 1
        assert 0 <= schedule.machine[t] < schedule.machines
        assert all(schedule.start[t] >= made.get(operand, 0) for operand in step.operands)
        made[step.result] = schedule.finish[t]
    for y in range(schedule.machines):
        mine = schedule.steps_on(y)
        for before, after in pairwise(mine):
            assert schedule.finish[before] <= schedule.start[after]
    assert plan.makespan == plan.cost == max(made.values(), default=0)
    duration = plan.prices.step_costs(plan.steps, plan.objective)
    assert np.array_equal(duration, schedule.duration)


@pytest.mark.parametrize("machines", [1, 2, 3, 4])
@pytest.mark.parametrize("q", [1, 2, 3, 4])
def test_optimal_is_the_least_makespan_of_every_plan_and_schedule(q, machines):
    for seed in range(12 if q == 4 else 30):
        chain = random_chain(q, 1000 * q + seed)
        memory = seed % 8 if seed % 2 else None
        least = least_makespan(chain, machines, memory)
        if least is None:
            with pytest.raises(co.InfeasibleOrderError):
                co.plan(chain, machines=machines, memory=memory)
            continue
        plan = co.plan(chain, machines=machines, memory=memory)
        assert plan.makespan == least, (q, seed, machines)
        assert plan.proof == "optimal"
        assert plan.lower_bound <= (
            least_makespan(chain, machines) if memory is not None else least
        )
        assert_can_be_run(plan)


@pytest.mark.parametrize("machines", [2, 3])
@pytest.mark.parametrize("order", ["split", "search", "forward", "preaccumulate"])
def test_other_orders_have_a_schedule_that_can_be_run_and_a_bound_that_holds(order, machines):
    for seed in range(12):
        chain = random_chain(4, seed)
        least = least_makespan(chain, machines)
        try:
            plan = co.plan(chain, order, machines=machines)
        except co.InfeasibleOrderError:
            assert order == "forward"
            continue
        assert_can_be_run(plan)
        assert plan.lower_bound <= least <= plan.makespan
        assert plan.proof is None or plan.makespan == least


@pytest.mark.parametrize("machines", [1, 2, 3])
def test_the_schedule_of_a_plan_is_the_least_makespan_of_its_steps(machines):
    for seed in range(20):
        plan = co.plan(random_chain(4, seed))
        single = plan.steps.single()
        duration = plan.prices.step_costs(single, "fma").tolist()
        steps = [(duration[t], s.result, s.operands) for t, s in enumerate(single)]
        scheduled = co.schedule(plan, machines)
        assert scheduled.makespan == best_schedule(steps, machines)
        assert scheduled.schedule.lower_bound == scheduled.makespan
        assert scheduled.lower_bound <= scheduled.makespan
        assert scheduled.fma == plan.fma
        assert_can_be_run(scheduled)


@pytest.mark.parametrize("order", ["optimal", "search", "split"])
def test_one_machine_is_the_problem_without_machines(order):
    for seed in range(20):
        chain = random_chain(5, seed)
        alone, plan = co.plan(chain), co.plan(chain, order, machines=1)
        assert plan.makespan == plan.fma == alone.fma
        assert plan.steps == alone.steps.single()
        assert (plan.proof, plan.lower_bound) == (alone.proof, alone.lower_bound)
        assert_can_be_run(plan)


def test_structure_is_priced_step_by_step():
    rng = random.Random(3)
    for _ in range(10):
        n = rng.randint(3, 6)
        structures = [rng.choice([co.Diagonal(), co.Banded(1, 0), co.Dense()]) for _ in range(3)]
        chain = co.Chain([n] * 4, [co.Elemental(structure=s) for s in structures])
        prices = co.plan(chain).prices
        every = [
            co.plan(chain, machines=2),
            *(co.schedule(co.plan(chain, order), 2) for order in ("forward", "reverse")),
        ]
        for plan in every:
            assert_can_be_run(plan)
        # Two products in a row, whatever the bracketing.
        table = prices.table("fma", None)
        left = int(table.products(0)[2][1]) + int(table.products(0)[3][2])
        right = int(table.products(1)[3][2]) + int(table.products(0)[3][1])
        assert every[0].makespan == min(left, right)


def test_plans_of_the_brute_force_cost_what_plan_says_on_one_machine():
    chain = random_chain(4, 7)
    least = min(sum(duration for duration, *_ in steps) for steps in plans(chain))
    assert co.plan(chain).fma == least


@pytest.mark.parametrize("machines", [2, 3, 5])
def test_cp_sat_finds_no_shorter_schedule(machines):
    for seed in range(4):
        chain = co.random_chain(4, (5, 50), (1000, 10_000), seed)
        assert co.plan(chain, machines=machines).makespan == cp_sat(chain, machines)


def cp_sat(chain, machines):
    """The same problem as a constraint program: an interval for each operation that can be."""
    d, elementals, q = chain.sizes, chain.elementals, len(chain)
    operations = [
        ((l, l + 1), min(d[l] * e.tangent_cost, d[l + 1] * e.adjoint_cost), [])
        for l, e in enumerate(elementals)
    ]
    for i in range(q):
        for j in range(i + 2, q + 1):
            operations += [((i, j), d[i] * d[k] * d[j], [(i, k), (k, j)]) for k in range(i + 1, j)]
            operations.append(((i, j), d[i] * elementals[j - 1].tangent_cost, [(i, j - 1)]))
            operations.append(((i, j), d[j] * elementals[i].adjoint_cost, [(i + 1, j)]))
    horizon = sum(
        max(c for made, c, _ in operations if made == r) for r in {o[0] for o in operations}
    )
    model = cp_model.CpModel()
    used = {made: model.new_bool_var("") for made, *_ in operations}
    end = {made: model.new_int_var(0, horizon, "") for made in used}
    chosen = {made: [] for made in used}
    intervals = []
    for made, cost, needed in operations:
        is_chosen, start = model.new_bool_var(""), model.new_int_var(0, horizon, "")
        chosen[made].append(is_chosen)
        intervals.append(model.new_optional_interval_var(start, cost, start + cost, is_chosen, ""))
        model.add(end[made] >= start + cost).only_enforce_if(is_chosen)
        for operand in needed:
            model.add_implication(is_chosen, used[operand])
            model.add(start >= end[operand]).only_enforce_if(is_chosen)
    for made, ways in chosen.items():
        model.add(sum(ways) == used[made])
    model.add(used[0, q] == 1)
    model.add_cumulative(intervals, [1] * len(intervals), machines)
    model.minimize(end[0, q])
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    assert solver.solve(model) == cp_model.OPTIMAL
    return int(solver.objective_value)
