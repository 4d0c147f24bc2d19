"""`plan`: a problem and the name of an order in, a plan out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from .chain import Chain, checked_integer
from .cost import objectives
from .errors import ChainOrderError
from .orders import directional, matrix_free
from .orders.optimal import optimal
from .plans import FORMS, Plan

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
    problem: Chain,
    order: str = "optimal",
    objective: str | None = None,
    memory: int | None = None,
    form: str = "matrix",
    pattern_memory: int | None = None,
) -> Plan:
    """The steps that accumulate the Jacobian of `problem` in the order asked for.

    Args:
        problem: what to differentiate.
        order: "forward", "reverse" or "optimal"; and "preaccumulate" where some elementals are
            not given: each becomes a matrix, then they are multiplied.
        objective: what "optimal" makes small: "fma", the scalar multiplications, or "flops",
            multiplications and additions; "seconds", and only that, where the costs of the chain
            are times. By default "fma", or "seconds" where that has to be.
        memory: entries that the tape of an adjoint may hold; None for any number.
        form: "matrix", or "operator" for factors whose product is the Jacobian, such that one
            product of it with a vector takes the fewest multiplications; those that take the
            least work to make, if there are several. Only for the order "optimal".
        pattern_memory: bytes that the patterns of sparse sub-Jacobians may take, 1 GiB by
            default. Where they do not fit, the order is found from estimates, without proof.

    Returns:
        The plan, with its exact costs, its proof and a lower bound.

    Raises:
        ChainOrderError: a problem, order or objective that does not exist or does not fit.
        InfeasibleOrderError: the memory, or a product that does not exist, rules the order out.
    """
    if not isinstance(problem, Chain):
        raise ChainOrderError(f"problem is {problem!r}: expected a Chain")
    objective = _checked_objective(problem, objective)
    if memory is not None:
        memory = checked_integer("memory", memory, "a number of entries", least=0)
    if pattern_memory is not None:
        pattern_memory = checked_integer("pattern_memory", pattern_memory, "a memory", least=0)
        problem = problem.with_pattern_memory(pattern_memory)
    if form not in FORMS:
        raise ChainOrderError(f"form is {form!r}: expected matrix or operator")
    if form == "operator":
        if order != "optimal":
            raise ChainOrderError(f"order is {order!r}: the form operator has one order, optimal")
        from .orders.factors import operator_plan

        return operator_plan(problem, objective, memory)
    is_plain = problem.is_given_dense and problem.timing is None
    orders = DENSE_ORDERS if is_plain else CHAIN_ORDERS
    if order not in orders:
        raise ChainOrderError(f"order is {order!r}: a chain has the orders {', '.join(orders)}")
    if is_plain:
        answer = DENSE_ORDERS[order](problem, objective)
        return answer if memory is None else replace(answer, memory=memory)
    return CHAIN_ORDERS[order](problem, objective, memory)


def _checked_objective(problem: Chain, objective: str | None) -> str:
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
