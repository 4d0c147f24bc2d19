"""Optimal: the best order that there is, by the algorithm that fits the problem."""

from __future__ import annotations

from ..chain import Chain
from ..errors import ChainOrderError
from ..kinds import MULTIPLY
from ..plans import Plan
from .hu_shing import hu_shing
from .interval_program import MAX_CELLS, StepPrices, interval_program
from .product_tree import ordered_steps


def optimal(chain: Chain, objective: str = "fma") -> Plan:
    """The plan with the least cost, exact, with proof.

    Raises:
        ChainOrderError: a chain too long for the interval program, where only that will do.
    """
    if objective == "fma":
        return hu_shing(chain)
    q = len(chain)
    if q * q > MAX_CELLS:
        raise ChainOrderError(
            f"the optimal order for flops holds the square of the number of elementals: {q:,} "
            f"elementals are more than {int(MAX_CELLS**0.5):,}; plan for fma instead"
        )
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
