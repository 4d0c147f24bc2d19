"""The README shows what the commands really print."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import chainorder as co

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
SECONDS = re.compile(r"\d+\.\d{6}")


def commands(text):
    """The commands on display, each with what is displayed of its output."""
    for block in re.findall(r"```console\n(.*?)```", text, re.DOTALL):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            yield command, output


def sessions(text):
    """The commands on display whose output is on display too, and that output."""
    return [(command, output) for command, output in commands(text) if output.strip()]


def run(call, folder):
    script = f'chainorder() {{ "{sys.executable}" -m chainorder "$@"; }}\n{call}'
    environment = {**os.environ, "COLUMNS": "80", "PYTHONUTF8": "1"}
    return subprocess.run(
        ["bash", "-c", script], cwd=folder, env=environment, capture_output=True, check=False
    )


@pytest.mark.parametrize(("command", "shown"), sessions(README))
def test_the_readme_shows_what_is_printed(command, shown):
    done = run(command.removeprefix("pip install . && "), ROOT)
    assert done.returncode == 0, done.stderr.decode()
    printed = done.stdout.decode()
    assert SECONDS.sub("0", printed).split("\n") == SECONDS.sub("0", shown).split("\n")


def test_commands_without_output_on_display_run(tmp_path):
    (tmp_path / "chain.json").write_text(json.dumps(co.Chain([3, 2, 4]).to_dict()))
    shutil.copy(ROOT / "examples" / "graphs" / "roe_flux_1d.json", tmp_path / "graph.json")
    calls = [command for command, output in commands(README) if not output.strip()]
    calls = [command for command in calls if command.startswith("chainorder ")]
    assert len(calls) == 6
    for call in calls:
        done = run(call.replace("--time-limit 5", "--time-limit 0.1"), tmp_path)
        assert (done.returncode, done.stderr) == (0, b""), call
    assert {"report.html", "chain.txt"} < {path.name for path in tmp_path.iterdir()}


def test_the_picture_in_the_readme_is_what_the_plan_draws(tmp_path):
    (shown,) = re.findall(r"!\[[^]]+\]\(([^)]+\.svg)\)", README)
    co.plan(co.Chain([1000, 1, 1000, 1, 1000])).draw(str(tmp_path / "now.svg"))
    assert (ROOT / shown).read_bytes() == (tmp_path / "now.svg").read_bytes()


def test_the_readme_shows_the_seeds_case_and_one_of_each_kind():
    shown = " ".join(command for command, _ in sessions(README))
    for part in ("1000,1,1000,1,1000", "3 3 29", "diagonal", "graphs/roe_flux_1d.json"):
        assert part in shown
