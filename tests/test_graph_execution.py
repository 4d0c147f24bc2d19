"""Executing orders of graphs: the sum over all paths, and counts of what was multiplied."""

import numpy as np
import pytest
from graphs import jacobian_by_paths, published, random_graph, random_partials

import chainorder as co

ORDERS = ("forward", "reverse", "markowitz", "relative-markowitz", "optimal")


@pytest.mark.parametrize("order", ORDERS)
def test_the_jacobian_is_the_sum_over_all_paths_and_counted_is_predicted(order):
    for seed in range(25):
        graph = random_graph(seed, 7)
        partials = random_partials(graph, seed)
        plan = co.plan(graph, order)
        run = co.execute(plan, partials)
        np.testing.assert_allclose(run.jacobian, jacobian_by_paths(graph, partials), atol=1e-12)
        assert (run.fma, run.flops) == (plan.fma, plan.flops)
        assert run.peak_entries == plan.peak_entries


def test_a_batch_is_one_jacobian_per_sample_in_one_pass():
    for seed in range(10):
        graph = random_graph(seed, 8)
        samples = [random_partials(graph, 10 * seed + b) for b in range(4)]
        batch = {edge: np.stack([sample[edge] for sample in samples]) for edge in samples[0]}
        plan = co.plan(graph, "optimal")
        run = co.execute(plan, batch)
        for b, sample in enumerate(samples):
            np.testing.assert_allclose(run.jacobian[b], co.execute(plan, sample).jacobian)
        assert (run.fma, run.flops) == (4 * plan.fma, 4 * plan.flops)
        assert run.peak_entries == 4 * plan.peak_entries


def test_a_batch_that_is_taken_in_pieces_is_the_same_batch(monkeypatch):
    graph = random_graph(4, 7)
    plan = co.plan(graph)
    one = random_partials(graph, 4)
    batch = {edge: np.multiply.outer(np.linspace(-1, 1, 10), value) for edge, value in one.items()}
    whole = co.execute(plan, batch)
    monkeypatch.setattr("chainorder.execution.graph_walk.CACHED_ENTRIES", 1)
    pieces = co.execute(plan, batch)
    assert np.array_equal(pieces.jacobian, whole.jacobian)
    counted = (pieces.fma, pieces.flops, pieces.peak_entries)
    assert counted == (whole.fma, whole.flops, whole.peak_entries)
    assert counted == (10 * plan.fma, 10 * plan.flops, 10 * plan.peak_entries)


def test_partials_that_all_samples_share_count_for_each_of_them():
    graph = co.Graph([(0, 1), (1, 2), (0, 2)], [0], [2])
    run = co.execute(co.plan(graph), {(0, 1): 2.0, (1, 2): 3.0, (0, 2): np.ones(1000)})
    assert (run.fma, run.flops, run.peak_entries) == (1000, 2000, 1000)
    assert (run.jacobian == 7.0).all()


def test_whole_numbers_in_a_batch_do_not_wrap_around():
    graph = co.Graph([("x", "a"), ("a", "y")])
    big = np.array([2**40, 2**41])
    run = co.execute(co.plan(graph), {("x", "a"): big, ("a", "y"): big})
    assert run.jacobian.ravel().tolist() == [2.0**80, 2.0**82]


def test_numbers_arrays_and_batches_of_numbers_are_all_partials():
    graph = co.Graph([("x", "a"), ("a", "y"), ("x", "y")])
    plan = co.plan(graph)
    batch = {("x", "a"): np.array([2.0, 3.0]), ("a", "y"): 5, ("x", "y"): np.array([[1.0]])}
    assert co.execute(plan, batch).jacobian.tolist() == [[[11.0]], [[16.0]]]
    numbers = {("x", "a"): 2 + 1j, ("a", "y"): 5, ("x", "y"): 1}
    assert co.execute(plan, numbers).jacobian.tolist() == [[11 + 5j]]


def test_what_the_caller_gave_is_left_as_it_was():
    graph = published("roe_flux_1d")
    partials = {edge: np.array([1.0, 2.0]) for edge in graph.edges}
    co.execute(co.plan(graph, "reverse"), partials)
    assert all(value.tolist() == [1.0, 2.0] for value in partials.values())


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({(1, 2): np.ones((2, 2))}, r"partials\[1, 2\] has shape \(2, 2\): expected \(2, 3\)"),
        ({(0, 1): [1.0, 2.0]}, r"partials\[0, 1\] has shape \(2,\)"),
        ({(0, 1): np.full((3, 1), np.nan)}, r"partials\[0, 1\] is nan: expected finite"),
        ({(0, 1): np.array([[1.0], [np.inf], [0]])}, r"partials\[0, 1\] is inf"),
        ({(0, 1): "much"}, r"partials\[0, 1\] has dtype"),
        ({(0, 1): None}, r"partials\[0, 1\] has dtype object"),
        ({(5, 6): 1.0}, r"partials has \(5, 6\): the graph has no such edge"),
        ({(0, 1): np.ones((4, 3, 1)), (1, 2): np.ones((5, 2, 3))}, "is a batch of 5: others are 4"),
    ],
)
def test_partials_that_do_not_fit_are_named(change, complaint):
    graph = co.Graph([(0, 1), (1, 2)], sizes={1: 3, 2: 2})
    partials = {(0, 1): np.ones((3, 1)), (1, 2): np.ones((2, 3)), **change}
    with pytest.raises(co.ChainOrderError, match=complaint):
        co.execute(co.plan(graph), partials)


def test_a_missing_partial_is_named():
    graph = co.Graph([(0, 1), (1, 2)])
    with pytest.raises(co.ChainOrderError, match=r"partials has no \(1, 2\)"):
        co.execute(co.plan(graph), {(0, 1): 1.0})
    with pytest.raises(co.ChainOrderError, match="expected a mapping"):
        co.execute(co.plan(graph), [1.0, 2.0])
