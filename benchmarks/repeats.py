"""Factors that repeat: planning, powers, products of few different factors, and a state space.

Run with `--small` for a smoke run in seconds, and `--json PATH` for the figures.
"""

from __future__ import annotations

import runpy
import time
from pathlib import Path
from typing import Any

import numpy as np
from measuring import arguments, duration, show, show_times, side_by_side, write

import chainorder as co

EXAMPLE = Path(__file__).parent.parent / "examples" / "state_space.py"


def words(small: bool) -> dict[str, tuple[str, int]]:
    """What is planned: a word, first applied first, and the columns at its end."""
    rng = np.random.default_rng(0)
    long = 100 if small else 1000
    return {
        "A^100": ("A" * 100, 50),
        "(A B)^10 C": ("C" + "BA" * 10, 50),
        "(A B)^10 c, one column": ("C" + "BA" * 10, 1),
        f"{long:,} random of three": ("".join("ABC"[t] for t in rng.integers(0, 3, long)), 50),
        f"{long:,}, A B C in turns": (("ABC" * long)[:long], 50),
    }


def planning(small: bool) -> list[dict[str, Any]]:
    """Seconds of one plan, its products, the bound, and the products without sharing."""
    co.plan(co.Chain([2] * 5, same=list("ABAB")))  # imports
    rows = []
    for label, (word, columns) in words(small).items():
        sizes = [columns] + [50] * len(word)
        start = time.perf_counter()
        plan = co.plan(co.Chain(sizes, same=list(word)))
        taken = time.perf_counter() - start
        rows.append(
            {
                "chain": label,
                "seconds": taken,
                "steps": len(plan.steps),
                "fma": plan.fma,
                "bound": plan.lower_bound,
                "proof": plan.proof,
                "unshared": co.plan(co.Chain(sizes)).fma,
            }
        )
    return rows


def multiplying(small: bool) -> list[dict[str, Any]]:
    """`multi_dot` where factors are one array, against NumPy's and `matrix_power`."""
    rng = np.random.default_rng(0)
    rows = []
    for n in (5, 50) if small else (5, 50, 200):
        a = rng.normal(size=(n, n)) / n**0.5
        times = side_by_side(
            [
                lambda a=a: co.multi_dot([a] * 64),
                lambda a=a: np.linalg.multi_dot([a] * 64),
                lambda a=a: np.linalg.matrix_power(a, 64),
            ],
            3 if small else 9,
        )
        names = ("ours", "numpy", "power")
        rows.append({"size": n, **dict(zip(names, times, strict=True))})
    return rows


def main() -> None:
    """Run all, print, and write the figures where `--json` says."""
    options = arguments("Factors that repeat.")
    planned = planning(options.small)
    show(
        "Planning, 50 × 50",
        ("chain", "seconds", "products", "fma", "bound", "proof", "unshared, × fma"),
        [
            (
                row["chain"],
                f"{row['seconds']:.3f}",
                f"{row['steps']:,}",
                f"{row['fma']:,}",
                f"{row['bound']:,}",
                row["proof"] or "none",
                f"{row['unshared'] / row['fma']:.2f}",
            )
            for row in planned
        ],
    )
    multiplied = multiplying(options.small)
    show_times(
        "multi_dot([A] * 64)",
        ("size",),
        ("NumPy's", "matrix_power"),
        [((str(row["size"]),), (row["ours"], row["numpy"], row["power"])) for row in multiplied],
    )
    n, steps = (10, 50) if options.small else (30, 500)
    space = runpy.run_path(str(EXAMPLE))["compare"](n, steps)
    show(
        f"A state space: {n} states, {steps} equal steps",
        ("sensitivities of", "fma", "loop, × fma", "time", "loop, × time"),
        [
            (
                row["what"],
                f"{row['fma']:,}",
                f"{row['loop fma'] / row['fma']:.1f}",
                duration(row["seconds"]),
                f"{row['loop seconds'] / row['seconds']:.1f}",
            )
            for row in space
        ],
    )
    write(options.json, {"planning": planned, "multi_dot": multiplied, "state_space": space})


if __name__ == "__main__":
    main()
