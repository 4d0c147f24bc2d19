"""The command: what it prints, in a terminal, a pipe and as JSON."""

import json
import os
import signal
import subprocess
import sys

import numpy as np
import pytest
from command import chainorder

import chainorder as co

FIRST_CHAIN = "1000,1,1000,1,1000"


def test_plan_shows_the_three_orders_planned_and_executed():
    process = chainorder("plan", FIRST_CHAIN)
    assert process.returncode == 0
    assert process.stderr == ""
    lines = [line.split() for line in process.stdout.splitlines()]
    planned = {line[0]: line for line in lines if "J4" in " ".join(line)}
    assert planned["forward"][-4:] == ["3,000,000", "3,999,000", "2.99", "1,001,000"]
    assert planned["optimal"][-4:] == ["1,002,000", "1,002,999", "1", "1,001,000"]
    executed = [line for line in lines if len(line) == 5 and line[0] in planned]
    assert [line[:3] for line in executed] == [
        ["forward", "3,000,000", "3,999,000"],
        ["reverse", "3,000,000", "3,999,000"],
        ["optimal", "1,002,000", "1,002,999"],
    ]
    assert all(float(line[4]) > 0 for line in executed)
    assert "(J4 (J3 J2)) J1" in process.stdout


def test_json_has_what_the_table_has():
    fields = json.loads(chainorder("plan", FIRST_CHAIN, "--json").stdout)
    assert fields["chain"] == {
        "format": "chainorder/1",
        "kind": "chain",
        "sizes": [1000, 1, 1000, 1, 1000],
    }
    assert [plan["order"] for plan in fields["plans"]] == ["forward", "reverse", "optimal"]
    for plan in fields["plans"]:
        assert plan["executed"]["fma"] == plan["fma"]
        assert plan["executed"]["flops"] == plan["flops"]
        assert plan["executed"]["seconds"] > 0
        assert sorted(plan["elimination"]) == [1, 2, 3]


def test_options_choose_orders_objective_and_execution():
    process = chainorder(
        *("plan", "30,35,15,5,10,20,25", "--order", "optimal", "--objective", "flops"),
        *("--no-execute", "--json", "--seed", "3"),
    )
    (plan,) = json.loads(process.stdout)["plans"]
    assert plan["flops"] == co.plan(co.Chain([30, 35, 15, 5, 10, 20, 25]), objective="flops").flops
    assert plan["executed"] is None


def test_a_chain_comes_from_a_file_from_json_output_and_from_standard_input(tmp_path):
    plain = tmp_path / "sizes.txt"
    plain.write_text("4,3,2\n")
    chain = tmp_path / "chain.json"
    chain.write_text(json.dumps(co.Chain([4, 3, 2]).to_dict()))
    printed = tmp_path / "printed.json"
    printed.write_text(chainorder("plan", "4,3,2", "--json").stdout)
    saved_plan = tmp_path / "plan.json"
    saved_plan.write_text(co.plan(co.Chain([4, 3, 2])).to_json())
    for source in (plain, chain, printed, saved_plan):
        from_file = json.loads(chainorder("plan", str(source), "--json").stdout)
        from_stdin = json.loads(chainorder("plan", "-", "--json", stdin=source.read_text()).stdout)
        assert from_file["chain"]["sizes"] == from_stdin["chain"]["sizes"] == [4, 3, 2]


def test_what_would_take_long_is_priced_and_not_executed():
    process = chainorder("plan", "100000,100000,100000,100000")
    assert process.returncode == 0
    assert "not executed: it would take about" in process.stdout
    assert "--execute" in process.stdout


def test_more_memory_than_there_is_is_one_line():
    for sizes in ("10000000000,2,10000000000,3", "1000000000000000000,1000000000000000000,3"):
        process = chainorder("plan", sizes, "--execute")
        assert process.returncode == 2
        assert process.stderr.count("\n") == 1
        assert "memory" in process.stderr


