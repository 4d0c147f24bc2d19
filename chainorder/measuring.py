"""`measure`: what the products of operands take on this machine, as a chain to plan with."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import accumulate
from typing import Any

import numpy as np

from .errors import ChainOrderError
from .execution.dense import Array, product
from .execution.operands.operand import Operand
from .execution.operands.products import Product, product_of
from .execution.primal import check_as_they_are, linearized
from .problems.chain import Chain
from .problems.elemental import Elemental, Timing

PICOSECONDS = 10**12

WIDEST_BLOCK = 32
"""Columns that a product is timed with, at most."""

ENOUGH_REPEATS = 25
ENOUGH_SECONDS = 0.05
"""A product is timed so often, or for so long, whichever is reached first; thrice at least."""


def measure(
    operands: Sequence[Any], x: Any = None, elementals: Sequence[Elemental] | None = None
) -> Chain:
    """Time one tangent and one adjoint of every operand, and return the chain that has these costs.

    The costs are integers, in picoseconds, so that plans stay exact; `plan` then plans for
    seconds. What counts is the price of one column as `execute` applies it, which in a block is
    less than that of a vector alone: a tangent is timed on as many columns as the smallest
    variable before the elemental has entries, an adjoint on as many as the smallest behind it (the
    blocks that a good plan pushes), but on 32 at most. Medians of several repeats. Multiplications
    are priced by what a square product and an outer product take (`Timing`).

    Args:
        operands: one per elemental, first applied first, as for `execute`. An array, sparse
            array, or function with a `jacobian` is given.
        x: the point `x_0` of shape `(d_0,)`; only needed by operands that are functions.
        elementals: one per operand, from which to take names and tapes, and which are given.

    Returns:
        The chain; a tangent or adjoint that an operand does not have has no cost.

    Raises:
        ChainOrderError: an operand that fails, or that does not fit its neighbours; elementals
            that do not fit the operands.

    >>> import chainorder as co
    >>> import numpy as np
    >>> sine = co.Function(np.sin, jvp=lambda x, v: np.cos(x) * v, vjp=lambda x, u: np.cos(x) * u)
    >>> chain = co.measure([sine, np.ones((2, 3))], x=np.ones(3))
    >>> chain.sizes, chain.elementals[0].tangent_cost > 0, co.plan(chain).objective
    ((3, 3, 2), True, 'seconds')
    """
    check_as_they_are(elementals, "measure")
    seen = linearized(operands, x)
    sizes = [seen[0].shape[1], *(at.shape[0] for at in seen)]
    known = _described([at.operand for at in seen], elementals)
    before = list(accumulate(sizes, min))
    behind = list(accumulate(reversed(sizes), min))[::-1]
    measured = []
    for at in seen:
        l = at.position
        # What pushing through a given array takes is what multiplying with it takes.
        is_array = known[l].given and isinstance(at.operand.value, np.ndarray)
        tangent = None if is_array else _price(at.tangent(), before[l])
        adjoint = None if is_array else _price(at.adjoint(), behind[l + 1])
        measured.append(replace(known[l], tangent_cost=tangent, adjoint_cost=adjoint))
    return Chain(sizes, measured, timing=measured_timing())


def measured_timing() -> Timing:
    """What a multiplication takes on this machine: per fma, and per entry that is written."""
    square = np.ones((512, 512))
    per_fma = _median_seconds(lambda: product(square, square)) / 512**3
    column, row = np.ones((1024, 1)), np.ones((1, 1024))
    per_entry = _median_seconds(lambda: product(column, row)) / 1024**2
    return Timing(max(1, round(per_fma * PICOSECONDS)), round(per_entry * PICOSECONDS))


def _described(
    operands: Sequence[Operand], elementals: Sequence[Elemental] | None
) -> Sequence[Elemental]:
    """What is known of the operands before they are measured."""
    if elementals is None:
        return [Elemental(given=operand.has_matrix) for operand in operands]
    if len(elementals) != len(operands):
        raise ChainOrderError(f"{len(elementals)} elementals for {len(operands)} operands")
    for l, (elemental, operand) in enumerate(zip(elementals, operands, strict=True)):
        if not isinstance(elemental, Elemental):
            raise ChainOrderError(f"elementals[{l}] is {elemental!r}: expected an Elemental")
        if elemental.given and not operand.has_matrix:
            raise ChainOrderError(
                f"elementals[{l}] is given, and operands[{l}] is no matrix: expected given=False"
            )
    return elementals


def _price(applied: Product | None, columns: int) -> int | None:
    """Picoseconds of one column in a block of `columns`; None if there is no such product."""
    if applied is None:
        return None
    width = min(columns, WIDEST_BLOCK)
    rng = np.random.default_rng(0)
    block: Array = rng.standard_normal((applied.size_in, width)).astype(applied.dtype)
    # The first time, which also says whether there is such a product, may prepare things.
    if product_of(applied, block) is None:
        return None
    return max(1, round(_median_seconds(lambda: applied(block)) / width * PICOSECONDS))


def _median_seconds(work: Callable[[], object]) -> float:
    times: list[float] = []
    while len(times) < 3 or (len(times) < ENOUGH_REPEATS and sum(times) < ENOUGH_SECONDS):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)
