"""Graphs as problems: what is left out, what is refused, and the ways in and out."""

import json
import random

import networkx as nx
import numpy as np
import pytest
from graphs import PATH, random_graph

import chainorder as co
from chainorder.files.problem import read_problem

DIAMOND = [("x", "a"), ("x", "b"), ("a", "y"), ("b", "y")]


def test_inputs_and_outputs_are_sources_and_sinks_unless_named():
    graph = co.Graph(DIAMOND)
    assert graph.inputs == ("x",)
    assert graph.outputs == ("y",)
    assert graph.intermediates == ("a", "b")
    assert graph.sizes == {"x": 1, "a": 1, "y": 1, "b": 1}


def test_vertices_on_no_path_from_an_input_to_an_output_are_dropped():
    edges = [*DIAMOND, ("x", "unused"), ("constant", "a"), ("unused", "also unused")]
    graph = co.Graph(edges, ["x"], ["y"])
    assert set(graph.dropped) == {"unused", "also unused", "constant"}
    assert co.plan(graph, "forward").fma == co.plan(co.Graph(DIAMOND), "forward").fma == 2


def test_an_output_with_successors_keeps_its_in_edges():
    graph = co.Graph([("x", "v"), ("v", "w")], ["x"], ["v", "w"])
    plan = co.plan(graph)
    assert plan.order == ["v"]
    run = co.execute(plan, {("x", "v"): 3.0, ("v", "w"): 5.0})
    assert run.jacobian.tolist() == [[3.0], [15.0]]


def test_an_input_that_is_an_output_has_the_identity_for_a_jacobian():
    graph = co.Graph([("x", "y"), ("z", "y")], ["x", "z"], ["y", "x"])
    run = co.execute(co.plan(graph), {("x", "y"): 3.0, ("z", "y"): 5.0})
    assert run.jacobian.tolist() == [[3.0, 5.0], [1.0, 0.0]]


def test_a_graph_without_any_path_has_a_plan_without_steps():
    graph = co.Graph([("x", "a"), ("b", "y")], ["x"], ["y"])
    plan = co.plan(graph)
    assert (plan.fma, len(plan.steps), plan.proof) == (0, 0, "optimal")
    assert co.execute(plan, {}).jacobian.tolist() == [[0.0]]


