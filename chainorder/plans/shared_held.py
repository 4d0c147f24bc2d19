"""Entries held at once where sub-Jacobians are used more than once, and factors are kept.

A sub-Jacobian is freed after the last step that uses it, and the factors of a matrix after the
last step that solves with them.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Any

from .applied import operand_direction, solves_at
from .steps import Step, Steps

if TYPE_CHECKING:
    from ..problems.chain import Chain
    from .prices import Prices


def shared_held(prices: Prices, steps: Steps, kept: Sequence[tuple[int, int]] = ()) -> list[int]:
    """The most entries that intermediates, factors and results occupy while each step runs.

    Args:
        prices: of the chain.
        steps: single ones, each through one elemental at most.
        kept: what is not freed.
    """
    rows = list(steps)
    uses, solves = last_uses(prices.chain, rows)
    for at in kept:
        uses[prices.chain.class_of(*at)] = len(rows)
    held: dict[Hashable, int] = {}
    factors: dict[Hashable, int] = {}
    occupied = 0
    most = []
    for t, step in enumerate(rows):
        peak = occupied
        for l in step.passes:
            entries = _factor_entries(prices, l)
            matrix = prices.chain.matrix_at(l)
            if entries is not None and matrix not in factors:
                factors[matrix] = entries
                occupied += entries
                peak = max(peak, occupied + _operand_entries(prices, l))
        name = prices.chain.class_of(*step.result)
        held[name] = _made(prices, step)
        occupied += held[name]
        most.append(max(peak, occupied))
        for used in {prices.chain.class_of(*operand) for operand in step.operands}:
            if uses[used] == t:
                occupied -= held.pop(used, 0)
        for l in step.passes:
            matrix = prices.chain.matrix_at(l)
            if solves.get(matrix) == t:
                occupied -= factors.pop(matrix, 0)
    return most


def last_uses(
    chain: Chain, steps: Sequence[Step]
) -> tuple[dict[Hashable, int], dict[Hashable, int]]:
    """The last step that uses each class of sub-Jacobians, and the last with each factorization."""
    uses: dict[Hashable, int] = {}
    solves: dict[Hashable, int] = {}
    for t, step in enumerate(steps):
        for operand in step.operands:
            uses[chain.class_of(*operand)] = t
        for l in step.passes:
            if chain.elementals[l].is_solved:
                solves[chain.matrix_at(l)] = t
    return uses, solves


def _made(prices: Prices, step: Step) -> int:
    """Entries that the result of a step takes: all, where it was pushed or pulled."""
    d, ranges = prices.chain.sizes, prices.ranges
    i, j = step.result
    if ranges is None or step.kind in ("tangent", "adjoint"):
        return int(d[i] * d[j])
    return int(ranges.counts(i, j).stored)


def _factor_entries(prices: Prices, l: int) -> int | None:
    d = prices.chain.sizes
    found: Any = solves_at(prices.chain.elementals[l], (d[l + 1], d[l]))
    return None if found is None else int(found.entries)


def _operand_entries(prices: Prices, l: int) -> int:
    """Entries of the matrix that is factored, where it had to be accumulated."""
    elemental = prices.chain.elementals[l]
    if elemental.given or operand_direction(elemental) is None:
        return 0
    from ..structure.derived import unwrapped
    from ..structure.ranges import RangeCounts

    d = prices.chain.sizes
    pattern = unwrapped(elemental.structure).of.pattern((d[l + 1], d[l]))
    return int(RangeCounts.of(pattern).stored)
