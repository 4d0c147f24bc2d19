"""Matrix-free chains: planning random instances, and the wall time of a real problem.

    python benchmarks/matrix_free.py [--small] [--json PATH] [--html PATH]

The field's C++ program takes 2.6 s for a random instance of 500 elementals on this kind of machine.
"""

from __future__ import annotations

import resource
import sys
import time
from pathlib import Path
from typing import Any

import measuring
import numpy as np

import chainorder as co

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "examples"))
import heat_sensors

SIZES, EDGES = (1, 500), (1000, 100_000)
MIB = 2**20
ORDERS = ("forward", "reverse", "preaccumulate", "optimal")


def planning(small: bool) -> dict[str, Any]:
    """The plan object included, with and without a limit of memory that bites."""
    rows, figures = [], {}
    limits = {500: 2.6 / 30, 2000: 3.0}
    for q, limit in {100: 0.09}.items() if small else limits.items():
        for memory in (None, 30_000):
            sizes, edges = _instance(q)

            def planned(sizes=sizes, edges=edges, memory=memory):
                plan = co.plan(co.Chain.matrix_free(sizes, edges), memory=memory)
                return plan.cost, plan.lower_bound, plan.peak_entries

            taken = measuring.seconds(planned, 3 if q > 1000 else 9)
            name = f"q = {q:,}" + ("" if memory is None else f", memory {memory:,}")
            figures[name] = taken
            rows.append((name, measuring.duration(taken), measuring.duration(limit)))
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / MIB
    figures["process_MiB"] = held
    rows.append(("peak memory of the process", f"{held:.0f} MiB", "500 MiB"))
    measuring.show("Planning random instances", ("instance", "median", "at most"), rows)
    return figures


def factors(small: bool) -> dict[str, Any]:
    """What the best mix saves on random instances."""
    rows, figures = [], {}
    for seed in range(2 if small else 5):
        chain = co.random_chain(50 if small else 500, SIZES, EDGES, seed)
        costs = {order: co.plan(chain, order).fma for order in ORDERS}
        figures[str(seed)] = costs
        shown = [f"{costs[order] / costs['optimal']:.1f}×" for order in ORDERS[:-1]]
        rows.append((f"seed {seed}", *shown, f"{costs['optimal']:,}"))
    headings = ("instance", "tangents", "adjoints", "accumulate + multiply", "optimal, fma")
    measuring.show("Costs over the optimal one", headings, rows)
    return figures


def a_real_problem(small: bool) -> dict[str, Any]:
    """The heated plate: planned, counted and wall time of three orders, in one run."""
    operands, x, names = heat_sensors.heat_problem(small)
    co.check(operands, x)
    known = [co.Elemental(name=name, given=name == "estimation") for name in names]
    chain = co.measure(operands, x, known)
    rows, figures, jacobians = [], {}, []
    for order in ("forward", "reverse", "optimal"):
        plan = co.plan(chain, order)
        run = min(
            (co.execute(plan, operands, x, block=heat_sensors.BLOCK) for _ in range(3)),
            key=lambda run: run.seconds,
        )
        jacobians.append(run.jacobian)
        figures[order] = {
            "planned": plan.seconds,
            "counted": run.planned_seconds,
            "wall": run.seconds,
            "tangents": run.tangents,
            "adjoints": run.adjoints,
        }
    best = figures["optimal"]["wall"]
    for order, taken in figures.items():
        times = [measuring.duration(taken[key]) for key in ("planned", "counted", "wall")]
        products = (f"{taken['tangents']:,}", f"{taken['adjoints']:,}")
        rows.append((order, *products, *times, f"{taken['wall'] / best:.1f}×"))
    headings = ("order", "tangents", "adjoints", "planned", "counted", "wall, best of 3", "ratio")
    measuring.show(f"A heated plate, {_shape(chain)}", headings, rows)
    scale = np.abs(jacobians[0]).max()
    difference = max(float(np.abs(j - jacobians[0]).max() / scale) for j in jacobians)
    print(f"largest relative difference of the three Jacobians: {difference:.1e}\n")
    figures["difference"] = difference
    return figures


def _instance(q: int) -> tuple[list[int], list[int]]:
    chain = co.random_chain(q, SIZES, EDGES, seed=q)
    return list(chain.sizes), [elemental.tangent_cost for elemental in chain.elementals]


def _shape(chain: co.Chain) -> str:
    return " → ".join(f"{size:,}" for size in chain.sizes)


def main() -> None:
    """Run every part; print the tables, write the figures."""
    options = measuring.arguments(__doc__ or "")
    start = time.perf_counter()
    figures = {part.__name__: part(options.small) for part in (planning, factors, a_real_problem)}
    print(f"{measuring.machine()}; numpy {np.__version__}; {time.perf_counter() - start:.0f} s")
    measuring.write(options.json, figures)


if __name__ == "__main__":
    main()
