"""Preaccumulate: every elemental becomes a matrix first; then the matrices are multiplied."""

from __future__ import annotations

from dataclasses import replace

from ...plans.plan import Plan
from ...plans.prices import prices_of
from ...plans.steps import ACCUMULATE, MULTIPLY
from ...problems.chain import Chain
from .directional import bounded_plan
from .feasible import check_feasible, check_length
from .interval_program import interval_program
from .optimal import optimal
from .repeated import bracketed_shared
from .rows import Rows, finished_steps


def preaccumulate(
    chain: Chain,
    objective: str = "fma",
    memory: int | None = None,
    pattern_memory: int | None = None,
) -> Plan:
    """Every elemental becomes a matrix, the cheaper way; then the best bracketing of matrices.

    Raises:
        InfeasibleOrderError: an elemental that cannot become a matrix.
        ChainOrderError: a chain too long for the interval program, where only that will do.
    """
    prices = prices_of(chain, pattern_memory)
    check_feasible(chain, prices.without_products(objective, memory), "preaccumulate", memory)
    if chain.repeats is not None:
        steps = bracketed_shared(prices, objective, memory)
        return bounded_plan(prices, steps, "preaccumulate", objective, memory, pattern_memory)
    q = len(chain)
    rows = Rows([], [], [], [])
    for l in range(q):
        rows.add(ACCUMULATE, l, l, l + 1)
    if objective != "seconds" and prices.ranges is None:
        for i, k, j in optimal(Chain(chain.size_array), objective).steps.triples():
            rows.add(MULTIPLY, i, k, j)
    else:
        check_length(chain)
        table = prices.table(objective, memory)
        none = [None] * q
        best = interval_program(replace(table, leaf=[0] * q, tangent=none, adjoint=none))
        for kind, i, k, j in zip(best.kind, best.i, best.k, best.j, strict=True):
            if kind == MULTIPLY:
                rows.add(kind, i, k, j)
    steps = finished_steps(prices, rows, memory)
    return bounded_plan(prices, steps, "preaccumulate", objective, memory, pattern_memory)
