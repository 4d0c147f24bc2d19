"""All prefixes `dx_j/dx_0`, or all suffixes `dx_q/dx_i`, in one pass: what is shared is made once.

Forward, each prefix takes one product, with the one before it: no plan takes fewer. Where factors
come again and again, as time steps do, each takes one with a prefix half as long too: `(0, k + r)`
is `(0, r)`, which is the same as `(k, k + r)`, times `(0, k)`. Those that share `(0, k)` are then
one product of a tall matrix, in a fraction of the time.

But where a variable `s` is narrow, prefixes beyond it are cheaper made through `(0, s)`, if the
prefixes from `s` are made as well. The interval program for that is exact for nested plans of this
kind:

    H(i, e) = min over s of H(i, s) + H(s, e) + Σ_{s < j <= e} price of (s, j)·(i, s),

where `H(i, e)` is the least cost of all `(i, j)` with `i < j <= e`. It is no proof, since other
plans exist: the bound is the cheapest last step of each prefix, and short chains are searched.
Suffixes are the prefixes of the transposed chain.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...plans.chain_steps import wanted_ranges
from ...plans.prices import StepPrices
from ...plans.steps import ACCUMULATE, ADJOINT, MULTIPLY, TANGENT
from ...structure.repeats import Repeats
from . import sharing_search
from .sharing import Rule, Rules, Shared, Sharing

LONGEST_PROGRAM = 250
"""Elementals up to which nested plans are looked at: O(q^3), in NumPy's loops."""

MOST_SEARCHED = 9
"""Elementals up to which the least cost is searched for: there are q classes to make, not one."""

MIRRORED = {ACCUMULATE: ACCUMULATE, MULTIPLY: MULTIPLY, TANGENT: ADJOINT, ADJOINT: TANGENT}


def prefix_rules(sharing: Sharing) -> Shared | None:
    """The cheapest rules for all prefixes that are found; None where no plan is possible."""
    q = len(sharing)
    wanted = wanted_ranges("prefixes", q)
    best: Rules | None = None
    cost = 0
    for rules in _candidates(sharing):
        found = sharing.cost(rules, wanted)
        if best is None or found < cost:
            best, cost = rules, found
    if best is None:
        return None
    bound = sum(min(price for _, price in sharing.ways(at)) for at in wanted if sharing.is_made(at))
    if cost > bound and q <= MOST_SEARCHED:
        searched = sharing_search.search(sharing, wanted, cost)
        bound = max(bound, searched.bound)
        if searched.rules is not None:
            best, cost = searched.rules, searched.bound
    return Shared(best, cost, min(bound, cost), cost <= bound)


def suffix_rules(sharing: Sharing) -> Shared | None:
    """The cheapest rules for all suffixes that are found; None where no plan is possible."""
    q = len(sharing)
    found = prefix_rules(_Transposed(sharing))
    if found is None:
        return None
    rules: Rules = {}
    for rule in found.rules.values():
        turned = Rule(MIRRORED[rule.kind], q - rule.j, q - rule.k, q - rule.i)
        if rule.kind == ACCUMULATE:
            turned = turned._replace(k=turned.i)
        rules[sharing.of((turned.i, turned.j))] = turned
    return found._replace(rules=rules)


class _Transposed(Sharing):
    """The transposed chain: its prefixes are the suffixes of the chain."""

    def __init__(self, sharing: Sharing) -> None:
        p = sharing.prices
        prices = StepPrices(
            p.outer[::-1],
            p.middle[::-1],
            p.leaf[::-1],
            p.adjoint[::-1],
            p.tangent[::-1],
            p.columns[::-1],
        )
        letters = [letter.mirrored() for letter in sharing.repeats.letters[::-1]]
        super().__init__(prices, Repeats(letters))
        self._original = sharing

    def product(self, i: int, k: int, j: int) -> int:
        q = len(self)
        return self._original.product(q - j, q - k, q - i)


