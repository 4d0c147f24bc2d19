"""What no plan can beat in which equal sub-Jacobians are made once.

The product that eliminates variable k has the elemental before k as the last factor of one operand
and the elemental behind k as the first of the other. So different pairs of neighbours take
different products, each at least the cheapest cut at one of its places (half of it where the
product may be symmetric, `Prices.product_bounds`). And where everything is multiplied, so many
different words of m factors inside the chain, or just so many factors, take a number of products
(`fewest_products`, `products_for_words`).
"""

from __future__ import annotations

from itertools import accumulate

from ..plans.prices import Prices, StepPrices, least
from ..structure.addition_chains import fewest_steps
from ..structure.repeats import Class, Repeats

MOST_WORDS = 200_000
"""Words that are counted, about: a second."""

LONGEST_WORD = 32
"""Factors of the words that are counted: in longer ones there are hardly more different ones."""


def shared_bound(prices: Prices, table: StepPrices, repeats: Repeats, objective: str) -> int:
    """A cost that no plan beats in which equal sub-Jacobians are made once.

    Args:
        prices: of the chain.
        table: what its steps cost, without a limit of memory.
        repeats: which sub-Jacobians are equal.
        objective: the unit.
    """
    q = len(repeats)
    before = list(accumulate(table.columns, min))
    behind = list(accumulate(reversed(table.columns), min))[::-1]
    letters: dict[Class, int] = {}
    for l in range(q):
        pushed, pulled = table.tangent[l], table.adjoint[l]
        ways = (table.leaf[l], pushed and before[l] * pushed, pulled and behind[l + 1] * pulled)
        found = repeats.of(l, l + 1)
        cheapest = least(*ways) or 0
        letters[found] = min(letters.get(found, cheapest), cheapest)
    free = {
        repeats.of(k - 1, k + 1)
        for k in range(1, q)
        if table.adjoint[k - 1] is not None or table.tangent[k] is not None
    }
    cuts = prices.product_bounds(objective, list(range(1, q)))
    pairs: dict[Class, int] = {}
    for k, cut in enumerate(cuts, 1):
        found = repeats.of(k - 1, k + 1)
        if found not in free:
            pairs[found] = min(pairs.get(found, cut), cut)
    products = sum(pairs.values())
    if q > 1 and not free:
        count = fewest_products(q, len(letters))
        if len(letters) > 1:
            count = max(count, products_for_words(repeats))
        products = max(products, count * min(cuts))
    return table.setup + sum(letters.values()) + products


def fewest_products(factors: int, different: int) -> int:
    """How many products no plan can do without that multiplies so many factors.

    Of `p` products, let `b` multiply two factors of the chain and `e` one factor and a product.
    All different factors are used, so `2·b + e >= different`. The longest product has two factors
    after the first of the `b`; the others of them do not lengthen it, each of the `e` adds one, and
    each other at most doubles it. One factor alone is a power: an addition chain.

    >>> fewest_products(100, 1), fewest_products(20, 2)
    (8, 5)
    """
    if factors == 1:
        return 0
    if different == 1:
        return fewest_steps(factors)
    fewest = factors
    for b in range(1, (different + 1) // 2 + 1):
        e = max(0, different - 2 * b)
        doublings = 0
        while (2 + e) << doublings < factors:
            doublings += 1
        fewest = min(fewest, b + e + doublings)
    return fewest


def products_for_words(repeats: Repeats) -> int:
    """How many products no plan can do without that makes all words inside the chain.

    The least product in the bracketing that has all of a word of m factors splits it in two. A
    product that splits m factors has m - 1 places to do it, so it is the first for at most m - 1
    words: there are at least as many products as different words, divided by m - 1. (The substring
    complexity δ of T. Kociumaka, G. Navarro, N. Prezza, Towards a definitive measure of
    repetitiveness, LATIN 2020.)

    >>> from chainorder.structure.repeats import Letter
    >>> products_for_words(Repeats([Letter(name) for name in "abcabd"]))
    4
    """
    q, most = len(repeats), 0
    for m in range(2, min(q, LONGEST_WORD, 2 + MOST_WORDS // q) + 1):
        if (q - m + 1) <= most * (m - 1):
            break
        different = len({repeats.of(i, i + m) for i in range(q - m + 1)})
        most = max(most, -(-different // (m - 1)))
    return most