def test_equal_graphs_are_equal_however_their_edges_are_listed():
    assert co.Graph(DIAMOND) == co.Graph(DIAMOND[::-1], ["x"], ["y"])
    assert hash(co.Graph(DIAMOND)) == hash(co.Graph(DIAMOND[::-1], ["x"], ["y"]))
    assert co.Graph(DIAMOND) != co.Graph(DIAMOND, sizes={"a": 2})


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (([],), "at least one edge"),
        ((None,), "edges is None"),
        (("ab",), "edges is 'ab'"),
        (([(1, 2, 3)],), r"edges\[0\] is \(1, 2, 3\): expected a pair"),
        (([(1, 2), 7],), r"edges\[1\] is 7: expected a pair"),
        (([(1, [2])],), r"edges\[0\] has vertex \[2\]: a vertex must be hashable"),
        (([(1, 2), (3, 3)],), r"edges\[1\] is \(3, 3\): a vertex cannot be its own successor"),
        (([(1, 2), (2, 3), (1, 2)],), r"edges\[2\] is \(1, 2\): that edge is there already"),
        (([(0, 1), (1, 2), (2, 3), (3, 1)],), r"form a cycle: .*1 -> 2 -> 3|2 -> 3 -> 1|3 -> 1"),
        (([(0, 1)], [0, [7]]), r"inputs\[1\] has vertex \[7\]: a vertex must be hashable"),
        (([(0, 1)], [0], ["a\ud800"]), r"outputs\[0\] has vertex 'a\\ud800': expected characters"),
        (([("\udc00", 1)],), r"edges\[0\] has vertex '\\udc00': expected characters"),
        (([(10**70, 1)],), r"edges\[0\] has a vertex of more than 60 digits"),
        (([(0, 1)], []), "inputs is empty"),
        (([(0, 1)], [0], []), "outputs is empty"),
        (([(0, 1)], [0, 0]), "inputs names 0 twice"),
        (([(0, 1)], "0"), "inputs is '0': expected a list"),
        (([(0, 1), (1, 2)], [1], [2]), "input 1 has a predecessor, 0"),
        (([(0, 1)], [0], [1], {5: 2}), "sizes has 5: no edge, input or output has that"),
        (([(0, 1)], [0], [1], {0: 0}), r"sizes\[0\] is 0: a size must be an integer"),
        (([(0, 1)], [0], [1], {0: -3}), r"sizes\[0\] is -3"),
        (([(0, 1)], [0], [1], {0: 1.5}), r"sizes\[0\] is 1.5"),
        (([(0, 1)], [0], [1], {0: "1e3"}), r"sizes\[0\] is '1e3'"),
        (([(0, 1)], [0], [1], {0: float("nan")}), r"sizes\[0\] is nan"),
        (([(0, 1)], [0], [1], {0: 10**30}), "at most 10"),
        (([(0, 1)], [0], [1], [1, 1]), "expected a mapping"),
        ((np.ones((3, 3), dtype=int),), r"shape \(3, 3\)"),
        ((np.ones((3, 2)),), "type float64"),
    ],
)
def test_what_is_no_graph_is_refused_by_name(arguments, complaint):
    with pytest.raises(co.ChainOrderError, match=complaint) as error:
        co.Graph(*arguments)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"format": "chainorder/2"}, "format is 'chainorder/2'"),
        ({"kind": "tree"}, "kind is 'tree'"),
        ({"extra": 1}, "'extra' is no field of a graph"),
        ({"edges": 3}, "edges: expected a list"),
        ({"edges": [[1, 2, 3]]}, r"edges\[0\] is \[1, 2, 3\]"),
        ({"edges": [[1, None]]}, r"edges\[0\] has vertex None: expected an integer or text"),
        ({"edges": [[1, 2.5]]}, r"edges\[0\] has vertex 2.5"),
        ({"inputs": None}, "inputs: expected a list"),
        ({"inputs": [True]}, r"inputs\[0\] has vertex True"),
        ({"sizes": [1]}, "sizes: expected an object"),
        ({"sizes": {"9": 2}}, "sizes has '9'"),
        ({"sizes": {"1": "big"}}, r"sizes\[1\] is 'big'"),
        ({"edges": [[0, 1], [1, "1"], ["1", 3]], "sizes": {"1": 2}}, "cannot tell vertices"),
    ],
)
def test_fields_of_a_graph_file_are_checked(fields, complaint):
    with pytest.raises(co.ChainOrderError, match=complaint):
        co.Graph.from_dict({**PATH, **fields})


def test_a_graph_survives_its_file():
    for seed in range(20):
        graph = random_graph(seed, 8)
        assert co.Graph.from_dict(json.loads(json.dumps(graph.to_dict()))) == graph


def test_a_vertex_that_is_neither_a_number_nor_text_has_no_file():
    with pytest.raises(co.ChainOrderError, match=r"vertex \(0, 1\) cannot be written"):
        co.Graph([((0, 1), (0, 2))]).to_dict()


def shuffled(graph, seed):
    """The graph with its edges, inputs and outputs in another order."""
    rng = random.Random(seed)
    edges, inputs, outputs = (
        rng.sample(items, len(items)) for items in (graph.edges, graph.inputs, graph.outputs)
    )
    return co.Graph(edges, inputs, outputs, graph.sizes)


def test_a_graph_survives_networkx():
    for seed in range(40):
        graph = shuffled(random_graph(seed, 8), seed)
        assert co.Graph.from_networkx(graph.to_networkx()) == graph
        assert co.Graph.from_networkx(graph.to_networkx(), graph.inputs, graph.outputs) == graph


def test_a_graph_survives_files_that_networkx_writes(tmp_path):
    for seed in range(12):
        graph = shuffled(random_graph(seed, 8), seed)
        written = graph.to_networkx()
        nx.write_graphml(written, tmp_path / "graph.graphml")
        (tmp_path / "graph.dot").write_text(nx.nx_pydot.to_pydot(written).to_string())
        assert read_problem(str(tmp_path / "graph.graphml")) == graph
        assert read_problem(str(tmp_path / "graph.dot")) == graph


