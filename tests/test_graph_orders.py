"""Orders of graphs: the rules that they follow, and the ways in which they end."""

import json
import time

import numpy as np
import pytest
from graphs import cost_of_order, published, random_graph

import chainorder as co
from chainorder import compiled
from chainorder.clock import Clock
from chainorder.elimination import totals as graph_cost
from chainorder.orders.graph import search as search_module


def test_forward_and_reverse_orders_are_topological():
    graph = published("robot_arm")
    forward = co.plan(graph, "forward").order
    at = {vertex: t for t, vertex in enumerate(forward)}
    assert all(at[u] < at[v] for u, v in graph.edges if u in at and v in at)
    assert co.plan(graph, "reverse").order == forward[::-1]


def test_markowitz_breaks_ties_by_the_smallest_vertex():
    graph = co.Graph([(0, 3), (0, 2), (0, 1), (1, 4), (2, 4), (3, 4)])
    assert co.plan(graph, "markowitz").order == [1, 2, 3]


def test_markowitz_takes_the_cheapest_vertex_first_and_weighs_sizes():
    edges = [(0, 1), (0, 2), (1, 3), (2, 3)]
    assert co.plan(co.Graph(edges, sizes={1: 5}), "markowitz").order == [2, 1]


def test_relative_markowitz_waits_with_what_is_cheaper_later():
    # Vertex 3 costs 4 now and 2 when 1 is gone; vertex 1 costs 1 whenever.
    graph = co.Graph([(0, 1), (0, 2), (1, 3), (2, 3), (3, 4), (3, 5)])
    order = co.plan(graph, "relative-markowitz").order
    assert order[-1] == 3


def test_sets_lists_and_bits_count_the_same(monkeypatch):
    rng = np.random.default_rng(3)
    heads = np.repeat(np.arange(20, 2000), 2)
    edges = np.unique(np.stack((rng.integers(np.maximum(0, heads - 400), heads), heads), 1), axis=0)
    live = co.Graph(edges).live
    by_bits = np.zeros(live.intermediates, dtype=np.int64)
    # Only what is compiled turns to bits.
    monkeypatch.setattr(
        graph_cost, "runner", lambda kernel, *_, **__: compiled.Runner(kernel, is_compiled=True)
    )
    used = []
    rest = graph_cost._run_dense
    monkeypatch.setattr(graph_cost, "_run_dense", lambda *a: used.append(1) or rest(*a))
    greedy = graph_cost.run_elimination(live, by_bits, greedy=True, flops=False)
    assert used, "the graph should have filled up"
    monkeypatch.setattr(graph_cost, "DENSE_WORDS", 0)
    by_lists = np.zeros(live.intermediates, dtype=np.int64)
    assert graph_cost.run_elimination(live, by_lists, greedy=True, flops=False) == greedy
    assert by_lists.tolist() == by_bits.tolist()
    monkeypatch.setattr(graph_cost, "DENSE_WORDS", 10**9)
    assert graph_cost.run_elimination(live, by_bits, greedy=False, flops=False) == greedy
    topological = live.topological[live.topological < live.intermediates]
    for order in (topological, topological[::-1].copy()):
        by_sets = graph_cost.walk_totals(live, order)
        assert graph_cost.run_elimination(live, order, greedy=False, flops=False) == by_sets


def test_a_bound_for_flops_is_never_below_the_one_for_fma():
    wide = [(f"x{i}", "a") for i in range(5)] + [("a", "b")] + [("b", f"y{i}") for i in range(5)]
    plan = co.plan(co.Graph(wide), "forward", "flops")
    assert plan.lower_bound >= co.plan(co.Graph(wide), "forward", "fma").lower_bound == 10
    for seed in range(20):
        graph = random_graph(seed, 8)
        bounds = [
            co.plan(graph, "forward", objective).lower_bound for objective in ("fma", "flops")
        ]
        assert bounds[0] <= bounds[1]


@pytest.mark.parametrize("order", ["search", "optimal"])
def test_the_same_seed_gives_the_same_plan(order):
    graph = random_graph(3, 30)
    again = co.Graph(graph.edges, graph.inputs, graph.outputs, graph.sizes)
    assert co.plan(graph, order, seed=3).order == co.plan(again, order, seed=3).order


def test_search_is_never_worse_than_where_it_starts():
    for seed in range(5):
        graph = random_graph(seed, 60)
        starts = [co.plan(graph, name).fma for name in ("forward", "reverse", "markowitz")]
        assert search_module.search(graph, steps=0).fma <= min(starts)
        assert search_module.search(graph, steps=5000).fma <= min(starts)


def test_progress_only_ever_gets_better():
    seen = []
    plan = co.plan(
        published("roe_flux_1d"), "optimal", time_limit=1.0, on_progress=lambda *s: seen.append(s)
    )
    best, bound = zip(*seen, strict=True)
    assert list(best) == sorted(best, reverse=True)
    assert list(bound) == sorted(bound)
    assert (best[-1], bound[-1]) == (plan.fma, plan.lower_bound)


@pytest.mark.parametrize("order", ["search", "optimal"])
def test_an_interrupt_gives_the_best_so_far(order):
    def interrupt(best, bound):
        raise KeyboardInterrupt

    graph = random_graph(1, 60)
    plan = co.plan(graph, order, on_progress=interrupt)
    assert plan.lower_bound <= plan.fma == cost_of_order(graph, plan.order)


