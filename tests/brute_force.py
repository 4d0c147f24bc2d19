"""Every bracketing of a chain of matrices, by nothing but the definition."""

from functools import cache, reduce

import numpy as np


def product_cost(sizes, i, k, j, objective):
    """The cost of `(k, j)·(i, k)`, straight from the shapes of two matrices."""
    rows, inner, columns = sizes[j], sizes[k], sizes[i]
    return rows * columns * (inner if objective == "fma" else 2 * inner - 1)


def cost_of_every_bracketing(sizes, objective):
    """The costs of all bracketings, repeated where several cost the same."""

    @cache
    def every_cost(i, j):
        if j - i == 1:
            return [0]
        return [
            left + right + product_cost(sizes, i, k, j, objective)
            for k in range(i + 1, j)
            for left in every_cost(i, k)
            for right in every_cost(k, j)
        ]

    return every_cost(0, len(sizes) - 1)


def least_costs(chains, objective):
    """The least cost of a bracketing, for many chains of one length at once: `(chains, q + 1)`.

    The least over the last product, whose operands are bracketed at least cost themselves.
    """
    d = chains.T
    q = len(d) - 1
    least = {(i, i + 1): np.zeros(len(chains), np.int64) for i in range(q)}
    for width in range(2, q + 1):
        for i in range(q - width + 1):
            j = i + width
            products = (
                least[i, k] + least[k, j] + product_cost(d, i, k, j, objective)
                for k in range(i + 1, j)
            )
            least[i, j] = reduce(np.minimum, products)
    return least[0, q]


def every_bracketing(i, j):
    """All sequences of steps `(i, k, j)` that end with `(i, j)`, one per bracketing."""
    if j - i == 1:
        yield []
        return
    for k in range(i + 1, j):
        for right in every_bracketing(i, k):
            for left in every_bracketing(k, j):
                yield [*right, *left, (i, k, j)]
