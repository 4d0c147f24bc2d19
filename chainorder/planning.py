"""`plan`: a problem and the name of an order in, a plan out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from .chain import Chain
from .errors import ChainOrderError
from .orders.directional import forward, reverse
from .orders.optimal import optimal
from .plans import Plan

if TYPE_CHECKING:
    from .graph import Graph

CHAIN_ORDERS: Mapping[str, Callable[[Chain, str], Plan]] = {
    "forward": forward,
    "reverse": reverse,
    "optimal": optimal,
}
"""The orders of a chain, by the names that users give them."""

OBJECTIVES = ("fma", "flops")


def plan(
    problem: Chain | Graph,
    order: str = "optimal",
    objective: str = "fma",
    *,
    time_limit: float | None = None,
    seed: int = 0,
    on_progress: Callable[[int, int], None] | None = None,
) -> Plan:
    """The steps that accumulate the Jacobian of `problem` in the order asked for.

    Args:
        problem: what to differentiate.
        order: "forward", "reverse" or "optimal"; of a graph also "markowitz",
            "relative-markowitz" or "search".
        objective: what "optimal" makes small: "fma", the scalar multiplications, or "flops",
            multiplications and additions.
        time_limit: seconds after which "search" and "optimal" on a graph settle for the best so
            far; without it their effort is fixed, and the plan deterministic.
        seed: of the random moves of "search" and "optimal" on a graph.
        on_progress: called by those two with the best cost and the best lower bound so far.

    Returns:
        The plan, with its exact costs, its proof and a lower bound.

    Raises:
        ChainOrderError: a problem, order or objective that does not exist or does not fit.
    """
    if objective not in OBJECTIVES:
        raise ChainOrderError(f"objective is {objective!r}: expected one of fma, flops")
    if not isinstance(problem, Chain):
        return _plan_graph(problem, order, objective, time_limit, seed, on_progress)
    if order not in CHAIN_ORDERS:
        raise ChainOrderError(
            f"order is {order!r}: a chain has the orders {', '.join(CHAIN_ORDERS)}"
        )
    return CHAIN_ORDERS[order](problem, objective)


def _plan_graph(
    graph: Graph,
    order: str,
    objective: str,
    time_limit: float | None,
    seed: int,
    on_progress: Callable[[int, int], None] | None,
) -> Plan:
    from .graph import Graph
    from .orders.graph_orders import ANYTIME, GRAPH_ORDERS

    if not isinstance(graph, Graph):
        raise ChainOrderError(f"problem is {graph!r}: expected a Chain or a Graph")
    if order not in GRAPH_ORDERS:
        raise ChainOrderError(
            f"order is {order!r}: a graph has the orders {', '.join(GRAPH_ORDERS)}"
        )
    if order not in ANYTIME:
        return GRAPH_ORDERS[order](graph, objective)
    return GRAPH_ORDERS[order](
        graph, objective, seed=seed, time_limit=time_limit, on_progress=on_progress
    )
