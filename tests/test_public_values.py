"""Whatever is public pickles, compares, prints, goes to JSON and back; or else it is not there."""

import copy
import pickle

import numpy as np
import pytest

import chainorder as co

CHAIN = co.Chain([2, 3, 4, 2])
MIXED = co.Chain(
    [2, 3, 4, 2],
    [
        co.Elemental(given=False, tangent_cost=7, adjoint_cost=9, tape=5, name="f"),
        co.Elemental(structure=co.Banded(1, 0)),
        co.Elemental(),
    ],
)
GRAPH = co.Graph([("x", "a"), ("a", "b"), ("x", "b"), ("b", "y"), ("a", "y")])
HESSIAN = co.HessianChain(
    [3, 3, 2, 1],
    [
        co.HessianElemental(structure=co.Diagonal(), name="sigmoid"),
        co.HessianElemental(given=False, tangent_cost=7, adjoint_cost=9, second_cost=9),
        co.HessianElemental(tensor="none"),
    ],
)

PLANS = {
    "chain": co.plan(CHAIN, "forward"),
    "chain, flops": co.plan(CHAIN, objective="flops"),
    "mixed chain": co.plan(MIXED, memory=100),
    "mixed chain, patterns estimated": co.plan(MIXED, pattern_memory=0),
    "operator": co.plan(CHAIN, form="operator"),
    "graph": co.plan(GRAPH),
    "second derivatives": co.plan(HESSIAN),
    "second derivatives, flops": co.plan(HESSIAN, "forward", "flops"),
    "graph, flops": co.plan(GRAPH, "markowitz", "flops"),
}

VALUES = {
    **PLANS,
    "chain itself": CHAIN,
    "mixed chain itself": MIXED,
    "graph itself": GRAPH,
    "chain of second derivatives itself": HESSIAN,
    "steps of second derivatives": PLANS["second derivatives"].steps,
    "an elemental of second derivatives": HESSIAN.elementals[0],
    "steps": PLANS["mixed chain"].steps,
    "a step": PLANS["chain"].steps[0],
    "eliminations": PLANS["graph"].steps,
    "a slice of eliminations": PLANS["graph"].steps[1:],
    "elemental": MIXED.elementals[0],
    "timing": co.Timing(3, 2),
}


@pytest.mark.parametrize("name", VALUES)
def test_values_pickle_copy_compare_and_print(name):
    value = VALUES[name]
    str(value), repr(value)
    for again in (pickle.loads(pickle.dumps(value)), copy.copy(value), copy.deepcopy(value)):
        assert again == value
        assert hash(again) == hash(value)
        assert str(again) == str(value)
    assert value != "something else"


@pytest.mark.parametrize("name", PLANS)
def test_plans_go_to_json_and_back(name):
    plan = PLANS[name]
    again = co.Plan.from_json(plan.to_json())
    assert again == plan
    assert again.to_json() == plan.to_json()
    assert type(again) is co.Plan


@pytest.mark.parametrize("name", PLANS)
def test_every_attribute_that_is_there_answers(name):
    plan = pickle.loads(pickle.dumps(PLANS[name]))
    for attribute in dir(plan):
        value = getattr(plan, attribute)
        if attribute in ("ways", "bracketed_factors"):
            assert value()


ONLY_ON_CHAINS = (
    "bracketing",
    "factors",
    "held_entries",
    "is_exact",
    "prices",
    "product_fma",
    "ways",
)


@pytest.mark.parametrize("attribute", ONLY_ON_CHAINS)
def test_what_only_chains_have_is_not_there_on_graphs(attribute):
    assert hasattr(PLANS["chain"], attribute)
    assert not hasattr(PLANS["graph"], attribute)
    assert attribute not in dir(PLANS["graph"])


def test_seconds_are_there_where_costs_are_times():
    assert not hasattr(PLANS["chain"], "seconds")
    timed = co.Chain([2, 3, 2], timing=co.Timing(10**12))
    assert co.plan(timed).seconds == 12.0


def test_a_plan_cannot_be_changed():
    with pytest.raises(AttributeError):
        PLANS["graph"].proof = None
    for column in PLANS["chain"].steps.columns():
        with pytest.raises(ValueError, match="read-only"):
            column[0] = 1


def test_slices_of_steps_are_steps_that_name_the_vertices():
    steps = PLANS["graph"].steps
    assert list(steps[1:]) == list(steps)[1:]
    assert steps[1:].labels is not None
    assert {step.kind for step in steps} == {"multiply"}


STEPS = [
    (co.Step("multiply", 1, 2, 4), (1, 4), ((2, 4), (1, 2)), [], None, (2,)),
    (co.Step("tangent", 0, 2, 4), (0, 4), ((0, 2),), [2, 3], "tangent", (2, 3)),
    (co.Step("adjoint", 1, 3, 5), (1, 5), ((3, 5),), [2, 1], "adjoint", (3, 2)),
    (co.Step("accumulate", 2, 2, 3), (2, 3), (), [2], "tangent", ()),
    (co.Step("accumulate", 2, 3, 3), (2, 3), (), [2], "adjoint", ()),
]


@pytest.mark.parametrize(("step", "result", "operands", "passes", "direction", "gone"), STEPS)
def test_a_step_says_what_it_makes_uses_and_goes_through(
    step, result, operands, passes, direction, gone
):
    assert step.result == result
    assert step.operands == operands
    assert list(step.passes) == passes
    assert step.direction == direction
    assert step.eliminated == gone


def test_an_execution_pickles_and_prints():
    run = co.execute(PLANS["chain"], [np.ones((3, 2)), np.ones((4, 3)), np.ones((2, 4))])
    again = pickle.loads(pickle.dumps(run))
    assert repr(again) == repr(run)
    assert (again.jacobian == run.jacobian).all()
