"""Making a matrix of what has only products: seeds, blocks of them, and recovery by colours."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..structure.coloring import column_coloring, recovered, row_coloring
from ..structure.patterns import Pattern
from ..structure.ranges import RangeCounts
from .dense import Array
from .operands.forms import converted, known_matrix
from .operands.products import Product

SEEDS_AT_ONCE = 64
"""Columns of the identity that are made at once."""


def accumulated(
    product: Product,
    applied: Callable[[Array], Array],
    pattern: Pattern | None,
    counts: RangeCounts | None,
    *,
    by_tangents: bool,
    block: int | None,
) -> Any:
    """The matrix, by as many tangents or adjoints as its pattern takes.

    Args:
        product: one direction of the operand.
        applied: the same, counted.
        pattern, counts: what is known of the matrix; None if nothing is.
        by_tangents: the direction.
        block: how many vectors at once; None for a good number.
    """
    at_once = SEEDS_AT_ONCE if block is None else block
    if pattern is None or counts is None or (counts.is_full and not pattern.is_selection):
        directions, count = unit_vectors(product.size_in, product.dtype), product.size_in
        pattern = None
    elif pattern.nnz == 0 or pattern.is_selection:
        return converted(known_matrix(pattern, product.dtype), counts)
    else:
        coloring = column_coloring(pattern) if by_tangents else row_coloring(pattern)
        directions, count = coloring.seeds(product.dtype), coloring.count
    columns = in_blocks(count, at_once, lambda a, b: applied(directions(a, b)))
    if pattern is None or counts is None:
        return columns if by_tangents else columns.T
    return converted(recovered(pattern, coloring, columns, by_rows=not by_tangents), counts)


def unit_vectors(size: int, dtype: np.dtype[Any]) -> Callable[[int, int], Array]:
    """The unit vectors from `a` to `b`, as columns."""

    def columns(start: int, stop: int) -> Array:
        block = np.zeros((size, stop - start), dtype=dtype)
        block[np.arange(start, stop), np.arange(stop - start)] = 1
        return block

    return columns


def in_blocks(width: int, block: int, columns: Callable[[int, int], Array]) -> Array:
    """The matrix whose columns from `a` to `b` are `columns(a, b)`, `block` of them at a time."""
    if block >= width:
        return columns(0, width)
    result: Array | None = None
    for start in range(0, width, block):
        stop = min(start + block, width)
        part = columns(start, stop)
        if result is None:
            result = np.empty((part.shape[0], width), dtype=part.dtype, order="F")
        elif not np.can_cast(part.dtype, result.dtype):
            result = result.astype(np.result_type(result, part))
        result[:, start:stop] = part
    assert result is not None
    return result
