"""Reports: the problem, the table, and every step with its operands and cost."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from command import HOME, assert_refused, chainorder
from markdown_it import MarkdownIt

import chainorder as co
from chainorder.reporting.eliminations import played
from chainorder.reporting.trial import executed


def test_a_markdown_report_has_the_problem_the_table_and_the_steps(tmp_path):
    path = tmp_path / "report.md"
    co.report(co.Chain([1000, 1, 1000, 1, 1000]), str(path))
    text = path.read_text()
    assert "1000-1-1000-1-1000: 4 elementals, Jacobian 1000 × 1000" in text
    assert "| optimal | 1,002,000 | 1,002,999 | 1 | 1,001,000 | optimal |" in text
    assert (
        "| 1 | multiply | J3 (1 × 1000) · J2 (1000 × 1) | J3…J2 (1 × 1) | 1,000 | 1,999 |" in text
    )
    assert "`(J4 (J3 J2)) J1`" in text
    assert "No order takes fewer than 1,002,000 fma." in text


def test_of_many_steps_the_dearest_are_shown_and_the_rest_in_bulk(tmp_path):
    path = tmp_path / "report.md"
    sizes = [2] * 101
    sizes[60] = 50
    co.report(co.plan(co.Chain(sizes), "forward"), str(path))
    text = path.read_text()
    # The product that makes the large matrix, and the one that is done with it.
    assert "| 59 | multiply | J60 (50 × 2) · J59…J1 (2 × 2) | J60…J1 (50 × 2) | 200 |" in text
    assert "| 60 | multiply | J61 (2 × 50) · J60…J1 (50 × 2) | J61…J1 (2 × 2) | 200 |" in text
    assert "| … | … 79 more |  |  | 632 | 948 | 53.7% |" in text
    assert "The 20 dearest of 99 steps, and the rest in bulk." in text
    assert "| 50 |" not in text


def test_costs_of_the_steps_in_a_json_report_add_up(tmp_path):
    path = tmp_path / "report.json"
    co.report(co.compare(co.Chain([30, 35, 15, 5, 10, 20, 25])), str(path))
    for plan in json.loads(path.read_text())["plans"]:
        assert sum(step["fma"] for step in plan["steps"]) == plan["fma"]
        assert sum(step["flops"] for step in plan["steps"]) == plan["flops"]
        for step in plan["steps"]:
            rows, inner = step["left_shape"]
            assert step["fma"] == rows * inner * step["right_shape"][1]


def test_a_chain_of_one_elemental_has_a_report(tmp_path):
    path = tmp_path / "report.md"
    co.report(co.Chain([2, 3]), str(path))
    assert "the one elemental Jacobian" in path.read_text()


def test_the_command_writes_reports_with_executions(tmp_path):
    path = tmp_path / "report.md"
    process = chainorder("report", "1000,1,1000,1,1000", "-o", str(path))
    assert (process.returncode, process.stdout, process.stderr) == (0, "", "")
    assert "Executed on seeded random matrices" in path.read_text()


def test_a_report_that_fails_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "report.md"
    path.write_text("before")
    assert_refused(chainorder("report", "2,x", "-o", str(path)), "sizes[1]")
    assert path.read_text() == "before"
    assert os.listdir(tmp_path) == ["report.md"]


def test_a_path_that_cannot_be_written_is_named(tmp_path):
    path = tmp_path / "report.md"
    path.mkdir()
    with pytest.raises(co.ChainOrderError, match=r"report\.md is a directory"):
        co.report(co.Chain([2, 3]), str(path))
    assert os.listdir(tmp_path) == ["report.md"]


def test_a_comparison_prints_as_a_table():
    text = str(co.compare(co.Chain([1000, 1, 1000, 1, 1000])))
    assert "forward" in text
    assert "1,002,000" in text
    assert max(map(len, text.splitlines())) <= 80


LABELS = ["a|b", "line\nend", "*bold*", "_low_", "`code`", "<i>", "[link](x)", "\\", "\\|", "&lt;"]


def test_labels_stand_in_markdown_as_they_are(tmp_path):
    path = tmp_path / "report.md"
    edges = [
        edge for label in LABELS for edge in (("x", label), (label, "y"), (label, label + "'"))
    ]
    co.report(co.plan(co.Graph(edges, ["x"], ["y"]), "forward"), str(path))
    tokens = MarkdownIt().enable("table").parse(path.read_text())
    lines = [token.children for token in tokens if token.type == "inline"]
    assert {part.type for parts in lines for part in parts} <= {"text", "text_special", "softbreak"}
    texts = ["".join(part.content for part in parts) for parts in lines]
    shown = [label.replace("\n", " ") for label in LABELS]
    assert any(", ".join(f"{label}'" for label in shown[:8]) in text for text in texts)
    products = [f"dy/d{label} (1 × 1) · d{label}/dx (1 × 1)" for label in shown]
    assert [text for text in texts if "·" in text] == products


def test_no_control_code_of_a_label_reaches_a_terminal():
    graph = co.Graph([("x", "\x1b[31mred"), ("\x1b[31mred", "y"), ("x", "\x9b2J")], ["x"], ["y"])
    for shown in (str(co.compare(graph)), str(co.plan(graph)), co.plan(graph).to_json()):
        assert not {"\x1b", "\x9b"} & set(shown)


def test_a_label_stays_in_its_line_on_a_terminal():
    edges = [("x", "a\r\n\tb"), ("a\r\n\tb", "y"), ("x", "c\u2028d")]
    graph = co.Graph(edges, ["x"], ["y"])
    assert "\n  order         a b\n" in str(co.plan(graph))
    assert "to an output: c d\n" in str(co.compare(graph))


@pytest.mark.parametrize(
    "problem",
    [
        co.Chain([30, 35, 15, 5, 10, 20, 25]),
        co.random_chain(9, (1, 20), (10, 400), 3),
        co.Chain([40, 40, 40, 1], [co.Elemental(structure=co.Banded(1, 1))] * 2 + [co.Elemental()]),
        co.Graph([("x", "a"), ("a", "b"), ("x", "b"), ("b", "y"), ("a", "z")], sizes={"a": 3}),
    ],
    ids=["dense", "products only", "banded", "graph"],
)
def test_what_the_steps_counted_is_what_was_planned_and_adds_up_to_the_run(problem):
    compared = executed(co.compare(problem), 0, whatever_it_takes=True)
    for plan in compared.plans:
        run, trace = compared.runs[plan.name], compared.traces[plan.name]
        assert (sum(trace.fma), sum(trace.flops)) == (run.fma, run.flops)
        assert 0 < sum(trace.seconds) <= 1.05 * run.seconds + 1e-3
        if problem.kind == "chain":
            assert list(trace.fma) == plan.prices.step_costs(plan.steps, "fma").tolist()
            assert list(trace.flops) == plan.prices.step_costs(plan.steps, "flops").tolist()
        else:
            assert [frame.cost for frame in played(plan).frames] == list(trace.fma)


def test_figures_are_written_beside_a_markdown_report_if_asked(tmp_path):
    path = tmp_path / "report.md"
    process = chainorder("report", "30,1,20,1,30", "-o", str(path), "--figures")
    assert process.returncode == 0, process.stderr
    named = re.findall(r"!\[[^]]+\]\(<([^>]+)>\)", path.read_text())
    assert {"report-chain.svg", "report-costs.svg", "report-tree-optimal.svg"} <= set(named)
    assert sorted(os.listdir(tmp_path)) == sorted([*named, "report.md"])
    for name in named:
        assert (tmp_path / name).read_text().startswith("<?xml")
    html = str(tmp_path / "report.html")
    assert_refused(chainorder("report", "2,3", "-o", html, "--figures"), "ends in .md")


def test_benchmarks_write_their_results_as_a_page(tmp_path):
    home = Path(__file__).parent.parent
    script = (
        "import measuring\n"
        "options = measuring.arguments('Results: of nothing.')\n"
        "measuring.show('Planning <fast>', ('work', 'ratio'), [('q = 10', '0.5')])\n"
        "measuring.show_ratios('Planning', {'q = 10': measuring.spread([0.4, 0.5, 0.7])})\n"
        "measuring.write(options.json, {'q = 10': 0.5})\n"
    )
    path = tmp_path / "results.html"
    process = subprocess.run(
        [sys.executable, "-c", script, "--html", str(path)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(HOME), str(home / "benchmarks")])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stderr
    text = path.read_text()
    assert "<h1>Results</h1>" in text
    assert "Planning &lt;fast&gt;" in text
    assert "q = 10 0.50 (0.40 to 0.70)" in text


@pytest.mark.parametrize(
    "problem",
    [
        co.Graph([(u, v) for u in range(40) for v in range(u + 1, 40)], [0], [39]),
        co.Graph(
            [
                (f"{u}" + "<&" * 3000, f"{v}" + "<&" * 3000)
                for u in range(60)
                for v in range(u + 1, min(u + 6, 60))
            ]
        ),
        co.Chain([2] * 61, [co.Elemental(name="<&" * 20_000, given=False, tangent_cost=5)] * 60),
        co.Chain([10**18] * 25),
    ],
    ids=["a dense graph", "long names in a graph", "long names", "huge numbers"],
)
def test_no_problem_makes_a_page_that_is_too_large_for_a_browser(tmp_path, problem):
    path = tmp_path / "report.html"
    orders = ("forward", "optimal") if problem.kind == "chain" else ("forward", "reverse")
    co.report(co.compare(problem, orders), str(path))
    assert path.stat().st_size <= 2 * 2**20
