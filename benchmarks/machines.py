"""Machines: makespans that are proved, how long that takes, and how they compare.

    python benchmarks/machines.py [--small] [--published PATH] [--json PATH]

`--published` names a CSV of the data set of Märtens & Naumann, *Scheduled Jacobian Chaining*
(2025); by default the part of it that the tests use. CP-SAT is OR-tools' constraint solver, on the
model that one writes first: an optional interval for each operation, all cumulative.
"""

from __future__ import annotations

import argparse
import csv
import statistics
import sys
import time
from pathlib import Path
from typing import Any

import measuring

import chainorder as co

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "examples"))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
import heat_sensors

TESTS = Path(__file__).resolve().parent.parent / "tests"
PUBLISHED = TESTS / "data" / "scheduled_jacobian_chaining.csv"
SIZES, EDGES = (5, 50), (1000, 10_000)
WORKERS = 2


def published(path: Path, small: bool) -> dict[str, Any]:
    """Every instance proved; better than, as good as, worse than the best published makespan."""
    with path.open() as file:
        instances = list(csv.DictReader(file))[:: 20 if small else 1]
    rows, figures = [], {}
    for length in sorted({int(row["length"]) for row in instances}):
        found = []
        for row in instances:
            if int(row["length"]) == length:
                sizes, edges = ([int(v) for v in row[name].split()] for name in ("sizes", "edges"))
                start, cpu = time.perf_counter(), time.process_time()
                plan = co.plan(co.Chain.matrix_free(sizes, edges), machines=int(row["machines"]))
                taken = time.perf_counter() - start, time.process_time() - cpu
                found.append((plan.proof, plan.makespan - int(row["published_best"]), *taken))
        figure = {
            "instances": len(found),
            "proved": sum(proof == "optimal" for proof, *_ in found),
            "better": sum(more < 0 for _, more, *_ in found),
            "worse": sum(more > 0 for _, more, *_ in found),
            "median": statistics.median(seconds for *_, seconds, _ in found),
            "longest": max(seconds for *_, seconds, _ in found),
            "longest_cpu": max(cpu for *_, cpu in found),
        }
        figures[str(length)] = figure
        times = [measuring.duration(figure[n]) for n in ("median", "longest", "longest_cpu")]
        counts = [str(figure[n]) for n in ("instances", "proved", "better", "worse")]
        rows.append((str(length), *counts, *times))
    headings = ("length", "instances", "proved", "better", "worse", "median", "longest", "its CPU")
    measuring.show("Published instances", headings, rows)
    return figures


def proving(small: bool) -> dict[str, Any]:
    """How many of 20 random instances are proved in 60 s, and the gaps of the others."""
    rows, figures = [], {}
    for length, seconds in ((8, 5.0),) if small else ((16, 60.0), (24, 60.0)):
        for machines in (2, 4, 8):
            gaps, times = [], []
            for seed in range(3 if small else 20):
                chain = co.random_chain(length, SIZES, EDGES, seed)
                start = time.perf_counter()
                plan = co.plan(chain, machines=machines, time_limit=seconds)
                times.append(time.perf_counter() - start)
                if plan.proof is None:
                    gaps.append(plan.gap)
            proved = len(times) - len(gaps)
            figures[f"{length} on {machines}"] = {"proved": proved, "gaps": gaps, "times": times}
            shown = f"{max(gaps):.1f}%" if gaps else "–"
            rows.append(
                (
                    f"{length} on {machines}", f"{proved} of {len(times)}",
                    measuring.duration(statistics.median(times)),
                    measuring.duration(max(times)), shown,
                )
            )  # fmt: skip
    headings = ("instances", "proved", "median", "longest", "largest gap")
    measuring.show("Random instances, at most 60 s each", headings, rows)
    return figures


