"""Inputs that reach no output and outputs that no input reaches: zeros, in every way in and out."""

import json

import networkx as nx
import numpy as np
import pytest
from command import chainorder
from graphs import jacobian_by_paths, random_graph, random_partials

import chainorder as co
from chainorder.files.problem import read_problem

EDGES = [("x", "a"), ("a", "y"), ("x", "y")]
SIZES = {"x": 2, "a": 3, "y": 2, "z": 4, "w": 3, "both": 2}
ORDERS = ("forward", "reverse", "markowitz", "relative-markowitz", "optimal")


def with_text(graph):
    """The graph with text for labels."""
    names = {v: f"v{v}" for v in graph.vertices}
    return co.Graph(
        [(names[u], names[v]) for u, v in graph.edges],
        [names[v] for v in graph.inputs],
        [names[v] for v in graph.outputs],
        {names[v]: size for v, size in graph.sizes.items()},
    )


def padded(graph):
    """The graph with an input, an output and a vertex that is both, all without edges."""
    return co.Graph(
        graph.edges,
        ["itself", *graph.inputs, "no use"],
        ["no cause", *graph.outputs, "itself"],
        {**graph.sizes, "no use": 3, "no cause": 1, "itself": 2},
    )


@pytest.fixture
def graph():
    return co.Graph(EDGES, ["z", "x", "both"], ["w", "y", "both"], SIZES)


def test_a_vertex_without_edges_is_a_zero_column_a_zero_row_or_the_identity(graph):
    run = co.execute(co.plan(graph), random_partials(graph, 0))
    z, x, both = slice(0, 4), slice(4, 6), slice(6, 8)
    w, y, itself = slice(0, 3), slice(3, 5), slice(5, 7)
    assert run.jacobian.shape == (7, 8)
    assert run.jacobian.dtype == np.float64
    assert not run.jacobian[:, z].any()
    assert not run.jacobian[w].any()
    assert run.jacobian[y, x].all()
    assert np.array_equal(run.jacobian[itself, both], np.eye(2))
    assert not run.jacobian[itself, x].any()
    assert (graph.zero_columns, graph.zero_rows) == (("z",), ("w",))


@pytest.mark.parametrize("order", ORDERS)
def test_vertices_without_edges_change_no_cost_and_no_order(order):
    for seed in range(12):
        graph = with_text(random_graph(seed, 7))
        more = padded(graph)
        plan, wider = (co.plan(g, order) for g in (graph, more))
        figures = (plan.fma, plan.flops, plan.peak_entries, plan.lower_bound)
        assert (wider.fma, wider.flops, wider.peak_entries, wider.lower_bound) == figures
        partials = random_partials(more, seed)
        run = co.execute(wider, partials)
        np.testing.assert_allclose(run.jacobian, jacobian_by_paths(more, partials), atol=1e-12)
        assert (run.fma, run.flops, run.peak_entries) == figures[:3]


def test_a_batch_has_its_axis_wherever_it_shows(graph):
    partials = {edge: np.stack([value] * 5) for edge, value in random_partials(graph, 1).items()}
    assert co.execute(co.plan(graph), partials).jacobian.shape == (5, 7, 8)
    unused = co.Graph([("x", "a")], ["x", "z"], ["w"])
    assert co.execute(co.plan(unused), {("x", "a"): np.ones(6)}).jacobian.shape == (6, 1, 2)
    assert co.execute(co.plan(unused), {("x", "a"): np.nan}).jacobian.tolist() == [[0.0, 0.0]]


def test_a_graph_may_have_no_edges_at_all():
    graph = co.Graph([], ["x", "both"], ["both", "y"], {"y": 2})
    plan = co.plan(graph)
    assert (plan.fma, plan.proof, plan.order, len(plan.steps)) == (0, "optimal", [], 0)
    assert co.execute(plan, {}).jacobian.tolist() == [[0, 1], [0, 0], [0, 0]]
    assert co.Graph.from_dict(graph.to_dict()) == graph


def test_where_nobody_says_which_they_are_only_ends_of_edges_are_inputs_and_outputs():
    assert co.Graph([(0, 1)], outputs=[1, 7]).inputs == (0,)
    assert co.Graph([(0, 1)], inputs=[0, 7]).outputs == (1,)


def test_what_has_no_edge_survives_every_file(graph, tmp_path):
    for problem in (graph, *(padded(with_text(random_graph(seed, 6))) for seed in range(8))):
        assert co.Graph.from_dict(json.loads(json.dumps(problem.to_dict()))) == problem
        written = problem.to_networkx()
        assert co.Graph.from_networkx(written) == problem
        (tmp_path / "g.json").write_text(json.dumps(problem.to_dict()))
        nx.write_graphml(written, tmp_path / "g.graphml")
        (tmp_path / "g.dot").write_text(nx.nx_pydot.to_pydot(written).to_string())
        for name in ("g.json", "g.graphml", "g.dot"):
            assert read_problem(str(tmp_path / name)) == problem
        plan = co.plan(problem, "forward")
        assert co.Plan.from_json(plan.to_json()) == plan


def test_numbers_that_no_edge_has_get_their_sizes_from_a_file():
    fields = {"format": "chainorder/1", "kind": "graph", "edges": [[0, 1]]}
    graph = co.Graph.from_dict({**fields, "inputs": [0, 5], "outputs": [1], "sizes": {"5": 9}})
    assert graph.sizes == {0: 1, 1: 1, 5: 9}


def test_nodes_of_networkx_without_edges_are_left_aside_unless_they_are_named():
    drawn = nx.DiGraph([("x", "y")])
    drawn.add_node("z", size=3)
    assert co.Graph.from_networkx(drawn).vertices == ("x", "y")
    assert co.Graph.from_networkx(drawn, inputs=iter(["x", "z"])).sizes == {"x": 1, "z": 3, "y": 1}


def test_the_report_names_the_zero_columns_and_rows(tmp_path, graph):
    path = tmp_path / "g.json"
    path.write_text(json.dumps(graph.to_dict()))
    shown = chainorder("plan", str(path)).stdout
    assert "Jacobian 7 × 8" in shown
    assert "inputs that reach no output, columns of zeros: z\n" in shown
    assert "outputs that no input reaches, rows of zeros: w\n" in shown
    assert "executed" in shown


def test_a_jacobian_of_zeros_that_no_memory_holds_is_not_begun(tmp_path):
    graph = co.Graph([(0, 1)], [0, 5], [1, 6], {5: 10**18, 6: 10**18})
    path = tmp_path / "g.json"
    path.write_text(json.dumps(graph.to_dict()))
    assert "not executed: it would take" in chainorder("plan", str(path)).stdout
    refused = chainorder("plan", str(path), "--execute")
    assert (refused.returncode, refused.stderr.count("\n")) == (2, 1)
    assert "memory" in refused.stderr
