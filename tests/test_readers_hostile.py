"""Readers of files that are almost right: one clear error or a problem, and never much work."""

import json
import subprocess
import sys

import networkx as nx
import pytest
from hostile import (
    DOT_PIECES,
    LINE_PIECES,
    XML_PIECES,
    chains,
    edited_json,
    edited_text,
    graphs,
    hessian_chains,
    little_work,
    plans,
)
from hypothesis import given, settings
from hypothesis import strategies as st

import chainorder as co
from chainorder.errors import UNFIT
from chainorder.files.graph_files import parse_graph_file
from chainorder.files.problem import parse_problem, parse_sizes
from chainorder.files.text_format import chain_text
from chainorder.problems.random_chains import parse_range

RANDOMS = st.randoms(use_true_random=True)
FILES = settings(derandomize=True, deadline=None, database=None, max_examples=400)
FEWER_FILES = settings(FILES, max_examples=150)

PROBLEMS = [problem.to_dict() for problem in (*chains(), *graphs(), *hessian_chains())]
PLANS = [plan.to_dict() for plan in plans()]
SIZES = ["4,3,2", "64,64:banded(1,1),8", "3,3:diagonal,3:identity, 2:zero", "1000,1,1000,1,1000"]
TEXTS = ["2\n4 2 100\n8 4 100\n", *(chain_text(co.random_chain(n, (1, 9), (0, 5))) for n in (1, 4))]
EDGES = ["x a\na y\nx y\n", "# edges\n0 1 {'weight': 3}\n1 2\n\n0 2 # three\n"]
DOT = [
    'digraph g { x [size=3, input=true]; x -> a -> "y z"; a -> y [label="<b>"]; }',
    "strict digraph { subgraph s { a b } -> { c; d:n:sw } -> e; node [shape=box] /* c */ }",
    *(nx.nx_pydot.to_pydot(graph.to_networkx()).to_string() for graph in graphs()),
]
GRAPHML = ["".join(nx.generate_graphml(graph.to_networkx())) for graph in graphs()]


def reads(reader, *arguments):
    """What the reader makes of it; None if it refuses, in one line that is not too long."""
    with little_work():
        try:
            return reader(*arguments)
        except co.ChainOrderError as error:
            message = str(error)
            assert message
            assert len(message) < 600
            assert not UNFIT.search(message), repr(message)
            return None


def reads_problem(reader, *arguments):
    """As `reads`; what is read can be written, and read again."""
    problem = reads(reader, *arguments)
    if problem is not None:
        assert type(problem).from_dict(json.loads(json.dumps(problem.to_dict()))) == problem


@FILES
@given(RANDOMS)
def test_a_problem_in_json_is_read_or_refused(rng):
    reads_problem(parse_problem, edited_json(rng.choice(PROBLEMS), rng), "problem.json")


@FILES
@given(RANDOMS)
def test_a_plan_in_json_is_read_or_refused_and_claims_only_what_holds(rng):
    plan = reads(co.Plan.from_json, edited_json(rng.choice(PLANS), rng))
    if plan is None:
        return
    assert plan.lower_bound <= plan.cost
    assert plan.proof in (None, "optimal")
    assert plan.proof is None or plan.memory is not None or plan.lower_bound == plan.cost
    assert plan.lower_bound >= 0
    assert plan.memory is None or plan.memory >= 0
    assert not UNFIT.search(plan.name)
    assert co.Plan.from_json(plan.to_json()) == plan


@FEWER_FILES
@given(RANDOMS)
def test_sizes_are_read_or_refused(rng):
    reads_problem(parse_sizes, edited_text(rng.choice(SIZES), rng, LINE_PIECES))


@FEWER_FILES
@given(RANDOMS)
def test_the_text_format_is_read_or_refused(rng):
    reads_problem(parse_problem, edited_text(rng.choice(TEXTS), rng, LINE_PIECES), "chain.txt")


@FILES
@given(RANDOMS)
def test_dot_is_read_or_refused(rng):
    content = edited_text(rng.choice(DOT), rng, DOT_PIECES).encode()
    reads_problem(parse_graph_file, content, "graph.dot")


@FILES
@given(RANDOMS)
def test_graphml_is_read_or_refused(rng):
    content = edited_text(rng.choice(GRAPHML), rng, XML_PIECES).encode()
    reads_problem(parse_graph_file, content, "graph.graphml")


@FEWER_FILES
@given(RANDOMS)
def test_an_edge_list_is_read_or_refused(rng):
    content = edited_text(rng.choice(EDGES), rng, LINE_PIECES).encode()
    reads_problem(parse_graph_file, content, "graph.edgelist")


@FILES
@given(st.one_of(st.binary(max_size=60), st.text(max_size=60).map(str.encode)))
def test_what_is_no_file_of_any_format_is_refused(content):
    for name in ("g.dot", "g.graphml", "g.edgelist"):
        reads_problem(parse_graph_file, content, name)
    text = content.decode(errors="replace")
    reads_problem(parse_problem, text, "file")
    reads(co.Plan.from_json, text)


