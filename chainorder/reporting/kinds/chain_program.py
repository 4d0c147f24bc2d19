"""The dynamic program of a short chain: the least cost of every range, and how it is reached."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ...orders.chain.interval_program import IntervalTable, interval_table
from ...plans.prices import Prices, StepPrices
from ..steps import factor_name

if TYPE_CHECKING:
    from collections.abc import Iterator

PROGRAM_SHOWN = 9
"""Elementals up to which the program is shown."""


class Way(NamedTuple):
    """One way to make a range: its last step, where that splits, and the cost of all steps."""

    kind: str
    k: int
    cost: int


class RangeCost(NamedTuple):
    """The range `(i, j)`, and the ways to make it, the cheapest first; none where impossible."""

    i: int
    j: int
    ways: tuple[Way, ...]


def program(chain_prices: Prices, objective: str, memory: int | None) -> Iterator[RangeCost]:
    """Every range of at least one elemental: the same prices as the order `optimal` has."""
    prices = chain_prices.table(objective, memory)
    table = interval_table(prices)
    q = len(prices.leaf)
    for i in range(q):
        for j in range(i + 1, q + 1):
            ways = tuple(sorted(_ways(prices, table, i, j), key=lambda way: way.cost))
            yield RangeCost(i, j, ways)


def _ways(prices: StepPrices, table: IntervalTable, i: int, j: int) -> Iterator[Way]:
    best, infinite = table.best, table.infinite
    if j - i == 1:
        leaf = prices.leaf[i]
        if leaf is not None:
            yield Way("accumulate", i, int(leaf))
        return
    tangent, adjoint = prices.tangent[j - 1], prices.adjoint[i]
    if tangent is not None and best[i][j - 1] < infinite:
        yield Way("tangent", j - 1, int(best[i][j - 1]) + prices.columns[i] * tangent)
    if adjoint is not None and best[i + 1][j] < infinite:
        yield Way("adjoint", i + 1, int(best[i + 1][j]) + prices.columns[j] * adjoint)
    products = prices.products(i) if prices.products is not None else None
    for k in range(i + 1, j):
        before = int(best[i][k]) + int(best[k][j])
        if before >= infinite:
            continue
        price = (
            prices.outer[i] * prices.middle[k] * prices.outer[j]
            if products is None
            else int(products[j][k])
        )
        yield Way("multiply", k, before + price)


def way_text(way: Way, i: int, j: int) -> str:
    """The last step of a way: `J4…J3 · J2…J1`."""
    if way.kind == "accumulate":
        return f"{factor_name(i, j)} as it is"
    if way.kind == "multiply":
        return f"{factor_name(way.k, j)} · {factor_name(i, way.k)}"
    through = factor_name(way.k, j) if way.kind == "tangent" else factor_name(i, way.k)
    return f"{way.kind}s through {through}"
