"""Steps of a chain while they are collected, and what makes a plan's steps of them."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

from ...plans.prices import Prices
from ...plans.product_tree import ordered_steps
from ...plans.steps import ACCUMULATE, ADJOINT, TANGENT, Steps
from ...problems.chain import Chain


class Rows(NamedTuple):
    """Steps while they are collected, in the columns that `Steps` takes."""

    kind: list[int]
    i: list[int]
    k: list[int]
    j: list[int]

    def add(self, kind: int, i: int, k: int, j: int) -> None:
        for column, value in zip(self, (kind, i, k, j), strict=True):
            column.append(value)

    def steps(self) -> Steps:
        """The steps as they stand."""
        return Steps(self.i, self.k, self.j, self.kind)


def finished_steps(prices: Prices, rows: Rows, memory: int | None) -> Steps:
    """The steps in an order that can be run, every elemental accumulated its cheaper way."""
    chain, elementals = prices.chain, prices.chain.elementals
    done = Rows([], [], [], [])
    for kind, i, k, j in zip(*rows, strict=True):
        if kind != ACCUMULATE:
            done.add(kind, i, k, j)
        elif not elementals[i].is_matrix:
            done.add(kind, i, i if by_tangents(prices, i, memory) else j, j)
    inside = [_held_inside(chain, *row) for row in zip(*done, strict=True)]
    return ordered_steps(chain, done.i, done.k, done.j, done.kind, inside)


def by_tangents(prices: Prices, l: int, memory: int | None) -> bool:
    """Whether elemental `l` (from 0), which is no matrix, is cheaper accumulated by tangents."""
    # Declared costs are those of one objective, or of both that count.
    unit = "fma" if prices.chain.timing is None else "seconds"
    elemental, found = prices.chain.elementals[l], prices.applied(unit)[l]
    t = found.by_tangents if elemental.has_tangent(memory) else None
    a = found.by_adjoints if elemental.has_adjoint(memory) else None
    return t is not None and (a is None or t <= a)


def _held_inside(chain: Chain, kind: int, i: int, k: int, j: int) -> int:
    """The most entries that a push or pull through several elementals holds at once."""
    if kind == TANGENT and j - k > 1:
        fixed, path = i, range(k, j + 1)
        is_operand_made = k - i > 1 or not chain.elementals[i].is_matrix
    elif kind == ADJOINT and k - i > 1:
        fixed, path = j, range(k, i - 1, -1)
        is_operand_made = j - k > 1 or not chain.elementals[k].is_matrix
    else:
        return 0
    lengths = [chain.sizes[l] for l in path]
    if not is_operand_made:
        lengths[0] = 0
    return chain.sizes[fixed] * max(map(sum, pairwise(lengths)))
