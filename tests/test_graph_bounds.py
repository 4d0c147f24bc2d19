"""Bounds of graphs against the exact program over all sets, on many small random graphs."""

import numpy as np
import pytest
from graphs import random_graph
from hypothesis import given, settings
from hypothesis import strategies as st

import chainorder as co
from chainorder.bounds.ascent import Ascent
from chainorder.bounds.jacobian_entries import UNIT, jacobian_entries, plain_costs
from chainorder.bounds.reductions import reduce_graph
from chainorder.bounds.vertex_cuts import vertex_bounds
from chainorder.bounds.windows import balls, edge_neighbours, fill_neighbours, make_windows
from chainorder.elimination.remaining import RemainingGraph
from chainorder.elimination.totals import run_elimination
from chainorder.elimination.vertex_cost import cost_form
from chainorder.orders.graph import branch_and_bound
from chainorder.orders.graph.branch_and_bound import BranchAndBound, closed
from chainorder.orders.graph.subset_program import cheapest_order
from chainorder.orders.graph.topological import forward_order

OBJECTIVES = st.sampled_from(["fma", "flops"])
SEEDS = st.integers(0, 2**20)


def least(live, form):
    """The least cost of all orders, without the constant of the form."""
    m = live.intermediates
    return cheapest_order(live, range(m), form)[1] if m > 0 else 0


def small_graph(seed, most=9):
    """A graph with up to so many intermediates, as arrays."""
    return random_graph(seed, 2 + seed % (most - 1), most_preds=1 + seed % 3).live


def unknown(live):
    return np.zeros((live.intermediates, live.intermediates), dtype=bool)


def precedence(order):
    """The relation of a complete order."""
    rank = np.argsort(order)
    return rank[:, None] < rank[None, :]


@settings(max_examples=300, deadline=None)
@given(SEEDS, OBJECTIVES)
def test_some_best_order_eliminates_first_what_the_reductions_do(seed, objective):
    live = small_graph(seed)
    form = cost_form(live, objective)
    graph = RemainingGraph(live)
    first = reduce_graph(graph, form)
    inner, left = graph.live()
    assert sorted([*first, *inner.tolist()]) == list(range(live.intermediates))
    assert graph.spent + least(left, form) == least(live, form)


@settings(max_examples=150, deadline=None)
@given(SEEDS, OBJECTIVES, st.data())
def test_what_is_known_of_the_order_stays_true_when_the_graph_is_reduced(seed, objective, data):
    # Whatever part of a best order is known, reducing by it loses nothing.
    live = small_graph(seed)
    form = cost_form(live, objective)
    order, cost = cheapest_order(live, range(live.intermediates), form)
    total = precedence(order)
    some = data.draw(st.integers(0, 2**31))
    part = np.random.default_rng(some).random(total.shape) < 0.3
    graph = RemainingGraph(live)
    reduce_graph(graph, form, closed(total & part))
    assert graph.spent + least(graph.live()[1], form) == cost


def test_a_vertex_with_one_predecessor_and_one_successor_need_not_go_first():
    # The counterexample to a tempting rule: with v kept, three others pay for one vertex each
    # where they would pay for both of its inputs.
    edges = [("a", "v"), ("b", "v"), ("v", "s"), ("c", "s")]
    edges += [("s", t) for t in ("t1", "t2", "t3")]
    edges += [("c", t) for t in ("t1", "t2", "t3")]
    edges += [(t, f"y{y}") for t in ("t1", "t2", "t3") for y in range(10)]
    graph = co.Graph(edges)
    best = co.plan(graph)
    assert best.proof == "optimal"
    assert best.fma == 86
    assert best.order == ["s", "t1", "t2", "t3", "v"]


@settings(max_examples=60, deadline=None)
@given(SEEDS, OBJECTIVES, st.sampled_from([1, 3, 4]), st.sampled_from([0, 9, 16, 24, 31, 32]))
def test_windows_and_entries_bound_every_order(seed, objective, k, rate):
    live = small_graph(seed)
    form = cost_form(live, objective)
    best = least(live, form)
    k = min(k, live.intermediates)
    if k == 0:
        return
    entries = jacobian_entries(live, form)
    for near in (edge_neighbours(live), fill_neighbours(live, forward_order(live))):
        windows = make_windows(live, balls(near, k), unknown(live))
        ascent = Ascent(windows, plain_costs(live, windows, form))
        assert ascent.improve(10, best + 5) <= best
        if entries is not None:
            costs = entries.costs(live, windows, rate)
            told = Ascent(windows, costs, UNIT, rate * entries.total)
            assert told.improve(10, best + 5) <= best


