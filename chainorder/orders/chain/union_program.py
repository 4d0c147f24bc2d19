"""A dynamic program over sets: for each class, the cheapest set of classes that makes it.

As the interval program, but what both operands of a product need is paid once: the set of a
product is the union of those of its operands. It keeps one set for each class, so it is a
heuristic: a set that is not the cheapest by itself may share more with another.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...structure.repeats import Class
from .sharing import Range, Rules, Sharing

MAX_SYMBOLS = 40
"""Symbols up to which the program runs: a few thousand sets, tens of thousands of unions."""


def union_program(sharing: Sharing, ranges: Sequence[Range], known: Rules) -> Rules | None:
    """Rules for the product of neighbouring ranges, with those of the ranges themselves.

    Args:
        sharing: the chain.
        ranges: side by side; those of more than one elemental have their rule in `known`.
        known: rules of classes that may be used.

    Returns:
        The rules; None where no plan is possible.
    """
    bounds = [ranges[0][0], *(j for _, j in ranges)]
    number: dict[Class, int] = {}
    weights: list[int] = []
    best: dict[Class, tuple[int, int]] = {}  # what the set costs, and the set as bits
    rules: Rules = dict(known)
    for found in sharing.needed(known, [at for at in ranges if at[1] - at[0] > 1]):
        _add(number, weights, found, sharing.price(known[found]) or 0)
    for at in ranges:
        found = sharing.of(at)
        if found in best:
            continue
        if at[1] - at[0] > 1:
            needed = sharing.needed(known, [at])
            members = sum(1 << number[one] for one in needed)
            best[found] = sum(weights[number[one]] for one in needed), members
            continue
        for rule, price in sharing.ways(at):
            rules[found] = rule
            bit = _add(number, weights, found, price) if price else None
            best[found] = price, 0 if bit is None else 1 << bit
    for span in range(2, len(ranges) + 1):
        for s in range(len(bounds) - span):
            i, j = bounds[s], bounds[s + span]
            found = sharing.of((i, j))
            if found in best:
                continue
            inner = set(bounds[s + 1 : s + span])
            least: tuple[int, int, int] | None = None
            for rule, price in sharing.ways((i, j)):
                if rule.k not in inner:
                    continue
                operands = [best.get(sharing.of(o)) for o in rule.operands]
                if None in operands:
                    continue
                cost, members = operands[0]  # type: ignore[misc]
                if len(operands) == 2:
                    other, others = operands[1]  # type: ignore[misc]
                    cost += other - _weight(weights, members & others)
                    members |= others
                if least is None or cost + price < least[0]:
                    least = cost + price, members, price
                    rules[found] = rule
            if least is not None:
                bit = _add(number, weights, found, least[2])
                best[found] = least[0], least[1] | 1 << bit
    return rules if sharing.of((bounds[0], bounds[-1])) in best else None


def _add(number: dict[Class, int], weights: list[int], found: Class, weight: int) -> int:
    if found not in number:
        number[found] = len(weights)
        weights.append(weight)
    return number[found]


def _weight(weights: Sequence[int], members: int) -> int:
    total = 0
    while members:
        low = members & -members
        total += weights[low.bit_length() - 1]
        members ^= low
    return total
