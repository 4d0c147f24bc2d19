"""`proved`: of what a plan that was read from a file claims, only what can be shown again.

A file can claim any bound and any proof. What is cheap is proved once more: the best order of a
chain of dense matrices by Hu & Shing's algorithm, of other chains up to some length by the interval
program, of a graph whose components are paths or small by dynamic programming. Elsewhere a bound
that costs next to nothing has to do, from the cuts of the chain or of the graph.

A new kind of problem adds a row to `PROVERS`; without one its best order is found again where the
problem is small.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import NamedTuple

from .checks import shown
from .errors import ChainOrderError
from .orders.by_name import ORDERS, order_at
from .plans.plan import Plan

MOST_ELEMENTALS = 200
"""Elementals of a chain up to which the interval program is a matter of some 0.2 s."""

MOST_SPARSE_SIZE = 5_000
"""Elementals times the largest size, up to which products of sparse patterns are cheap."""


class Known(NamedTuple):
    """What is known of the orders of a problem, without believing anybody.

    No order costs less than `bound`, whatever the memory. `least` is what the best order costs
    within the memory that the plan allows, None where that was not found out.
    """

    bound: int
    least: int | None = None


def proved(plan: Plan) -> Plan:
    """The plan with the bound and the proof that hold; they are the claimed ones or weaker.

    Args:
        plan: whose steps and costs are checked, and whose bound is not above its cost.

    Raises:
        ChainOrderError: a claim that is refuted, as there is a better order.
    """
    known = PROVERS.get(plan.problem.kind, _by_optimal)(plan)
    refuted = f"there is an order that costs {known.least}"
    if known.least is not None and plan.memory is None and plan.lower_bound > known.least:
        raise ChainOrderError(f"the plan's lower_bound is {shown(plan.lower_bound)}: {refuted}")
    if known.least is not None and plan.proof is not None and plan.cost > known.least:
        raise ChainOrderError(
            f"the plan's proof is {plan.proof!r} at a cost of {plan.cost}: {refuted}"
        )
    bound = min(plan.lower_bound, known.bound)
    is_best = plan.cost == known.least or (plan.form == "matrix" and plan.cost == known.bound)
    proof = plan.proof if is_best else None
    if (bound, proof) == (plan.lower_bound, plan.proof):
        return plan
    return replace(plan, lower_bound=bound, proof=proof)


def _by_optimal(plan: Plan) -> Known:
    """What the order "optimal" finds, for problems that it is quick with."""
    orders = ORDERS[plan.problem.kind]
    if len(plan.problem) > MOST_ELEMENTALS or "optimal" in orders.anytime:
        return Known(0)
    options = {name: getattr(plan, name) for name in orders.options}
    best = order_at(orders.homes["optimal"])(plan.problem, plan.objective, **options)
    return Known(best.lower_bound, best.cost if best.proof == "optimal" else None)


def _on_machines(plan: Plan) -> Known:
    """What branch and bound finds out quickly."""
    from .schedules.chain_plans import quickly

    if not _is_cheap(plan):
        return Known(0)
    best = quickly(plan)
    return Known(best.lower_bound, best.cost if best.proof == "optimal" else None)


def _on_chain(plan: Plan) -> Known:
    if plan.schedule is not None:
        return _on_machines(plan)
    from .bounds.chain_cuts import cut_bound, price_bound

    chain = plan.problem
    if plan.form == "operator":
        return _of_factors(plan)
    if plan.wanted != "whole":
        return _of_all_wanted(plan)
    if chain.is_all_matrices:
        if plan.objective == "fma" or len(chain) <= MOST_ELEMENTALS:
            best = order_at(ORDERS["chain"].homes["optimal"])(chain, plan.objective)
            return Known(best.lower_bound, best.cost if best.proof == "optimal" else None)
        return Known(cut_bound(chain, plan.objective))
    return _by_optimal(plan) if _is_cheap(plan) else Known(price_bound(plan.prices, plan.objective))


def _is_cheap(plan: Plan) -> bool:
    """Whether the interval program of a chain takes no more than some tenths of a second."""
    q, ranges = len(plan.problem), plan.prices.ranges
    if ranges is not None and not ranges.is_closed_form:
        return bool(q * max(plan.problem.sizes) <= MOST_SPARSE_SIZE)
    return q <= MOST_ELEMENTALS


def _of_all_wanted(plan: Plan) -> Known:
    """Of all prefixes or suffixes: what is found for them again."""
    home = ORDERS["chain"].all_wanted
    assert home is not None
    if not _is_cheap(plan):
        return Known(0)
    best = order_at(home)(
        plan.problem, plan.objective, plan.memory, plan.pattern_memory, wanted=plan.wanted
    )
    return Known(best.lower_bound, best.cost if best.proof == "optimal" else None)


def _of_factors(plan: Plan) -> Known:
    """Of factors that are as cheap to apply as those of the plan, if these are the cheapest."""
    operator = ORDERS["chain"].operator
    assert operator is not None
    if not _is_cheap(plan):
        return Known(0)
    best = order_at(operator)(
        plan.problem, plan.objective, plan.memory, pattern_memory=plan.pattern_memory
    )
    if plan.product_fma > best.product_fma:
        if plan.proof is not None:
            raise ChainOrderError(
                f"the plan's proof is {plan.proof!r} with a product of {plan.product_fma} fma: "
                f"there are factors with one of {best.product_fma}"
            )
        return Known(0)
    return Known(best.lower_bound, best.cost if best.proof == "optimal" else None)


def _on_hessian_chain(plan: Plan) -> Known:
    from .bounds.term_sets import term_bound
    from .orders.hessian.optimal import LONGEST_EXACT

    if len(plan.problem) <= LONGEST_EXACT:
        return _by_optimal(plan)
    return Known(term_bound(plan.problem, plan.objective))


def _on_graph(plan: Plan) -> Known:
    """Components that are paths or small exactly, the others by their vertex cuts."""
    from .bounds.vertex_cuts import vertex_cut_bound
    from .orders.graph.parts import SMALL, split

    bound = vertex_cut_bound(plan.problem, plan.objective)
    if plan.lower_bound <= bound and plan.proof is None:
        return Known(bound)
    parts = split(plan.problem, plan.objective, seed=0)
    for part in parts:
        if not (part.is_proved or part.solve_path()) and len(part) <= SMALL:
            part.solve_exactly()
    bound = max(bound, parts.bound)
    is_exact = all(part.is_proved for part in parts)
    return Known(bound, bound if is_exact else None)


PROVERS: Mapping[str, Callable[[Plan], Known]] = {
    "chain": _on_chain,
    "graph": _on_graph,
    "hessian_chain": _on_hessian_chain,
}
"""What is known of the problem of a plan, by its kind."""
