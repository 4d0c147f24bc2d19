"""Dense chains against their peers, in one process: planning, executing, importing.

    python benchmarks/dense_chains.py [--small] [--json PATH] [--html PATH]

On machines that preset OPENBLAS_CORETYPE or OPENBLAS_L2_SIZE, unset both for this command.
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import time
from typing import Any

import cotengra
import measuring
import numpy as np
import opt_einsum
from numpy.linalg import _linalg

import chainorder as co
from chainorder import multiplying
from chainorder.orders.chain.interval_program import StepPrices, interval_program

Ratios = dict[str, Any]


def planning_against_numpy(small: bool) -> Ratios:
    """The plan object included, against the chain-order function behind numpy's multi_dot."""
    rows, figures, spreads = [], {}, {}
    limits = {10: 1.0, 100: 1 / 50, 200: 1 / 100}
    for q, limit in limits.items():
        if small and q > 10:
            continue
        sizes = np.random.default_rng(q).integers(1, 1000, q + 1).tolist()
        # The function reads nothing but the shapes.
        shapes = [np.broadcast_to(0.0, (sizes[l], sizes[l + 1])) for l in range(q)]
        times = measuring.samples(
            [
                lambda sizes=sizes: co.plan(co.Chain(sizes)),
                lambda shapes=shapes: _linalg._multi_dot_matrix_chain_order(shapes),
            ],
            200 if q == 10 else 7,
        )
        ours, theirs = map(statistics.median, times)
        figures[str(q)] = ours / theirs
        spreads[f"q = {q}"] = measuring.ratio(*times)
        rows.append(_row(f"q = {q}", ours, theirs, limit))
    title = "Planning, against numpy.linalg"
    measuring.show(title, _HEADINGS, rows)
    measuring.show_ratios(title, spreads)
    return figures


def planning_against_contraction_planners(small: bool) -> Ratios:
    """The same chain as a tensor contraction, to opt_einsum's dp and to cotengra's optimal."""
    rows, figures, spreads = [], {}, {}
    for q in (10,) if small else (10, 20):
        sizes = np.random.default_rng(q).integers(2, 1000, q + 1).tolist()
        symbols = [opt_einsum.get_symbol(l) for l in range(q + 1)]
        inputs = [frozenset(symbols[l : l + 2]) for l in range(q)]
        output = frozenset((symbols[0], symbols[-1]))
        size_of = dict(zip(symbols, sizes, strict=True))
        terms = [tuple(symbols[l : l + 2]) for l in range(q)]
        dp = opt_einsum.paths.DynamicProgramming(minimize="flops")
        times = measuring.samples(
            [
                lambda sizes=sizes: co.plan(co.Chain(sizes)),
                lambda a=inputs, b=output, c=size_of, dp=dp: dp(a, b, c),
                lambda a=terms, b=(symbols[0], symbols[-1]), c=size_of: (
                    cotengra.pathfinders.path_basic.optimize_optimal(a, b, c, minimize="flops")
                ),
            ],
            15,
        )
        ours = statistics.median(times[0])
        for peer, taken in zip(("opt_einsum dp", "cotengra optimal"), times[1:], strict=True):
            theirs = statistics.median(taken)
            figures[f"{peer} {q}"] = ours / theirs
            spreads[f"{peer}, q = {q}"] = measuring.ratio(times[0], taken)
            rows.append(_row(f"{peer}, q = {q}", ours, theirs, 1 / 3))
    title = "Planning, against contraction planners"
    measuring.show(title, _HEADINGS, rows)
    measuring.show_ratios(title, spreads)
    return figures


def a_million_elementals(small: bool) -> Ratios:
    """Long chains, warm, and the memory of the whole process."""
    lengths = (10_000, 100_000) if small else (100_000, 1_000_000)
    rng = np.random.default_rng(0)
    chains = [co.Chain(rng.integers(1, 1001, q + 1)) for q in lengths]
    co.plan(chains[1])  # long enough to be compiled, and with it the shorter one
    taken = [measuring.seconds(lambda c=chain: co.plan(c).fma, 5) for chain in chains]
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    rows = [
        (f"q = {lengths[0]:,}", measuring.duration(taken[0]), ""),
        (f"q = {lengths[1]:,}", measuring.duration(taken[1]), f"{taken[1] / taken[0]:.1f}×"),
        ("peak memory of this process", f"{memory:,.0f} MiB", ""),
    ]
    measuring.show("Long chains, planned for fma", ("chain", "time", "growth"), rows)
    return {"seconds": taken, "growth": taken[1] / taken[0], "peak_mib": memory}


def the_interval_program(small: bool) -> Ratios:
    """The program that takes any additive price."""
    q = 200 if small else 1000
    sizes = np.random.default_rng(1).integers(1, 1000, q + 1).tolist()
    none = [None] * q
    prices = StepPrices(sizes, sizes, [0] * q, none, none, sizes)
    taken = measuring.seconds(lambda: interval_program(prices), 5)
    measuring.show(
        "The interval program", ("chain", "time"), [(f"q = {q:,}", measuring.duration(taken))]
    )
    return {"q": q, "seconds": taken}


