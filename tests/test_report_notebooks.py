"""Plans, comparisons and runs show themselves in a notebook that is really executed."""

import nbformat
import pytest
from nbclient import NotebookClient

import chainorder as co

CELLS = (
    "import numpy as np\nimport chainorder as co\nchain = co.Chain([30, 1, 20, 1, 30])",
    "co.compare(chain)",
    "plan = co.plan(chain)\nplan",
    "co.execute(plan, [np.ones((1, 30)), np.ones((20, 1)), np.ones((1, 20)), np.ones((30, 1))])",
    "co.plan(co.Graph([('x', '<b>'), ('<b>', 'y'), ('<b>', 'z')]))",
)


@pytest.mark.filterwarnings("ignore")  # of the notebook's own machinery
def test_a_notebook_shows_pictures_and_tables_of_what_it_computes(tmp_path):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
    resources = {"metadata": {"path": str(tmp_path)}}
    NotebookClient(notebook, timeout=120, kernel_name="python3", resources=resources).execute()
    shown = [output["data"] for cell in notebook.cells for output in cell.outputs]
    assert [set(data) for data in shown] == [{"text/plain", "text/html"}] * 4
    comparison, plan, run, graph = (data["text/html"] for data in shown)
    assert "In the best order 950 multiplications instead of 2,100" in comparison
    for html in (comparison, plan, graph):
        assert "<svg" in html
        assert "<script" not in html
    assert "1 × 1" not in run
    assert "30\u00a0×\u00a030" in run
    assert "<b></b>" not in graph
    assert "&lt;b&gt;" in graph


def test_style_in_a_notebook_stays_in_its_cell():
    style = co.plan(co.Chain([2, 3, 4]))._repr_html_().split("<style>")[1].split("</style>")[0]
    rules = [rule.split("{")[0] for rule in style.split("}") if "{" in rule]
    selectors = [part for rule in rules if not rule.startswith("@") for part in rule.split(",")]
    assert all(selector.startswith(".chainorder-report") for selector in selectors)


def test_cells_of_a_notebook_share_no_ids():
    plan = co.plan(co.Chain([2, 3, 4]))
    one, two = (
        {part.split('"')[0] for part in plan._repr_html_().split(' id="')[1:]} for _ in range(2)
    )
    assert one
    assert not one & two


def test_without_the_template_engine_a_notebook_shows_text(monkeypatch):
    from chainorder.reporting import html

    def missing():
        raise co.ChainOrderError("needs jinja2")

    monkeypatch.setattr(html, "_environment", missing)
    assert co.plan(co.Chain([2, 3, 4]))._repr_html_() is None
