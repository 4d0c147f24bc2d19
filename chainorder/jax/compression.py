"""Few directions for a Jacobian with few entries: columns or rows that share one, by colouring."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp
import numpy as np
import numpy.typing as npt
from jax import Array

from ..structure.coloring import Coloring, column_coloring, row_coloring
from ..structure.explicit import Entries as ExplicitPattern
from ..structure.star_coloring import star_coloring
from .keeping import kept
from .prices import Price
from .stages import Stage
from .tracing import Program


@dataclass(frozen=True, eq=False)
class Compressed:
    """How the Jacobian of a range of elementals is had: its pattern, and the colouring.

    Entry `t` is the one in place `places[t]` of the product with the directions of `groups[t]`.
    """

    first: int
    last: int
    rows: npt.NDArray[np.int64]
    columns: npt.NDArray[np.int64]
    coloring: Coloring
    is_pushed: bool
    groups: npt.NDArray[np.int64]
    places: npt.NDArray[np.int64]


def compressed(csr: Any, first: int, last: int, cost: Price) -> tuple[Compressed, int]:
    """The cheaper colouring of a pattern, by columns or by rows, and what it costs."""
    found = compressed_within(csr, first, last, cost, None)
    assert found is not None
    return found


def compressed_within(
    csr: Any, first: int, last: int, cost: Price, most: float | None
) -> tuple[Compressed, int] | None:
    """As `compressed`, or None if that costs more than `most`.

    All columns with an entry in one row have colours of their own: a side whose fullest line
    costs too much is not coloured.
    """
    coo = csr.tocoo()
    form = ExplicitPattern(csr)
    sides = [
        (int(np.bincount(lines, minlength=1).max()) * one, coloring, one, is_pushed)
        for lines, coloring, one, is_pushed in (
            (coo.row, column_coloring, cost.tangent, True),
            (coo.col, row_coloring, cost.adjoint, False),
        )
        if one is not None
    ]
    best: tuple[int, Coloring, bool] | None = None
    for least, coloring, one, is_pushed in sorted(sides, key=lambda side: side[0]):
        if (best is not None and best[0] <= least) or (most is not None and least > most):
            continue
        made = coloring(form) if csr.nnz else Coloring(np.full(csr.shape[is_pushed], -1), 0)
        if best is None or made.count * one < best[0]:
            best = made.count * one, made, is_pushed
    if best is None or (most is not None and best[0] > most):
        return None
    price_of, chosen, is_pushed = best
    rows, columns = coo.row.astype(np.int64), coo.col.astype(np.int64)
    groups = chosen.colors[columns if is_pushed else rows]
    places = rows if is_pushed else columns
    return Compressed(first, last, rows, columns, chosen, is_pushed, groups, places), price_of


def symmetric_compression(csr: Any, last: int, cost: Price) -> tuple[Compressed, int] | None:
    """The star colouring of a symmetric pattern, and what it costs."""
    if cost.tangent is None or csr.shape[0] != csr.shape[1] or (csr != csr.T).nnz:
        return None
    coo = csr.tocoo()
    found, places, groups = star_coloring(ExplicitPattern(csr))
    rows, columns = coo.row.astype(np.int64), coo.col.astype(np.int64)
    chosen = Compressed(0, last, rows, columns, found, True, groups, places)
    return chosen, found.count * cost.tangent


def entries_of(
    factor: Compressed, stage: Stage, values: dict[int, Any], chunk: int | None = None
) -> Array:
    """The entries of a compressed Jacobian, in the order of its pattern."""
    program = stage.live.program
    colors, count = factor.coloring.colors, max(factor.coloring.count, 1)
    ends = stage.before if factor.is_pushed else stage.behind
    seeds, start = {}, 0
    for v in ends:
        aval = program.avals[v]
        mine = colors[start : start + program.size(v)]
        start += len(mine)
        one_hot = mine[None, :] == np.arange(count)[:, None]
        seeds[v] = jnp.asarray(one_hot, aval.dtype).reshape(count, *aval.shape)
    if factor.is_pushed:
        products = stage.push(values, seeds, chunk)
        flat = [products[v].reshape(count, -1) for v in stage.behind]
    else:
        products = stage.pull(stage.recorded(values), seeds, chunk)
        flat = [products[v].reshape(count, -1) for v in stage.before]
    joined: Array = flat[0] if len(flat) == 1 else jnp.concatenate(flat, axis=1)
    index = factor.groups * joined.shape[1] + factor.places
    if np.array_equal(index, np.arange(joined.size)):
        return joined.reshape(-1)
    # Fused into the gather, each entry would be computed by itself.
    (joined,) = kept([joined])
    return joined.reshape(-1)[index]


def by_block(
    program: Program,
    outputs: Sequence[int],
    inputs: Sequence[int],
    rows: npt.NDArray[np.int64],
    columns: npt.NDArray[np.int64],
    data: Array,
) -> dict[tuple[int, int], tuple[Array, Any, Any]]:
    """For variables of outputs and inputs the entries of their block, its rows and columns."""
    blocks = {}
    top = 0
    for v in outputs:
        left = 0
        for u in inputs:
            inside = (rows >= top) & (rows < top + program.size(v))
            inside &= (columns >= left) & (columns < left + program.size(u))
            part = data if inside.all() else data[np.flatnonzero(inside)]
            blocks[v, u] = part, rows[inside] - top, columns[inside] - left
            left += program.size(u)
        top += program.size(v)
    return blocks


def scattered(
    program: Program,
    factor: Compressed,
    outputs: Sequence[int],
    inputs: Sequence[int],
    data: Array,
) -> dict[tuple[int, int], Array]:
    """For variables of outputs and inputs their dense block, `(*shape of v, *shape of u)`."""
    found = {}
    blocks = by_block(program, outputs, inputs, factor.rows, factor.columns, data)
    for (v, u), (part, rows, columns) in blocks.items():
        if not len(rows):
            continue
        zeros = jnp.zeros((program.size(v), program.size(u)), part.dtype)
        at = zeros.at[_places(rows), _places(columns)]
        dense = at.set(part, indices_are_sorted=True, unique_indices=True, mode="promise_in_bounds")
        found[v, u] = dense.reshape(*program.shape(v), *program.shape(u))
    return found


def diagonal(size: int, *, is_pushed: bool) -> Compressed:
    """That of a square Jacobian with nothing beside its diagonal: one direction."""
    at = np.arange(size)
    group = np.zeros(size, np.int64)
    return Compressed(0, 1, at, at, Coloring(group, 1), is_pushed, group, at)


def _places(places: npt.NDArray[np.int64]) -> Any:
    """Rows or columns, not written down where they are all of them."""
    is_all = np.array_equal(places, np.arange(len(places)))
    return jnp.arange(len(places)) if is_all else places.astype(np.int32)
