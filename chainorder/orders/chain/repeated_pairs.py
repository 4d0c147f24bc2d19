"""Rules for what repeats in a chain: pairs of neighbours, again and again, and runs of one symbol.

A sequence of symbols, each a range of the chain, starts with the elementals. The pair of
neighbours that saves most if it is multiplied once becomes one symbol wherever it stands; each
state of the sequence is a candidate, since what is shared early must be held against what a narrow
variable saves. A run of one symbol is a power, and becomes one symbol by an addition chain.

Reference: N. J. Larsson, A. Moffat, Off-line dictionary-based compression, Proc. IEEE 88 (2000),
whose Re-Pair this is, with prices.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from ...plans.steps import ACCUMULATE, MULTIPLY
from ...structure.addition_chains import addition_chain
from .sharing import Range, Rule, Rules, Sharing

Symbol = tuple[int, int]
"""A number for the matrix of a range, and one for that of its transpose; equal if symmetric."""

Pair = tuple[int, int]
"""The numbers of two neighbours, or of their mirror images."""


class Sequence:
    """Ranges that lie side by side from variable 0 to q, and the rules that make them."""

    def __init__(self, sharing: Sharing) -> None:
        self.sharing = sharing
        self.rules: Rules = {}
        for l, price in enumerate(sharing.prices.leaf):
            if price:
                self.rules.setdefault(sharing.of((l, l + 1)), Rule(ACCUMULATE, l, l, l + 1))
        self._numbers: dict[object, int] = {}
        self.ranges: list[Range] = [(l, l + 1) for l in range(len(sharing))]
        self.symbols: list[Symbol] = [self._symbol(at) for at in self.ranges]

    def _symbol(self, at: Range) -> Symbol:
        repeats = self.sharing.repeats
        number = 2 * self._numbers.setdefault(repeats.of(*at), len(self._numbers))
        if repeats.is_symmetric(*at):
            return number, number
        flipped = repeats.is_flipped(*at)
        return number + flipped, number + (not flipped)

    def states(self) -> Iterator[list[Range]]:
        """The ranges of each state, those without shared pairs first.

        After each, `rules` are those of its ranges of more than one elemental.
        """
        yield list(self.ranges)
        while (pair := self._best_pair()) is not None:
            self._merge(pair)
            yield list(self.ranges)

    def with_powers(self) -> tuple[list[Range], Rules]:
        """The present state, its runs made one range each."""
        rules = dict(self.rules)
        ranges: list[Range] = []
        at = 0
        for _, group in groupby(self.symbols):
            count = len(list(group))
            (i, width), j = self.ranges[at], self.ranges[at + count - 1][1]
            if count > 2 and self._are_matrices(at):
                add_power(self.sharing, rules, i, width - i, count)
                ranges.append((i, j))
            else:
                ranges += self.ranges[at : at + count]
            at += count
        return ranges, rules

    def _pairs(self) -> Iterator[tuple[int, Pair]]:
        """Each pair that does not overlap the one before it of the same kind, and where it is."""
        last: dict[Pair, int] = {}
        for t in range(len(self.symbols) - 1):
            key = _key(self.symbols[t], self.symbols[t + 1])
            if last.get(key) != t - 1:
                last[key] = t
                yield t, key

    def _best_pair(self) -> Pair | None:
        counts: dict[Pair, int] = {}
        first: dict[Pair, int] = {}
        for t, key in self._pairs():
            counts[key] = counts.get(key, 0) + 1
            first.setdefault(key, t)
        best, most = None, 0
        for key, count in counts.items():
            t = first[key]
            if count > 1 and self._are_matrices(t):
                (i, k), (_, j) = self.ranges[t], self.ranges[t + 1]
                saved = (count - 1) * self.sharing.product(i, k, j)
                if saved > most:
                    best, most = key, saved
        return best

    def _are_matrices(self, t: int) -> bool:
        """Whether two neighbours can both be matrices."""
        leaf = self.sharing.prices.leaf
        ranges = self.ranges[t : t + 2]
        return all(j - i > 1 or leaf[i] is not None for i, j in ranges)

    def _merge(self, pair: Pair) -> None:
        places = [t for t, key in self._pairs() if key == pair]
        t = places[0]
        (i, k), (_, j) = self.ranges[t], self.ranges[t + 1]
        found = self.sharing.of((i, j))
        self.rules.setdefault(found, Rule(MULTIPLY, i, k, j))
        for t in reversed(places):
            merged = (self.ranges[t][0], self.ranges[t + 1][1])
            self.ranges[t : t + 2] = [merged]
            self.symbols[t : t + 2] = [self._symbol(merged)]


def add_power(sharing: Sharing, rules: Rules, start: int, width: int, count: int) -> None:
    """Rules for the power of a range: `count` times `width` elementals, all alike."""
    for a, b in addition_chain(count):
        rule = Rule(MULTIPLY, start, start + b * width, start + (a + b) * width)
        rules.setdefault(sharing.of((rule.i, rule.j)), rule)


def _key(right: Symbol, left: Symbol) -> Pair:
    """The pair, or its mirror image, which is the same product transposed."""
    return min((right[0], left[0]), (left[1], right[1]))