def test_tables_fit_eighty_columns_without_colour_in_a_pipe():
    for sizes in (FIRST_CHAIN, "1,2", ",".join(["999"] * 20), ",".join(["1000000000"] * 30)):
        output = chainorder("plan", sizes, "--no-execute", NO_COLOR="1").stdout
        assert "\x1b" not in output
        tables = [line for line in output.splitlines() if not line.startswith(("J", "fo", "re"))]
        wide = [line for line in tables if len(line) > 80 and "J1" not in line]
        assert wide == []


def test_exact_figures_are_shown_however_large():
    output = chainorder("plan", ",".join(["1000000000000000000"] * 6)).stdout
    assert f"{4 * 10**54:,}" in output
    assert f"{4 * 10**36 * (2 * 10**18 - 1):,}" in output


def test_a_terminal_without_unicode_gets_text_and_no_traceback():
    process = chainorder("plan", FIRST_CHAIN, PYTHONIOENCODING="ascii")
    assert process.returncode == 0
    assert "3,000,000" in process.stdout


def test_a_million_elementals_print_a_summary():
    sizes = np.random.default_rng(0).integers(1, 1000, 10**6 + 1)
    process = chainorder("plan", "-", "--no-execute", stdin=",".join(map(str, sizes)))
    assert process.returncode == 0
    assert len(process.stdout) < 2000
    assert "1,000,000 elementals" in process.stdout
    assert f"{co.plan(co.Chain(sizes)).fma:,}" in process.stdout


def test_a_closed_pipe_ends_quietly():
    process = subprocess.run(
        f"{sys.executable} -m chainorder plan - --json --no-execute | head -c 1; "
        "echo ${PIPESTATUS[0]}",
        shell=True,
        executable="/bin/bash",
        input=",".join(["7"] * 50_000),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert process.stderr == ""
    assert process.stdout == "{0\n"


def test_control_c_is_one_line_and_no_traceback():
    process = subprocess.Popen(
        [sys.executable, "-m", "chainorder", "plan", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    process.stdin.write("7," * 100_000)  # more than a pipe holds: it reads, and waits for more
    os.kill(process.pid, signal.SIGINT)
    stdout, stderr = process.communicate(timeout=30)
    assert (process.returncode, stdout, stderr) == (130, "", "chainorder: interrupted\n")


def test_the_command_alone_says_what_can_be_asked():
    alone, helped = chainorder(), chainorder("--help")
    assert alone.stderr.split() == helped.stdout.split()
    assert len(alone.stderr.splitlines()) > 10
    assert (alone.returncode, alone.stdout) == (2, "")


def test_version_and_help():
    assert co.__version__ in chainorder("--version").stdout
    assert "plan" in chainorder("--help").stdout
    assert "SIZES" in chainorder("plan", "--help").stdout
    assert chainorder().returncode == 2


@pytest.mark.parametrize("heavy", ["numba", "scipy", "networkx", "rich", "click", "jax"])
def test_importing_the_library_imports_nothing_heavy(heavy):
    code = f"import sys, chainorder; assert {heavy!r} not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


@pytest.mark.parametrize(
    "heavy", ["numba", "scipy", "networkx", "numpy.ma", "tempfile", "rich._emoji_codes"]
)
def test_a_table_loads_only_what_it_needs(heavy):
    code = f"""if True:
        import sys
        from chainorder.cli import main
        sys.argv = ["chainorder", "plan", "1000,1,1000"]
        try:
            main()
        finally:
            assert {heavy!r} not in sys.modules
    """
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_planning_and_executing_a_short_chain_needs_no_compiler():
    code = (
        "import sys, chainorder as co, numpy as np; p = co.plan(co.Chain([3, 2, 4])); "
        "co.execute(p, [np.ones((2, 3)), np.ones((4, 2))]); str(co.compare(p.problem)); "
        "assert not {'numba', 'scipy', 'networkx'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_every_public_name_can_be_had():
    assert set(co.__all__) == {*co._HOMES, "__version__"}
    for name in co.__all__:
        assert getattr(co, name) is not None
    assert dir(co) == sorted(co.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'optimise'"):
        _ = co.optimise
