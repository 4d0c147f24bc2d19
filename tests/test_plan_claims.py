"""A plan that is read from a file claims only what can be shown again."""

import json

import pytest
from graphs import published, random_graph

import chainorder as co

DENSE = co.Chain([30, 35, 15, 5, 10, 20, 25])
PROGRAMS = co.Chain.matrix_free([5, 9, 3, 12, 4, 8, 2], [40, 3, 60, 8, 30, 11])
GRAPH = co.Graph([(0, 2), (1, 2), (2, 3), (2, 4), (3, 5), (4, 5), (1, 4)], sizes={2: 3, 4: 2})


def read(plan, **claims):
    """The plan as its file is read, with other claims in it."""
    return co.Plan.from_json(json.dumps({**plan.to_dict(), **claims}))


@pytest.mark.parametrize("problem", [DENSE, PROGRAMS, GRAPH], ids=["dense", "programs", "graph"])
@pytest.mark.parametrize(
    ("claims", "complaint"),
    [
        ({"proof": "banana"}, "proof .?'banana'"),
        ({"proof": True}, "the plan's 'proof' is True"),
        ({"lower_bound": 10**60}, "the plan's lower_bound is 1000"),
        ({"lower_bound": True}, "the plan's 'lower_bound' is True"),
        ({"lower_bound": -5}, "the plan's lower_bound is -5: a bound must be an integer of at"),
        ({"lower_bound": 0, "proof": "optimal"}, "'optimal' with a lower_bound of 0: expected"),
        ({"order": "two\nlines"}, r"the plan's order is 'two\\nlines': expected one line"),
        ({"order": "\ud800"}, r"the plan's order is '\\ud800': expected one line"),
        ({"order": "\x1b[31m"}, r"the plan's order is '\\x1b\[31m': expected one line"),
        ({"memory": -5}, "memory"),
        ({"certificate": "trust me"}, "'certificate' is no field of a plan of a"),
    ],
)
def test_what_no_plan_can_claim_is_an_error(problem, claims, complaint):
    if "memory" in claims and problem is GRAPH:
        complaint = "'memory' is no field of a plan of a graph"
    with pytest.raises(co.ChainOrderError, match=complaint):
        read(co.plan(problem, "forward"), **claims)


@pytest.mark.parametrize("objective", ["fma", "flops"])
@pytest.mark.parametrize("problem", [DENSE, PROGRAMS, GRAPH], ids=["dense", "programs", "graph"])
def test_a_plan_that_is_not_the_best_does_not_pass_for_it(problem, objective):
    best = co.plan(problem, objective=objective)
    worse = max((co.plan(problem, o, objective) for o in ("forward", "reverse")), key=cost)
    assert worse.cost > best.cost
    with pytest.raises(co.ChainOrderError, match=f"there is an order that costs {best.cost}$"):
        read(worse, lower_bound=worse.cost, proof="optimal")
    with pytest.raises(co.ChainOrderError, match=f"there is an order that costs {best.cost}$"):
        read(worse, lower_bound=best.cost + 1)
    assert read(worse, lower_bound=best.cost).lower_bound == best.cost
    assert read(worse) == worse
    assert read(best) == best


def cost(plan):
    return plan.cost


def test_a_weaker_claim_than_what_holds_is_left_as_it_is():
    plan = co.plan(DENSE)
    assert read(plan, lower_bound=7, proof=None).lower_bound == 7
    assert read(plan, proof=None).proof is None


def test_best_within_a_memory_is_another_claim_than_best_of_all():
    within = co.plan(PROGRAMS, memory=10)
    best = co.plan(PROGRAMS)
    assert within.proof == "optimal"
    assert within.lower_bound == best.cost < within.cost
    assert read(within) == within
    forward = co.plan(PROGRAMS, "forward", memory=10)
    assert forward.cost > within.cost
    with pytest.raises(co.ChainOrderError, match=f"there is an order that costs {within.cost}$"):
        read(forward, proof="optimal")
    # What was the best within little memory is not the best of all.
    with pytest.raises(co.ChainOrderError, match=f"expected {within.cost}|costs {best.cost}"):
        read(within, memory=None)


def test_factors_pass_for_the_cheapest_to_apply_only_if_they_are():
    chain = co.Chain([40, 2, 40, 30, 3, 50])
    plan = co.plan(chain, form="operator")
    assert read(plan) == plan
    whole = co.plan(chain)
    assert whole.product_fma > plan.product_fma
    claims = {"form": "operator", "order": "operator"}
    with pytest.raises(co.ChainOrderError, match=f"factors with one of {plan.product_fma}$"):
        read(whole, **claims)
    assert read(whole, **claims, proof=None).lower_bound == 0


def test_structure_is_proved_again_with_its_patterns():
    for seed in range(12):
        chain = structured(seed)
        for order in ("forward", "reverse", "optimal"):
            plan = co.plan(chain, order)
            assert read(plan) == plan


def structured(seed):
    kinds = [co.Diagonal(), co.Banded(1, 2), co.Dense(), co.Zero(), co.Identity()]
    return co.Chain([6] * 6, [co.Elemental(structure=kinds[(seed + 2 * l) % 5]) for l in range(5)])


def test_what_is_too_long_to_be_proved_again_is_dropped_to_a_bound_that_is():
    chain = co.random_chain(260, (1, 50), (1, 2000))
    best = co.plan(chain)
    again = read(best)
    assert (best.proof, again.proof) == ("optimal", None)
    assert 0 < again.lower_bound < best.lower_bound
    assert again.lower_bound == co.plan(chain, "forward").lower_bound
    assert (again.steps, again.cost) == (best.steps, best.cost)
    forward = co.plan(chain, "forward")
    assert read(forward) == forward


def test_a_long_dense_chain_is_proved_again():
    plan = co.plan(co.random_chain(3000, (1, 100)))
    assert plan.proof == "optimal"
    assert read(plan) == plan


def test_a_large_graph_keeps_the_bound_of_the_vertex_cuts_of_what_can_be_reduced():
    graph = published("roe_flux_1d")
    forward = co.plan(graph, "forward")
    assert read(forward) == forward
    raised = read(forward, lower_bound=295)
    assert forward.lower_bound < raised.lower_bound < 295
    assert read(forward, lower_bound=forward.cost, proof="optimal") == raised


@pytest.mark.parametrize("objective", ["fma", "flops"])
def test_graphs_of_paths_and_small_components_are_proved_again(objective):
    for seed in range(20):
        plan = co.plan(random_graph(seed, 8), objective=objective)
        assert plan.proof == "optimal"
        assert read(plan) == plan
    path = co.Chain([7, 3, 9, 2, 5, 6, 4, 8, 3, 5, 2, 9, 4, 6, 3, 7, 2]).to_graph()
    plan = co.plan(path, objective=objective)
    assert read(plan) == plan
