"""The HTML report, looked at in a browser: what it shows, asks for, and does by keyboard."""

import json

import browser as browsers
import numpy as np
import pytest
import scipy.sparse

import chainorder as co
from chainorder.reporting.trial import executed

browsers.skip_without_chromium()

BAD_NAME = '<b>&"<script>alert(1)</script>'


def seeds_case():
    return co.Chain([1000, 1, 1000, 1, 1000])


def matrix_free_chain():
    return co.random_chain(50, (1, 40), (100, 1000), 1)


def sparse_chain():
    random = scipy.sparse.random_array((60, 60), density=0.05, rng=1)
    structures = [co.Banded(1, 1), co.Sparse(random), co.Diagonal(), co.Banded(3, 0), co.Dense()]
    sizes = [60, 60, 60, 60, 60, 1]
    return co.Chain(sizes, [co.Elemental(structure=structure) for structure in structures])


def long_chain(q):
    return co.Chain(np.random.default_rng(0).integers(1, 1001, q + 1))


def layered_graph(vertices, width):
    rng = np.random.default_rng(0)
    v = np.arange(4, vertices)
    near = v - 1 - rng.integers(0, np.minimum(v, width) // 2, len(v))
    far = v - 1 - np.minimum(v, width) // 2 - rng.integers(0, np.minimum(v, width) // 2, len(v))
    edges = np.unique(np.concatenate([np.column_stack([u, v]) for u in (near, far)]), axis=0)
    return co.Graph(edges)


def named_chain():
    return co.Chain(
        [3, 4, 2, 5],
        [
            co.Elemental(name=BAD_NAME),
            co.Elemental(name="x" * 300),
            co.Elemental(given=False, tangent_cost=10, adjoint_cost=30, tape=7, name="a 'b'"),
        ],
    )


def named_graph():
    long = "y" * 300
    edges = [("x", BAD_NAME), (BAD_NAME, long), (long, "out"), (BAD_NAME, "out"), ("x", "z")]
    return co.Graph([*edges, ("z", "out")], ["x"], ["out"])


PROBLEMS = {
    "seed": seeds_case,
    "matrix-free": matrix_free_chain,
    "sparse": sparse_chain,
    "10,000 elementals": lambda: long_chain(10_000),
    "a million elementals": lambda: long_chain(1_000_000),
    "graph": lambda: layered_graph(100, 12),
    "100,000 vertices": lambda: layered_graph(100_000, 60),
    "names": named_chain,
    "names in a graph": named_graph,
}
QUICK = ("seed", "matrix-free", "sparse", "graph", "names", "names in a graph")
"""Those whose plans are quickly found."""


@pytest.fixture(scope="module")
def browser():
    with browsers.launched() as browser:
        yield browser


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """The report of each problem, written when somebody asks."""
    folder = tmp_path_factory.mktemp("pages")
    written = {}

    def page(name):
        if name not in written:
            problem = PROBLEMS[name]()
            orders = ("forward", "reverse") if name == "100,000 vertices" else None
            compared = co.compare(
                problem, orders, time_limit=0.3 if problem.kind == "graph" else None
            )
            compared = executed(compared, 0, whatever_it_takes=False)
            path = folder / f"{len(written)}.html"
            co.report(compared, str(path))
            written[name] = compared, path
        return written[name]

    return page


@pytest.mark.parametrize("name", PROBLEMS)
def test_a_page_is_small_silent_asks_for_nothing_and_nothing_is_cut(browser, pages, name):
    _, path = pages(name)
    assert path.stat().st_size <= 2 * 2**20
    for width, theme in ((1400, "light"), (390, "dark")):
        with browsers.Opened(browser, path, width, theme) as opened:
            assert opened.asked == [f"file://{path}"]
            assert opened.faults() == []
            assert opened.said == []


def wide_names():
    names = ["😀🎉" * 20, "計画" * 20, "שלום עולם", "x" * 300, "{{7*7}}</svg>"]
    elementals = [
        co.Elemental(given=False, tangent_cost=1000 + l, adjoint_cost=1500, tape=1, name=name)
        for l, name in enumerate(names)
    ]
    return co.Chain([40, 26, 13, 26, 14, 23], elementals)


def test_a_schedule_and_wide_names_fit_their_page(browser, tmp_path):
    path = tmp_path / "machines.html"
    for chain in (wide_names(), co.Chain.matrix_free([40, 26, 13, 26, 14, 23, 32], [1000] * 6)):
        co.report(co.compare(chain, machines=2), str(path))
        for width in (1400, 390):
            with browsers.Opened(browser, path, width) as opened:
                assert opened.faults() == []
                assert opened.said == []


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", QUICK)
def test_no_rule_of_accessibility_is_broken(browser, pages, name, theme):
    from axe_playwright_python.sync_playwright import Axe

    _, path = pages(name)
    # Axe is put into the page, which the page's own policy forbids.
    with browsers.Opened(browser, path, theme=theme, bypass_csp=True) as opened:
        found = Axe().run(opened.page)
        assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("name", PROBLEMS)
def test_the_numbers_on_a_page_are_those_of_its_json_and_of_the_plans(browser, pages, name):
    compared, path = pages(name)
    with browsers.Opened(browser, path) as opened:
        data = opened.data()
        shown = opened.table("planned")
        for row, plan, fields in zip(shown, compared.plans, data["plans"], strict=True):
            for heading, key in (
                ("fma", "fma"),
                ("flops", "flops"),
                ("peak entries", "peak_entries"),
            ):
                figure = getattr(plan, key)
                assert int(row[heading]["value"]) == fields[key] == figure
                assert row[heading]["text"] == f"{figure:,}"
        for row, fields in zip(
            opened.table("executed") if compared.runs else [],
            (fields["executed"] for fields in data["plans"] if fields["executed"]),
            strict=True,
        ):
            assert int(row["fma"]["value"]) == fields["fma"]
            assert int(row["flops"]["value"]) == fields["flops"]
        at = 0
        for plan, fields in zip(compared.plans, data["plans"], strict=True):
            steps = fields.get("steps", fields.get("dearest"))
            if not steps:
                continue
            rows = opened.table("steps", at)
            at += 1
            by_number = {step["number"]: step for step in steps}
            assert sum(int(row["fma"]["value"]) for row in rows) == plan.fma
            for row in rows:
                if row["step"]["value"] is not None:
                    step = by_number[int(row["step"]["value"])]
                    assert int(row["fma"]["value"]) == step["fma"]
                    assert int(row["flops"]["value"]) == step["flops"]
        assert f"{min(plan.cost for plan in compared.plans):,}" in opened.page.inner_text(".claim")


def test_names_stand_on_the_page_as_they_are(browser, pages):
    for name in ("names", "names in a graph"):
        _, path = pages(name)
        with browsers.Opened(browser, path) as opened:
            text = opened.page.inner_text("main")
            assert BAD_NAME in text
            assert opened.page.locator("main script, main b").count() == 0


def test_the_data_is_the_whole_report_where_it_fits(browser, pages, tmp_path):
    compared, path = pages("seed")
    co.report(compared, str(tmp_path / "report.json"))
    with browsers.Opened(browser, path) as opened:
        data, whole = opened.data(), json.loads((tmp_path / "report.json").read_text())
        assert {**data, "made": None} == {**whole, "made": None}
        assert co.Chain.from_dict(data["chain"]) == compared.problem


def test_tables_are_sorted_by_keyboard(browser, pages):
    _, path = pages("seed")
    with browsers.Opened(browser, path) as opened:
        page = opened.page
        button = page.locator("table.planned thead button").nth(1)
        button.focus()
        page.keyboard.press("Enter")
        assert opened.table("planned")[-1]["planned"]["text"] == "optimal"
        page.keyboard.press("Space")
        assert opened.table("planned")[0]["planned"]["text"] == "optimal"
        heading = page.locator("table.planned thead th").nth(1)
        assert heading.get_attribute("aria-sort") == "ascending"


def test_the_rest_of_the_steps_stays_last(browser, pages):
    _, path = pages("10,000 elementals")
    with browsers.Opened(browser, path) as opened:
        for _ in range(2):
            opened.page.locator("table.steps thead button").first.click()
            assert opened.table("steps")[-1]["step"]["text"] == "…"


def test_the_theme_is_changed_by_keyboard(browser, pages):
    _, path = pages("seed")
    with browsers.Opened(browser, path) as opened:
        page = opened.page
        ground = "getComputedStyle(document.body).backgroundColor"
        before = page.evaluate(ground)
        page.focus("#theme")
        page.keyboard.press("Enter")
        assert page.evaluate(ground) != before
        page.keyboard.press("Enter")
        assert page.evaluate(ground) == before
        assert page.inner_text("#theme") == "Theme: light"


def test_eliminations_are_played_by_keyboard(browser, pages):
    compared, path = pages("graph")
    plan = compared.plans[-1]
    with browsers.Opened(browser, path) as opened:
        page = opened.page
        player = page.locator("figure.player").nth(len(compared.plans) - 1)
        slider = player.locator("input")
        vertices = "[data-to]:is(circle):not(.gone)"
        slider.focus()
        assert player.locator(vertices).count() == len(plan.order)
        page.keyboard.press("ArrowRight")
        assert player.locator(vertices).count() == len(plan.order) - 1
        assert f" {plan.order[0]} eliminated" in player.locator("output").inner_text()
        page.keyboard.press("End")
        assert player.locator(vertices).count() == 0
        said = player.locator("output").inner_text()
        assert f"{plan.fma:,} so far" in said
        assert slider.get_attribute("aria-valuetext") == said
        # What is left are the edges of the Jacobian.
        rest = player.locator("polyline:not(.gone)").count()
        assert f"{rest} edges left" in said
        page.keyboard.press("Home")
        assert player.locator(vertices).count() == len(plan.order)


def test_the_dynamic_program_tells_by_how_much_a_split_wins(browser, pages):
    _, path = pages("seed")
    with browsers.Opened(browser, path) as opened:
        page = opened.page
        readout = page.locator("[data-readout]")
        assert "1,002,000" in readout.inner_text()
        page.locator("table.program td[data-tip]").nth(3).focus()
        text = readout.inner_text()
        # 1 · 1000 · 1 first, then the row: or the column first, then a square matrix.
        assert text.startswith("J3…J1: 2,000, by J3…J2 · J1")
        assert "J3 · J2…J1, takes 1,998,000 more" in text


def test_without_scripts_the_page_says_everything_and_has_no_dead_controls(browser, pages):
    for name in ("seed", "graph"):
        compared, path = pages(name)
        with browsers.Opened(browser, path, java_script_enabled=False) as opened:
            page = opened.page
            assert page.locator("button:visible, input:visible").count() == 0
            text = page.inner_text("main")
            for plan in compared.plans:
                assert f"{plan.fma:,}" in text
            assert page.locator("svg[role=img]:visible").count() > 3


def test_the_policy_lets_nothing_else_run(browser, pages):
    _, path = pages("seed")
    with browsers.Opened(browser, path) as opened:
        page = opened.page
        policy = page.get_attribute("meta[http-equiv]", "content")
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        page.evaluate(
            """() => { const s = document.createElement("script");
                s.textContent = "window.hacked = true"; document.body.append(s); }"""
        )
        assert page.evaluate("window.hacked") is None


def test_a_page_prints(browser, pages):
    _, path = pages("seed")
    with browsers.Opened(browser, path, 800, "dark") as opened:
        page = opened.page
        page.emulate_media(media="print")
        assert not page.locator("#theme").is_visible()
        assert (
            page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        )
        assert page.pdf(format="A4").startswith(b"%PDF")


def test_what_is_cut_or_covered_would_be_found(browser, pages):
    _, path = pages("seed")
    with browsers.Opened(browser, path, 390) as opened:
        opened.page.evaluate("document.querySelector('h1').style.width = '800px'")
        opened.page.evaluate("document.querySelector('.claim').style.marginTop = '-2em'")
        opened.page.evaluate("document.querySelector('svg text').setAttribute('x', -40)")
        faults = " ".join(opened.faults())
    for words in (
        "scrolls sideways",
        "sticks out: H1",
        "over each other: P",
        "outside its picture",
    ):
        assert words in faults
