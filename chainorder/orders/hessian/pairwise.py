"""Left, right and pairwise: the chain rule for two ranges at a time, as published.

`H(i, j) = J(k, j)·H(i, k) + H(k, j)[J(i, k), J(i, k)]` for the split `k` that the dynamic program
over ranges finds cheapest, or always the same one: from the left, `(i, q)` at `i + 1`; from the
right, `(0, j)` at `j - 1`. As published, tensors are not known to be symmetric and every range
makes Jacobians of its own. Here plans count what is done, so they are cheaper than what is
published; the published figures are there as functions. (Naumann & Burela, A dynamic programming
heuristic for dense Hessian chain bracketing, 2021, and their programs.)
"""

from __future__ import annotations

from itertools import accumulate
from typing import Any, NamedTuple

from ...compiled import INT64_SAFE, runner
from ...plans.hessian_figures import WEIGHTS
from ...plans.hessian_kinds import APPLY, CONGRUENCE
from ...plans.plan import Plan
from ...problems.hessian_chain import HessianChain
from .block_plan import ordered_steps, used_jacobian
from .directional import bounded_plan, directed_plan, from_the_left, from_the_right, tensor_leaf
from .jacobians import JacobianPrices, Pair, Row, jacobian_forest


def left(chain: HessianChain, objective: str = "fma") -> Plan:
    """The first elemental split off each time, as in `reverse`.

    Raises:
        InfeasibleOrderError: an elemental that lacks a product.
    """
    return directed_plan(chain, from_the_left(chain, "left"), "left", objective)


def right(chain: HessianChain, objective: str = "fma") -> Plan:
    """The last elemental split off each time, as in `forward` of a vector function.

    Raises:
        InfeasibleOrderError: an elemental that lacks a product.
    """
    return directed_plan(chain, from_the_right(chain, "right"), "right", objective)


def pairwise(chain: HessianChain, objective: str = "fma") -> Plan:
    """The splits of the published dynamic program, symmetry known to it, each Jacobian made once.

    Raises:
        InfeasibleOrderError: an elemental that lacks a product.
    """
    prices = JacobianPrices(chain, *WEIGHTS[objective][:2])
    rows = pairwise_rows(chain)
    wanted = [pair for row in rows if (pair := used_jacobian(row)) is not None]
    steps = ordered_steps(prices, rows, jacobian_forest(prices, wanted))
    return bounded_plan(chain, steps, "pairwise", objective)


def pairwise_rows(chain: HessianChain) -> list[Row]:
    """The steps on tensors of the published dynamic program, symmetry known to it."""
    ranges = range_program(chain, symmetric=True)
    is_curved = [0, *accumulate(not elemental.is_linear for elemental in chain.elementals)]
    rows: list[Row] = []
    for i, k, j in range_splits(chain, ranges.split):
        for low, high in ((i, k), (k, j)):
            if high - low == 1 and is_curved[high] > is_curved[low]:
                rows += tensor_leaf(chain, high, "pairwise")
        if is_curved[k] > is_curved[i]:
            rows.append((APPLY, i, k, j))
        if is_curved[j] > is_curved[k]:
            rows.append((CONGRUENCE, i, k, j))
    if len(chain) == 1:
        rows = tensor_leaf(chain, 1, "pairwise")
    return rows


class RangeColumns(NamedTuple):
    """What the program over ranges reads."""

    size: Any
    halved: int
    """1 if a slice of size `n` has `n(n+1)/2` entries, 0 if it has `n²`."""


def fill_ranges(c, jacobian, jacobian_split, best, split):  # type: ignore[no-untyped-def]
    """The least cost of every Jacobian and tensor, kept on both sides of the diagonal."""
    size = c.size
    for i in range(len(size) - 2, -1, -1):
        n = size[i]
        half = n * n if c.halved == 0 else (n * (n + 1) >> 1)
        for j in range(i + 2, len(size)):
            least = least_tensor = -1
            for k in range(i + 1, j):
                cost = jacobian[i][k] + jacobian[j][k] + size[j] * size[k] * n
                if least < 0 or cost < least:
                    least = cost
                    jacobian_split[i][j] = k
                m, s = size[j], size[k]
                cost = best[i][k] + best[j][k] + jacobian[i][k] + jacobian[j][k]
                cost += m * s * half + m * (s * s * n + s * half)
                if least_tensor < 0 or cost < least_tensor:
                    least_tensor = cost
                    split[i][j] = k
            jacobian[i][j] = least
            jacobian[j][i] = least
            best[i][j] = least_tensor
            best[j][i] = least_tensor


class Ranges(NamedTuple):
    """What the program over ranges finds: the cost, and the splits of tensors and Jacobians."""

    cost: int
    split: Any
    jacobian_split: Any


def range_program(chain: HessianChain, *, symmetric: bool) -> Ranges:
    """The published program, for dense tensors; `symmetric` counts half of what is symmetric."""
    d, q = chain.sizes, len(chain)
    fits = 8 * q * max(d) ** 4 < INT64_SAFE
    run = runner(fill_ranges, 2 * q**3 / 6, fits=fits)
    tables = [run.zeros(q + 1, q + 1) for _ in range(4)]
    run(run.columns(RangeColumns(d, int(symmetric))), *tables)
    return Ranges(int(tables[2][0][q]), tables[3], tables[1])


def published_fma(chain: HessianChain) -> int:
    """The fma that the published program prints: no symmetry, no sharing.

    >>> from chainorder.problems.hessian_chain import HessianChain
    >>> published_fma(HessianChain([2, 2, 3, 2]))
    144
    """
    return range_program(chain, symmetric=False).cost


def range_splits(chain: HessianChain, split: Any) -> list[tuple[int, int, int]]:
    """`(i, k, j)` of every range of two or more elementals below the whole, the smallest first."""
    found, open_ranges = [], [(0, len(chain))]
    while open_ranges:
        i, j = open_ranges.pop()
        if j - i > 1:
            k = int(split[i][j])
            found.append((i, k, j))
            open_ranges += [(i, k), (k, j)]
    return found[::-1]


def pairwise_jacobians(chain: HessianChain) -> set[Pair]:
    """The Jacobians that the published bracketing makes, where tensors are symmetric."""
    ranges = range_program(chain, symmetric=True)
    made: set[Pair] = set()
    open_pairs = [
        pair for i, k, j in range_splits(chain, ranges.split) for pair in ((i, k), (k, j))
    ]
    while open_pairs:
        i, j = open_pairs.pop()
        if (i, j) in made:
            continue
        made.add((i, j))
        if j - i > 1:
            k = int(ranges.jacobian_split[i][j])
            open_pairs += [(i, k), (k, j)]
    return made


def published_left_fma(chain: HessianChain) -> int:
    """The fma of bracketing from the left as published: every range its own Jacobians."""
    d, q = chain.sizes, len(chain)
    m = d[q]
    total = 0
    for l in range(q - 1, 0, -1):
        n, s = d[l - 1], d[l]
        total += m * s * n * n + m * (s * s * n + s * n * n)
        total += sum(m * d[t] * d[t - 1] for t in range(q - 1, l, -1))
    return total


def published_right_fma(chain: HessianChain) -> int:
    """The fma of bracketing from the right as published: every range its own Jacobians."""
    d, q = chain.sizes, len(chain)
    n = d[0]
    total = 0
    for l in range(2, q + 1):
        m, s = d[l], d[l - 1]
        total += m * s * n * n + m * (s * s * n + s * n * n)
        total += sum(d[t] * d[t - 1] * n for t in range(2, l))
    return total