def test_columns_and_rows_of_nodes_order_the_jacobian():
    graph = nx.DiGraph([("x", "a"), ("y", "a"), ("a", "b"), ("a", "c")])
    for node, attributes in {
        "x": {"input": True, "column": "7"},
        "y": {"input": True, "column": 2},
        "b": {"output": True, "row": '"1"'},
        "c": {"output": True},
    }.items():
        graph.nodes[node].update(attributes)
    assert co.Graph.from_networkx(graph).inputs == ("y", "x")
    assert co.Graph.from_networkx(graph).outputs == ("b", "c")
    graph.nodes["c"]["row"] = 0
    assert co.Graph.from_networkx(graph).outputs == ("c", "b")
    assert co.Graph.from_networkx(graph, ["x", "y"], ["b"]).inputs == ("x", "y")


@pytest.mark.parametrize(
    ("column", "complaint"),
    [
        (1, "column of node 'y' is 1, as of node 'x': expected another"),
        ("1", "column of node 'y' is 1, as of node 'x'"),
        ("left", "column of node 'y' is 'left': a column must be an integer of at least 0"),
        (-1, "column of node 'y' is -1: a column must be an integer"),
        (1.0, "column of node 'y' is 1.0: a column must be an integer"),
        (True, "column of node 'y' is True"),
        (None, "column of node 'y' is None"),
    ],
)
def test_columns_that_are_none_are_refused(column, complaint):
    graph = nx.DiGraph([("x", "a"), ("y", "a")])
    graph.nodes["x"].update(input=True, column=1)
    graph.nodes["y"].update(input=True, column=column)
    with pytest.raises(co.ChainOrderError, match=complaint):
        co.Graph.from_networkx(graph)


@pytest.mark.parametrize(
    ("graph", "complaint"),
    [
        (nx.Graph([(0, 1)]), "has no directions"),
        (nx.MultiDiGraph([(0, 1), (0, 1)]), "that edge is there already"),
        (nx.DiGraph([(0, 1), (1, 0)]), "form a cycle"),
        (nx.DiGraph(), "at least one edge"),
    ],
)
def test_networkx_graphs_that_do_not_fit_are_refused(graph, complaint):
    with pytest.raises(co.ChainOrderError, match=complaint):
        co.Graph.from_networkx(graph)


@pytest.mark.parametrize("quoted", ["{}", '"{}"'])
def test_dot_files_are_graphs(tmp_path, quoted):
    x, mid, y = (quoted.format(name) for name in ("x", "mid", "y"))
    path = tmp_path / "graph.dot"
    path.write_text(f"digraph {{\n  {x} [size=3];\n  {x} -> {mid} -> {y};\n}}\n")
    graph = read_problem(str(path))
    assert set(graph.edges) == {("x", "mid"), ("mid", "y")}
    assert graph.sizes == {"x": 3, "mid": 1, "y": 1}


@pytest.mark.parametrize("text", ["", "digraph {", "graph { x -- y }", "digraph { }", "x -> y"])
def test_dot_files_that_are_no_graph_are_one_clear_error(tmp_path, text):
    path = tmp_path / "graph.gv"
    path.write_text(text)
    with pytest.raises(co.ChainOrderError, match=r"graph\.gv"):
        read_problem(str(path))


def test_attributes_of_networkx_nodes_are_checked():
    graph = nx.DiGraph([(0, 1)])
    graph.nodes[0]["size"] = "many"
    with pytest.raises(co.ChainOrderError, match="size of node 0 is 'many'"):
        co.Graph.from_networkx(graph)
    graph.nodes[0]["size"] = "3"
    assert co.Graph.from_networkx(graph).sizes[0] == 3
    graph.nodes[0]["input"] = "perhaps"
    with pytest.raises(co.ChainOrderError, match="input='perhaps'"):
        co.Graph.from_networkx(graph)


