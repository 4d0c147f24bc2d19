"""Optimal: the best order that there is, by the algorithm that fits the chain."""

from __future__ import annotations

from ...bounds.chain_cuts import price_bound
from ...plans.plan import Plan
from ...plans.prices import Prices, StepPrices, prices_of
from ...plans.product_tree import ordered_steps
from ...plans.steps import MULTIPLY
from ...problems.chain import Chain
from .feasible import check_feasible, check_length
from .hu_shing import hu_shing
from .rows import Rows, finished_steps

PROVED_FLOPS = 2_000
"""Elementals up to which the interval program finds, and so proves, the best order for flops."""


def optimal(
    chain: Chain,
    objective: str = "fma",
    memory: int | None = None,
    pattern_memory: int | None = None,
) -> Plan:
    """The least over all plans of accumulations, products, tangents and adjoints, with proof.

    Of given, dense elementals: Hu & Shing's algorithm for fma, O(q log q); for the flops of more
    than 2,000 of them too, but without proof, as their theorem is about fma. Otherwise the interval
    program (U. Naumann, Matrix-Free Jacobian Chaining, 2024, section 3): O(q^3) time, O(q^2)
    memory. The lower bound is the least cost without a limit of memory. Where factors repeat, see
    `repeated`.

    Raises:
        InfeasibleOrderError: an elemental that is not given, has no tangent, and no adjoint that
            memory allows; there is no other way in which a chain has no order at all.
        ChainOrderError: a chain too long for the interval program.
    """
    if chain.repeats is not None:
        from .repeated import optimal_shared

        return optimal_shared(prices_of(chain, pattern_memory), objective, memory, pattern_memory)
    if not chain.is_all_matrices:
        return _mixed(prices_of(chain, pattern_memory), objective, memory, pattern_memory)
    if objective == "fma" or len(chain) > PROVED_FLOPS:
        return hu_shing(chain, objective, memory)
    return _fewest_flops(chain, memory)


def _mixed(prices: Prices, objective: str, memory: int | None, pattern_memory: int | None) -> Plan:
    from .interval_program import interval_program

    chain = prices.chain
    check_feasible(chain, prices.without_products(objective, memory), "optimal", memory)
    check_length(chain)
    table = prices.table(objective, memory)
    best = interval_program(table)
    relaxed = prices.table(objective, None)
    least = best.cost if relaxed == table else interval_program(relaxed).cost
    assert best.cost is not None
    assert least is not None
    bound = least + relaxed.setup
    proof: str | None = "optimal"
    if not table.is_exact:
        bound, proof = price_bound(prices, objective), None
    steps = finished_steps(prices, Rows(best.kind, best.i, best.k, best.j), memory)
    return Plan(
        chain, steps, "optimal", objective, bound, proof, memory, pattern_memory=pattern_memory
    )


def _fewest_flops(chain: Chain, memory: int | None) -> Plan:
    from .interval_program import interval_program

    sizes = chain.sizes
    none = [None] * len(chain)
    best = interval_program(
        StepPrices(sizes, [2 * d - 1 for d in sizes], [0] * len(chain), none, none, sizes)
    )
    assert best.cost is not None
    columns = [
        (i, k, j)
        for kind, i, k, j in zip(best.kind, best.i, best.k, best.j, strict=True)
        if kind == MULTIPLY
    ]
    i, k, j = zip(*columns, strict=True) if columns else ((), (), ())
    steps = ordered_steps(chain, i, k, j, None)
    return Plan(chain, steps, "optimal", "flops", best.cost, "optimal", memory)
