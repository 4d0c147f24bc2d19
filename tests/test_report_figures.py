"""Figures on their own: what a plan draws to a file, and what drawings consist of."""

import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
import scipy.sparse
from command import chainorder

import chainorder as co
from chainorder.reporting import eliminations, numbers
from chainorder.reporting.eliminations import frames_of, played
from chainorder.reporting.figures.chain_row import chain_row
from chainorder.reporting.figures.drawing import Box
from chainorder.reporting.figures.gantt import gantt
from chainorder.reporting.figures.layers import layers_of
from chainorder.reporting.figures.pattern import occupied
from chainorder.reporting.kinds.chain_program import program
from chainorder.reporting.tree import tree_rows

SEED = co.Chain([1000, 1, 1000, 1, 1000])
GRAPH = co.Graph([("x", "a<&>"), ("a<&>", "b"), ("x", "b"), ("b", "y"), ("a<&>", "z")])


@pytest.mark.parametrize(
    "problem", [SEED, co.Chain([2] * 60), GRAPH], ids=["short", "long", "graph"]
)
@pytest.mark.parametrize(
    ("suffix", "start"), [("svg", b"<?xml"), ("png", b"\x89PNG"), ("pdf", b"%PDF")]
)
def test_a_plan_draws_itself(tmp_path, problem, suffix, start):
    path = tmp_path / f"plan.{suffix}"
    co.plan(problem).draw(str(path))
    content = path.read_bytes()
    assert content.startswith(start)
    co.plan(problem).draw(str(path))
    assert path.read_bytes() == content


def test_a_drawing_as_svg_says_what_it_shows_and_asks_for_nothing(tmp_path):
    path = tmp_path / "plan.svg"
    co.plan(SEED).draw(str(path))
    root = ET.fromstring(path.read_text())
    name = "{http://www.w3.org/2000/svg}"
    assert root.find(f"{name}title").text == "The optimal order as a tree"
    assert "J4…J1 (1000 × 1000) 1,000,000, 99.8%" in root.find(f"{name}desc").text
    assert "href" not in path.read_text()


@pytest.mark.parametrize("path", ["plan.bmp", "plan", "nowhere/plan.svg"])
def test_a_figure_that_cannot_be_written_is_an_error(tmp_path, path):
    with pytest.raises(co.ChainOrderError, match="plan"):
        co.plan(SEED).draw(str(tmp_path / path))


def test_the_tree_has_every_step_once_and_its_costs_add_up():
    for order in ("forward", "reverse", "optimal"):
        for chain in (SEED, co.random_chain(12, (1, 20), (10, 400), 3)):
            plan = co.plan(chain, order)
            rows = tree_rows(plan)
            assert sorted(row.number for row in rows if row.number) == list(
                range(1, len(plan.steps) + 1)
            )
            assert sum(row.cost for row in rows) == plan.cost
            assert max(row.cost for row in rows) == next(r.cost for r in rows if r.is_dearest)


def test_the_factors_of_an_operator_are_trees_of_their_own():
    plan = co.plan(SEED, form="operator")
    assert [row.name for row in tree_rows(plan) if row.depth == 0] == ["J4…J2", "J1"]


def test_a_product_that_is_made_once_is_named_where_it_is_used_again(tmp_path):
    plan = co.plan(co.Chain([6] * 7, same=[1, 2, 1, 2, 1, 2]))
    rows = tree_rows(plan)
    assert [(row.name, row.kind, row.detail) for row in rows if "…" in row.name] == [
        ("J6…J1", "multiply", ""),
        ("J4…J1", "multiply", "for J6…J3"),
        ("J2…J1", "multiply", "for J4…J3"),
        ("J2…J1", "given", ""),
        ("J2…J1", "given", ""),
    ]
    assert sum(row.cost for row in rows) == plan.cost == 648
    co.report(plan, str(tmp_path / "report.md"))
    # The dynamic program makes each range anew, and would say 1,080.
    assert "1,080" not in (tmp_path / "report.md").read_text()


def test_rectangles_are_drawn_to_scale():
    drawing = chain_row(co.Chain([20, 10, 40]), 24)
    sides = [(mark.width, mark.height) for mark in drawing.marks if isinstance(mark, Box)]
    (w2, h2), (w1, h1) = sides  # J2 is 40 × 10 and J1 10 × 20
    assert h2 / w2 == pytest.approx(4)
    assert w1 / h1 == pytest.approx(2)
    assert w1 / h2 == pytest.approx(0.5)


def test_sizes_that_differ_by_a_thousand_can_still_be_seen():
    drawing = chain_row(co.Chain([1, 1000, 10**6]), 24)
    sides = {
        side
        for mark in drawing.marks
        for side in (mark.__dict__.get("width"), mark.__dict__.get("height"))
    }
    assert len({side for side in sides if side}) == 3
    assert min(side for side in sides if side) >= 3


