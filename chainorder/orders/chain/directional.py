"""Forward and reverse: eliminate the variables from the inputs on, or from the outputs back.

Where elementals are products only, forward pushes tangents all the way and reverse pulls adjoints
(U. Naumann, Matrix-Free Jacobian Chaining, 2024, section 2).
"""

from __future__ import annotations

import numpy as np

from ...bounds.chain_cuts import cut_bound, price_bound
from ...plans.plan import Plan
from ...plans.prices import Prices, prices_of
from ...plans.steps import ACCUMULATE, ADJOINT, MULTIPLY, TANGENT, Steps
from ...problems.chain import Chain
from ...problems.elemental import Elemental
from .feasible import check_adjoints, check_tangents
from .rows import Rows


def forward(
    chain: Chain,
    objective: str = "fma",
    memory: int | None = None,
    pattern_memory: int | None = None,
) -> Plan:
    """Multiply, or push tangents, from the input side: `J_q (… (J_3 (J_2 J_1)))`; O(q).

    Where a given elemental has tangents too, the cheaper of the two is taken.

    Raises:
        InfeasibleOrderError: names an elemental that is not given and has no tangent.
    """
    k = np.arange(1, len(chain))
    products = Steps(np.zeros_like(k), k, k + 1)
    if chain.is_all_matrices:
        return _of_matrices(chain, products, "forward", objective, memory)
    check_tangents(chain, memory)
    prices = prices_of(chain, pattern_memory)
    tangents = prices.without_products(objective, memory).tangent
    costs = prices.step_costs(products, objective).tolist()
    is_pushed = [
        _is_cheaper(tangent, elemental, chain.sizes[0], price)
        for tangent, elemental, price in zip(tangents, chain.elementals, [0, *costs], strict=True)
    ]
    rows = Rows([], [], [], [])
    if not chain.elementals[0].is_matrix:
        rows.add(ACCUMULATE, 0, 0, 1)
    for l in range(1, len(chain)):
        if not is_pushed[l]:
            rows.add(MULTIPLY, 0, l, l + 1)
        elif rows.kind and rows.kind[-1] == TANGENT:
            rows.j[-1] = l + 1
        else:
            rows.add(TANGENT, 0, l, l + 1)
    return bounded_plan(prices, rows.steps(), "forward", objective, memory, pattern_memory)


def reverse(
    chain: Chain,
    objective: str = "fma",
    memory: int | None = None,
    pattern_memory: int | None = None,
) -> Plan:
    """Multiply, or pull adjoints, from the output side: `((J_q J_{q-1}) J_{q-2} …) J_1`; O(q).

    Where a given elemental has adjoints that memory allows, the cheaper of the two is taken.

    Raises:
        InfeasibleOrderError: names an elemental that is not given and has no adjoint, or whose
            tape does not fit into the memory.
    """
    q = len(chain)
    k = np.arange(q - 1, 0, -1)  # in the order in which the patterns grow
    products = Steps(k - 1, k, np.full_like(k, q))
    if chain.is_all_matrices:
        return _of_matrices(chain, products, "reverse", objective, memory)
    check_adjoints(chain, memory)
    prices = prices_of(chain, pattern_memory)
    adjoints = prices.without_products(objective, memory).adjoint
    costs = prices.step_costs(products, objective)[::-1].tolist()
    is_pulled = [
        _is_cheaper(adjoint, elemental, chain.sizes[q], price)
        for adjoint, elemental, price in zip(adjoints, chain.elementals, [*costs, 0], strict=True)
    ]
    rows = Rows([], [], [], [])
    if not chain.elementals[-1].is_matrix:
        rows.add(ACCUMULATE, q - 1, q, q)
    for l in range(q - 2, -1, -1):
        if not is_pulled[l]:
            rows.add(MULTIPLY, l, l + 1, q)
        elif rows.kind and rows.kind[-1] == ADJOINT:
            rows.i[-1] = l
        else:
            rows.add(ADJOINT, l, l + 1, q)
    return bounded_plan(prices, rows.steps(), "reverse", objective, memory, pattern_memory)


def bounded_plan(
    prices: Prices,
    steps: Steps,
    name: str,
    objective: str,
    memory: int | None,
    pattern_memory: int | None,
) -> Plan:
    """The plan of these steps, with the bound that costs O(q), and its proof if that is met."""
    bound = price_bound(prices, objective)
    proof = "optimal" if prices.total(steps, objective) <= bound else None
    return Plan(
        prices.chain,
        steps,
        name,
        objective,
        bound,
        proof,
        memory,
        pattern_memory=pattern_memory,
    )


def _of_matrices(chain: Chain, steps: Steps, name: str, objective: str, memory: int | None) -> Plan:
    # Without an intermediate there is one order; with one, both directions are that order.
    proof = "optimal" if len(steps) <= 1 else None
    return Plan(chain, steps, name, objective, cut_bound(chain, objective), proof, memory)


def _is_cheaper(product: int | None, elemental: Elemental, vectors: int, price: int) -> bool:
    """Whether so many vectors should go through by products, not by a multiplication."""
    if product is None or not elemental.is_matrix:
        return product is not None
    return vectors * product <= price
