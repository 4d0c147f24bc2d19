"""Orders of chains whose elementals may be products only: tangents, adjoints, and their mixes.

Elemental `l` maps `n` entries to `m`; one tangent costs `t`, one adjoint `a` and a tape. It becomes
a matrix by `n` tangents or `m` adjoints; or the columns of what lies before it are pushed through
it, or the rows of what lies behind it are pulled back. A tape must fit into the memory; it is
written for one elemental at a time, so memory rules out adjoints, and couples nothing.

Reference: U. Naumann, Matrix-Free Jacobian Chaining (2024), sections 2 and 3.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import accumulate, pairwise
from typing import NamedTuple

import numpy as np

from ...errors import ChainOrderError, InfeasibleOrderError
from ...plans.cost import product_price, step_costs, vectors_to_accumulate
from ...plans.kinds import ACCUMULATE, ADJOINT, MULTIPLY, TANGENT
from ...plans.plan import Plan
from ...plans.product_tree import ordered_steps
from ...plans.steps import Steps
from ...problems.chain import Chain
from ...problems.elemental import Elemental
from .bracketing import optimal as optimal_bracketing
from .interval_program import StepPrices, interval_program

MAX_CELLS = 2**29
"""Intervals the interval program will hold: 4 GiB of costs, a chain of 23,000 elementals."""


def forward(chain: Chain, objective: str, memory: int | None = None) -> Plan:
    """Tangents all the way; an elemental that is given is multiplied. O(q).

    Where a given elemental has tangents too, the cheaper of the two is taken.

    Raises:
        InfeasibleOrderError: names an elemental that is not given and has no tangent.
    """
    for l, elemental in enumerate(chain.elementals):
        if not elemental.given and elemental.tangent_cost is None:
            raise InfeasibleOrderError(
                f"forward needs tangents of {named(chain, l)}: there are none", "forward", l, None
            )
    q = len(chain)
    k = np.arange(1, q)
    products = step_costs(chain, Steps(np.zeros_like(k), k, k + 1), objective).tolist()
    is_pushed = [
        _is_cheaper(elemental.tangent_cost, elemental, chain.sizes[0], price)
        for elemental, price in zip(chain.elementals, [0, *products], strict=True)
    ]
    rows = Rows([], [], [], [])
    if not chain.elementals[0].given:
        rows.add(ACCUMULATE, 0, 0, 1)
    for l in range(1, q):
        if not is_pushed[l]:
            rows.add(MULTIPLY, 0, l, l + 1)
        elif rows.kind and rows.kind[-1] == TANGENT:
            rows.j[-1] = l + 1
        else:
            rows.add(TANGENT, 0, l, l + 1)
    return _plan(chain, Steps(rows.i, rows.k, rows.j, rows.kind), "forward", objective, memory)


def reverse(chain: Chain, objective: str, memory: int | None = None) -> Plan:
    """Adjoints all the way; an elemental that is given is multiplied. O(q).

    Where a given elemental has adjoints that memory allows, the cheaper of the two is taken.

    Raises:
        InfeasibleOrderError: names an elemental that is not given and has no adjoint, or whose
            tape does not fit into the memory.
    """
    _check_adjoints(chain, memory)
    q = len(chain)
    k = np.arange(q - 1, 0, -1)  # in the order in which the patterns grow
    products = step_costs(chain, Steps(k - 1, k, np.full_like(k, q)), objective)[::-1].tolist()
    is_pulled = [
        elemental.has_adjoint(memory)
        and _is_cheaper(elemental.adjoint_cost, elemental, chain.sizes[q], price)
        for elemental, price in zip(chain.elementals, [*products, 0], strict=True)
    ]
    rows = Rows([], [], [], [])
    if not chain.elementals[-1].given:
        rows.add(ACCUMULATE, q - 1, q, q)
    for l in range(q - 2, -1, -1):
        if not is_pulled[l]:
            rows.add(MULTIPLY, l, l + 1, q)
        elif rows.kind and rows.kind[-1] == ADJOINT:
            rows.i[-1] = l
        else:
            rows.add(ADJOINT, l, l + 1, q)
    return _plan(chain, Steps(rows.i, rows.k, rows.j, rows.kind), "reverse", objective, memory)


def preaccumulate(chain: Chain, objective: str, memory: int | None = None) -> Plan:
    """Every elemental becomes a matrix, the cheaper way; then the best bracketing of matrices.

    Raises:
        InfeasibleOrderError: an elemental that cannot become a matrix.
        ChainOrderError: a chain too long for the interval program, where only that will do.
    """
    prices = all_prices(chain, objective, memory)
    check_feasible(chain, prices, "preaccumulate", memory)
    q = len(chain)
    rows = Rows([], [], [], [])
    for l in range(q):
        rows.add(ACCUMULATE, l, l, l + 1)
    if objective != "seconds" and chain.ranges is None:
        for _, i, k, j in optimal_bracketing(Chain(chain.size_array), objective).steps:
            rows.add(MULTIPLY, i, k, j)
    else:
        check_length(chain)
        none = [None] * q
        best = interval_program(replace(prices, leaf=[0] * q, tangent=none, adjoint=none))
        for kind, i, k, j in zip(best.kind, best.i, best.k, best.j, strict=True):
            if kind == MULTIPLY:
                rows.add(kind, i, k, j)
    return _plan(chain, finished_steps(chain, rows, memory), "preaccumulate", objective, memory)


def optimal(chain: Chain, objective: str, memory: int | None = None) -> Plan:
    """The least over all plans of accumulations, products, tangents and adjoints, with proof.

    O(q^3) time, O(q^2) memory. The lower bound is the least cost without a limit of memory.

    Raises:
        InfeasibleOrderError: an elemental that is not given, has no tangent, and no adjoint that
            memory allows; there is no other way in which a chain has no order at all.
        ChainOrderError: a chain too long for the interval program.
    """
    prices = all_prices(chain, objective, memory)
    check_feasible(chain, prices, "optimal", memory)
    check_length(chain)
    best = interval_program(prices)
    relaxed = all_prices(chain, objective, None)
    bound = best.cost if relaxed == prices else interval_program(relaxed).cost
    assert best.cost is not None
    assert bound is not None
    proof: str | None = "optimal"
    if not getattr(prices.products, "is_exact", True):
        bound, proof = price_bound(chain, objective), None
    steps = finished_steps(chain, Rows(best.kind, best.i, best.k, best.j), memory)
    return Plan(chain, steps, "optimal", objective, bound, proof, memory)


def step_prices(chain: Chain, objective: str, memory: int | None) -> StepPrices:
    """What the steps of a chain of dense elementals cost in the objective."""
    d, elementals = chain.sizes, chain.elementals
    per_fma, per_entry = product_price(chain, objective)
    tangent = [e.tangent_cost for e in elementals]
    adjoint = [e.adjoint_cost if e.has_adjoint(memory) else None for e in elementals]
    leaf: list[int | None] = []
    for l, (e, t, a) in enumerate(zip(elementals, tangent, adjoint, strict=True)):
        if e.given:
            leaf.append(0)
        else:
            tangents, adjoints = vectors_to_accumulate(chain, l)
            leaf.append(_least(t and tangents * t, a and adjoints * a))
    middle = [per_fma * k + per_entry for k in d]
    return StepPrices(d, middle, leaf, tangent, adjoint, d)


def all_prices(chain: Chain, objective: str, memory: int | None) -> StepPrices:
    """What all steps cost: `step_prices`, and those of the products that have structure."""
    prices = step_prices(chain, objective, memory)
    if chain.ranges is None:
        return prices
    from ...plans.structured_prices import structured_products

    products = structured_products(chain, *product_price(chain, objective))
    return replace(prices, products=products, largest_product=products.largest)


def price_bound(chain: Chain, objective: str) -> int:
    """A cost that no order can beat, whatever the memory, in O(q).

    Every elemental becomes a matrix, or something is pushed or pulled through it: at least as many
    columns as the smallest variable before it has entries, rows as the smallest behind it. And a
    variable between two elementals that can only be matrices is eliminated by a product.
    """
    prices = step_prices(chain, objective, None)
    q = len(prices.leaf)
    before = list(accumulate(prices.columns, min))
    behind = list(accumulate(reversed(prices.columns), min))[::-1]
    total = 0
    for l in range(q):
        pushed, pulled = prices.tangent[l], prices.adjoint[l]
        ways = (prices.leaf[l], pushed and before[l] * pushed, pulled and behind[l + 1] * pulled)
        total += _least(*ways) or 0
    multiplied = [
        k for k in range(1, q) if prices.adjoint[k - 1] is None and prices.tangent[k] is None
    ]
    if chain.ranges is not None:
        from ...plans.structured_cost import fewest_fma

        per_fma, per_entry = product_price(chain, objective)
        return total + (per_fma + min(per_entry, 0)) * fewest_fma(chain.ranges, multiplied)
    left, right = list(accumulate(prices.outer, min)), list(accumulate(prices.outer[::-1], min))
    return total + sum(left[k - 1] * prices.middle[k] * right[q - k - 1] for k in multiplied)


def named(chain: Chain, l: int) -> str:
    """How an error message calls an elemental."""
    name = chain.elementals[l].name
    return f"elementals[{l}]" if name is None else f"elementals[{l}] ({name!r})"


class Rows(NamedTuple):
    """Steps while they are collected, in the columns that `Steps` takes."""

    kind: list[int]
    i: list[int]
    k: list[int]
    j: list[int]

    def add(self, kind: int, i: int, k: int, j: int) -> None:
        for column, value in zip(self, (kind, i, k, j), strict=True):
            column.append(value)


def _least(*ways: int | None) -> int | None:
    return min((price for price in ways if price is not None), default=None)


def _is_cheaper(product: int | None, elemental: Elemental, vectors: int, price: int) -> bool:
    """Whether so many vectors should go through by products, not by a multiplication."""
    if product is None or not elemental.given:
        return product is not None
    return vectors * product <= price


def _plan(chain: Chain, steps: Steps, name: str, objective: str, memory: int | None) -> Plan:
    bound = price_bound(chain, objective)
    plan = Plan(chain, steps, name, objective, bound, None, memory)
    if plan.cost > bound:
        return plan
    return Plan(chain, steps, name, objective, bound, "optimal", memory)


def finished_steps(chain: Chain, rows: Rows, memory: int | None) -> Steps:
    """The steps in an order that can be run, every elemental accumulated its cheaper way."""
    elementals = chain.elementals
    done = Rows([], [], [], [])
    for kind, i, k, j in zip(*rows, strict=True):
        if kind != ACCUMULATE:
            done.add(kind, i, k, j)
        elif not (elemental := elementals[i]).given:
            t, a = elemental.tangent_cost, elemental.adjoint_cost
            tangents, adjoints = vectors_to_accumulate(chain, i)
            by_tangents = t is not None and (
                a is None or not elemental.has_adjoint(memory) or tangents * t <= adjoints * a
            )
            done.add(kind, i, i if by_tangents else j, j)
    inside = [_held_inside(chain, *row) for row in zip(*done, strict=True)]
    return ordered_steps(chain, done.i, done.k, done.j, done.kind, inside)


def _held_inside(chain: Chain, kind: int, i: int, k: int, j: int) -> int:
    """The most entries that a push or pull through several elementals holds at once."""
    if kind == TANGENT and j - k > 1:
        fixed, path = i, range(k, j + 1)
        is_operand_made = k - i > 1 or not chain.elementals[i].given
    elif kind == ADJOINT and k - i > 1:
        fixed, path = j, range(k, i - 1, -1)
        is_operand_made = j - k > 1 or not chain.elementals[k].given
    else:
        return 0
    lengths = [chain.sizes[l] for l in path]
    if not is_operand_made:
        lengths[0] = 0
    return chain.sizes[fixed] * max(map(sum, pairwise(lengths)))


def check_length(chain: Chain) -> None:
    q = len(chain)
    if q * q > MAX_CELLS:
        raise ChainOrderError(
            f"the interval program holds the square of the number of elementals: {q:,} elementals "
            f"are more than {int(MAX_CELLS**0.5):,}"
        )


def _check_adjoints(chain: Chain, memory: int | None) -> None:
    """Raise unless every elemental that is not given has an adjoint that memory allows."""
    worst, needed = -1, -1
    for l, elemental in enumerate(chain.elementals):
        if elemental.given:
            continue
        if elemental.adjoint_cost is None:
            raise InfeasibleOrderError(
                f"reverse needs adjoints of {named(chain, l)}: there are none", "reverse", l, None
            )
        if not elemental.has_adjoint(memory) and (elemental.tape or 0) > needed:
            worst, needed = l, elemental.tape or 0
    if worst >= 0:
        raise InfeasibleOrderError(
            f"reverse needs a memory of {needed:,} for the tape of {named(chain, worst)}: "
            f"there is {memory:,}",
            "reverse",
            worst,
            needed,
        )


def check_feasible(chain: Chain, prices: StepPrices, order: str, memory: int | None) -> None:
    """Raise unless every elemental can become a matrix: then, and only then, there is an order."""
    worst, needed = -1, -1
    for l, (elemental, price) in enumerate(zip(chain.elementals, prices.leaf, strict=True)):
        if price is not None:
            continue
        if elemental.adjoint_cost is None:
            raise InfeasibleOrderError(
                f"no order is possible: {named(chain, l)} is not given, "
                f"and has neither tangents nor adjoints",
                order,
                l,
                None,
            )
        if (elemental.tape or 0) > needed:
            worst, needed = l, elemental.tape or 0
    if worst >= 0:
        raise InfeasibleOrderError(
            f"no order is possible with a memory of {memory:,}: {named(chain, worst)} has no "
            f"tangents, and its adjoint needs a tape of {needed:,}",
            order,
            worst,
            needed,
        )
