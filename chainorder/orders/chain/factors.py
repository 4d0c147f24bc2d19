"""The Jacobian as an operator: factors whose product it is, cheapest to apply.

Cut the chain into ranges and accumulate each: a product of the Jacobian with a vector then takes
as many multiplications as all ranges together have entries. Every choice of cuts is a path from
variable 0 to variable q whose edges are the ranges, so the best is a shortest path. Ties are
broken by the work of accumulating, which the interval program knows for every range, and then by
the number of factors.
"""

from __future__ import annotations

from typing import Any

from ...errors import ChainOrderError
from ...plans.plan import Plan
from ...plans.prices import prices_of
from ...problems.chain import Chain
from .feasible import check_feasible, check_length
from .interval_program import interval_table
from .rows import Rows, finished_steps


def operator_plan(
    chain: Chain,
    objective: str = "fma",
    memory: int | None = None,
    pattern_memory: int | None = None,
) -> Plan:
    """The plan of the factors that are cheapest to apply; of those, the cheapest to make.

    O(q^3) time for the work of every range, O(q^2) for the path. A narrow variable is where a cut
    pays: a Jacobian that passes through it has low rank.

    Args:
        chain: whose Jacobian is wanted.
        objective: the unit of the work, which breaks ties.
        memory, pattern_memory: as for the optimal order.

    Returns:
        A plan of form "operator". Its cost is that of making the factors, and its lower bound
        holds for all factors that are as cheap to apply.

    Raises:
        InfeasibleOrderError: an elemental that can not be accumulated.
        ChainOrderError: a chain too long for the interval program, or one whose elementals repeat.
    """
    if chain.repeats is not None:
        raise ChainOrderError(
            "form is 'operator': its factors are not shared, expected a chain without labels "
            "(same=None)"
        )
    check_length(chain)
    prices = prices_of(chain, pattern_memory)
    check_feasible(chain, prices.without_products(objective, memory), "optimal", memory)
    step_prices = prices.table(objective, memory)
    table = interval_table(step_prices)
    found = cheapest_cuts(prices.applied_entries(), table.best)
    steps = Rows([], [], [], [])
    for factor in found:
        best = table.optimum([factor])
        made = finished_steps(prices, Rows(best.kind, best.i, best.k, best.j), memory)
        for row in zip(*(column.tolist() for column in made.columns()), strict=True):
            steps.add(*row)
    return Plan(
        chain,
        steps.steps(),
        "operator",
        objective,
        sum(int(table.best[a][b]) for a, b in found) + step_prices.setup,
        "optimal" if step_prices.is_exact else None,
        memory,
        "operator",
        pattern_memory,
    )


def cheapest_cuts(entries: Any, work: Any) -> list[tuple[int, int]]:
    """The ranges of a shortest path from variable 0 to the last.

    Args:
        entries: `entries[i][j]`, what a product of `(i, j)` with a vector takes.
        work: `work[i][j]`, what it takes to accumulate `(i, j)`.
    """
    q = len(entries) - 1
    best: list[tuple[int, int, int]] = [(0, 0, 0)]
    before = [0]
    for j in range(1, q + 1):
        arrivals = [
            (best[i][0] + int(entries[i][j]), best[i][1] + int(work[i][j]), best[i][2] + 1)
            for i in range(j)
        ]
        before.append(min(range(j), key=arrivals.__getitem__))
        best.append(arrivals[before[j]])
    cuts, j = [], q
    while j > 0:
        cuts.append((before[j], j))
        j = before[j]
    return cuts[::-1]
