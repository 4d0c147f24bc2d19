"""Optimal: the best order that there is, by the algorithm that fits the problem."""

from __future__ import annotations

from ...plans.kinds import MULTIPLY
from ...plans.plan import Plan
from ...plans.product_tree import ordered_steps
from ...problems.chain import Chain
from .hu_shing import hu_shing
from .interval_program import StepPrices, interval_program

PROVED_FLOPS = 2_000
"""Elementals up to which the interval program finds, and so proves, the best order for flops."""


def optimal(chain: Chain, objective: str = "fma") -> Plan:
    """The plan with the least cost.

    With proof; only for the flops of more than 2,000 elementals is there none: the interval
    program would take minutes, and Hu & Shing's theorem is about fma.
    """
    q = len(chain)
    if objective == "fma" or q > PROVED_FLOPS:
        return hu_shing(chain, objective)
    sizes = chain.sizes
    none = [None] * q
    best = interval_program(
        StepPrices(sizes, [2 * d - 1 for d in sizes], [0] * q, none, none, sizes)
    )
    assert best.cost is not None
    columns = [
        (i, k, j)
        for kind, i, k, j in zip(best.kind, best.i, best.k, best.j, strict=True)
        if kind == MULTIPLY
    ]
    i, k, j = zip(*columns, strict=True) if columns else ((), (), ())
    steps = ordered_steps(chain, i, k, j, None)
    return Plan(chain, steps, "optimal", objective, best.cost, "optimal")