@settings(max_examples=100, deadline=None)
@given(SEEDS, st.data())
def test_no_order_takes_fewer_multiplications_for_the_entries(seed, data):
    live = small_graph(seed)
    entries = jacobian_entries(live, cost_form(live, "fma"))
    if entries is None:
        return
    order = data.draw(st.permutations(range(live.intermediates)))
    graph = RemainingGraph(live)
    taken = 0
    for v in order:
        inputs = [x for x in graph.pred[v] if x >= live.intermediates]
        outputs = [x for x in graph.succ[v] if x >= live.intermediates]
        taken += graph.sizes[v] * graph.weight(set(inputs)) * graph.weight(set(outputs))
        # What v sees besides is at least what the tables say.
        for rows, seen, ends in (
            (entries.before, graph.pred[v], inputs),
            (entries.behind, graph.succ[v], outputs),
        ):
            weight = graph.weight(set(ends))
            assert graph.weight(seen) - weight >= rows[v][weight]
        graph.eliminate(v, entries.form)
    assert taken >= entries.total
    assert graph.spent == run_elimination(live, np.array(order), greedy=False, flops=False).fma


def test_a_window_of_one_vertex_is_the_vertex_cut_and_of_all_vertices_the_optimum():
    for seed in range(400, 430):
        live = small_graph(seed)
        m = live.intermediates
        if m == 0:
            continue
        form = cost_form(live, "fma")
        single = make_windows(live, [[v] for v in range(m)], unknown(live))
        assert plain_costs(live, single, form)[:, 0, 0].tolist() == vertex_bounds(live, form)
        best = least(live, form)
        whole = make_windows(live, [range(m)], unknown(live))
        assert Ascent(whole, plain_costs(live, whole, form)).improve(1, best + 1) == best


@settings(max_examples=80, deadline=None)
@given(SEEDS, OBJECTIVES, st.sampled_from([2, 4]), st.data())
def test_what_is_known_makes_windows_sharper_and_never_wrong(seed, objective, k, data):
    live = small_graph(seed)
    m = live.intermediates
    if m < k:
        return
    form = cost_form(live, objective)
    order = data.draw(st.permutations(range(m)))
    known = closed(precedence(order) & (np.random.default_rng(seed).random((m, m)) < 0.4))
    graph = RemainingGraph(live)
    for v in order:
        graph.eliminate(v, form)
    bounds = []
    for before in (unknown(live), known):
        windows = make_windows(live, balls(edge_neighbours(live), k), before)
        ascent = Ascent(windows, plain_costs(live, windows, form))
        bounds.append(ascent.improve(1, graph.spent + 1))
        assert not ascent.is_contradiction
        assert ascent.improve(10, graph.spent + 1) <= graph.spent
    assert bounds[0] <= bounds[1]


@settings(max_examples=80, deadline=None)
@given(SEEDS, OBJECTIVES)
def test_every_better_order_obeys_what_windows_conclude(seed, objective):
    live = small_graph(seed)
    m = live.intermediates
    if m < 3:
        return
    form = cost_form(live, objective)
    order, best = cheapest_order(live, range(m), form)
    windows = make_windows(live, balls(edge_neighbours(live), 3), unknown(live))
    ascent = Ascent(windows, plain_costs(live, windows, form))
    ascent.improve(10, best + 1)
    certain, losses = ascent.precedence(best + 1)
    assert not (certain & ~precedence(order)).any()
    assert (losses >= 0).all()


@pytest.mark.parametrize("objective", ["fma", "flops"])
def test_branch_and_bound_finds_and_proves_the_optimum(objective, monkeypatch):
    monkeypatch.setattr(branch_and_bound, "FEW", 2)
    monkeypatch.setattr(branch_and_bound, "WINDOW_SIZES", (3, 4))
    explored = 0
    for seed in range(12):
        live = random_graph(seed, 8).live
        form = cost_form(live, objective)
        best = least(live, form)
        for start in (best, best + best // 3 + 1):
            found = []
            graph = RemainingGraph(live)
            first = reduce_graph(graph, form)
            search = BranchAndBound(graph, first, form, start, lambda *a: found.append(a))  # noqa: B023
            for _ in search.run(lambda: False):
                explored += 1
                assert search.bound <= best
            assert search.bound == search.best == best
            if start > best:
                order, cost = found[-1]
                assert cost == best
                left = RemainingGraph(live)
                for v in order:
                    left.eliminate(v, form)
                assert (left.spent, left.inner) == (best, set())
    assert explored > 50
