"""The commands of docs/complexity.md give the figures that stand beside them."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
GUIDE = (ROOT / "docs" / "complexity.md").read_text(encoding="utf-8")
SHOWN = re.findall(r"```\n(.*?)\n```\n\n(.*?)\n\n", GUIDE, re.DOTALL)


@pytest.mark.parametrize(("command", "text"), SHOWN)
def test_the_figures_beside_a_command_are_its_own(command, text):
    script = f'chainorder() {{ "{sys.executable}" -m chainorder "$@"; }}\n'
    call = command.replace("--time-limit 10", "--time-limit 2") + " --json --no-execute"
    environment = {**os.environ, "PYTHONUTF8": "1"}
    run = subprocess.run(
        ["bash", "-c", script + call], cwd=ROOT, env=environment, capture_output=True, check=True
    )
    printed = json.loads(run.stdout)
    costs = {plan["order"]: plan["fma"] for plan in printed["plans"]}
    best = next(plan for plan in printed["plans"] if plan["order"] == "optimal")
    assert f"{best['fma']:,}" in text
    if "prove" in text:
        assert best["proof"] == "optimal"
    known = {*costs.values(), printed.get("ignoring_structure", {}).get("fma")}
    known.update(edge["lower_bound"] for edge in printed["plans"])
    for figure in re.findall(r"(?:takes?|below|says) (\d[\d,]*)", text):
        assert int(figure.rstrip(",").replace(",", "")) in known


def test_the_guide_has_a_command_for_every_kind_of_problem():
    commands = " ".join(command for command, _ in SHOWN)
    for part in ("1000,1,1000", "3 3 29", "banded", "ensemble", "no_simple_rule", "roe", "robot"):
        assert part in commands
