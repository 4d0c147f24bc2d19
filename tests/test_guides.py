"""The Python in the README and in the guides runs, and gives the values that stand beside it."""

import ast
import itertools
import re
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

ROOT = Path(__file__).parent.parent
RNG = np.random.default_rng(0)


def jacobians(*sizes):
    return [RNG.standard_normal((m, n)) for n, m in itertools.pairwise(sizes)]


def with_tensors(matrices):
    """Jacobians with second derivatives, which are symmetric in the last two indices."""
    halves = [RNG.standard_normal((*matrix.shape, matrix.shape[1])) for matrix in matrices]
    return [(j, t + t.transpose(0, 2, 1)) for j, t in zip(matrices, halves, strict=True)]


CURVED = with_tensors(jacobians(1000, 1, 1000, 1))
GIVEN = {
    "README.md": {
        "jacobians": jacobians(1000, 1, 1000, 1, 1000),
        **dict(zip("abcde", jacobians(3, 3, 3, 3, 3, 3), strict=True)),
        "edges": [("x", "a"), ("x", "b"), ("a", "y"), ("b", "y")],
        "partials": {("x", "a"): 2.0, ("x", "b"): 3.0, ("a", "y"): 5.0, ("b", "y"): np.ones(7)},
        "jax": jax,
        "f": lambda x: jnp.tanh(x).sum() * x,
        "x": jnp.ones(4),
        "operands": CURVED,
    },
    "docs/hessians.md": {"operands": CURVED},
    "docs/inverses.md": {},
    "docs/machines.md": {
        "sizes": [4, 3, 5, 2],
        "edges": [20, 30, 10],
        "operands": jacobians(4, 3, 5, 2),
        "x": None,
    },
    "docs/matrix_free.md": {},
}
"""What the code of each page takes for granted."""


def blocks(page):
    return re.findall(r"```python\n(.*?)```", (ROOT / page).read_text("utf-8"), re.DOTALL)


def shown_value(line):
    """The value that a comment begins with, up to a remark behind a comma; None if it has none."""
    _, _, comment = line.partition("  # ")
    parts = comment.split(", ")
    for count in range(len(parts), 0, -1):
        try:
            return ast.literal_eval(", ".join(parts[:count]))
        except (SyntaxError, ValueError):
            continue
    return None


def run(block, names):
    """Run a block; how many values stood in it, each of which is what comes out."""
    lines, compared = block.splitlines(), 0
    for statement in ast.parse(block).body:
        shown = shown_value(lines[statement.end_lineno - 1])
        text = ast.get_source_segment(block, statement)
        if shown is None or not isinstance(statement, ast.Expr):
            exec(text, names)
            continue
        found = eval(text, names)
        # Beside several values, the first may stand alone.
        if isinstance(found, tuple) and not isinstance(shown, tuple):
            found = found[0]
        assert found == shown, text
        compared += 1
    return compared


@pytest.mark.parametrize(
    ("page", "values"),
    [
        ("README.md", 5),
        ("docs/hessians.md", 1),
        ("docs/inverses.md", 2),
        ("docs/machines.md", 0),
        ("docs/matrix_free.md", 0),
    ],
)
def test_code_runs_and_gives_what_stands_beside_it(page, values, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {"__name__": "guide", **GIVEN[page]}
    compared = [run(block, names) for block in blocks(page)]
    assert len(compared) > 0
    assert sum(compared) == values


def test_every_guide_with_code_is_run():
    with_code = {f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md")}
    with_code = {page for page in with_code if blocks(page)}
    assert with_code - {*GIVEN} == {"docs/jax.md"}  # see test_jax_guide
