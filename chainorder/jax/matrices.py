"""Sub-Jacobians between states of several variables, as the rows or columns that made them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import jax.numpy as jnp
from jax import Array, lax

Shapes = Mapping[int, Any]
"""The abstract value of each variable."""


@dataclass(frozen=True, eq=False)
class Columns:
    """Made by tangents: `parts[v]` has shape `(columns, *shape of v)`, `v` a variable behind."""

    parts: dict[int, Array]


@dataclass(frozen=True, eq=False)
class Rows:
    """Made by adjoints: `parts[v]` has shape `(rows, *shape of v)`, `v` a variable before."""

    parts: dict[int, Array]


@dataclass(frozen=True, eq=False)
class Full:
    """Made by a product: one array, `(rows, columns)`."""

    array: Array


Matrix = Columns | Rows | Full


def identity(variables: Sequence[int], avals: Sequence[Any]) -> dict[int, Array]:
    """The directions of a state: for each variable `(entries of the state, *its shape)`."""
    sizes = [prod(avals[v].shape) for v in variables]
    total, start = sum(sizes), 0
    parts = {}
    for v, size in zip(variables, sizes, strict=True):
        block = jnp.eye(total, size, -start, dtype=avals[v].dtype)
        parts[v] = block.reshape(total, *avals[v].shape)
        start += size
    return parts


def as_columns(matrix: Matrix, behind: Sequence[int], avals: Sequence[Any]) -> dict[int, Array]:
    """The columns of a matrix, as directions of the variables behind it."""
    if isinstance(matrix, Columns):
        return matrix.parts
    return _split(_full(matrix).T, behind, avals)


def as_rows(matrix: Matrix, before: Sequence[int], avals: Sequence[Any]) -> dict[int, Array]:
    """The rows of a matrix, as directions of the variables before it."""
    if isinstance(matrix, Rows):
        return matrix.parts
    return _split(_full(matrix), before, avals)


def product(left: Matrix, right: Matrix) -> Full:
    """`left · right`, each read as it lies in memory."""
    if isinstance(left, Rows) and isinstance(right, Columns):
        terms = [_dot(_flat(left.parts[v]), 1, _flat(right.parts[v]), 1) for v in left.parts]
        return Full(sum(terms[1:], start=terms[0]))
    return Full(_dot(*_oriented(left, 1), *_oriented(right, 0)))


def blocks(
    matrix: Matrix, behind: Sequence[int], before: Sequence[int], avals: Sequence[Any]
) -> dict[tuple[int, int], Array]:
    """For variables `v` behind and `u` before, `dv/du` of shape `(*shape of v, *shape of u)`."""
    found = {}
    if isinstance(matrix, Columns):
        for v in behind:
            part = matrix.parts[v]
            moved = jnp.moveaxis(part, 0, -1)
            for u, block in _pieces(moved, before, avals, axis=part.ndim - 1):
                found[v, u] = block.reshape(*avals[v].shape, *avals[u].shape)
        return found
    rows = as_rows(matrix, before, avals)
    for u in before:
        for v, block in _pieces(rows[u], behind, avals, axis=0):
            found[v, u] = block.reshape(*avals[v].shape, *avals[u].shape)
    return found


def _pieces(array: Array, variables: Sequence[int], avals: Sequence[Any], axis: int) -> Any:
    """The part of an axis that belongs to each variable of a state."""
    start = 0
    for v in variables:
        stop = start + prod(avals[v].shape)
        whole = start == 0 and stop == array.shape[axis]
        yield v, array if whole else lax.slice_in_dim(array, start, stop, axis=axis)
        start = stop


def _split(array: Array, variables: Sequence[int], avals: Sequence[Any]) -> dict[int, Array]:
    """The columns of `(directions, entries)` as directions of each variable of a state."""
    return {
        v: piece.reshape(array.shape[0], *avals[v].shape)
        for v, piece in _pieces(array, variables, avals, axis=1)
    }


def _flat(part: Array) -> Array:
    return part.reshape(part.shape[0], -1)


def _joined(parts: Mapping[int, Array]) -> Array:
    arrays = [_flat(part) for part in parts.values()]
    return arrays[0] if len(arrays) == 1 else jnp.concatenate(arrays, axis=1)


def _oriented(matrix: Matrix, axis: int) -> tuple[Array, int]:
    """A matrix as one array, perhaps transposed, and where its `axis` (0 rows, 1 columns) lies."""
    if isinstance(matrix, Full):
        return matrix.array, axis
    return _joined(matrix.parts), axis if isinstance(matrix, Rows) else 1 - axis


def _full(matrix: Matrix) -> Array:
    array, columns = _oriented(matrix, 1)
    return array if columns == 1 else array.T


def _dot(left: Array, left_axis: int, right: Array, right_axis: int) -> Array:
    dtype = jnp.promote_types(left.dtype, right.dtype)
    return lax.dot_general(
        left.astype(dtype), right.astype(dtype), (((left_axis,), (right_axis,)), ((), ()))
    )