def against_cp_sat(small: bool) -> dict[str, Any]:
    """The same instances by the constraint solver."""
    from test_machines_brute_force import cp_sat

    rows, figures = [], {}
    for length in (4,) if small else (5, 6, 7):
        ours, theirs = [], []
        for seed in range(2 if small else 5):
            chain = co.random_chain(length, SIZES, EDGES, seed)
            start = time.perf_counter()
            makespan = co.plan(chain, machines=3).makespan
            between = time.perf_counter()
            assert cp_sat(chain, 3) == makespan
            ours.append(between - start)
            theirs.append(time.perf_counter() - between)
        figures[str(length)] = {"ours": ours, "cp_sat": theirs}
        shown = [measuring.duration(statistics.median(times)) for times in (ours, theirs)]
        rows.append((f"{length} on 3", *shown))
    measuring.show("Proof, against CP-SAT", ("instances", "ours", "CP-SAT"), rows)
    return figures


def long_chains(small: bool) -> dict[str, Any]:
    """A long chain: split, which splits the machines between parts, and search."""
    rows, figures = [], {}
    length, machines = (60, 4) if small else (400, 8)
    for seed in range(1 if small else 3):
        chain = co.random_chain(length, SIZES, EDGES, seed)
        for order in ("split", "search"):
            makespans = []

            def planned(chain=chain, order=order, makespans=makespans):
                plan = co.plan(chain, order, machines=machines)
                makespans.append((plan.makespan, plan.gap, plan.utilisation))

            taken = measuring.seconds(planned, 1 if small else 3)
            makespan, gap, used = makespans[-1]
            figures[f"{order}, seed {seed}"] = {"seconds": taken, "makespan": makespan, "gap": gap}
            rows.append(
                (f"{order}, seed {seed}", measuring.duration(taken), f"{makespan:,}",
                 f"{gap:.1f}%", f"{100 * used:.1f}%")
            )  # fmt: skip
    headings = ("order", "median", "makespan", "at most above", "used")
    measuring.show(f"{length} elementals on {machines} machines", headings, rows)
    return figures


def heated_plate(small: bool) -> dict[str, Any]:
    """The speed-up of two workers, planned and measured."""
    operands, x, names = heat_sensors.heat_problem(small)
    given = [co.Elemental(name=name, given=name == "estimation") for name in names]
    chain = co.measure(operands, x, given)
    least = co.plan(chain)
    plan = co.plan(chain, machines=WORKERS)
    runs: dict[int, list[float]] = {1: [], WORKERS: []}
    for _ in range(1 if small else 5):
        for workers, steps in ((1, least), (WORKERS, plan)):
            run = co.execute(steps, operands, x, block=heat_sensors.BLOCK, workers=workers)
            runs[workers].append(run.seconds)
    measured = statistics.median(runs[1]) / statistics.median(runs[WORKERS])
    planned = least.cost / plan.makespan
    figures = {"planned": planned, "measured": measured, "seconds": runs, "proof": plan.proof}
    rows = [
        ("one worker, least work", f"{least.seconds:.3f} s", f"{statistics.median(runs[1]):.3f} s"),
        (
            f"{WORKERS} workers, least makespan",
            f"{plan.makespan / 1e12:.3f} s",
            f"{statistics.median(runs[WORKERS]):.3f} s",
        ),
        ("speed-up", f"{planned:.2f}×", f"{measured:.2f}×"),
    ]
    measuring.show("The heated plate", ("", "planned", "measured"), rows)
    return figures


def main() -> None:
    """All of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="small sizes, in a few seconds")
    parser.add_argument("--json", metavar="PATH", help="write the figures here too")
    parser.add_argument("--published", type=Path, default=PUBLISHED, metavar="PATH")
    options = parser.parse_args()
    co.plan(co.random_chain(8, SIZES, EDGES, 0), machines=3)
    figures = {
        "published": published(options.published, options.small),
        "proving": proving(options.small),
        "cp_sat": against_cp_sat(options.small),
        "long_chains": long_chains(options.small),
        "heated_plate": heated_plate(options.small),
    }
    measuring.write(options.json, figures)


if __name__ == "__main__":
    main()