@pytest.mark.parametrize("shape", [(30, 30), (30, 7), (5, 40)])
@pytest.mark.parametrize("structure", [co.Diagonal(), co.Banded(2, 1), co.Banded(0, 4), co.Zero()])
def test_cells_of_a_band_are_those_of_its_entries(structure, shape):
    pattern = structure.pattern(shape)
    dense = pattern.csr().toarray()
    for rows, columns in ((5, 5), (4, 3), shape):
        if rows > shape[0] or columns > shape[1]:
            continue
        cells = np.zeros((rows, columns), dtype=bool)
        for r, c in np.argwhere(dense):
            cells[int(r) * rows // shape[0], int(c) * columns // shape[1]] = True
        assert np.array_equal(occupied(pattern, rows, columns), cells)


def test_cells_of_entries_that_are_listed():
    entries = scipy.sparse.random_array((50, 20), density=0.03, rng=0)
    mask = occupied(co.Sparse(entries).pattern((50, 20)), 50, 20)
    assert np.array_equal(mask, entries.toarray() != 0)


def test_edges_run_from_layer_to_layer():
    layer = layers_of(GRAPH)
    assert all(layer[u] < layer[v] for u, v in GRAPH.edges)


@pytest.mark.parametrize("order", ["forward", "reverse", "markowitz"])
@pytest.mark.parametrize("objective", ["fma", "flops"])
def test_eliminations_that_are_played_cost_what_the_plan_says(order, objective):
    rng = np.random.default_rng(1)
    edges = {(u, v) for v in range(3, 30) for u in rng.integers(0, v, 2).tolist()}
    sizes = {v: int(rng.integers(1, 4)) for edge in edges for v in edge}
    plan = co.plan(co.Graph(sorted(edges), sizes=sizes), order, objective)
    shown = played(plan)
    assert shown.frames[-1].total == plan.cost
    assert sum(frame.products for frame in shown.frames) == len(plan.steps)
    assert [frame.vertex for frame in shown.frames] == list(map(str, plan.order))


@pytest.mark.parametrize("order", ["forward", "reverse"])
def test_costs_of_many_eliminations_are_those_of_their_products(order, monkeypatch):
    plan = co.plan(GRAPH, order)
    each = [(frame.vertex, frame.cost, frame.total) for frame in frames_of(plan)]
    monkeypatch.setattr(eliminations, "PLAYED_PRODUCTS", 0)
    assert [(frame.vertex, frame.cost, frame.total) for frame in frames_of(plan)] == each
    assert each[-1][2] == plan.fma


@pytest.mark.parametrize("objective", ["fma", "flops"])
def test_the_program_that_is_shown_is_the_one_that_is_solved(objective):
    for chain in (SEED, co.random_chain(7, (1, 20), (10, 400), 3)):
        plan = co.plan(chain, objective=objective)
        table = {(r.i, r.j): r.ways for r in program(plan.prices, objective, None)}
        assert table[0, len(chain)][0].cost == plan.cost
        for (i, j), ways in table.items():
            if j - i > 1 and chain.is_given:
                part = co.plan(co.Chain(chain.sizes[i : j + 1]), objective=objective)
                assert ways[0].cost == part.cost
                assert len(ways) == j - i - 1


def test_compact_figures_are_rounded_and_never_overflow():
    assert numbers.compact(9_999_999) == "9,999,999"
    assert numbers.compact(99_999_999) == "1.00·10⁸"
    assert numbers.compact(10**400) == "1.00·10⁴⁰⁰"
    assert numbers.compact(-12_345_678) == "-1.23·10⁷"


def test_the_command_draws_trees_in_the_terminal():
    process = chainorder("plan", "1000,1,1000,1,1000", "--tree", "--no-execute")
    assert process.returncode == 0, process.stderr
    optimal = process.stdout.split("\noptimal: ")[1]
    lines = [line.rstrip() for line in optimal.splitlines()]
    assert lines[:4] == [
        "1,002,000 fma",
        "└── J4…J1  1000 × 1000  multiply  1,000,000  99.8%  ◀ dearest",
        "    ├── J4…J2  1000 × 1  multiply  1,000  0.1%",
        "    │   ├── J4  1000 × 1",
    ]


def test_a_graph_has_no_tree():
    process = chainorder("plan", "examples/graphs/robot_arm.json", "--tree", "--order", "forward")
    assert process.returncode == 2
    assert "no brackets" in process.stderr


def test_a_long_chain_is_not_drawn_as_a_tree():
    sizes = ",".join(["2"] * 200)
    process = chainorder("plan", sizes, "--tree", "--no-execute", "--order", "forward")
    assert "forward: 199 elementals, trees are shown of at most 100" in process.stdout


def test_a_schedule_is_drawn_with_every_step_at_its_time_on_its_machine():
    plan = co.plan(co.random_chain(8, (1, 20), (10, 400), 3), machines=3)
    schedule = plan.schedule
    boxes = [mark for mark in gantt(plan).marks if isinstance(mark, Box) and mark.title]
    rows = sorted({box.y for box in boxes})
    scale = (max(box.x + box.width for box in boxes) - min(box.x for box in boxes)) / plan.makespan
    left = min(box.x for box in boxes)
    drawn = sorted((rows.index(box.y), round((box.x - left) / scale)) for box in boxes)
    assert drawn == sorted(zip(schedule.machine.tolist(), schedule.start.tolist(), strict=True))


def test_shares_of_a_plan_for_machines_are_of_the_work(tmp_path):
    plan = co.plan(co.random_chain(8, (1, 20), (10, 400), 3), machines=3)
    co.report(plan, str(tmp_path / "report.html"))
    co.report(plan, str(tmp_path / "report.md"))
    text = (tmp_path / "report.md").read_text()
    shares = [float(part) for part in re.findall(r"\| ([0-9.]+)% \|\n", text)]
    assert sum(shares) == pytest.approx(100, abs=0.1 * len(shares))
    assert f"On 3 machines done after {plan.makespan:,} multiplications" in text
