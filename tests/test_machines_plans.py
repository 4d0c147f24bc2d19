"""Plans on machines as results: files, equality, errors, large numbers, long chains."""

import json
import pickle

import pytest
from test_machines_brute_force import assert_can_be_run

import chainorder as co

CHAIN = co.Chain.matrix_free([5, 9, 4, 8, 3], [20, 30, 10, 40])


@pytest.fixture
def plan():
    return co.plan(CHAIN, machines=2)


def test_a_plan_with_its_schedule_comes_back_from_json_and_pickle(plan):
    assert co.Plan.from_json(plan.to_json()) == plan
    assert pickle.loads(pickle.dumps(plan)) == plan
    assert hash(co.Plan.from_json(plan.to_json())) == hash(plan)
    assert co.plan(CHAIN, machines=3) != plan


def test_plans_without_machines_have_no_makespan():
    plan = co.plan(CHAIN)
    assert plan.schedule is None
    assert not hasattr(plan, "makespan")
    assert not hasattr(plan, "utilisation")
    assert "schedule" not in plan.to_dict()


def test_printing_says_what_the_schedule_takes(plan):
    lines = [line.split() for line in str(plan).splitlines()]
    assert ["makespan", f"{plan.makespan:,}"] in lines
    assert ["machines", "2,", f"{100 * plan.utilisation:.1f}%", "used"] in lines


def test_utilisation_is_the_part_of_the_time_that_is_worked(plan):
    assert plan.utilisation == plan.fma / (2 * plan.makespan)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"start": [0, 0, 0, 0, 0]}, "the schedule's start"),
        ({"machine": [0] * 99}, "expected one entry for each"),
        ({"machine": [-1, 0, 0, 0, 0]}, "expected an integer from 0 on"),
        ({"machine": [7, 0, 0, 0, 0]}, "there are 2, from 0 on"),
        ({"machines": 0}, "machines is 0"),
        ({"start": None}, "the schedule's start is None"),
    ],
)
def test_a_schedule_that_cannot_be_is_refused(plan, change, message):
    fields = plan.to_dict()
    assert len(plan.steps) == 5
    fields["schedule"] = {**fields["schedule"], **change}
    with pytest.raises(co.ChainOrderError, match=message):
        co.Plan.from_json(json.dumps(fields))


def test_two_steps_at_once_on_one_machine_are_refused(plan):
    fields = plan.to_dict()
    fields["schedule"]["machine"] = [0] * len(plan.steps)
    with pytest.raises(co.ChainOrderError, match="machine 0 is busy with"):
        co.Plan.from_json(json.dumps(fields))


def test_a_makespan_that_the_schedule_does_not_have_is_refused(plan):
    fields = {**plan.to_dict(), "makespan": plan.makespan + 1}
    with pytest.raises(co.ChainOrderError, match="the plan's makespan is"):
        co.Plan.from_json(json.dumps(fields))


@pytest.mark.parametrize("machines", [0, -1, 1.5, True, "two"])
def test_what_is_no_number_of_machines_is_refused(machines):
    with pytest.raises(co.ChainOrderError, match="machines is"):
        co.plan(CHAIN, machines=machines)
    with pytest.raises(co.ChainOrderError, match="machines is"):
        co.schedule(co.plan(CHAIN), machines)


def test_what_has_no_schedule_says_so():
    graph = co.Graph([("x", "v"), ("v", "y")], ["x"], ["y"])
    with pytest.raises(co.ChainOrderError, match="machines are for chains"):
        co.plan(graph, machines=2)
    with pytest.raises(co.ChainOrderError, match="machines are for chains"):
        co.schedule(co.plan(graph), 2)
    with pytest.raises(co.ChainOrderError, match="expected matrix"):
        co.plan(CHAIN, form="operator", machines=2)
    with pytest.raises(co.ChainOrderError, match="only a matrix has a schedule"):
        co.schedule(co.plan(co.Chain([5, 1, 5]), form="operator"), 2)
    with pytest.raises(co.ChainOrderError, match="expected a Plan"):
        co.schedule(CHAIN, 2)
    with pytest.raises(co.ChainOrderError, match="forward, reverse, preaccumulate, optimal"):
        co.plan(CHAIN, "best", machines=2)


def test_nothing_to_do_takes_no_time():
    plan = co.plan(co.Chain([3, 2]), machines=4)
    assert (plan.makespan, plan.utilisation, len(plan.steps)) == (0, 1.0, 0)
    assert plan.proof == "optimal"


def test_numbers_beyond_64_bits_stay_exact():
    small, factor = [9, 2, 8, 3, 7, 5], 10**8
    plan = co.plan(co.Chain([factor * size for size in small]), machines=2)
    assert plan.makespan == factor**3 * co.plan(co.Chain(small), machines=2).makespan > 2**64
    assert plan.proof == "optimal"
    assert_can_be_run(plan)
    assert co.Plan.from_json(plan.to_json()) == plan


def test_times_are_planned_in_their_own_unit():
    chain = co.Chain(CHAIN.sizes, CHAIN.elementals, co.Timing(per_fma=3, per_entry=5))
    plan = co.plan(chain, machines=2)
    assert plan.objective == "seconds"
    assert plan.proof == "optimal"
    assert_can_be_run(plan)
    assert plan.makespan <= co.plan(chain, "split", machines=2).makespan


def test_flops_count_additions_too():
    chain = co.Chain([7, 3, 8, 2, 9, 4])
    plan = co.plan(chain, objective="flops", machines=2)
    assert plan.proof == "optimal"
    assert_can_be_run(plan)


def test_long_chains_are_searched_and_beat_split():
    chain = co.random_chain(80, (5, 50), (1000, 10_000), seed=1)
    split = co.plan(chain, "split", machines=4)
    plan = co.plan(chain, "search", machines=4)
    assert_can_be_run(plan)
    assert plan.lower_bound <= plan.makespan < split.makespan
    assert co.plan(chain, machines=4).makespan == plan.makespan


def test_search_is_the_same_for_a_seed_and_tells_how_far_it_is():
    chain = co.random_chain(12, (5, 50), (1000, 10_000), seed=2)
    told = []
    plan = co.plan(
        chain, "search", machines=3, seed=5, on_progress=lambda *figures: told.append(figures)
    )
    assert co.plan(chain, "search", machines=3, seed=5) == plan
    assert told[-1] == (plan.makespan, plan.lower_bound)
    assert all(lower <= best for best, lower in told)


def test_a_time_limit_of_nothing_still_gives_a_plan():
    chain = co.random_chain(16, (5, 50), (1000, 10_000), seed=11)
    for order in ("optimal", "search"):
        plan = co.plan(chain, order, machines=4, time_limit=0)
        assert_can_be_run(plan)
        assert plan.lower_bound <= plan.makespan


def test_more_machines_than_steps_make_no_difference():
    assert co.plan(CHAIN, machines=10**6).makespan == co.plan(CHAIN, machines=8).makespan
