"""Chains of second derivatives: the published ones, long ones, and what execution takes.

Plans against the figures that the published programs print (Naumann & Burela, 2021), the time of
planning, and plans executed on arrays. `--small` for a smoke run.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import random
import statistics
import time
from pathlib import Path

import numpy as np

import chainorder as co

PUBLISHED = Path(__file__).parent.parent / "tests" / "data" / "published_hessian_chains.csv"


def published(longest: int) -> None:
    print("published chains: fma of the best order against the figures published")
    headings = ("optimal", "/ published", "/ plain pass", "bound", "s")
    print(f"{'q':>4} " + " ".join(f"{text:>14}" for text in headings))
    ratios = []
    for row in csv.DictReader(PUBLISHED.read_text().splitlines()):
        if int(row["length"]) > longest:
            continue
        chain = co.HessianChain([int(size) for size in row["sizes"].split()])
        start = time.process_time()
        plan = co.plan(chain)
        seconds = time.process_time() - start
        best = min(int(row["published_1"]), int(row["published_2"]))
        assert plan.fma < best
        ratios.append(plan.fma / best)
        print(
            f"{len(chain):>4} {plan.fma:>14,} {plan.fma / best:>14.3f} "
            f"{plan.fma / int(row['symmetric_and_shared']):>14.3f} "
            f"{plan.lower_bound / plan.fma:>14.2f} {seconds:>14.2f}"
        )
    print(f"geometric mean against the better of both: {statistics.geometric_mean(ratios):.3f}\n")


def long_chains(lengths: list[int]) -> None:
    print("planning, processor seconds, the second time in a process")
    for q in lengths:
        rng = random.Random(q)
        chain = co.HessianChain([rng.randint(1, q) for _ in range(q + 1)])
        other = co.HessianChain([rng.randint(1, q) for _ in range(q + 1)])
        co.plan(other)
        start = time.process_time()
        plan = co.plan(chain)
        print(f"{q:>4} elementals: {time.process_time() - start:.2f} s, {plan.fma:,} fma")
    print()


def executed(sizes: list[int]) -> None:
    print(f"executed, {'-'.join(map(str, sizes))}: seconds, and fma counted")
    rng = np.random.default_rng(0)
    chain = co.HessianChain(sizes)
    operands = []
    for n, m in itertools.pairwise(sizes):
        half = rng.normal(size=(m, n, n))
        operands.append((rng.normal(size=(m, n)), half + half.transpose(0, 2, 1)))
    for order in ("forward", "reverse", "optimal"):
        plan = co.plan(chain, order)
        run = co.execute(plan, operands)
        assert run.fma == plan.fma
        print(f"{order:>8}: {run.seconds:.4f} s, {run.fma:,} fma")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true")
    small = parser.parse_args().small
    published(10 if small else 1000)
    long_chains([12] if small else [100, 200, 300])
    executed([30, 2, 30, 1] if small else [200, 4, 150, 100, 3, 1])


if __name__ == "__main__":
    main()
