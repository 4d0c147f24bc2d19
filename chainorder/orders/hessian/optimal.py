"""The best plan of second derivatives that is found: programs over blocks, and exact search.

The program over blocks (`blocks.py`) charges every use of a Jacobian; a plan pays for each once. So
it is run again with those that are made for nothing and all others at what they would cost beside
them, as long as that helps: no run can end dearer than the one before. Where it begins matters.
Best, on chains of random sizes, is the geometric mean of what a Jacobian costs alone and of its
last product alone, as if all smaller ones were shared. Short chains are then searched exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import isqrt
from random import Random
from typing import Any, NamedTuple

from ...bounds.term_sets import LONGEST, curved_elementals, term_bound, term_costs
from ...errors import ChainOrderError, InfeasibleOrderError
from ...plans.hessian_figures import figures
from ...plans.hessian_steps import HessianSteps
from ...plans.plan import Plan
from ...problems.hessian_chain import HessianChain
from .block_plan import BlockProgram, TensorPlan, ordered_steps, used_jacobian
from .directional import directed_steps, from_the_left, from_the_right, sum_of_terms
from .exact import ExactSearch
from .jacobians import Forest, JacobianPrices, jacobian_forest
from .pairwise import pairwise_jacobians, pairwise_rows

WORK = 4 * 200**4
"""What all runs together may take, in elementals to the fourth power; at least four are made."""

MOST_RUNS = 24
"""Runs that are made at most."""

STARTS = 12
"""Prices to begin with, at most."""

EXACT_SETS = 3_000
"""Sets that exact search looks at before it gives up."""

LONGEST_BLOCKS = 320
"""Elementals up to which the tables of the program over blocks fit into half a GiB."""

LONGEST_EXACT = 16
"""Elementals up to which exact search is tried."""


class _Found(NamedTuple):
    cost: int
    tensors: TensorPlan
    forest: Forest


def optimal(chain: HessianChain, objective: str = "fma") -> Plan:
    """The best plan found, with a bound, and its proof where there is one.

    Raises:
        InfeasibleOrderError: products that are not there rule out every plan.

    >>> from chainorder.problems.hessian_chain import HessianChain
    >>> optimal(HessianChain([2, 2, 3, 2])).proof
    'optimal'
    """
    if not curved_elementals(chain) or (len(chain) == 1 and chain.elementals[0].given):
        return Plan(chain, HessianSteps.of([]), "optimal", objective, 0, "optimal")
    if len(chain) > LONGEST_BLOCKS:
        raise ChainOrderError(
            f"the optimal order of second derivatives looks at all sums of blocks: "
            f"{len(chain):,} elementals are more than {LONGEST_BLOCKS:,}"
        )
    program = BlockProgram(chain, objective)
    found = _descents(program)
    if found is None:
        l = _without_products(chain)
        raise InfeasibleOrderError(
            f"optimal order: elementals[{l}] has neither arrays nor the products to replace them",
            "optimal",
            l,
            None,
        )
    found_steps = ordered_steps(program.prices, found.tensors.rows, found.forest)
    cost, steps = min(
        ((figures(chain, one, objective).cost, one) for one in (found_steps, *_plain(program))),
        key=lambda pair: pair[0],
    )
    if len(chain) > LONGEST:
        bound = term_bound(chain, objective)
    else:
        costs = term_costs(chain, objective)
        bound = costs.whole
        if len(chain) <= LONGEST_EXACT and cost > bound:
            proved = ExactSearch(chain, objective, costs).run(EXACT_SETS, cost)
            bound = proved.cost
            if proved.rows is not None:
                exact = ordered_steps(program.prices, proved.rows, proved.forest)
                exact_cost = figures(chain, exact, objective).cost
                # Where diagonal tensors meet, additions depend on who comes first.
                if exact_cost < cost:
                    cost, steps = exact_cost, exact
    proof = "optimal" if cost <= bound else None
    return Plan(chain, steps, "optimal", objective, bound, proof)


def _plain(program: BlockProgram) -> Iterator[HessianSteps]:
    """The steps of orders that need no search.

    With structure, the program over blocks charges some hops more than they cost.
    """
    chain, prices = program.chain, program.prices
    for find in (from_the_left, from_the_right, sum_of_terms):
        try:
            yield directed_steps(chain, find(chain, "optimal"), "optimal")
        except InfeasibleOrderError:
            continue
    rows = pairwise_rows(chain)
    wanted = [pair for row in rows if (pair := used_jacobian(row)) is not None]
    yield ordered_steps(prices, rows, jacobian_forest(prices, wanted))


def _without_products(chain: HessianChain) -> int:
    """The first elemental of which nothing can be had."""
    return next(
        l
        for l, e in enumerate(chain.elementals)
        if not e.given
        and (
            (e.second_cost is None and not e.is_linear)
            or (e.tangent_cost is None and e.adjoint_cost is None)
        )
    )


def _descents(program: BlockProgram) -> _Found | None:
    """The best of several descents, each from prices of its own."""
    runs = min(max(4, WORK // len(program.chain) ** 4), MOST_RUNS)
    best: _Found | None = None
    for start in _starts(program):
        table, last = start, None
        while runs > 0:
            runs -= 1
            found = _solved(program, table)
            if found is None or (last is not None and found.cost >= last.cost):
                break
            last = found
            table = program.prices.table(found.forest.steps)
        if last is not None and (best is None or last.cost < best.cost):
            best = last
        if runs == 0 or best is None:
            break
    return best


def _solved(program: BlockProgram, table: Any) -> _Found | None:
    tensors = program.run(table)
    if tensors is None:
        return None
    charged = sum(
        int(table[pair[1]][pair[0]])
        for row in tensors.rows
        if (pair := used_jacobian(row)) is not None
    )
    forest = jacobian_forest(program.prices, tensors.jacobians())
    return _Found(tensors.priced - charged + forest.cost, tensors, forest)


def _starts(program: BlockProgram) -> Iterator[Any]:
    """Prices of Jacobians to begin with, the most promising first."""
    prices, q = program.prices, len(program.chain)
    alone, last = prices.table(()), prices.last_steps_alone()
    yield _combined(prices, q, lambda i, j: isqrt(int(alone[i][j]) * int(last[i][j])))
    yield last
    yield prices.table(pairwise_jacobians(program.chain))
    yield alone
    random = Random(0)
    for _ in range(STARTS):
        # Prices of the last products, each times a power of two at random.
        yield _combined(prices, q, lambda i, j: int(last[i][j]) * 64 >> random.randrange(10))


def _combined(prices: JacobianPrices, q: int, price: Callable[[int, int], int]) -> Any:
    table = [[0] * (q + 1) for _ in range(q + 1)]
    for i in range(q):
        for j in range(i + 1, q + 1):
            table[i][j] = table[j][i] = min(price(i, j), prices.infinite)
    return table
