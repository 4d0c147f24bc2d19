"""Structures on the command line and in files; the example."""

import json
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
from command import assert_refused, chainorder

EXAMPLES = Path(__file__).parent.parent / "examples"


def test_the_sigmoid_costs_a_million_in_every_order():
    plans = json.loads(chainorder("plan", "1000000,1000000:diagonal,1", "--json").stdout)["plans"]
    for plan in plans:
        assert plan["fma"] == plan["executed"]["fma"] == 10**6


def test_the_sigmoid_takes_less_than_200_mib():
    # A child inherits the largest size of its parent in getrusage; the kernel's own mark does not.
    script = (
        "import sys; from chainorder.cli import main; sys.argv[1:] = "
        "['plan', '1000000,1000000:diagonal,1', '--json']\n"
        "try: main()\nexcept SystemExit: pass\n"
        "print(*[line for line in open('/proc/self/status') if 'VmHWM' in line], file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert int(done.stderr.split()[1]) < 200 * 1024


def test_a_million_tangents_are_priced_and_declined(tmp_path):
    free = {"given": False, "tangent_cost": 10**6, "adjoint_cost": 10**6}
    path = tmp_path / "sigmoid.json"
    path.write_text(
        json.dumps(
            {
                "format": "chainorder/1",
                "kind": "chain",
                "sizes": [10**6, 10**6, 1],
                "elementals": [{"structure": "diagonal", **free}, {"structure": "dense", **free}],
            }
        )
    )
    process = chainorder("plan", str(path))
    assert process.returncode == 0
    assert "1,000,001,000,000" in process.stdout
    assert "not executed: it would take about" in process.stdout


def test_what_ignoring_structure_costs_is_said():
    process = chainorder("plan", "2000,2000:diagonal,2000,2000:diagonal,50", "--no-execute")
    assert "200,200,000" in process.stdout
    assert "ignoring structure, the best order takes 600,000,000 fma: 3.00 ×" in process.stdout


def test_structure_that_saves_nothing_is_not_spoken_of():
    process = chainorder("plan", "50,50:dense^-1,50:dense^-1,1", "--no-execute")
    assert process.returncode == 0
    assert "ignoring structure" not in process.stdout


def test_a_band_between_commas():
    process = chainorder("plan", "64,64:banded(1,1),8", "--json")
    fields = json.loads(process.stdout)
    assert fields["chain"]["elementals"][0] == {"structure": {"banded": {"lower": 1, "upper": 1}}}
    assert {plan["executed"]["fma"] for plan in fields["plans"]} == {8 * (3 * 64 - 2)}


def test_the_operator_is_shown_beside_the_matrix():
    process = chainorder("plan", "1000,1,1000,1,1000", "--form", "operator")
    assert process.returncode == 0
    assert "2 factors" in process.stdout
    plans = json.loads(
        chainorder("plan", "1000,1,1000,1,1000", "--form", "operator", "--json").stdout
    )["plans"]
    operator = next(plan for plan in plans if plan["form"] == "operator")
    assert operator["held_entries"] == operator["executed"]["held_entries"] == 2000
    assert operator["product_fma"] == operator["executed"]["product_fma"] == 2000
    assert operator["fma"] == operator["executed"]["fma"] == 2000


@pytest.mark.parametrize(
    ("sizes", "words"),
    [
        ("64:diagonal,3", ["sizes[0]", "no elemental leads to x_0"]),
        ("4,4:foo", ["sizes[1]", "'foo'", "expected dense, diagonal"]),
        ("4,4:banded(1,1", ["sizes[1]", "banded(LOWER,UPPER)"]),
        ("4,4:banded(-1,1)", ["sizes[1]", "banded(LOWER,UPPER)"]),
        ("4,4:", ["sizes[1]", "expected a structure"]),
        ("3,4:identity", ["elementals[0]", "expected equal sizes"]),
        ("4,1.5:diagonal", ["sizes[1]", "1.5"]),
    ],
)
def test_a_structure_that_does_not_fit_is_refused(sizes, words):
    assert_refused(chainorder("plan", sizes), *words)


def test_a_form_that_does_not_exist_is_refused():
    assert_refused(chainorder("plan", "3,4,5", "--form", "tree"), "form", "matrix or operator")


def test_the_reaction_diffusion_example_beats_every_other_order_in_fma():
    example = runpy.run_path(str(EXAMPLES / "reaction_diffusion.py"))
    rows, _ = example["compare_orders"](example["problem"](True))
    *others, (_, least, _) = rows
    assert all(fma > least for _, fma, _ in others)
