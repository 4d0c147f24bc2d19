"""What no order of a chain can beat, in O(q): the weighted vertex cuts of a graph, on a path."""

from __future__ import annotations

from itertools import accumulate

import numpy as np

from ..plans.cost import exact_sizes, exact_sum
from ..plans.prices import Prices, least
from ..problems.chain import Chain


def cut_bound(chain: Chain, objective: str) -> int:
    """A cost that no bracketing of a chain of given, dense elementals can beat, in O(q).

    When variable `k` is eliminated, its neighbours are some `i < k` and some `j > k`, so that
    step costs at least `min(d_0 … d_{k-1}) · d_k · min(d_{k+1} … d_q)` fma.
    """
    if len(chain) == 1:
        return 0
    d = exact_sizes(chain, 3)
    before = np.minimum.accumulate(d)[:-2]
    after = np.minimum.accumulate(d[::-1])[::-1][2:]
    inner = d[1:-1] if objective == "fma" else 2 * d[1:-1] - 1
    return exact_sum(before * inner * after)


def price_bound(prices: Prices, objective: str) -> int:
    """A cost that no order can beat, whatever the memory, in O(q).

    Every elemental becomes a matrix, or something is pushed or pulled through it: at least as many
    columns as the smallest variable before it has entries, rows as the smallest behind it. And a
    variable between two elementals that can only be matrices is eliminated by a product. Where
    factors repeat, see `shared_products`.
    """
    table = prices.without_products(objective, None)
    if prices.chain.repeats is not None:
        from .shared_products import shared_bound

        return shared_bound(prices, table, prices.chain.repeats, objective)
    q = len(table.leaf)
    before = list(accumulate(table.columns, min))
    behind = list(accumulate(reversed(table.columns), min))[::-1]
    total = table.setup
    for l in range(q):
        pushed, pulled = table.tangent[l], table.adjoint[l]
        ways = (table.leaf[l], pushed and before[l] * pushed, pulled and behind[l + 1] * pulled)
        total += least(*ways) or 0
    multiplied = [
        k for k in range(1, q) if table.adjoint[k - 1] is None and table.tangent[k] is None
    ]
    return total + sum(prices.product_bounds(objective, multiplied))
