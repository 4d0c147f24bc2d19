"""How long planning takes as chains grow, in a process that starts and in one that goes on.

    python benchmarks/planning_curve.py [--small] [--json PATH]

`first` is the first plan of a new process, after `import chainorder`, with kernels compiled earlier
on this machine; `later` is the median of plans, each of a new chain, in a process that has planned
for some seconds before. No point of the second curve should jump. Times are those of the processor,
so that neighbours on the machine do not count.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import measuring
import numpy as np

import chainorder as co

LENGTHS = (10, 20, 50, 100, 150, 200, 250, 300, 400, 500, 700, 1000, 2000)
SMALL = (10, 30)
WARM_UP = 500
"""Elementals of the chains that a process plans before it is timed."""

WARM_SECONDS = 2.0
"""How long it does so: until interpreting has paid for compiling."""

RUNS = 5


def dense(q: int, seed: int) -> co.Chain:
    """All given, all dense."""
    return co.Chain(np.random.default_rng(seed).integers(1, 1001, q + 1))


def matrix_free(q: int, seed: int) -> co.Chain:
    """Tangents and adjoints only."""
    return co.random_chain(q, (1, 500), (1000, 100_000), seed)


def banded(q: int, seed: int) -> co.Chain:
    """Bands of different widths."""
    rng = np.random.default_rng(seed)
    sizes = rng.integers(50, 1001, q + 1)
    widths = rng.integers(0, 6, (q, 2)).tolist()
    return co.Chain(sizes, [co.Elemental(structure=co.Banded(*width)) for width in widths])


def sparse(q: int, seed: int) -> co.Chain:
    """Three entries a row, wherever they are."""
    rng = np.random.default_rng(seed)
    sizes = rng.integers(20, 61, q + 1)
    elementals = []
    for n, m in pairwise(sizes.tolist()):
        rows, cols = np.repeat(np.arange(m), 3), rng.integers(0, n, 3 * m)
        structure = co.Sparse.from_coordinates(rows, cols)
        elementals.append(co.Elemental(structure=structure))
    return co.Chain(sizes, elementals)


KINDS = {"dense": dense, "matrix-free": matrix_free, "banded": banded, "sparse": sparse}
LONGEST = {"dense": 2000, "matrix-free": 2000, "banded": 1000, "sparse": 300}
"""Above these the prices of a chain with structure take minutes, or more memory than is allowed."""


def planned(kind: str, q: int, seed: int) -> float:
    """Seconds of one plan; making the chain is not counted."""
    chain = KINDS[kind](q, seed)
    start = time.process_time()
    co.plan(chain)
    return time.process_time() - start


def later(kind: str, lengths: list[int], warm_up: int) -> list[float]:
    """The median of some plans of each length."""
    spent, seed = 0.0, 0
    while spent < WARM_SECONDS:
        spent += planned(kind, warm_up, seed)
        seed += 1
    return [statistics.median(planned(kind, q, seed) for seed in range(RUNS)) for q in lengths]


def in_new_process(*arguments: object) -> list[float]:
    """What this program prints for these arguments."""
    command = [sys.executable, str(Path(__file__).resolve()), "--child", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return list(json.loads(done.stdout))


def curve(kind: str, small: bool) -> dict[str, list[float]]:
    """The two curves of one kind of chain."""
    lengths = [q for q in (SMALL if small else LENGTHS) if q <= LONGEST[kind]]
    warm_up = 150 if small else min(WARM_UP, LONGEST[kind])
    warm = in_new_process("later", kind, warm_up, *lengths)
    first = [
        statistics.median(
            in_new_process("first", kind, q)[0] for _ in range(1 if small or q > 500 else 3)
        )
        for q in lengths
    ]
    rows = [
        (f"{q:,}", measuring.duration(a), measuring.duration(b))
        for q, a, b in zip(lengths, first, warm, strict=True)
    ]
    measuring.show(f"Planning {kind} chains", ("elementals", "first", "later"), rows)
    return {"lengths": [float(q) for q in lengths], "first": first, "later": warm}


def child(arguments: list[str]) -> None:
    """Print the seconds that one part takes."""
    what, kind, *lengths = arguments
    if what == "first":
        print(json.dumps([planned(kind, int(lengths[0]), 0)]))
    else:
        print(json.dumps(later(kind, [int(q) for q in lengths[1:]], int(lengths[0]))))


def main() -> None:
    """Run every kind; print the tables, write the figures."""
    if sys.argv[1:2] == ["--child"]:
        parser = argparse.ArgumentParser()
        parser.add_argument("--child", nargs="+")
        child(parser.parse_args().child)
        return
    options = measuring.arguments(__doc__ or "")
    figures: dict[str, Any] = {kind: curve(kind, options.small) for kind in KINDS}
    print(f"{measuring.machine()}; numpy {np.__version__}")
    measuring.write(options.json, figures)


if __name__ == "__main__":
    main()