def _candidates(sharing: Sharing) -> Iterator[Rules]:
    """Of those that cost the same, the fastest comes first."""
    q = len(sharing)
    doubled = _doubled(sharing)
    if doubled is not None:
        yield doubled
    forward: Rules = {}
    accumulated: set[object] = set()
    is_possible = True
    for j in range(1, q + 1):
        letter = sharing.of((j - 1, j))
        by_itself = min((price for _, price in sharing.ways((j - 1, j))), default=None)
        if by_itself is not None:
            forward.setdefault(letter, Rule(ACCUMULATE, j - 1, j - 1, j))
        if j == 1:
            is_possible = by_itself is not None
            accumulated.add(letter)
            continue
        multiplied = Rule(MULTIPLY, 0, j - 1, j)
        pushed = Rule(TANGENT, 0, j - 1, j)
        push = sharing.price(pushed)
        price = None
        if by_itself is not None:
            extra = 0 if letter in accumulated else by_itself
            price = sharing.product(0, j - 1, j) + extra
        if push is None and price is None:
            is_possible = False
            break
        takes_push = price is None or (push is not None and push <= price)
        forward[sharing.of((0, j))] = pushed if takes_push else multiplied
        if not takes_push:
            accumulated.add(letter)
    if is_possible:
        yield forward
    if q <= LONGEST_PROGRAM and len(set(sharing.prices.outer)) > 1:
        nested = _nested(sharing)
        if nested is not None:
            yield nested


def _doubled(sharing: Sharing) -> Rules | None:
    """Twice as many periods in each round; None where matrices are not there, or do not repeat."""
    q, period = len(sharing), _period(sharing)
    if period is None or any(price != 0 for price in sharing.prices.leaf):
        return None
    rules: Rules = {}
    k = period
    for j in range(2, q + 1):
        if j > 2 * k:
            k *= 2
        if j > k and sharing.of((k, j)) != sharing.of((0, j - k)):
            return None
        rules[sharing.of((0, j))] = Rule(MULTIPLY, 0, k if j > k else j - 1, j)
    return rules


def _period(sharing: Sharing) -> int | None:
    """After how many elementals the chain begins again, if it does before its end."""
    q = len(sharing)
    for period in range(1, q // 2 + 1):
        if all(sharing.of((0, j - period)) == sharing.of((period, j)) for j in (period + 1, q)):
            return period
    return None


def _nested(sharing: Sharing) -> Rules | None:
    """The best nested plan, by the interval program above; integers of any size."""
    q = len(sharing)
    leaf = [min((price for _, price in sharing.ways((l, l + 1))), default=None) for l in range(q)]
    infinite = float("inf")
    least = np.full((q + 1, q + 1), infinite, dtype=object)
    split = np.zeros((q + 1, q + 1), dtype=np.int64)
    for l in range(q):
        least[l, l + 1] = infinite if leaf[l] is None else leaf[l]
    for i in range(q - 1, -1, -1):
        sums = np.zeros((q + 1, q + 1), dtype=object)
        for s in range(i + 1, q):
            prices = [sharing.product(i, s, j) for j in range(s + 1, q + 1)]
            sums[s, s + 1 :] = np.cumsum(np.array(prices, dtype=object))
        for e in range(i + 2, q + 1):
            through = least[i, i + 1 : e] + least[i + 1 : e, e] + sums[i + 1 : e, e]
            s = int(np.argmin(through))
            least[i, e], split[i, e] = through[s], i + 1 + s
            push = sharing.price(Rule(TANGENT, i, e - 1, e))
            if push is not None and least[i, e - 1] + push <= least[i, e]:
                least[i, e], split[i, e] = least[i, e - 1] + push, -(e - 1)
    if least[0, q] == infinite:
        return None
    rules: Rules = {}
    stack = [(0, q)]
    while stack:
        i, e = stack.pop()
        if e - i == 1:
            rules.setdefault(sharing.of((i, e)), Rule(ACCUMULATE, i, i, e))
            continue
        s = int(split[i, e])
        if s < 0:
            rules.setdefault(sharing.of((i, e)), Rule(TANGENT, i, e - 1, e))
            stack.append((i, e - 1))
            continue
        for j in range(s + 1, e + 1):
            rules.setdefault(sharing.of((i, j)), Rule(MULTIPLY, i, s, j))
        stack += [(i, s), (s, e)]
    return rules
