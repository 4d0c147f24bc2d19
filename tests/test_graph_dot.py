"""DOT files: what the language says about subgraphs, ports, strict graphs and defaults."""

import codecs
import contextlib
import random
import warnings

import pydot
import pytest

import chainorder as co
from chainorder.files.dot import read_dot
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
        ("digraph { x -> y } digraph { y -> z }", "line 1 begins a second graph: expected one"),
        ("digraph { x -> y } digraph { y ->", "line 1 begins a second graph: expected one"),
        ("digraph { x -> y } }", "line 1: '}' where the end of the text, behind the graph,"),
        ("", "0 graphs of DOT: expected one"),
        ("digraph { x -> y", "no DOT that can be read: line 1: 'the end of the text' where a vert"),
        ("digraph {\n x -> ;\n}", "no DOT that can be read: line 2: ';' where a vertex"),
        ("digraph { x -- y }", "line 1 has an edge without direction: expected '->'"),
        ("digraph { /* \n x -> y }", "line 1: '/. .* begins nothing that DOT has"),
        ('digraph {\n\n "x -> y }', "line 3: '\"x -> y }' begins nothing that DOT has"),
        ("digraph { <x }", "line 1: '<' without its '>'"),
        ("digraph { 3x -> y }", "line 1: '3x -> y }' begins nothing that DOT has"),
        ("graph { x -- y }", "an undirected graph of DOT: expected a digraph"),
        ("strict graph { x -- y }", "an undirected graph of DOT: expected a digraph"),
        ("digraph { subgraph s { x } subgraph s -> y }", "line 1: '->' where '{' is expected"),
        ("digraph { subgraph s { x } subgraph s { y } -> z }", "subgraph s ends an edge and is"),
        ("digraph { x -> node }", "'node' is a keyword of DOT where a vertex is expected"),
    ],
)
def test_what_would_be_misread_is_refused_in_one_line(dot, text, complaint):
    with pytest.raises(co.ChainOrderError, match=complaint) as error:
        dot(text)
    assert "graph.dot" in str(error.value)
    assert "\n" not in str(error.value)


def test_comments_continued_lines_and_attributes_without_values_are_read(dot):
    text = """# from a preprocessor
    digraph "of" + " two" { // names
        rank = same; /* a -> b */ graph [bgcolor="#ff00ff"] [label=<<b>x</b>>]
        x [filled, size = "3", label="a \\"quoted\\" ; } text"]; "lo\\
ng":n -> y [weight=.5; style=bold] -1 -> y
    }"""
    graph = dot(text)
    assert graph.edges == (("long", "y"), ("-1", "y"))
    assert graph.sizes == {"long": 1, "-1": 1, "y": 1}


@pytest.mark.parametrize("seed", range(25))
def test_what_graphviz_can_say_is_read_as_another_reader_does(dot, seed):
    rng = random.Random(seed)

    def statements(depth):
        lines = []
        for _ in range(rng.randint(1, 4)):
            ends = [end(depth) for _ in range(rng.choice([1, 2, 2, 3]))]
            lines.append(" -> ".join(ends))
            if len(ends) == 1 and not ends[0].endswith("}"):
                lines[-1] += rng.choice(["", " [color=red]", ' [label="a;}->b", shape=box]'])
        return rng.choice(["; ", ";\n"]).join(lines)

    def end(depth):
        if depth < 3 and rng.random() < 0.35:
            name = rng.choice(["", "subgraph ", f"subgraph s{rng.randrange(10**9)} "])
            return f"{name}{{ {statements(depth + 1)} }}"
        name = rng.choice(["v", '"v w', "é", '"a:b'])
        number = rng.randrange(30)
        return f'{name}{number}"' if name[0] == '"' else name + str(number)

    text = f"strict digraph {{ {statements(0)} }}"
    assert set(read_dot(text).edges) == edges_as_pydot_has_them(text)


def edges_as_pydot_has_them(text):
    """The edges of a strict digraph, out of the objects that pydot makes of it."""

    def vertices(part):
        found = set()
        for kind in ("nodes", "edges", "subgraphs"):
            for same in part[kind].values():
                for statement in same:
                    found |= statement_vertices(statement)
        return found

    def statement_vertices(statement):
        if "points" in statement:
            tails, heads = map(ends, statement["points"])
            edges.update((u, v) for u in tails for v in heads)
            return tails | heads
        return vertices(statement) if "nodes" in statement else {statement["name"].strip('"')}

    def ends(point):
        return {point.strip('"')} if isinstance(point, str) else vertices(point)

    edges = set()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        (top,) = pydot.graph_from_dot_data(text)
    vertices(top.obj_dict)
    return edges


@pytest.mark.parametrize(
    "text",
    [
        "digraph { " + "{" * 50_000 + " x -> y " + "}" * 50_000 + " }",
        "digraph { " + "x -> {" * 300 + " y " + "}" * 300 + " }",
        "digraph { " + "{" * 50_000,
        "digraph { x -> y " + '"' + "a" * 10**6,
        "digraph { x -> y /*" + "*" * 10**6,
        "digraph { x -> y " + "<" * 10**6,
        "digraph { x [a=" + "1" * 10**6 + "] x -> y }",
        "digraph { x -> " + " + ".join(['"y"'] * 10**5) + " }",
    ],
)
def test_depth_and_length_take_time_in_proportion(dot, text):
    edges = ()
    with contextlib.suppress(co.ChainOrderError):
        edges = dot(text).edges
    assert len(edges) <= len(text)


def test_a_short_text_cannot_stand_for_billions_of_edges(dot):
    many = " ".join(f"v{n}" for n in range(5000))
    with pytest.raises(co.ChainOrderError, match="stand for more than 1,000,000 edges"):
        dot(f"digraph {{ {{ {many} }} -> {{ {many.replace('v', 'w')} }} }}")