@FEWER_FILES
@given(st.one_of(st.text(max_size=20), st.from_regex(r"[-+0-9: e.]{0,30}", fullmatch=True)))
def test_a_range_is_read_or_refused(text):
    ends = reads(parse_range, "--sizes", text)
    assert ends is None or all(0 <= end < 10**19 for end in ends)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("chain", '{"format": "chainorder/1", "kind": "chain", "sizes": [2, 3], "sizes": [2, 4]}'),
        ("chain", '{"format": "chainorder/1", "kind": "chain", "kind": "graph", "sizes": [2, 3]}'),
        (
            "graph",
            '{"format": "chainorder/1", "kind": "graph", "edges": [[0, 1]], "inputs": [0], '
            '"outputs": [1], "sizes": {"0": 2, "0": 3}}',
        ),
    ],
)
def test_a_field_that_is_there_twice_is_named(kind, text):
    with pytest.raises(co.ChainOrderError, match="is there twice"):
        parse_problem(text, "file")
    with pytest.raises(co.ChainOrderError, match="is there twice"):
        co.Plan.from_json(f'{{"{kind}": {text}}}')


MILLION = 10**6
HOSTILE = {
    "nested.json": '{"sizes": ' + "[" * MILLION,
    "objects.json": '{"a":' * 200_000,
    "text.json": '{"sizes": "' + "9" * MILLION + '"}',
    "digits.json": '{"sizes": [' + "9" * MILLION + "]}",
    "rows.json": '{"format": "chainorder/1", "kind": "chain", "sizes": [2, 2], "elementals": '
    '[{"structure": {"sparse": {"rows": ["' + "a" * 500_000 + '"' + ', ""' * 100_000 + "], "
    '"cols": [0]}}}]}',
    "inputs.json": '{"format": "chainorder/1", "kind": "graph", "edges": [[0, 1]], "outputs": [1], '
    '"inputs": [' + ",".join(map(str, range(150_000))) + ", 7]}",
    "commas.txt": "1," * (MILLION // 2),
    "parentheses.txt": "2,3:banded(" + "1," * (MILLION // 2),
    "structures.txt": "2" + ",2:banded(0,0)" * 20_000,
    "blanks.txt": " " * MILLION,
    "lines.txt": "1000000000\n" + "1 1 1\n" * 50_000,
    "count.txt": "9" * MILLION + "\n1 1 1\n",
    "nested.dot": "digraph { " + "{" * 80_000,
    "chains.dot": "digraph { " + "x -> {" * 30_000,
    "edges.dot": "digraph { " + "{" + "a;" * 30_000 + "} -> {" + "b;" * 30_000 + "} }",
    "many.dot": "digraph { " + " -> ".join(f"{{ a{n} b{n} }}" for n in range(8_000)) + " }",
    "quote.dot": 'digraph { "' + "\\" * MILLION,
    "html.dot": "digraph { " + "<" * MILLION,
    "comment.dot": "digraph { " + "/*" * (MILLION // 2),
    "names.dot": "digraph { " + '"a"+' * 50_000,
    "attributes.dot": "digraph { x [" + "a=b," * 50_000 + "] }",
    "numbers.dot": "digraph { x [size=" + "9" * MILLION + "] x -> y }",
    "parallel.dot": "digraph { " + "x -> y;" * 30_000 + " }",
    "long.edgelist": "x " + "y" * MILLION,
    "braces.edgelist": "x y " + "{" * MILLION,
    "parallel.edgelist": "x y\n" * 60_000,
    "path.edgelist": "".join(f"{n} {n + 1}\n" for n in range(20_000)),
    "cycle.edgelist": "".join(f"{n} {(n + 1) % 20_000}\n" for n in range(20_000)),
    "nested.graphml": "<graphml>" + "<graph>" * 150_000,
    "laughs.graphml": "<!DOCTYPE g [<!ENTITY a0 'ha'>"
    + "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 12))
    + "]><graphml>&a11;</graphml>",
    "data.graphml": "<graphml xmlns='http://graphml.graphdrawing.org/xmlns'><key id='d' for='node' "
    "attr.name='size' attr.type='int'/><graph edgedefault='directed'><node id='x'>"
    + "<data key='d'>1</data>" * 30_000
    + "</node><edge source='x' target='y'/></graph></graphml>",
    "number.graphml": "<graphml xmlns='http://graphml.graphdrawing.org/xmlns'><key id='d' "
    "for='node' attr.name='size' attr.type='int'/><graph edgedefault='directed'><node id='x'>"
    "<data key='d'>"
    + "9" * MILLION
    + "</data></node><edge source='x' target='y'/></graph></graphml>",
}

READ_ALL = """
import resource, sys
resource.setrlimit(resource.RLIMIT_CPU, (100, 100))
import networkx, scipy.sparse
import chainorder as co
from chainorder.files.problem import read_problem
base = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for path in sys.argv[1:]:
    try:
        read_problem(path)
    except co.ChainOrderError as error:
        assert len(str(error)) < 800, len(str(error))
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - base) // 1024)
"""


def test_long_files_take_seconds_and_some_hundred_megabytes(tmp_path):
    paths = []
    for name, text in HOSTILE.items():
        assert len(text) < 2.2 * MILLION
        paths.append(tmp_path / name)
        paths[-1].write_text(text)
    process = subprocess.run(
        [sys.executable, "-c", READ_ALL, *paths],
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    assert process.returncode == 0, process.stderr[-800:]
    assert int(process.stdout) < 800, "mebibytes"
