"""The README shows what the commands really print."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import chainorder as co

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
SECONDS = re.compile(r"\d+\.\d{6}")


def sessions(text):
    """The commands on display whose output is on display too, and that output."""
    for block in re.findall(r"```console\n(.*?)```", text, re.DOTALL):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            if output.strip():
                yield command, output


@pytest.mark.parametrize(("command", "shown"), list(sessions(README)))
def test_the_readme_shows_what_is_printed(command, shown):
    call = command.removeprefix("pip install . && ")
    script = f'chainorder() {{ "{sys.executable}" -m chainorder "$@"; }}\n{call}'
    environment = {**os.environ, "COLUMNS": "80", "PYTHONUTF8": "1"}
    run = subprocess.run(
        ["bash", "-c", script], cwd=ROOT, env=environment, capture_output=True, check=False
    )
    assert run.returncode == 0, run.stderr.decode()
    printed = run.stdout.decode()
    assert SECONDS.sub("0", printed).split("\n") == SECONDS.sub("0", shown).split("\n")


def test_the_picture_in_the_readme_is_what_the_plan_draws(tmp_path):
    (shown,) = re.findall(r"!\[[^]]+\]\(([^)]+\.svg)\)", README)
    co.plan(co.Chain([1000, 1, 1000, 1, 1000])).draw(str(tmp_path / "now.svg"))
    assert (ROOT / shown).read_bytes() == (tmp_path / "now.svg").read_bytes()


def test_the_readme_shows_the_seeds_case_and_one_of_each_kind():
    shown = " ".join(command for command, _ in sessions(README))
    for part in ("1000,1,1000,1,1000", "3 3 29", "diagonal", "graphs/roe_flux_1d.json"):
        assert part in shown
