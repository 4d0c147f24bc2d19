"""The cheapest plan with sharing, with proof: A* over the sets of classes that are still to make.

A state is the set of classes that are needed and not yet made. The longest is made next: every
step that needs it makes something longer, so all demands for it are known. Making it costs its
step, and needs the operands. A state costs at least the cheapest last step of each of its classes,
which never falls by more than a step costs, so the first time that nothing is needed any more the
cost is the least; and before, the least estimate of an open state is a bound that no plan beats.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from typing import NamedTuple

from ...structure.repeats import Class
from .sharing import Range, Rule, Rules, Sharing

MOST_STATES = 4_000
"""States that are looked at before the search gives up: below a second."""


class Searched(NamedTuple):
    """A bound that no plan beats, and the rules of a plan that costs that, if there are any."""

    bound: int
    rules: Rules | None


def search(
    sharing: Sharing, wanted: Sequence[Range], known: int, most_states: int = MOST_STATES
) -> Searched:
    """The rules of the cheapest plan that makes all wanted ranges.

    Args:
        sharing: the chain.
        wanted: what is to be there in the end.
        known: the cost of a plan that is known: states that cannot beat it are dropped.
        most_states: after how many states to give up.
    """
    representative: dict[Class, Range] = {}
    least: dict[Class, int] = {}
    ways: dict[Class, list[tuple[Rule, int, frozenset[Class]]]] = {}

    def seen(at: Range) -> Class:
        found = sharing.of(at)
        if found not in representative:
            representative[found] = at
            prices = [price for _, price in sharing.ways(at)]
            least[found] = min(prices, default=known + 1)
        return found

    def options(found: Class) -> list[tuple[Rule, int, frozenset[Class]]]:
        if found not in ways:
            ways[found] = [
                (rule, price, frozenset(seen(o) for o in rule.operands if sharing.is_made(o)))
                for rule, price in sharing.ways(representative[found])
            ]
        return ways[found]

    start = frozenset(seen(at) for at in wanted if sharing.is_made(at))
    spent = {start: 0}
    came: dict[frozenset[Class], tuple[frozenset[Class], Class, Rule]] = {}
    opened = [(sum(least[found] for found in start), 0, start)]
    closed: set[frozenset[Class]] = set()
    count = 0
    while opened:
        estimate, _, state = heapq.heappop(opened)
        if estimate >= known:
            return Searched(known, None)
        if not state:
            rules: Rules = {}
            while state in came:
                state, found, rule = came[state]
                rules[found] = rule
            return Searched(estimate, rules)
        if state in closed:
            continue
        closed.add(state)
        if len(closed) > most_states:
            return Searched(estimate, None)
        found = max(state, key=lambda one: (one.length, one.key))
        rest = state - {found}
        for rule, price, operands in options(found):
            after = rest | operands
            cost = spent[state] + price
            if cost < spent.get(after, known + 1):
                total = cost + sum(least[one] for one in after)
                if total < known:
                    spent[after] = cost
                    came[after] = state, found, rule
                    count += 1
                    heapq.heappush(opened, (total, count, after))
    return Searched(known, None)
