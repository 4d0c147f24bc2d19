"""A yield curve: 30 market quotes, 30 zero rates found by Newton's method, 2,000 trades.

The risk of a book is the sensitivity of every trade's value to every quote. The rates solve the
equations F(rates) = quotes, so by the implicit function theorem d rates / d quotes is the inverse
of dF / d rates; and the chain is

    quotes -> rates -> rates of every month -> discount factors -> values of trades
              (dF)^-1    interpolation           diagonal            cash flows

The usual way is to bump: move one quote, find the rates again, value all trades again. Here the
chain is planned with what is known of each factor, and executed; both are compared.

Run with `--small` for fewer trades.
"""

from __future__ import annotations

import argparse
import statistics
import time

import numpy as np
import scipy.sparse as sp

import chainorder as co

YEARS = 30
MONTHS = 12 * YEARS
BUMP = 1e-5
TRADES = 2_000


def interpolation() -> sp.csr_array:
    """Rates of every month from those of every year: linear, flat before the first."""
    t = np.arange(1, MONTHS + 1) / 12
    left = np.clip(np.ceil(t).astype(int) - 2, 0, YEARS - 2)
    weight = np.clip(t - (left + 1), 0.0, 1.0)
    months = np.arange(MONTHS)
    weights, places = np.r_[1 - weight, weight], (np.r_[months, months], np.r_[left, left + 1])
    matrix = sp.csr_array((weights, places), shape=(MONTHS, YEARS))
    matrix.eliminate_zeros()
    return matrix


def par_rates(rates: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """F: the quotes of par swaps, annual payments; and dF, which is lower triangular."""
    t = np.arange(1, YEARS + 1)
    discount = np.exp(-rates * t)
    annuity = np.cumsum(discount)
    par = (1 - discount) / annuity
    slope = -t * discount
    jacobian = -np.tril(np.outer(par / annuity, slope)) - np.diag(slope / annuity)
    return par, jacobian


def bootstrap(quotes: np.ndarray) -> np.ndarray:
    """The rates that give the quotes, by Newton's method."""
    rates = quotes.copy()
    for _ in range(20):
        par, jacobian = par_rates(rates)
        step = np.linalg.solve(jacobian, par - quotes)
        rates = rates - step
        if np.abs(step).max() < 1e-14:
            break
    return rates


def values(rates: np.ndarray, weights: sp.csr_array, flows: np.ndarray) -> np.ndarray:
    """The value of every trade."""
    t = np.arange(1, MONTHS + 1) / 12
    return flows @ np.exp(-(weights @ rates) * t)


def planned(trades: int) -> co.Plan:
    """The plan, made once: it depends on the structures only."""
    weights = interpolation()
    chain = co.Chain(
        [YEARS, YEARS, MONTHS, MONTHS, trades],
        [
            co.Elemental(structure=co.Inverse(co.Triangular(lower=True)), name="bootstrap"),
            co.Elemental(structure=co.Sparse(weights), name="interpolate"),
            co.Elemental(structure=co.Diagonal(), name="discount"),
            co.Elemental(name="trades"),
        ],
    )
    return co.plan(chain)


def implicit_risk(
    plan: co.Plan, quotes: np.ndarray, weights: sp.csr_array, flows: np.ndarray
) -> co.Run:
    """d values / d quotes by the plan; the rates are found once."""
    rates = bootstrap(quotes)
    t = np.arange(1, MONTHS + 1) / 12
    slopes = -t * np.exp(-(weights @ rates) * t)
    return co.execute(plan, [par_rates(rates)[1], weights, slopes, flows])


def bumped_risk(quotes: np.ndarray, weights: sp.csr_array, flows: np.ndarray) -> np.ndarray:
    """d values / d quotes by central differences: every quote moved up and down."""
    columns = []
    for q in range(YEARS):
        moved = [quotes + sign * BUMP * (np.arange(YEARS) == q) for sign in (1, -1)]
        up, down = (values(bootstrap(quotes), weights, flows) for quotes in moved)
        columns.append((up - down) / (2 * BUMP))
    return np.stack(columns, axis=1)


def market(trades: int) -> tuple[np.ndarray, np.ndarray]:
    """Quotes that rise with the years, and trades that pay every month for some years."""
    rng = np.random.default_rng(0)
    quotes = 0.02 + 0.02 * (1 - np.exp(-np.arange(1, YEARS + 1) / 8))
    ends = rng.integers(1, MONTHS + 1, trades)
    flows = rng.normal(size=(trades, MONTHS)) * (np.arange(MONTHS) < ends[:, None])
    return quotes, flows


def compare(trades: int, runs: int) -> dict[str, float]:
    """Seconds of both ways, how far apart they are, and the fma of the plan and of forward."""
    quotes, flows = market(trades)
    weights = interpolation()
    plan = planned(trades)
    implicit_risk(plan, quotes, weights, flows)  # what comes in when it is first needed
    times: dict[str, list[float]] = {"implicit": [], "bumped": []}
    for _ in range(runs):
        start = time.perf_counter()
        run = implicit_risk(plan, quotes, weights, flows)
        middle = time.perf_counter()
        bumped = bumped_risk(quotes, weights, flows)
        times["implicit"].append(middle - start)
        times["bumped"].append(time.perf_counter() - middle)
    assert run.fma <= plan.fma
    return {
        "implicit": statistics.median(times["implicit"]),
        "bumped": statistics.median(times["bumped"]),
        "apart": float(np.abs(run.jacobian - bumped).max() / np.abs(bumped).max()),
        "fma": plan.fma,
        "forward": co.plan(plan.problem, "forward").fma,
        "reverse": co.plan(plan.problem, "reverse").fma,
    }


def main() -> None:
    """Compare and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--small", action="store_true", help="fewer trades")
    small = parser.parse_args().small
    trades = 200 if small else TRADES
    found = compare(trades, runs=3 if small else 9)
    print(planned(trades))
    print(f"forward takes {found['forward']:,} fma, reverse {found['reverse']:,}")
    print(
        f"implicit {1e3 * found['implicit']:.1f} ms, bumping {1e3 * found['bumped']:.1f} ms: "
        f"{found['bumped'] / found['implicit']:.0f} × as long; "
        f"apart by {found['apart']:.0e} of the largest sensitivity"
    )
    assert found["apart"] < 1e-6


if __name__ == "__main__":
    main()
