"""Random chains of the kind that the field plans: sizes and edges drawn uniformly from ranges."""

from __future__ import annotations

import random
from collections.abc import Sequence

from ..checks import MAX_SIZE, checked_integer, shown
from ..errors import ChainOrderError
from .chain import Chain

LONGEST = 10**8
"""Elementals of a random chain at most: all of them are in memory at once."""

Range = tuple[int, int]
"""The least and the greatest value, both possible."""


def random_chain(length: int, sizes: Range, edges: Range | None = None, seed: int = 0) -> Chain:
    """A chain with independent, uniform sizes and edges; the same for the same seed.

    Args:
        length: the number of elementals, at least 1.
        sizes: the least and the greatest value of `d_0 … d_q`, both possible.
        edges: the same of the cost of a tangent, of an adjoint and the size of the tape of
            each elemental, all the same number; None for given, dense elementals.
        seed: of the random numbers, an integer of at least 0.

    Raises:
        ChainOrderError: a number or range that cannot be used.

    >>> import chainorder as co
    >>> co.random_chain(3, sizes=(1, 9), seed=7).sizes
    (6, 3, 7, 1)
    """
    length = checked_integer("length", length, "a number of elementals", least=1)
    if length > LONGEST:
        raise ChainOrderError(f"length is {length}: a number of elementals is at most {LONGEST}")
    seed = checked_integer("seed", seed, "a seed", least=0)
    rng = random.Random(seed)
    low, high = _checked_range("sizes", sizes, least=1)
    drawn = [rng.randint(low, high) for _ in range(length + 1)]
    if edges is None:
        return Chain(drawn)
    low, high = _checked_range("edges", edges, least=0)
    return Chain.matrix_free(drawn, [rng.randint(low, high) for _ in range(length)])


def parse_range(item: str, text: str) -> Range:
    """The range that `1:500` stands for; a number alone is the range of just that.

    Raises:
        ChainOrderError: opens with `item`.
    """
    ends = text.split(":")
    numbers = [end.strip() for end in ends]
    fits = 1 <= len(ends) <= 2 and all(
        number.isascii() and number.isdigit() and len(number) <= len(str(MAX_SIZE))
        for number in numbers
    )
    if not fits:
        raise ChainOrderError(
            f"{item} is {shown(text)}: expected a range of integers such as 1:500"
        )
    return int(numbers[0]), int(numbers[-1])


def _checked_range(item: str, ends: Sequence[int], *, least: int) -> Range:
    if isinstance(ends, str) or not isinstance(ends, Sequence) or len(ends) != 2:
        raise ChainOrderError(f"{item} is {shown(ends)}: expected two integers, least and greatest")
    low = checked_integer(f"{item}[0]", ends[0], "the least value", least=least)
    high = checked_integer(f"{item}[1]", ends[1], "the greatest value", least=least)
    if high < low:
        raise ChainOrderError(f"{item} is {low}:{high}: the least value comes first")
    return low, high