@pytest.mark.parametrize("order", ["search", "optimal"])
def test_no_time_at_all_still_gives_a_plan(order):
    graph = random_graph(2, 60)
    plan = co.plan(graph, order, time_limit=0)
    assert plan.lower_bound <= plan.fma <= co.plan(graph, "forward").fma


def test_a_time_limit_may_be_longer_than_a_system_waits():
    with Clock(1e12) as clock:
        time.sleep(0.05)
        assert clock._timer.is_alive()
        assert not clock.is_up()


def test_compiling_does_not_count_against_a_time_limit(monkeypatch):
    spent = []
    monkeypatch.setattr(compiled, "_compiling", spent)
    with Clock(0.01) as clock:
        spent.append(3600.0)
        time.sleep(0.05)
        assert not clock.is_up()
        assert clock.seconds_left() > 3000
        assert clock.stop[0] == 0


def test_sizes_beyond_64_bits_are_counted_exactly():
    graph = random_graph(11, 14)
    huge = co.Graph(
        graph.edges, graph.inputs, graph.outputs, {v: 10**17 * s for v, s in graph.sizes.items()}
    )
    for order in ("forward", "reverse", "markowitz", "relative-markowitz", "search", "optimal"):
        small, large = co.plan(graph, order), co.plan(huge, order)
        assert large.fma == cost_of_order(huge, large.order)
        assert large.lower_bound <= large.fma
        if order != "search":
            assert large.fma == small.fma * 10**51
    assert large.proof == "optimal"


def test_components_that_do_not_meet_are_planned_one_by_one():
    edges = []
    for copy in range(6):
        part = random_graph(copy, 15, sized=False)
        edges += [((copy, u), (copy, v)) for u, v in part.edges]
    plan = co.plan(co.Graph(edges))
    assert plan.proof == "optimal"


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"order": "fastest"}, "a graph has the orders forward, reverse, markowitz"),
        ({"objective": "time"}, "objective is 'time'"),
        ({"order": "search", "seed": -1}, "seed is -1"),
        ({"order": "search", "seed": 1.5}, "seed is 1.5"),
        ({"order": "optimal", "time_limit": -1}, "time_limit is -1"),
        ({"order": "optimal", "time_limit": "long"}, "time_limit is 'long'"),
        ({"order": "optimal", "time_limit": float("nan")}, "time_limit is nan"),
    ],
)
def test_options_that_make_no_sense_are_refused(options, complaint):
    with pytest.raises(co.ChainOrderError, match=complaint):
        co.plan(co.Graph([(0, 1), (1, 2)]), **options)


def test_a_chain_has_no_markowitz_order():
    with pytest.raises(co.ChainOrderError, match="a chain has the orders forward, reverse"):
        co.plan(co.Chain([1, 2, 3]), "markowitz")


def test_what_is_no_problem_is_refused():
    with pytest.raises(co.ChainOrderError, match="expected a Chain, a Graph or a HessianChain"):
        co.plan([1, 2, 3])


def test_a_plan_survives_its_json():
    for seed in range(10):
        for objective in ("fma", "flops"):
            plan = co.plan(random_graph(seed, 9), "optimal", objective)
            again = co.Plan.from_json(plan.to_json())
            assert again == plan
            assert list(again.steps) == list(plan.steps)


def test_a_plan_file_that_claims_too_much_is_refused():
    fields = co.plan(published("black_scholes"), "markowitz").to_dict()
    for change, complaint in [
        ({"fma": 1}, "fma is 1: its steps make 50"),
        ({"proof": "optimal"}, "proof is 'optimal' with a lower_bound of 42"),
        ({"lower_bound": 60}, "lower_bound is 60"),
        ({"elimination": fields["elimination"][:-1]}, "leaves out"),
        ({"elimination": [*fields["elimination"][:-1], 0]}, "is 0: no vertex"),
        ({"elimination": None}, "'elimination'"),
        ({"objective": "speed"}, "objective is 'speed'"),
    ]:
        with pytest.raises(co.ChainOrderError, match=complaint):
            co.Plan.from_json(json.dumps({**fields, **change}))


@pytest.mark.parametrize("label", [True, 1.0, None, [1]])
def test_an_elimination_of_what_is_no_label_is_refused(label):
    fields = co.plan(co.Graph([(0, 1), (1, 2), (2, 3)]), "forward").to_dict()
    assert fields["elimination"] == [1, 2]
    with pytest.raises(co.ChainOrderError, match=r"elimination\[0\] is .*: expected a vertex"):
        co.Plan.from_json(json.dumps({**fields, "elimination": [label, 2]}))


def test_steps_name_the_vertices_and_are_made_when_looked_at():
    plan = co.plan(co.Graph([("x", "a"), ("a", "y"), ("a", "z")]))
    assert len(plan.steps) == 2
    assert list(plan.steps) == [("multiply", "x", "a", "y"), ("multiply", "x", "a", "z")]
    assert plan.steps[1].j == "z"
    assert list(plan.steps[:1]) == [("multiply", "x", "a", "y")]
    assert type(plan.steps[:1]) is type(co.plan(co.Chain([1, 2])).steps)
    assert "a" in str(plan)
