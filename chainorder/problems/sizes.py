"""What chains of either kind have in common: the sizes of their variables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from ..checks import MAX_SIZE, checked_integer, reject_masked, shown
from ..errors import ChainOrderError

SHOWN_SIZES = 8
"""Sizes that a chain shows of itself."""


class SizedChain:
    """The sizes `d_0 … d_q` of a composition of q functions."""

    def __init__(self, sizes: Sequence[int] | npt.NDArray[np.integer[Any]]) -> None:
        self._sizes = _checked_sizes(sizes)

    def __len__(self) -> int:
        """The number of elementals, q."""
        return len(self._sizes) - 1

    @cached_property
    def sizes(self) -> tuple[int, ...]:
        """`d_0 … d_q` as Python integers."""
        return tuple(self._sizes.tolist())

    @property
    def size_array(self) -> npt.NDArray[np.int64]:
        """`d_0 … d_q` as a read-only array."""
        return self._sizes

    def _first_sizes(self) -> str:
        more = len(self._sizes) - SHOWN_SIZES
        first = ", ".join(map(str, self._sizes[:SHOWN_SIZES].tolist()))
        return f"{first}, … {more} more" if more > 0 else first


def checked_edges(edges: object) -> list[int]:
    """The numbers of edges of the elementals' own graphs.

    Raises:
        ChainOrderError: names what is no sequence of integers of at least 0.
    """
    if isinstance(edges, (str, bytes)) or not isinstance(edges, Iterable):
        raise ChainOrderError(f"edges is {shown(edges)}: expected a sequence of integers")
    return [checked_integer(f"edges[{l}]", e, "a cost", least=0) for l, e in enumerate(edges)]


def _checked_sizes(sizes: object) -> npt.NDArray[np.int64]:
    if isinstance(sizes, (str, bytes)) or not isinstance(sizes, (Iterable, np.ndarray)):
        raise ChainOrderError(f"sizes is {shown(sizes)}: expected a sequence of integers")
    array = _integer_array(sizes) if isinstance(sizes, np.ndarray) else _from_items(list(sizes))
    if len(array) < 2:
        raise ChainOrderError(f"a chain has at least two sizes, d_0 and d_1: {len(array)} given")
    array.setflags(write=False)
    return array


def _from_items(values: list[Any]) -> npt.NDArray[np.int64]:
    plain = all(type(value) is int and 1 <= value <= MAX_SIZE for value in values)
    if not plain:
        values = [
            checked_integer(f"sizes[{l}]", value, "a size", least=1)
            for l, value in enumerate(values)
        ]
    return np.array(values, dtype=np.int64)


def _integer_array(sizes: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    reject_masked("sizes", sizes)
    if sizes.ndim != 1:
        raise ChainOrderError(f"sizes has shape {sizes.shape}: expected one dimension")
    if sizes.dtype.kind not in "iu":
        return _checked_sizes(sizes.tolist())
    wrong = (sizes < 1) | (sizes > MAX_SIZE)
    if wrong.any():
        l = int(np.argmax(wrong))
        checked_integer(f"sizes[{l}]", sizes[l].item(), "a size", least=1)
    return sizes.astype(np.int64)
