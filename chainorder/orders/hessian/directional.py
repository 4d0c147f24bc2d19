"""Forward and reverse: second derivatives from the inputs on, or from the output back."""

from __future__ import annotations

from collections.abc import Iterable

from ...bounds.term_sets import term_bound
from ...errors import InfeasibleOrderError
from ...plans.hessian_figures import figures
from ...plans.hessian_kinds import (
    ACCUMULATE,
    ADJOINT,
    APPLY,
    CONGRUENCE,
    CURVATURE,
    MULTIPLY,
    TANGENT,
)
from ...plans.hessian_steps import HessianSteps
from ...plans.plan import Plan
from ...problems.hessian_chain import HessianChain
from .block_plan import ordered_steps, used_jacobian
from .jacobians import Forest, JacobianPrices, Pair, Row


def forward(chain: HessianChain, objective: str = "fma") -> Plan:
    """From the inputs on, all `J(0, l)` accumulated.

    Of a vector function `H(0, l) = J_l·H(0, l-1) + T_l[J(0, l-1), J(0, l-1)]`; of a scalar function
    the sum `Σ_l J(0, l-1)ᵀ (λ_l·T_l) J(0, l-1)` with the adjoints `λ_l = J(l, q)`.

    Raises:
        InfeasibleOrderError: an elemental that lacks a product.
    """
    rows = sum_of_terms if chain.sizes[-1] == 1 else from_the_right
    return directed_plan(chain, rows(chain, "forward"), "forward", objective)


def reverse(chain: HessianChain, objective: str = "fma") -> Plan:
    """From the output back: `H(l-1, q) = H(l, q)[J_l, J_l] + J(l, q)·T_l`.

    Of a scalar function this is the second-order adjoint recursion.

    Raises:
        InfeasibleOrderError: an elemental that lacks a product.
    """
    return directed_plan(chain, from_the_left(chain, "reverse"), "reverse", objective)


def sum_of_terms(chain: HessianChain, name: str) -> list[Row]:
    """`Σ_l J(l, q)·T_l[J(0, l-1), J(0, l-1)]`, term by term, outputs first."""
    rows: list[Row] = []
    q = len(chain)
    for l, elemental in enumerate(chain.elementals, 1):
        if elemental.is_linear:
            continue
        rows += tensor_leaf(chain, l, name)
        if l < q:
            rows.append((APPLY, l - 1, l, q))
        if l > 1:
            rows.append((CONGRUENCE, 0, l - 1, q))
    return rows


def from_the_right(chain: HessianChain, name: str) -> list[Row]:
    """The chain rule with the last elemental split off each time: the tangent recursion."""
    rows: list[Row] = []
    is_there = False
    for l in range(1, len(chain) + 1):
        if is_there:
            rows.append((APPLY, 0, l - 1, l))
        if not chain.elementals[l - 1].is_linear:
            rows += tensor_leaf(chain, l, name)
            if l > 1:
                rows.append((CONGRUENCE, 0, l - 1, l))
            is_there = True
    return rows


def from_the_left(chain: HessianChain, name: str) -> list[Row]:
    """The chain rule with the first elemental split off each time: the adjoint recursion."""
    rows: list[Row] = []
    is_there, q = False, len(chain)
    for l in range(q, 0, -1):
        if is_there:
            rows.append((CONGRUENCE, l - 1, l, q))
        if not chain.elementals[l - 1].is_linear:
            rows += tensor_leaf(chain, l, name)
            if l < q:
                rows.append((APPLY, l - 1, l, q))
            is_there = True
    return rows


def directed_plan(chain: HessianChain, rows: list[Row], name: str, objective: str) -> Plan:
    """Steps on tensors, with the Jacobians from `0` pushed forward and those to `q` pulled back."""
    return bounded_plan(chain, directed_steps(chain, rows, name), name, objective)


def directed_steps(chain: HessianChain, rows: list[Row], name: str) -> HessianSteps:
    """The same as steps; `name` is that of the order, for errors."""
    prices = JacobianPrices(chain, 1, 0)
    wanted = (pair for row in rows if (pair := used_jacobian(row)) is not None)
    return ordered_steps(prices, rows, directed_forest(prices, wanted, name))


def bounded_plan(chain: HessianChain, steps: HessianSteps, name: str, objective: str) -> Plan:
    """The plan of these steps, with a bound, and its proof if that is met."""
    bound = term_bound(chain, objective)
    proof = "optimal" if figures(chain, steps, objective).cost <= bound else None
    return Plan(chain, steps, name, objective, bound, proof)


def directed_forest(prices: JacobianPrices, wanted: Iterable[Pair], name: str) -> Forest:
    """Jacobians by one elemental at a time: those from 0 forward, those to q in reverse."""
    chain, q = prices.chain, prices.q
    steps: dict[Pair, Row] = {}
    open_pairs = list(wanted)
    while open_pairs:
        i, j = open_pairs.pop()
        if (i, j) in steps or not prices.is_made(i, j):
            continue
        if j - i == 1:
            by_tangents = i == 0 and chain.elementals[i].tangent_cost is not None
            if not by_tangents and chain.elementals[i].adjoint_cost is None:
                by_tangents = True
                _require(chain.elementals[i].tangent_cost, i, name)
            row = (ACCUMULATE, i, i if by_tangents else j, j)
        elif i == 0 and j < q:
            elemental = chain.elementals[j - 1]
            is_pushed = not elemental.given and elemental.tangent_cost is not None
            row = (TANGENT if is_pushed else MULTIPLY, i, j - 1, j)
        else:
            elemental = chain.elementals[i]
            is_pulled = not elemental.given and elemental.adjoint_cost is not None
            row = (ADJOINT if is_pulled else MULTIPLY, i, i + 1, j)
        steps[i, j] = row
        open_pairs += prices.needed(row)
    return Forest(steps, sum(prices.own_cost(row) for row in steps.values()))


def tensor_leaf(chain: HessianChain, l: int, name: str) -> list[Row]:
    """What it takes to have the tensor of elemental `l` (from 1) as an array."""
    elemental = chain.elementals[l - 1]
    if elemental.given or elemental.is_linear:
        return []
    _require(elemental.second_cost, l - 1, name)
    return [(CURVATURE, l - 1, l - 1, l)]


def _require(cost: int | None, l: int, name: str) -> None:
    if cost is None:
        raise InfeasibleOrderError(
            f"{name} order: elementals[{l}] lacks a product that it needs", name, l, None
        )
