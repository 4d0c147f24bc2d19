"""The command on graphs: files of all formats in, tables and JSON out."""

import json

import networkx as nx
import pytest
from command import assert_refused, chainorder
from graphs import PATH, PUBLISHED, published


def test_plan_shows_the_orders_of_a_graph_the_bound_and_what_was_dropped():
    process = chainorder("plan", str(PUBLISHED / "black_scholes.json"))
    assert process.returncode == 0, process.stderr
    for words in ("markowitz", "29 to eliminate", "dropped", "23, 29", "proved optimal", "157.1%"):
        assert words in process.stdout
    assert "no order takes fewer than 42 fma" in process.stdout


def test_plan_prints_a_gap_where_nothing_is_proved():
    process = chainorder(
        "plan", str(PUBLISHED / "roe_flux_1d.json"), "--order", "search", "--no-execute"
    )
    assert "no order takes fewer than 223 fma: search is at most" in process.stdout


def test_json_holds_the_graph_the_elimination_and_the_executions():
    process = chainorder("plan", str(PUBLISHED / "cloud_scheme.json"), "--json")
    printed = json.loads(process.stdout)
    assert printed["graph"] == published("cloud_scheme").to_dict()
    best = printed["plans"][-1]
    assert best["fma"] == best["lower_bound"] == best["executed"]["fma"] == 35
    assert best["proof"] == "optimal"
    assert best["gap_percent"] == 0
    assert len(best["elimination"]) == 23
    again = chainorder("plan", "-", "--no-execute", stdin=process.stdout)
    assert again.returncode == 0, again.stderr


def test_report_lists_the_products(tmp_path):
    path = tmp_path / "report.md"
    process = chainorder("report", str(PUBLISHED / "cloud_scheme.json"), "-o", str(path))
    assert process.returncode == 0, process.stderr
    text = path.read_text()
    assert "# Jacobian of a graph" in text
    assert "d12/d11 (1 × 1) · d11/d5 (1 × 1)" in text


def test_graphml_and_edge_lists_are_read_by_their_suffix(tmp_path):
    graph = published("robot_arm").to_networkx()
    nx.write_graphml(graph, tmp_path / "arm.graphml")
    nx.write_edgelist(graph, tmp_path / "arm.edgelist", data=False)
    for name in ("arm.graphml", "arm.edgelist"):
        process = chainorder("plan", str(tmp_path / name), "--order", "markowitz", "--json")
        assert process.returncode == 0, process.stderr
        assert json.loads(process.stdout)["plans"][0]["fma"] == 288


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("g.json", json.dumps({**PATH, "edges": [[0, 1], [1, 0]]}), ["cycle", "0 -> 1"]),
        ("g.json", json.dumps({**PATH, "inputs": []}), ["inputs is empty"]),
        ("g.json", json.dumps({**PATH, "inputs": [[9]]}), ["inputs[0] has vertex [9]"]),
        ("g.json", json.dumps(PATH)[:40], ["not JSON"]),
        ("g.json", json.dumps({**PATH, "sizes": {"1": -2}}), ["sizes[1] is -2"]),
        ("g.graphml", "no xml", ["no GraphML"]),
        ("g.graphml", "", ["no GraphML"]),
        ("g.edgelist", "", ["at least one edge"]),
        ("g.edgelist", "1 2\n2 1\n", ["cycle"]),
        ("g.edgelist", "1 2\n1 2\n", ["that edge is there already"]),
        ("g.edgelist", "1 2 {", ["no edge list"]),
    ],
)
def test_files_that_hold_no_graph_are_refused(tmp_path, name, content, words):
    path = tmp_path / name
    path.write_text(content)
    assert_refused(chainorder("plan", str(path)), name, *words)


def test_orders_and_limits_that_do_not_fit_are_refused():
    arm = str(PUBLISHED / "robot_arm.json")
    assert_refused(chainorder("plan", arm, "--order", "fastest"), "a graph has the orders")
    assert_refused(chainorder("plan", arm, "--time-limit", "-1"), "-1")
    assert_refused(chainorder("plan", arm, "--time-limit", "soon"), "soon")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--memory", "5"], ["memory is 5: a graph has no tapes, expected None"]),
        (["--form", "operator"], ["form is 'operator': expected matrix, a graph has no other"]),
        (["--form", "table"], ["form is 'table': expected matrix, a graph has no other"]),
    ],
)
def test_options_of_chains_are_refused_by_name(options, words):
    arm = str(PUBLISHED / "robot_arm.json")
    assert_refused(chainorder("plan", arm, *options), *words)
