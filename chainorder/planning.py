"""`plan`: a problem and the name of an order in, a plan out."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from .chain import Chain
from .errors import ChainOrderError
from .orders.directional import forward, reverse
from .orders.optimal import optimal
from .plans import Plan

CHAIN_ORDERS: Mapping[str, Callable[[Chain, str], Plan]] = {
    "forward": forward,
    "reverse": reverse,
    "optimal": optimal,
}
"""The orders of a chain, by the names that users give them."""

OBJECTIVES = ("fma", "flops")


def plan(problem: Chain, order: str = "optimal", objective: str = "fma") -> Plan:
    """The steps that accumulate the Jacobian of `problem` in the order asked for.

    Args:
        problem: what to differentiate.
        order: "forward", "reverse" or "optimal".
        objective: what "optimal" makes small: "fma", the scalar multiplications, or "flops",
            multiplications and additions.

    Returns:
        The plan, with its exact costs, its proof and a lower bound.

    Raises:
        ChainOrderError: a problem, order or objective that does not exist or does not fit.
    """
    if not isinstance(problem, Chain):
        raise ChainOrderError(f"problem is {problem!r}: expected a Chain")
    if objective not in OBJECTIVES:
        raise ChainOrderError(f"objective is {objective!r}: expected one of fma, flops")
    if order not in CHAIN_ORDERS:
        raise ChainOrderError(
            f"order is {order!r}: a chain has the orders {', '.join(CHAIN_ORDERS)}"
        )
    return CHAIN_ORDERS[order](problem, objective)
