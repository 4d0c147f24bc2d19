"""The figures of docs/inverses.md and of the README's section are what the library finds."""

from pathlib import Path

import numpy as np

import chainorder as co

ROOT = Path(__file__).parent.parent


def test_the_costs_in_the_guide_are_those_that_are_planned():
    n, l, u = 10, 2, 1
    formulas = {
        co.Dense(): ((n**3 - n) // 3, n**2),
        co.Symmetric(): ((n**3 - n) // 3, n**2),
        co.Symmetric(positive_definite=True): (n * (n + 1) * (n + 2) // 6, n**2 + n),
        co.Triangular(): (0, n * (n + 1) // 2),
        co.Diagonal(): (0, n),
        co.Banded(l, u): tuple(
            sum(
                (min(l, n - 1 - k) * (1 + min(l + u, n - 1 - k)))
                if setup
                else min(l, n - 1 - k) + min(l + u, n - 1 - k) + 1
                for k in range(n)
            )
            for setup in (True, False)
        ),
    }
    for structure, (setup, solve) in formulas.items():
        for columns in (1, 3):
            inverse = co.Elemental(structure=co.Inverse(structure))
            plan = co.plan(co.Chain([columns, n, n], [co.Elemental(), inverse]), "forward")
            assert plan.fma == setup + columns * solve


def test_the_examples_agree_with_bumping_and_with_loops():
    import runpy

    curve = runpy.run_path(str(ROOT / "examples" / "yield_curve.py"))["compare"](20, 1)
    assert curve["apart"] < 1e-6
    space = runpy.run_path(str(ROOT / "examples" / "state_space.py"))["compare"](6, 40, 1)
    assert all(row["apart"] < 1e-9 for row in space)
    assert space[0]["fma"] == 6 * 6**3  # 40 = 2·(2·(2·(2·2 + 1)))
    assert np.isclose(space[1]["fma"], 39 * 6**3)
