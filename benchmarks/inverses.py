"""Inverses, transposes and triangles: plans against NumPy as users write it, and JAX under jit.

The expressions are those that LAAB found frameworks to take literally (Sankaran et al., 2022,
"Benchmarking the linear algebra awareness of TensorFlow and PyTorch"). Each is timed for one column
and for a block, side by side in one process; JAX in double precision too. The yield curve of the
examples is timed against bumping.

Run with `--small` for a smoke run in seconds, and `--json PATH` for the figures.
"""

from __future__ import annotations

import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from measuring import arguments, duration, show, show_times, side_by_side, write

import chainorder as co

jax.config.update("jax_enable_x64", True)

EXAMPLE = Path(__file__).parent.parent / "examples" / "yield_curve.py"

INVERSE = co.Elemental(structure=co.Inverse(co.Dense()))
LOWER_INVERSE = co.Elemental(structure=co.Inverse(co.Triangular(lower=True)))
UPPER_INVERSE = co.Elemental(structure=co.Transpose(co.Inverse(co.Triangular(lower=True))))
TRANSPOSE = co.Elemental(structure=co.Transpose(co.Dense()))
DENSE = co.Elemental()


class Expression(NamedTuple):
    """One expression: its chain and operands, first applied first, and how others write it."""

    label: str
    chain: co.Chain
    operands: list[Any]
    written: Callable[..., Any]
    """With `numpy` or `jax.numpy` as its first argument, and then the arrays."""
    arrays: tuple[Any, ...]


def expressions(n: int, wide: int) -> list[Expression]:
    """All expressions, for matrices of n rows, with one column and with many."""
    rng = np.random.default_rng(0)
    tall = rng.normal(size=(2 * n, n))
    a, b = (rng.normal(size=(n, n)) + n**0.5 * 3 * np.eye(n) for _ in range(2))
    lower = np.tril(rng.normal(size=(n, n))) + n * np.eye(n)
    found = []
    for columns in (1, wide):
        x = rng.normal(size=(n, columns))
        found += [
            Expression(
                f"HᵀH X, {columns} columns",
                co.Chain([columns, n, 2 * n, n], [DENSE, DENSE, TRANSPOSE], same=[None, "H", "H"]),
                [x, tall, tall],
                lambda np_, h, x: h.T @ h @ x,
                (tall, x),
            ),
            Expression(
                f"AᵀA B, {columns} columns",
                co.Chain([columns, n, n, n], [DENSE, DENSE, TRANSPOSE], same=[None, "A", "A"]),
                [x, a, a],
                lambda np_, a, x: a.T @ a @ x,
                (a, x),
            ),
            Expression(
                f"(A B)⁻¹ C, {columns} columns",
                co.Chain([columns, n, n, n], [DENSE, INVERSE, INVERSE]),
                [x, a, b],
                lambda np_, a, b, x: np_.linalg.inv(a @ b) @ x,
                (a, b, x),
            ),
            Expression(
                f"(L Lᵀ)⁻¹ B, {columns} columns",
                co.Chain(
                    [columns, n, n, n],
                    [DENSE, LOWER_INVERSE, UPPER_INVERSE],
                    same=[None, "L", "L"],
                ),
                [x, lower, lower],
                lambda np_, l, x: np_.linalg.inv(l @ l.T) @ x,
                (lower, x),
            ),
        ]
    return found


def compared(small: bool) -> list[dict[str, Any]]:
    """The median times of each way, and how far the values are apart."""
    n, wide, runs = (80, 40, 3) if small else (1000, 500, 7)
    rows = []
    for expression in expressions(n, wide):
        plan = co.plan(expression.chain)
        jitted = jax.jit(lambda *arrays, e=expression: e.written(jnp, *arrays))
        on_device = [jnp.asarray(array) for array in expression.arrays]
        ours = co.execute(plan, expression.operands)
        theirs = expression.written(np, *expression.arrays)
        assert ours.fma == plan.fma
        apart = float(np.abs(ours.jacobian - theirs).max() / np.abs(theirs).max())
        assert apart < 1e-8, (expression.label, apart)
        seconds = side_by_side(
            [
                lambda plan=plan, e=expression: co.execute(plan, e.operands),
                lambda e=expression: e.written(np, *e.arrays),
                lambda jitted=jitted, arrays=on_device: jitted(*arrays).block_until_ready(),
            ],
            runs,
        )
        rows.append(
            {
                "expression": expression.label,
                "bracketing": plan.bracketing,
                "fma": plan.fma,
                "ours": seconds[0],
                "numpy": seconds[1],
                "jax": seconds[2],
                "apart": apart,
            }
        )
    return rows


def main() -> None:
    """Run all, print, and write the figures where `--json` says."""
    options = arguments("Inverses, transposes and triangles.")
    rows = compared(options.small)
    show_times(
        "Against NumPy as written, and jax.numpy under jit",
        ("expression", "order"),
        ("NumPy", "JAX"),
        [
            ((row["expression"], row["bracketing"]), (row["ours"], row["numpy"], row["jax"]))
            for row in rows
        ],
    )
    example = runpy.run_path(str(EXAMPLE))
    curve = example["compare"](200 if options.small else 2000, 3 if options.small else 9)
    show(
        "A yield curve of 30 quotes: the risk of all trades",
        ("implicit", "bumped", "× as long", "apart, of the largest"),
        [
            (
                duration(curve["implicit"]),
                duration(curve["bumped"]),
                f"{curve['bumped'] / curve['implicit']:.1f}",
                f"{curve['apart']:.1e}",
            )
        ],
    )
    write(options.json, {"expressions": rows, "yield_curve": curve})


if __name__ == "__main__":
    main()
