"""Exact integers in columns, and what the objectives make of them.

Columns are int64 arrays; where a value could leave 64 bits they become arrays of Python integers,
and nothing else changes.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ..compiled import INT64_SAFE
from ..problems.chain import Chain

Column = npt.NDArray[Any]
"""One exact integer per step: int64, or object where 64 bits do not do."""


def exact_sum(column: Column) -> int:
    """The sum of a column as a Python integer, never wrapped."""
    if column.dtype == object or len(column) == 0:
        return int(sum(column.tolist()))
    if int(np.abs(column).max()) < INT64_SAFE // len(column):
        return int(column.sum())
    return sum(column.tolist())


def running_sum(column: Column) -> Column:
    """The prefix sums of a column, never wrapped."""
    is_plain = column.dtype != object and len(column) > 0
    if is_plain and int(np.abs(column).max()) >= INT64_SAFE // len(column):
        column = column.astype(object)
    return np.cumsum(column)


def prefix_sums(values: list[int]) -> Column:
    """`0, v_0, v_0 + v_1, …`, never wrapped."""
    kind: Any = np.int64 if sum(values) < INT64_SAFE else object
    return np.cumsum(np.array([0, *values], dtype=kind))


def exact_sizes(chain: Chain, degree: int) -> Column:
    """The sizes, as Python integers if a product of `degree` of them could leave 64 bits."""
    sizes = chain.size_array
    return sizes if int(sizes.max()) ** degree < INT64_SAFE else sizes.astype(object)


def product_price(chain: Chain, objective: str) -> tuple[int, int]:
    """`(per_fma, per_entry)`: a product `(m, k)·(k, n)` costs `m·n·(k·per_fma + per_entry)`."""
    if objective == "seconds":
        assert chain.timing is not None
        return chain.timing.per_fma, chain.timing.per_entry
    return (1, 0) if objective == "fma" else (2, -1)


def symmetric_price(n: int, inner: int, price: tuple[int, int]) -> int:
    """What a product `(n, inner)·(inner, n)` costs that is known to be symmetric.

    One half of its entries, with the diagonal, is multiplied, the other copied: `inner·n(n+1)/2`
    fma, `(2·inner - 1)·n(n+1)/2` flops (BLAS's syrk: J. J. Dongarra et al., A set of level 3 basic
    linear algebra subprograms, ACM Trans. Math. Softw. 16, 1990).

    >>> symmetric_price(3, 10, (1, 0)), symmetric_price(3, 10, (2, -1))
    (60, 114)
    """
    per_fma, per_entry = price
    return n * (n + 1) // 2 * (inner * per_fma + per_entry)


def gap_percent(cost: int, lower_bound: int) -> float:
    """By how many per cent a cost is above a bound; infinite if only the bound is 0."""
    if cost == lower_bound:
        return 0.0
    return 100.0 * ((cost - lower_bound) / lower_bound) if lower_bound else float("inf")
