"""Structure: planning of banded and of sparse chains, and a sparse chain against SciPy.

Run with `--small` for a smoke run in seconds, and `--json PATH` for the figures.
"""

from __future__ import annotations

import resource
import runpy
import time
from pathlib import Path
from typing import Any

import numpy as np
from measuring import arguments, seconds, show, write

import chainorder as co

EXAMPLE = Path(__file__).parent.parent / "examples" / "reaction_diffusion.py"


def banded_chain(rng: np.random.Generator, q: int) -> co.Chain:
    """Bands of random widths around one size: everything in closed form."""
    structures = [co.Banded(int(low), int(up)) for low, up in rng.integers(0, 4, (q, 2))]
    return co.Chain([100_000] * (q + 1), [co.Elemental(structure=s) for s in structures])


def mixed_chain(rng: np.random.Generator, q: int) -> co.Chain:
    """Dense, diagonal and banded elementals of random sizes."""
    kinds = [co.Dense(), co.Diagonal(), co.Banded(2, 3), co.Banded(50, 10)]
    structures = [kinds[t] for t in rng.integers(0, len(kinds), q)]
    sizes = rng.integers(1, 1001, q + 1)
    return co.Chain(sizes, [co.Elemental(structure=s) for s in structures])


def random_sparse_chain(rng: np.random.Generator, q: int, n: int) -> co.Chain:
    """Square elementals with 5 random entries in each row, no two alike."""
    rows = np.repeat(np.arange(n), 5)
    structures = [
        co.Sparse.from_coordinates(rows, rng.integers(0, n, 5 * n), (n, n)) for _ in range(q)
    ]
    return co.Chain([n] * (q + 1), [co.Elemental(structure=s) for s in structures])


def planning(small: bool) -> list[dict[str, Any]]:
    """Seconds of one plan, its compiled kernels loaded before."""
    rng = np.random.default_rng(0)
    q, long, n = (20, 100, 1000) if small else (100, 1000, 10_000)
    co.plan(random_sparse_chain(rng, 12, 3000))
    co.plan(banded_chain(rng, 300))
    rows = []
    for label, make in (
        (f"{long:,} bands", lambda: banded_chain(rng, long)),
        (f"{long:,} dense, diagonal, banded", lambda: mixed_chain(rng, long)),
        (f"{q} random sparse, {n:,} × {n:,}", lambda: random_sparse_chain(rng, q, n)),
    ):
        chain = make()
        start = time.perf_counter()
        plan = co.plan(chain)
        taken = time.perf_counter() - start
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        rows.append(
            {"chain": label, "seconds": taken, "fma": plan.fma, "proof": plan.proof, "mib": peak}
        )
    return rows


def against_scipy(small: bool) -> dict[str, Any]:
    """The example's four ways to multiply, each the median of several runs."""
    example = runpy.run_path(str(EXAMPLE))
    jacobians = example["problem"](small)
    rows, taken = example["compare_orders"](jacobians, runs=9)
    ways = [{"order": label, "fma": fma, "seconds": median} for label, fma, median in rows]
    return {"planning": taken, "ways": ways}


def operator(small: bool) -> dict[str, Any]:
    """A product with a Jacobian of low rank: as factors, and as a matrix."""
    sizes = [100, 1, 100, 1, 100] if small else [1000, 1, 1000, 1, 1000]
    rng = np.random.default_rng(0)
    chain = co.Chain(sizes)
    jacobians = [rng.random((sizes[l + 1], sizes[l])) for l in range(4)]
    matrix = co.execute(co.plan(chain), jacobians).jacobian
    factors = co.execute(co.plan(chain, form="operator"), jacobians).jacobian
    vector = rng.random(sizes[0])
    return {
        "sizes": sizes,
        "matrix": {"entries": matrix.size, "seconds": seconds(lambda: matrix @ vector, 21)},
        "operator": {
            "entries": factors.held_entries,
            "seconds": seconds(lambda: factors.matvec(vector), 21),
        },
    }


def main() -> None:
    """Run all three, print, and write the figures where `--json` says."""
    options = arguments("Chains with structure.")
    planned = planning(options.small)
    show(
        "Planning, with proof",
        ("chain", "seconds", "peak MiB of the process"),
        [(row["chain"], f"{row['seconds']:.2f}", f"{row['mib']:.0f}") for row in planned],
    )
    compared = against_scipy(options.small)
    best = compared["ways"][-1]
    show(
        f"Reaction-diffusion, planned in {compared['planning']:.1f} s",
        ("order", "fma", "× ours", "seconds", "× ours"),
        [
            (
                way["order"],
                f"{way['fma']:,}",
                f"{way['fma'] / best['fma']:.2f}",
                f"{way['seconds']:.4f}",
                f"{way['seconds'] / best['seconds']:.2f}",
            )
            for way in compared["ways"]
        ],
    )
    kept = operator(options.small)
    show(
        f"One product with the Jacobian of {kept['sizes']}",
        ("kept as", "entries", "seconds"),
        [
            (name, f"{kept[name]['entries']:,}", f"{kept[name]['seconds']:.6f}")
            for name in ("matrix", "operator")
        ],
    )
    figures = {"planning": planned, "against_scipy": compared, "operator": kept}
    write(options.json, figures)


if __name__ == "__main__":
    main()
