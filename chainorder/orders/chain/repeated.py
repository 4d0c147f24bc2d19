"""Optimal where factors repeat: the best of several ways to share, and what no way can beat.

Candidates are the best bracketing that shares nothing until it is written down, the best of one
half where a long range is its own mirror image, and every state of the repeated pairs (with and
without powers), each put together by the union program where it is short and by the best bracketing
where it is long. Short chains are then searched, with proof.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from ...bounds.chain_cuts import price_bound
from ...plans.chain_steps import wanted_ranges
from ...plans.plan import Plan
from ...plans.prices import Prices, StepPrices, prices_of
from ...plans.steps import ACCUMULATE, MULTIPLY, Steps
from ...plans.unfolded import moved
from ...problems.chain import Chain
from ...structure.repeats import Letter, Repeats
from . import sharing_search
from .feasible import check_feasible
from .hu_shing import bracketing
from .interval_program import interval_table
from .prefixes import prefix_rules, suffix_rules
from .repeated_pairs import Sequence as Symbols
from .repeated_pairs import add_power
from .rows import Rows, by_tangents
from .sharing import Range, Rule, Rules, Shared, Sharing
from .union_program import MAX_SYMBOLS, union_program

MOST_SEARCHED = 24
"""Elementals up to which the least cost is searched for."""

PROGRAM_WORK = 3 * 10**8
"""Products that the best bracketings of all states may look at together."""


def optimal_shared(
    prices: Prices, objective: str, memory: int | None, pattern_memory: int | None
) -> Plan:
    """The cheapest plan that is found in which equal sub-Jacobians are made once.

    With proof where it meets the bound, or where the search came to an end.

    Raises:
        InfeasibleOrderError: an elemental that is no matrix and can not become one.
    """
    return _plan(prices, objective, memory, pattern_memory, "whole")


def all_wanted(
    chain: Chain,
    objective: str = "fma",
    memory: int | None = None,
    pattern_memory: int | None = None,
    wanted: str = "prefixes",
) -> Plan:
    """The cheapest plan that is found for all prefixes, or for all suffixes; see `prefixes`.

    Raises:
        InfeasibleOrderError: an elemental that is no matrix and can not become one.
    """
    return _plan(prices_of(chain, pattern_memory), objective, memory, pattern_memory, wanted)


def shared_bracketing(chain: Chain) -> Steps:
    """Products of given, dense elementals of which some are one matrix; quickly, for fma."""
    prices = prices_of(chain)
    assert chain.repeats is not None
    sharing = Sharing(prices.table("fma", None), chain.repeats)
    found = shared_rules(sharing, "fma", 0, most_searched=0)
    assert found is not None
    return _steps(prices, sharing, found.rules, "whole", None)


def bracketed_shared(prices: Prices, objective: str, memory: int | None) -> Steps:
    """Every matrix made once, then the best bracketing that is found with sharing."""
    chain, table = prices.chain, prices.table(objective, memory)
    assert chain.repeats is not None
    none = [None] * len(chain)
    matrices = replace(table, leaf=[0] * len(chain), tangent=none, adjoint=none)
    sharing = Sharing(matrices, chain.repeats)
    found = shared_rules(sharing, objective, 0)
    assert found is not None
    return _steps(prices, sharing, found.rules, "whole", memory)


def _plan(
    prices: Prices,
    objective: str,
    memory: int | None,
    pattern_memory: int | None,
    wanted: str,
) -> Plan:
    chain = prices.chain
    check_feasible(chain, prices.without_products(objective, memory), "optimal", memory)
    table = prices.table(objective, memory)
    sharing = Sharing(table, chain.repeats or Repeats([Letter(l) for l in range(len(chain))]))
    if wanted == "prefixes":
        found = prefix_rules(sharing)
    elif wanted == "suffixes":
        found = suffix_rules(sharing)
    else:
        found = shared_rules(sharing, objective, price_bound(prices, objective) - table.setup)
    assert found is not None
    # What the search has found out holds with the memory that there is.
    is_free = memory is None or table == prices.table(objective, None)
    if wanted == "whole":
        bound = found.bound + table.setup if is_free else price_bound(prices, objective)
    else:
        bound = found.bound + table.setup if is_free else 0
    proof = "optimal" if found.proved else None
    if not table.is_exact:
        bound, proof = price_bound(prices, objective) if wanted == "whole" else 0, None
    steps = _steps(prices, sharing, found.rules, wanted, memory)
    return Plan(
        chain,
        steps,
        "optimal",
        objective,
        bound,
        proof,
        memory,
        pattern_memory=pattern_memory,
        wanted=wanted,
    )


def _steps(
    prices: Prices,
    sharing: Sharing,
    rules: Rules,
    wanted: str,
    memory: int | None,
) -> Steps:
    chain = prices.chain
    roots = wanted_ranges(wanted, len(chain))
    placed = dict(rules)
    for at in roots:
        rule = rules.get(sharing.of(at))
        if rule is not None and at[1] - at[0] > 1:
            placed[sharing.of(at)] = Rule(*moved(chain, rule, at))
    rows = Rows([], [], [], [])
    for kind, i, k, j in sharing.rows(placed, roots):
        if kind != ACCUMULATE:
            rows.add(kind, i, k, j)
        elif not chain.elementals[i].is_matrix:
            rows.add(kind, i, i if by_tangents(prices, i, memory) else j, j)
    return rows.steps()


def shared_rules(
    sharing: Sharing, objective: str, bound: int, most_searched: int = MOST_SEARCHED
) -> Shared | None:
    """The cheapest rules for the whole chain that are found; None where no plan is possible.

    Args:
        sharing: the chain, with its prices.
        objective: the unit of the prices.
        bound: a cost that no plan beats.
        most_searched: elementals up to which the least cost is searched for.
    """
    wanted = [(0, len(sharing))]
    best: Rules | None = None
    cost = 0
    for rules in _candidates(sharing, objective):
        found = sharing.cost(rules, wanted)
        if best is None or found < cost:
            best, cost = rules, found
        if cost <= bound:
            break
    if best is None:
        return None
    if cost > bound and len(sharing) <= most_searched:
        searched = sharing_search.search(sharing, wanted, cost)
        bound = max(bound, searched.bound)
        if searched.rules is not None:
            best, cost = searched.rules, searched.bound
    return Shared(best, cost, min(bound, cost), cost <= bound)


def _candidates(sharing: Sharing, objective: str) -> Any:
    """Rules that make the whole chain, one way to share after another."""
    q = len(sharing)
    if _is_power(sharing):
        rules: Rules = {}
        add_power(sharing, rules, 0, 1, q)
        yield rules
        return
    symbols = Symbols(sharing)
    mirrored = _mirrored(sharing, dict(symbols.rules), objective)
    if mirrored is not None:
        yield mirrored
    work = 0
    evaluated = q + 1
    for state in symbols.states():
        powers, with_powers = symbols.with_powers()
        # Of a long chain, every state that is a tenth shorter; of a short one, all.
        is_due = len(state) <= MAX_SYMBOLS or len(state) <= 0.9 * evaluated
        if not is_due or work > PROGRAM_WORK:
            continue
        evaluated = len(state)
        work += 0 if _is_plain(sharing.prices) else len(state) ** 3
        for ranges, rules in ((state, dict(symbols.rules)), (powers, with_powers)):
            found = _put_together(sharing, ranges, rules, objective)
            if found is not None:
                yield found
            if len(powers) == len(state):
                break
    if symbols.ranges:
        powers, with_powers = symbols.with_powers()
        found = _put_together(sharing, powers, with_powers, objective)
        if found is not None:
            yield found


def _mirrored(sharing: Sharing, known: Rules, objective: str) -> Rules | None:
    """Rules by which a long symmetric range is made of one half; None where there is none.

    Of short ones the union program finds out by itself what the two halves share.
    """
    q = len(sharing)
    low, high = sharing.repeats.longest_symmetric
    half = (high - low) // 2
    if high - low <= MAX_SYMBOLS:
        return None
    letters = [(l, l + 1) for l in range(q)]
    rules = _put_together(sharing, letters[low : low + half], known, objective)
    parts = [(low, low + half), *letters[low + half : high - half], (high - half, high)]
    if rules is not None:
        rules = union_program(sharing, parts, rules)
    if rules is None:
        return None
    return _put_together(sharing, [*letters[:low], (low, high), *letters[high:]], rules, objective)


def _is_power(sharing: Sharing) -> bool:
    """Whether the chain is a power of one matrix that is there, each product at one price."""
    prices, letters = sharing.prices, sharing.repeats.letters
    return (
        _is_plain(prices)
        and len(set(letters)) == 1
        and (len(letters) < 3 or len(set(prices.outer)) == len(set(prices.middle)) == 1)
    )


def _is_plain(prices: StepPrices) -> bool:
    """Whether there is nothing but dense matrices, to be multiplied."""
    nothing_applied = all(p is None for p in (*prices.tangent, *prices.adjoint))
    there = all(price == 0 for price in prices.leaf)
    return nothing_applied and prices.products is None and there


def _put_together(
    sharing: Sharing, ranges: Sequence[Range], known: Rules, objective: str
) -> Rules | None:
    """Rules for the product of ranges that lie side by side; None where it is impossible."""
    if len(ranges) == 1 and ranges[0][1] - ranges[0][0] > 1:
        return known
    if len(ranges) <= MAX_SYMBOLS:
        return union_program(sharing, ranges, known)
    bounds = [ranges[0][0], *(j for _, j in ranges)]
    rules = dict(known)
    if _is_plain(sharing.prices) and len({sharing.prices.outer[b] for b in bounds}) == 1:
        # Between equal sizes all bracketings cost the same.
        for k, j in pairwise(bounds[1:]):
            _add(sharing, rules, Rule(MULTIPLY, bounds[0], k, j))
        return rules
    if _is_plain(sharing.prices) and objective in ("fma", "flops"):
        columns = bracketing([sharing.prices.outer[b] for b in bounds], objective)
        for i, k, j in zip(*columns, strict=True):
            _add(sharing, rules, Rule(MULTIPLY, bounds[i], bounds[k], bounds[j]))
        return rules
    table = interval_table(_between(sharing.prices, bounds))
    found = table.optimum([(0, len(ranges))])
    if found.cost is None:
        return None
    # An operand comes behind who uses it, so the last rule of a class is one that is used.
    for kind, i, k, j in zip(found.kind, found.i, found.k, found.j, strict=True):
        if kind != ACCUMULATE or bounds[j] - bounds[i] == 1:
            for rule in _single(Rule(kind, bounds[i], bounds[k], bounds[j]), bounds):
                _add(sharing, rules, rule)
    return rules


def _add(sharing: Sharing, rules: Rules, rule: Rule) -> None:
    rules.setdefault(sharing.of((rule.i, rule.j)), rule)


def _single(rule: Rule, bounds: Sequence[int]) -> list[Rule]:
    """A push (pull) through several elementals as pushes (pulls) through one."""
    if rule.kind == 2:
        return [rule._replace(k=j - 1, j=j) for j in range(rule.k + 1, rule.j + 1)]
    if rule.kind == 3:
        return [rule._replace(k=i + 1, i=i) for i in range(rule.i, rule.k)]
    return [rule]


def _between(prices: StepPrices, bounds: Sequence[int]) -> StepPrices:
    """The prices of a chain that has only some of the variables; ranges between them are free."""
    spans = list(pairwise(bounds))

    def single(column: Sequence[int | None], wide: int | None) -> list[int | None]:
        return [column[i] if j - i == 1 else wide for i, j in spans]

    products = prices.products
    planes = None
    if products is not None:

        def planes(i: int) -> Any:
            plane = products(bounds[i])
            if isinstance(plane, list):
                return [[plane[a][b] for b in bounds] for a in bounds]
            return plane[bounds][:, bounds]

    return replace(
        prices,
        outer=[prices.outer[b] for b in bounds],
        middle=[prices.middle[b] for b in bounds],
        columns=[prices.columns[b] for b in bounds],
        leaf=single(prices.leaf, 0),
        tangent=single(prices.tangent, None),
        adjoint=single(prices.adjoint, None),
        products=planes,
    )
