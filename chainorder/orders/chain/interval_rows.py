"""The inner loops of the interval program: the rows of its table, one after another.

`interval_program` says what they find.
"""

from __future__ import annotations

from typing import Any, NamedTuple

PRODUCTS_A_CALL = 10**8
"""Products that one call of a kernel looks at: a tenth of a second."""


class PriceColumns(NamedTuple):
    """`StepPrices` as a kernel takes them: a large number where a step is impossible."""

    outer: Any
    middle: Any
    leaf: Any
    tangent: Any
    adjoint: Any
    columns: Any


def row_blocks(q: int, products: int | None = None) -> list[tuple[int, int]]:
    """`(start, end)` of blocks of rows, from the last row to the first: so many products in each.

    A kernel cannot be interrupted, so it is not given all of them at once.
    """
    rows = 1 + (PRODUCTS_A_CALL if products is None else products) // q**2
    return [(max(end - rows, 0), end) for end in range(q, 0, -rows)]


def fill_rows(start, end, prices, infinite, plane, best, split):  # type: ignore[no-untyped-def]
    """Fill `best[i][j] = best[j][i]` for all `j` above `i`, from `i = end - 1` down to `start`.

    The rows from `end` on are filled; `plane`, where there is one, holds the prices of the only
    row. Each cost is kept on both sides of the diagonal, so that both operands of every product lie
    next to each other in memory, and the loop over `k` runs on vector instructions.
    """
    outer, middle, leaf, tangent, adjoint, columns = prices
    for i in range(end - 1, start - 1, -1):
        row = best[i]
        row[i + 1] = leaf[i]
        best[i + 1][i] = leaf[i]
        for j in range(i + 2, len(outer)):
            column = best[j]
            left = row[i + 1 : j]
            right = column[i + 1 : j]
            least = infinite
            if len(plane) > 0:
                least, k = least_product(left, right, plane[j][i + 1 : j], infinite)
                split[i, j] = i + 1 + k
            else:
                scale = outer[i] * outer[j]
                inner = middle[i + 1 : j]
                for k in range(len(left)):
                    least = min(least, left[k] + right[k] + scale * inner[k])
            if tangent[j - 1] < infinite:
                least = min(least, row[j - 1] + columns[i] * tangent[j - 1])
            if adjoint[i] < infinite:
                least = min(least, column[i + 1] + columns[j] * adjoint[i])
            row[j] = least
            column[i] = least


def least_product(left, right, price, infinite):  # type: ignore[no-untyped-def]
    """The least cost of a product, at most `infinite`, and the first place where it is found."""
    least = infinite
    for k in range(len(left)):
        least = min(least, left[k] + right[k] + price[k])
    k = 0
    if least < infinite:
        while left[k] + right[k] + price[k] != least:
            k += 1
    return least, k
