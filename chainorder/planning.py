"""`plan`: a problem and the name of an order in, a plan out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from .checks import checked_integer
from .errors import ChainOrderError
from .orders.chain import directional, matrix_free
from .orders.chain.bracketing import optimal
from .plans.cost import objectives
from .plans.plan import FORMS, Plan
from .problems.chain import Chain

if TYPE_CHECKING:
    from .problems.graph import Graph

CHAIN_ORDERS: Mapping[str, Callable[[Chain, str, int | None], Plan]] = {
    "forward": matrix_free.forward,
    "reverse": matrix_free.reverse,
    "preaccumulate": matrix_free.preaccumulate,
    "optimal": matrix_free.optimal,
}
"""The orders of a chain, by the names that users give them."""

DENSE_ORDERS: Mapping[str, Callable[[Chain, str], Plan]] = {
    "forward": directional.forward,
    "reverse": directional.reverse,
    "optimal": optimal,
}
"""Those of a chain of nothing but given, dense elementals, where less work finds them."""


def plan(
    problem: Chain | Graph,
    order: str = "optimal",
    objective: str | None = None,
    memory: int | None = None,
    form: str = "matrix",
    time_limit: float | None = None,
    seed: int = 0,
    *,
    pattern_memory: int | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> Plan:
    """The steps that accumulate the Jacobian of `problem` in the order asked for.

    Args:
        problem: what to differentiate.
        order: "forward", "reverse" or "optimal"; and "preaccumulate" where some elementals of a
            chain are not given: each becomes a matrix, then they are multiplied. Of a graph also
            "markowitz", "relative-markowitz" or "search".
        objective: what "optimal" makes small: "fma", the scalar multiplications, or "flops",
            multiplications and additions; "seconds", and only that, where the costs of a chain
            are times. By default "fma", or "seconds" where that has to be.
        memory: entries that the tape of an adjoint may hold; None for any number. Only for
            chains.
        form: "matrix", or "operator" for factors whose product is the Jacobian, such that one
            product of it with a vector takes the fewest multiplications; those that take the
            least work to make, if there are several. Only for the order "optimal" of a chain.
        time_limit: seconds after which "search" and "optimal" on a graph settle for the best so
            far; without it their effort is fixed, and the plan deterministic.
        seed: of the random moves of "search" and "optimal" on a graph.
        pattern_memory: bytes that the patterns of sparse sub-Jacobians may take, 1 GiB by
            default. Where they do not fit, the order is found from estimates, without proof.
        on_progress: called by "search" and "optimal" on a graph with the best cost and the best
            lower bound so far.

    Returns:
        The plan, with its exact costs, its proof and a lower bound.

    Raises:
        ChainOrderError: a problem, order or objective that does not exist or does not fit.
        InfeasibleOrderError: the memory, or a product that does not exist, rules the order out.
    """
    if not isinstance(problem, Chain):
        graph = _checked_graph(problem)
        check_form(graph, form)
        if memory is not None:
            raise ChainOrderError(f"memory is {memory!r}: a graph has no tapes, expected None")
        if pattern_memory is not None:
            raise ChainOrderError(
                f"pattern_memory is {pattern_memory!r}: a graph has no patterns, expected None"
            )
        return _plan_graph(graph, order, objective, time_limit, seed, on_progress)
    objective = _checked_objective(problem, objective)
    if memory is not None:
        memory = checked_integer("memory", memory, "a number of entries", least=0)
    if pattern_memory is not None:
        pattern_memory = checked_integer("pattern_memory", pattern_memory, "a memory", least=0)
        problem = problem.with_pattern_memory(pattern_memory)
    check_form(problem, form)
    if form == "operator":
        if order != "optimal":
            raise ChainOrderError(f"order is {order!r}: the form operator has one order, optimal")
        from .orders.chain.factors import operator_plan

        return operator_plan(problem, objective, memory)
    is_plain = problem.is_given_dense and problem.timing is None
    orders = DENSE_ORDERS if is_plain else CHAIN_ORDERS
    if order not in orders:
        raise ChainOrderError(f"order is {order!r}: a chain has the orders {', '.join(orders)}")
    if is_plain:
        answer = DENSE_ORDERS[order](problem, objective)
        return answer if memory is None else replace(answer, memory=memory)
    return CHAIN_ORDERS[order](problem, objective, memory)


def check_form(problem: Chain | Graph, form: str) -> None:
    """Raise unless the Jacobian of the problem can be kept in that form.

    Raises:
        ChainOrderError: says which forms there are; or a problem that is none.
    """
    if isinstance(problem, Chain):
        if form not in FORMS:
            raise ChainOrderError(f"form is {form!r}: expected matrix or operator")
        return
    _checked_graph(problem)
    if form != "matrix":
        raise ChainOrderError(f"form is {form!r}: expected matrix, a graph has no other")


def _checked_objective(problem: Chain | Graph, objective: str | None) -> str:
    known = objectives(problem)
    if objective is None:
        return known[0]
    if objective not in known:
        expected = "seconds, the unit of this chain's costs"
        raise ChainOrderError(
            f"objective is {objective!r}: expected "
            + (expected if known == ("seconds",) else f"one of {', '.join(known)}")
        )
    return objective


def _checked_graph(problem: object) -> Graph:
    from .problems.graph import Graph

    if not isinstance(problem, Graph):
        raise ChainOrderError(f"problem is {problem!r}: expected a Chain or a Graph")
    return problem


def _plan_graph(
    graph: Graph,
    order: str,
    objective: str | None,
    time_limit: float | None,
    seed: int,
    on_progress: Callable[[int, int], None] | None,
) -> Plan:
    from .orders.graph.by_name import ANYTIME, GRAPH_ORDERS

    if order not in GRAPH_ORDERS:
        raise ChainOrderError(
            f"order is {order!r}: a graph has the orders {', '.join(GRAPH_ORDERS)}"
        )
    objective = _checked_objective(graph, objective)
    if order not in ANYTIME:
        return GRAPH_ORDERS[order](graph, objective)
    return GRAPH_ORDERS[order](
        graph, objective, seed=seed, time_limit=time_limit, on_progress=on_progress
    )