def executing_against_numpy(small: bool) -> Ratios:
    """Plan and multiply random chains, with the order forgotten before each call and remembered."""
    rng = np.random.default_rng(2)
    first, again = [], []
    by_length: dict[str, list[float]] = {}
    for _ in range(3 if small else 36):
        q = int(rng.integers(4, 61))
        sizes = rng.integers(1, 601, q + 1)
        factors = [rng.normal(size=(sizes[l], sizes[l + 1])) for l in range(q)]
        fresh, remembered, theirs = measuring.side_by_side(
            [
                lambda factors=factors: _forgetful_multi_dot(factors),
                lambda factors=factors: co.multi_dot(factors),
                lambda factors=factors: np.linalg.multi_dot(factors),
            ],
            3 if small else 11,
        )
        first.append(fresh / theirs)
        again.append(remembered / theirs)
        low = 20 * (q // 20)
        by_length.setdefault(f"{max(low, 4)} … {low + 19} factors", []).append(fresh / theirs)
    rows = [
        (name, f"{measuring.geometric_mean(ratios):.2f}", f"{max(ratios):.2f}", "0.9", "1.1")
        for name, ratios in (("shapes met for the first time", first), ("met before", again))
    ]
    figures: Ratios = {"first": first, "again": again}
    headings = ("random chains", "geometric mean", "largest", "mean at most", "none over")
    title = f"multi_dot, {len(first)} chains, against numpy's"
    measuring.show(title, headings, rows)
    spreads = {name: measuring.spread(by_length[name]) for name in sorted(by_length, key=_first)}
    measuring.show_ratios(title, spreads)
    rows = []
    tiny = [rng.normal(size=(10, 10)) for _ in range(3)]
    thin = [rng.normal(size=s) for s in ((1000, 1), (1, 1000), (1000, 1), (1, 1000))]
    for name, factors, limit in (("three 10×10", tiny, 3.0), ("1000,1,1000,1,1000", thin, 1.0)):
        ours, theirs = measuring.side_by_side(
            [
                lambda factors=factors: _forgetful_multi_dot(factors),
                lambda factors=factors: np.linalg.multi_dot(factors),
            ],
            50 if small else 1001,
        )
        figures[name] = ours / theirs
        rows.append(_row(name, ours, theirs, limit))
    measuring.show("multi_dot, against numpy's", _HEADINGS, rows)
    return figures


def _first(label: str) -> int:
    return int(label.split(maxsplit=1)[0])


def _forgetful_multi_dot(factors: list[Any]) -> Any:
    multiplying._remembered.cache_clear()
    return co.multi_dot(factors)


def cold_start(small: bool) -> Ratios:
    """Processes of their own: importing, and the first command of the README."""
    runs = 3 if small else 15
    base, ours, tools, command = (
        [sys.executable, "-c", "import numpy"],
        [sys.executable, "-c", "import numpy, chainorder"],
        [sys.executable, "-c", "import numpy, click"],
        [sys.executable, "-m", "chainorder", "plan", "1000,1,1000,1,1000"],
    )
    taken = measuring.side_by_side(
        [
            lambda argv=argv: subprocess.run(argv, check=True, capture_output=True)
            for argv in (base, ours, tools, command)
        ],
        runs,
    )
    figures = {"import_ms": 1000 * (taken[1] - taken[0]), "command": taken[3] / taken[2]}
    rows = [
        ("import chainorder, over import numpy", f"{figures['import_ms']:.0f} ms", "30 ms"),
        ("plan 1000,1,1000,1,1000, over import numpy, click", f"{figures['command']:.2f}×", "3×"),
    ]
    measuring.show("Cold start", ("process", "measured", "at most"), rows)
    return figures


_HEADINGS = ("work", "chainorder", "peer", "ratio", "at most")


def _row(name: str, ours: float, theirs: float, limit: float) -> tuple[str, ...]:
    shown = f"1/{1 / limit:.0f}" if limit < 1 else f"{limit:.1f}"
    ratio = ours / theirs
    exact = f"{ratio:.3f}" if ratio > 0.1 else f"1/{1 / ratio:.0f}"
    return name, measuring.duration(ours), measuring.duration(theirs), exact, shown


def main() -> None:
    """Run every part; print the tables, write the figures."""
    options = measuring.arguments(__doc__ or "")
    start = time.perf_counter()
    parts = (
        planning_against_numpy,
        planning_against_contraction_planners,
        a_million_elementals,
        the_interval_program,
        executing_against_numpy,
        cold_start,
    )
    figures = {part.__name__: part(options.small) for part in parts}
    print(f"{measuring.machine()}; numpy {np.__version__}; {time.perf_counter() - start:.0f} s")
    measuring.write(options.json, figures)


if __name__ == "__main__":
    main()
