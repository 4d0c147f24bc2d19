"""Small graphs, where every order can be tried: nothing proved is wrong."""

import numpy as np
import pytest
from graphs import cost_of_order, least_cost, random_graph

import chainorder as co
from chainorder.compiled import Runner
from chainorder.elimination.bits import WORD
from chainorder.elimination.remaining import RemainingGraph
from chainorder.elimination.vertex_cost import as_sets, cost_form
from chainorder.elimination.views import Undo, Views
from chainorder.orders.graph.annealing import Annealing, Cooling, Line, anneal
from chainorder.orders.graph.parts import split
from chainorder.orders.graph.subset_program import cheapest_order
from chainorder.orders.graph.topological import forward_order

OBJECTIVES = ("fma", "flops")


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_optimal_is_the_least_over_all_orders(objective):
    for seed in range(60):
        graph = random_graph(seed, seed % 5 + 1)
        least = least_cost(graph, objective)
        plan = co.plan(graph, "optimal", objective)
        assert plan.cost == plan.lower_bound == least
        assert plan.proof == "optimal"
        assert cost_of_order(graph, plan.order, objective) == least


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_bounds_are_never_above_and_orders_never_below_the_least_cost(objective):
    for seed in range(100, 150):
        graph = random_graph(seed, 5)
        least = least_cost(graph, objective)
        for order in ("forward", "reverse", "markowitz", "relative-markowitz"):
            plan = co.plan(
                co.Graph(graph.edges, graph.inputs, graph.outputs, graph.sizes), order, objective
            )
            assert plan.lower_bound <= least <= plan.cost
            assert plan.proof is None or plan.cost == least


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_every_plan_costs_what_eliminating_with_sets_of_edges_costs(objective):
    for seed in range(200, 240):
        graph = random_graph(seed, 12)
        for order in ("forward", "reverse", "markowitz", "relative-markowitz", "search"):
            plan = co.plan(graph, order, objective)
            assert sorted(plan.order) == sorted(graph.intermediates)
            assert plan.cost == cost_of_order(graph, plan.order, objective)


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_annealing_never_beats_the_optimum(objective):
    for seed in range(300, 320):
        for part in split(random_graph(seed, 11), objective, seed=0):
            _, least = cheapest_order(part.live, range(len(part)), part.form)
            assert part.bound <= least <= part.cost
            part.anneal(500)
            assert least <= part.cost


@pytest.mark.parametrize("seed", range(4))
def test_graphs_with_twenty_intermediates_are_proved(seed):
    graph = random_graph(seed, 20, sized=seed % 2 == 0, most_preds=2)
    plan = co.plan(graph, "optimal")
    assert plan.proof == "optimal"
    assert co.plan(graph, "search").fma >= plan.fma


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_what_annealing_says_every_vertex_sees_is_what_the_graph_shows(objective):
    for seed in range(400, 425):
        live = random_graph(seed, 3 + seed % 60, most_preds=2).live
        m = live.intermediates
        if m < 2:
            continue
        form = cost_form(live, objective)
        run = Runner(anneal, is_compiled=False)
        sets = run.columns(as_sets(live, form))
        order = list(range(m))
        line = Line(order, run.zeros(m), run.zeros((m + 1) * sets.words), run.zeros(m))
        room = [run.zeros(2 * m * sets.words) for _ in range(4)]
        views = Views(*room[:2], run.zeros(2 * m), run.zeros(sets.words))
        undo = Undo(*room[2:], run.zeros(2 * m), run.zeros(2 * m))
        best = list(order)
        cost = run(sets, line, best, views, undo, [1 + seed], Cooling(600, 50.0, 1.0, 0), [0])
        graph = RemainingGraph(live)
        for v in order:
            seen = (graph.pred[v], graph.succ[v])
            spent = graph.spent
            graph.eliminate(v, form)
            assert line.cost[v] == graph.spent - spent
            for side in range(2):
                start = (2 * v + side) * sets.words
                members = views.seen[start : start + sets.words]
                bits = {x for x in range(len(live)) if members[x // WORD] >> x % WORD & 1}
                assert bits == seen[side]
        again = RemainingGraph(live)
        for v in best:
            again.eliminate(v, form)
        assert cost == again.spent


def test_a_round_of_annealing_ends_when_the_time_is_up():
    live = random_graph(7, 30).live
    start = forward_order(live)
    annealing = Annealing(live, cost_form(live, "fma"), seed=1)
    found = annealing.run(start, Cooling(10**12, 9.0, 1.0, 0), stop=np.ones(1, np.int64))
    assert sorted(found) == sorted(start)
