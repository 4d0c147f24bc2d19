"""DOT files: what the language says about subgraphs, ports, strict graphs and defaults."""

import codecs

import pytest

import chainorder as co
from chainorder.files.problem import read_problem


@pytest.fixture
def dot(tmp_path):
    """Reads the text of a DOT file."""

    def read(text):
        path = tmp_path / "graph.dot"
        path.write_text(text, encoding="utf-8")
        return read_problem(str(path))

    return read


@pytest.mark.parametrize(
    ("text", "edges"),
    [
        ("x -> a; subgraph cluster_s { a -> b; subgraph { b -> c } } c -> y", "xa ab bc cy"),
        ("{ x -> a } subgraph { subgraph s { a -> y } }", "xa ay"),
        ("x -> { a b } -> y", "xa xb ay by"),
        ("x -> { a; { b } } -> { y; z }", "xa xb ay az by bz"),
        ("x -> { a -> b } -> y", "xa xb ab ay by"),
        ("x -> subgraph s { a; b }; b -> a", "xa xb ba"),
        ("{ a b } -> y; { a b } -> z", "ay by az bz"),
    ],
)
def test_edges_of_subgraphs_are_edges_of_the_graph(dot, text, edges):
    assert set(dot(f"digraph {{ {text} }}").edges) == {tuple(edge) for edge in edges.split()}


def test_what_a_subgraph_says_of_a_vertex_counts(dot):
    text = "digraph { x -> a -> y; a [size=2]; subgraph s { a [size=3]; x [size=4] } x [size=5] }"
    assert dot(text).sizes == {"x": 5, "a": 3, "y": 1}


def test_ports_are_no_part_of_a_name_unless_they_are_quoted(dot):
    text = 'digraph { x:n -> a:port:sw; a:se -> "b:c":n; "b:c":s -> y; "b:c":w [size=3]; y:n }'
    graph = dot(text)
    assert graph.edges == (("x", "a"), ("a", "b:c"), ("b:c", "y"))
    assert graph.sizes == {"x": 1, "a": 1, "b:c": 3, "y": 1}


def test_names_are_what_the_quotes_enclose(dot):
    graph = dot(r'digraph { "a" + "b" -> "x\"y" -> <i>:n }')
    assert graph.edges == (("ab", 'x"y'), ('x"y', "<i>"))


def test_a_strict_digraph_has_each_edge_once(dot):
    assert dot("strict digraph { x -> y; x -> y; x:n -> y }").edges == (("x", "y"),)
    with pytest.raises(co.ChainOrderError, match="that edge is there already"):
        dot("digraph { x -> y; x:n -> y }")


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path):
    path = tmp_path / "graph.gv"
    path.write_bytes(codecs.BOM_UTF8 + "digraph { x -> é }".encode())
    assert read_problem(str(path)).edges == (("x", "é"),)


def test_defaults_of_looks_do_not_matter(dot):
    text = "digraph { size=7; graph [size=8]; edge [size=9]; node [shape=box]; x -> y }"
    assert dot(text).sizes == {"x": 1, "y": 1}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("digraph { node [size=3]; x -> y }", r"node \[size=3\] sets a default: expected size at"),
        ("digraph { subgraph { Node [input=true] } x -> y }", r"node \[input=true\] sets"),
        ("digraph { x -> { node [output=1] y } }", r"node \[output=1\] sets"),
        ("digraph { x -> y } digraph { y -> z }", "2 graphs of DOT: expected one"),
        ("digraph { x -> y } digraph { y ->", "behind the first graph is not DOT"),
        ("digraph { x -> y } }", "behind the first graph is not DOT"),
        ("", "0 graphs of DOT: expected one"),
        ("digraph { x -> y", "no DOT that can be read"),
        ("graph { x -- y }", "an undirected graph of DOT: expected a digraph"),
        ("strict graph { x -- y }", "an undirected graph of DOT: expected a digraph"),
        ("digraph { subgraph s { x } subgraph s -> y }", "'subgraph' is a keyword of DOT"),
        ("digraph { subgraph s { x } subgraph s { y } -> z }", "subgraph s ends an edge and is"),
        ("digraph { x -> node }", "vertex 'node' is a keyword of DOT: expected it in quotes"),
    ],
)
def test_what_would_be_misread_is_refused_in_one_line(dot, text, complaint):
    with pytest.raises(co.ChainOrderError, match=complaint) as error:
        dot(text)
    assert "graph.dot" in str(error.value)
    assert "\n" not in str(error.value)
