"""Primitives that only move entries, done by NumPy: on numbers of entries, nothing is compiled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from jax.lax import GatherScatterMode

Move = Callable[[Sequence[Any], dict[str, Any], tuple[int, ...]], list[Any]]
"""From operands, parameters and the shape of the first result to the results."""


def _reshaped(operands: Sequence[Any], _: dict[str, Any], shape: tuple[int, ...]) -> list[Any]:
    return [operands[0].reshape(shape)]


def _broadcast(
    operands: Sequence[Any], params: dict[str, Any], shape: tuple[int, ...]
) -> list[Any]:
    spread = [1] * len(shape)
    for axis, size in zip(params["broadcast_dimensions"], operands[0].shape, strict=True):
        spread[axis] = size
    return [np.broadcast_to(operands[0].reshape(spread), shape)]


def _sliced(operands: Sequence[Any], params: dict[str, Any], _: tuple[int, ...]) -> list[Any]:
    starts, limits = params["start_indices"], params["limit_indices"]
    strides = params["strides"] or (1,) * len(starts)
    return [operands[0][tuple(map(slice, starts, limits, strides))]]


def _padded(operands: Sequence[Any], params: dict[str, Any], shape: tuple[int, ...]) -> list[Any]:
    source, filler = operands
    made = np.full(shape, filler, dtype=np.int64)
    into, taken = [], []
    for size, length, (low, _, interior) in zip(
        source.shape, shape, params["padding_config"], strict=True
    ):
        places = low + np.arange(size) * (interior + 1)
        inside = (places >= 0) & (places < length)
        into.append(places[inside])
        taken.append(np.flatnonzero(inside))
    made[np.ix_(*into)] = source[np.ix_(*taken)]
    return [made]


def _sliced_at(operands: Sequence[Any], params: dict[str, Any], _: tuple[int, ...]) -> list[Any]:
    source, sizes = operands[0], params["slice_sizes"]
    starts = [
        min(max(int(start), 0), length - size)
        for start, length, size in zip(operands[1:], source.shape, sizes, strict=True)
    ]
    return [
        source[tuple(slice(start, start + size) for start, size in zip(starts, sizes, strict=True))]
    ]


def _split(operands: Sequence[Any], params: dict[str, Any], _: tuple[int, ...]) -> list[Any]:
    return np.split(operands[0], np.cumsum(params["sizes"])[:-1], axis=params["axis"])


def _gathered(operands: Sequence[Any], params: dict[str, Any], shape: tuple[int, ...]) -> list[Any]:
    """Entries at indices; -1 where an index lies outside, unless it is clipped."""
    source, indices = operands
    numbers = params["dimension_numbers"]
    bound = getattr(numbers, "operand_batching_dims", ())
    rows = getattr(numbers, "start_indices_batching_dims", ())
    batch = [axis for axis in range(len(shape)) if axis not in numbers.offset_dims]
    window = [d for d in range(source.ndim) if d not in (*numbers.collapsed_slice_dims, *bound)]
    grid = np.indices(shape, sparse=True)
    at_batch = [grid[axis] for axis in batch]
    inside: Any = np.ones((), dtype=bool)
    places = []
    for d, (length, size) in enumerate(zip(source.shape, params["slice_sizes"], strict=True)):
        place: Any = np.zeros((), dtype=np.int64)
        if d in numbers.start_index_map:
            start = indices[(*at_batch, numbers.start_index_map.index(d))]
            place = np.clip(start, 0, length - size)
            inside = inside & (place == start)
        if d in bound:
            place = at_batch[rows[bound.index(d)]]
        if d in window:
            place = place + grid[numbers.offset_dims[window.index(d)]]
        places.append(place)
    made = np.broadcast_to(source[tuple(places)], shape)
    is_filled = params["mode"] == GatherScatterMode.FILL_OR_DROP
    return [np.where(inside, made, -1) if is_filled else made]


MOVES: dict[str, Move] = {
    **dict.fromkeys(("reshape", "squeeze", "expand_dims", "copy", "copy_p"), _reshaped),
    "broadcast_in_dim": _broadcast,
    "slice": _sliced,
    "pad": _padded,
    "dynamic_slice": _sliced_at,
    "split": _split,
    "transpose": lambda operands, params, _: [operands[0].transpose(params["permutation"])],
    "rev": lambda operands, params, _: [np.flip(operands[0], params["dimensions"])],
    "gather": _gathered,
    "concatenate": lambda operands, params, _: [np.concatenate(operands, params["dimension"])],
}
"""By the name of the primitive; scatters, which take indices in many ways, are not here."""

COMPUTED: dict[str, Callable[..., Any]] = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "max": np.maximum,
    "min": np.minimum,
    "lt": np.less,
    "le": np.less_equal,
    "gt": np.greater,
    "ge": np.greater_equal,
    "eq": np.equal,
    "ne": np.not_equal,
    "select_n": lambda which, *cases: np.choose(which, cases),
}
"""Arithmetic of indices, entry by entry."""