def test_a_chain_is_a_graph_and_both_have_the_same_costs():
    rng = np.random.default_rng(0)
    for q in (1, 2, 3, 8, 15, 40):
        chain = co.Chain(rng.integers(1, 30, q + 1))
        graph = chain.to_graph()
        for objective in ("fma", "flops"):
            for order in ("forward", "reverse", "optimal"):
                ours, theirs = (co.plan(p, order, objective) for p in (graph, chain))
                assert (ours.fma, ours.flops) == (theirs.fma, theirs.flops) or order == "optimal"
                assert ours.cost == theirs.cost
            assert ours.proof == "optimal"


def test_a_chain_that_is_not_dense_and_given_is_no_graph():
    with pytest.raises(co.ChainOrderError, match=r"elementals\[0\] is not a given, dense matrix"):
        co.Chain.matrix_free([2, 3], [5]).to_graph()


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({"memory": 0}, "memory is 0: a graph has no tapes"),
        ({"pattern_memory": 9}, "pattern_memory is 9: a graph has no patterns, expected None"),
        ({"form": "operator"}, "form is 'operator': expected matrix"),
        ({"form": None}, "form is None: expected matrix"),
    ],
)
def test_what_only_chains_have_is_refused_by_name(arguments, complaint):
    with pytest.raises(co.ChainOrderError, match=complaint):
        co.plan(co.Graph(DIAMOND), **arguments)
    with pytest.raises(
        co.ChainOrderError,
        match=r"problem is \[2, 3\]: expected a Chain, a Graph",
    ):
        co.plan([2, 3], **arguments)
    with pytest.raises(
        co.ChainOrderError,
        match=r"problem is \[2, 3\]: expected a Chain, a Graph",
    ):
        co.compare([2, 3], **{name: arguments[name] for name in arguments if name == "form"})


def test_a_form_that_does_not_fit_is_refused_before_any_work():
    graph = co.Graph(DIAMOND)
    for problem, form in ((graph, "operator"), (co.Chain([2, 3, 4]), "table")):
        with pytest.raises(co.ChainOrderError, match=f"form is '{form}'"):
            co.compare(problem, ["no such order"], form=form)


LONG = "1" * 5000
"""More digits than Python makes an integer of."""


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("g.json", json.dumps({**PATH, "sizes": {"1": 2, "2": "long"}}), r"sizes\[2\] has 5000"),
        (
            "g.json",
            json.dumps({**PATH, "edges": [["x", "y"]], "sizes": {"x": "long"}}),
            r"sizes\['x'\] has 5000 digits: a size is at most 10\^18",
        ),
        (
            "g.json",
            json.dumps({**PATH, "edges": [[0, 1], [1, "long"]]}),
            r"edges\[1\]\[1\] has 5000",
        ),
        (
            "g.dot",
            'digraph { x [size="long"]; x -> y }',
            "size of node 'x' has 5000 digits: a size",
        ),
    ],
)
def test_numbers_of_thousands_of_digits_are_named(tmp_path, name, content, complaint):
    path = tmp_path / name
    path.write_text(content.replace('"long"', LONG))
    with pytest.raises(co.ChainOrderError, match=complaint) as error:
        read_problem(str(path))
    assert len(str(error.value)) < 250
    assert "set_int_max_str_digits" not in str(error.value)


def test_a_vertex_may_have_a_name_of_thousands_of_digits(tmp_path):
    path = tmp_path / "g.edgelist"
    path.write_text(f"{LONG} 2\n")
    assert read_problem(str(path)).edges == ((LONG, "2"),)


def test_a_long_number_in_graphml_is_one_clear_error(tmp_path):
    graph = nx.DiGraph([("x", "y")])
    graph.nodes["x"]["size"] = 123454321
    path = tmp_path / "g.graphml"
    nx.write_graphml(graph, path)
    path.write_text(path.read_text().replace("123454321", LONG))
    with pytest.raises(co.ChainOrderError, match="a number has thousands of digits, expected"):
        read_problem(str(path))


def test_a_long_number_in_a_plan_is_named():
    fields = co.plan(co.Graph(DIAMOND)).to_dict()
    text = json.dumps({**fields, "fma": "long"}).replace('"long"', LONG)
    with pytest.raises(co.ChainOrderError, match="the plan: fma has 5000 digits"):
        co.Plan.from_json(text)
