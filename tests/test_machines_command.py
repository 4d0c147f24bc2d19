"""`chainorder plan --machines`, and reports on plans for machines."""

import html
import json

import pytest
from command import assert_refused, chainorder

import chainorder as co
from chainorder.reporting.gantt import gantt_rows, step_name

CHAIN = co.random_chain(6, (5, 50), (1_000, 10_000), seed=3)


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "chain.json"
    path.write_text(json.dumps(CHAIN.to_dict()))
    return path


def test_the_command_shows_makespans_and_the_machines(path):
    run = chainorder("plan", str(path), "--machines", "3", "--no-execute")
    plan = co.plan(CHAIN, machines=3)
    assert run.returncode == 0
    assert f"{plan.makespan:,}" in run.stdout
    assert "proved optimal for the makespan in fma: " in run.stdout
    assert f"no schedule on 3 machines ends before {plan.makespan:,} fma" in run.stdout
    assert all(f"\n{y} " in run.stdout for y in range(3))


def test_json_has_the_start_and_the_machine_of_every_step(path):
    run = chainorder("plan", str(path), "--machines", "2", "--order", "optimal", "--json")
    [found] = json.loads(run.stdout)["plans"]
    plan = co.plan(CHAIN, machines=2)
    assert found["makespan"] == plan.makespan
    assert found["machines"] == 2
    assert found["utilisation"] == plan.utilisation
    assert found["schedule"] == plan.schedule.to_dict()
    assert found["steps"] == [list(step) for step in plan.steps]


@pytest.mark.parametrize("suffix", ["md", "html", "json"])
def test_reports_have_the_schedule(path, tmp_path, suffix):
    output = tmp_path / f"report.{suffix}"
    run = chainorder("report", str(path), "--machines", "3", "-o", str(output))
    assert run.returncode == 0, run.stderr
    text = output.read_text()
    plan = co.plan(CHAIN, machines=3)
    shown = f"{plan.makespan}" if suffix == "json" else f"{plan.makespan:,}"
    assert shown in text
    if suffix != "json":
        assert "On 3 machines done after" in text
        row = gantt_rows(plan.steps, plan.schedule)[0]
        assert (html.escape(row) if suffix == "html" else row) in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["3,4,5", "--machines", "0"], "machines"),
        (["3,4,5", "--machines", "two"], "machines"),
        (["3,4,5", "--machines", "2", "--form", "operator"], "expected matrix"),
        (["3,4,5", "--machines", "2", "--order", "best"], "search, split"),
    ],
)
def test_what_cannot_be_is_one_line(arguments, message):
    assert_refused(chainorder("plan", *arguments), message)


def test_a_chart_has_a_row_for_each_machine_and_a_bar_for_each_step():
    plan = co.plan(CHAIN, machines=3)
    rows = gantt_rows(plan.steps, plan.schedule, width=200)
    assert [len(row) for row in rows] == [200] * 3
    ends = plan.schedule.start + plan.schedule.finish
    for machine, middle in zip(
        plan.schedule.machine, 200 * ends // (2 * plan.makespan), strict=True
    ):
        assert rows[machine][min(int(middle), 199)] != "."
    waited = sum(row.count(".") for row in rows) / 600
    assert waited == pytest.approx(1 - plan.utilisation, abs=0.03)
    assert step_name(plan.steps[-1]) == "J6…J1"
