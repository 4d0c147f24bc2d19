"""A linear state-space model over 500 equal steps: x_{t+1} = A x_t, all its sensitivities.

The same matrix 500 times is one label. The planner makes powers by an addition chain, all prefixes
dx_t / dx_0 and all suffixes dx_T / dx_t in one pass; and with the suffixes the sensitivity of the
last state to every entry of A is a sum of outer products, instead of one simulation for each.

Run with `--small` for fewer steps.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np

import chainorder as co

AT_ONCE = 50


def model(n: int) -> tuple[np.ndarray, np.ndarray]:
    """A stable matrix, and a first state."""
    rng = np.random.default_rng(0)
    a = rng.normal(size=(n, n)) / np.sqrt(n)
    return 0.995 * a / np.abs(np.linalg.eigvals(a)).max(), rng.normal(size=n)


def looped_to_first_state(a: np.ndarray, steps: int) -> np.ndarray:
    """dx_T / dx_0, multiplied step by step."""
    jacobian = a
    for _ in range(steps - 1):
        jacobian = a @ jacobian
    return jacobian


def looped_prefixes(a: np.ndarray, steps: int) -> list[np.ndarray]:
    """All dx_t / dx_0, multiplied step by step."""
    made = [a]
    for _ in range(steps - 1):
        made.append(a @ made[-1])
    return made


def looped_to_parameters(a: np.ndarray, x: np.ndarray, steps: int) -> np.ndarray:
    """dx_T / dA, shape (n, n, n): a sensitivity is carried forward for every entry of A."""
    n = len(x)
    carried = np.zeros((n, n * n))
    for _ in range(steps):
        carried = a @ carried
        for i in range(n):
            carried[i, i * n : (i + 1) * n] += x
        x = a @ x
    return carried.reshape(n, n, n)


def planned_to_parameters(plan: co.Plan, a: np.ndarray, x: np.ndarray, steps: int) -> np.ndarray:
    """dx_T / dA = Σ_t dx_T / dx_{t+1} ⊗ x_t, from all suffixes."""
    n = len(x)
    suffixes = co.execute(plan, [a] * steps).jacobian  # dx_T / dx_{T-1}, …, dx_T / dx_0
    # Of one matrix they are its powers: so many steps on from as many states are as many more.
    states = x[:, np.newaxis]  # x_t, …, x_0
    while (known := states.shape[1]) < steps:
        states = np.hstack([suffixes[known - 1] @ states[:, known - steps :], states])
    # The outer products for t = T-1 … 0, as many at a time as stay in the cache.
    behind = [np.eye(n), *suffixes[:-1]]  # dx_T / dx_{t+1}
    summed = np.zeros((n, n * n))
    for first in range(0, steps, AT_ONCE):
        at = slice(first, first + AT_ONCE)
        summed += states[:, at] @ np.stack(behind[at]).reshape(-1, n * n)
    return summed.reshape(n, n, n).transpose(1, 2, 0)


def timed(call: Callable[[], Any], runs: int) -> tuple[np.ndarray, float]:
    """The result of a call, and its median time."""
    result, times = np.asarray(call()), []
    for _ in range(runs):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return result, statistics.median(times)


def compare(n: int, steps: int, runs: int = 5) -> list[dict[str, Any]]:
    """Seconds and fma of the plans and of the loops, and how far apart they are."""
    a, x = model(n)
    chain = co.Chain([n] * (steps + 1), same=["A"] * steps)
    last = co.plan(chain)
    prefixes = co.plan(chain, wanted="prefixes")
    suffixes = co.plan(chain, wanted="suffixes")
    rows = []
    for label, fma, loop_fma, ours, loop in (
        (
            "last state to first",
            last.fma,
            (steps - 1) * n**3,
            lambda: co.execute(last, [a] * steps).jacobian,
            lambda: looped_to_first_state(a, steps),
        ),
        (
            "all states to first",
            prefixes.fma,
            (steps - 1) * n**3,
            lambda: co.execute(prefixes, [a] * steps).jacobian,
            lambda: looped_prefixes(a, steps),
        ),
        (
            "last state to A",
            suffixes.fma + steps * n**3,
            steps * n**4,
            lambda: planned_to_parameters(suffixes, a, x, steps),
            lambda: looped_to_parameters(a, x, steps),
        ),
    ):
        found, seconds = timed(ours, runs)
        expected, loop_seconds = timed(loop, runs)
        apart = float(np.abs(found - expected).max() / np.abs(expected).max())
        rows.append(
            {
                "what": label,
                "fma": fma,
                "loop fma": loop_fma,
                "seconds": seconds,
                "loop seconds": loop_seconds,
                "apart": apart,
            }
        )
    return rows


def main() -> None:
    """Compare and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--small", action="store_true", help="fewer steps")
    n, steps = (10, 50) if parser.parse_args().small else (30, 500)
    for row in compare(n, steps):
        print(
            f"{row['what']:<20} planned {row['fma']:>14,} fma, {1e3 * row['seconds']:8.1f} ms; "
            f"looped {row['loop fma']:>14,} fma, {1e3 * row['loop seconds']:8.1f} ms; "
            f"apart {row['apart']:.0e}"
        )
        assert row["apart"] < 1e-9


if __name__ == "__main__":
    main()
