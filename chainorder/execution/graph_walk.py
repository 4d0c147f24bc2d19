"""Running an elimination order on partial derivatives: numbers, blocks, or batches of either."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..checks import shown
from ..elimination.live_graph import Vertex
from ..errors import ChainOrderError
from ..plans.plan import Plan
from ..problems.graph import Graph
from .numbers_in import number_array
from .run import OnStep, Run

CACHED_ENTRIES = 2**20
"""Entries of partials of a batch that are worked on together: 8 MiB."""

Edges = dict[Vertex, dict[Vertex, Any]]
"""The value of edge `(u, v)` under `u`, then `v`."""


def execute_graph(
    plan: Plan,
    partials: Mapping[tuple[Vertex, Vertex], Any],
    x: None = None,
    block: None = None,
    on_step: OnStep | None = None,
) -> Run:
    """Accumulate the Jacobian of a graph from the partial derivatives on its edges.

    Args:
        plan: a plan of a graph.
        partials: for every edge `(u, v)` the derivative `dv/du`: a number if both sizes are 1,
            else an array of shape `(size v, size u)`. An axis in front, the same length wherever
            there is one, makes a batch: shape `(batch,)`, or `(batch, size v, size u)`. Edges
            that no path from an input to an output uses may be left out; what is given for them
            only says whether there is a batch.
        x, block: None; partials are numbers already, and nothing is pushed in blocks.
        on_step: told of each vertex when it is eliminated.

    Returns:
        The Jacobian: shape `(rows, columns)`, or `(batch, rows, columns)`; rows are the entries of
        the outputs and columns those of the inputs, in the graph's order. fma, flops and peak
        entries are those of the whole batch, counted from the operands.

    Raises:
        ChainOrderError: a partial that is missing, not an edge, of the wrong shape, or not finite.
    """
    for name, value in (("x", x), ("block", block)):
        if value is not None:
            raise ChainOrderError(f"{name} is {shown(value)}: expected None for a graph")
    graph = plan.problem
    values, batch = _checked(graph, partials)
    start = time.perf_counter()
    jacobian = _zeros(graph, values, batch)
    counts = _Counts()
    outputs = set(graph.outputs)
    with np.errstate(over="ignore", invalid="ignore"):
        for part, place in _pieces(values, jacobian, batch):
            _assemble(graph, _eliminate(plan.order, part, outputs, counts, on_step), place)
    seconds = time.perf_counter() - start
    return Run(jacobian, counts.fma, counts.flops, seconds, counts.peak_entries)


def _pieces(
    values: dict[tuple[Vertex, Vertex], Any], jacobian: npt.NDArray[Any], batch: int | None
) -> Iterator[tuple[dict[tuple[Vertex, Vertex], Any], npt.NDArray[Any]]]:
    """The partials and the place of their Jacobian: of a batch, as many as the cache can hold.

    A partial that is the same for all samples is one of each: counts are those of every sample.
    """
    if batch is None:
        yield values, jacobian
        return
    entries = sum(value.shape[-2] * value.shape[-1] for value in values.values())
    width = max(1, CACHED_ENTRIES // max(1, entries))
    batched = {
        edge: np.broadcast_to(value, (batch, *value.shape[-2:])) for edge, value in values.items()
    }
    for first in range(0, batch, width):
        piece = slice(first, first + width)
        yield {edge: value[piece] for edge, value in batched.items()}, jacobian[piece]


@dataclass(slots=True)
class _Counts:
    """What was really multiplied, added and held; of a batch, summed up over its samples."""

    fma: int = 0
    flops: int = 0
    peak_entries: int = 0


def _eliminate(
    order: list[Any],
    values: dict[tuple[Vertex, Vertex], Any],
    outputs: set[Vertex],
    counts: _Counts,
    on_step: OnStep | None = None,
) -> Edges:
    """Eliminate all vertices of an order; returns the edges that are left, and adds to `counts`."""
    succ: Edges = {}
    pred: Edges = {}
    for (u, v), value in values.items():
        succ.setdefault(u, {})[v] = value
        pred.setdefault(v, {})[u] = value
    made: set[tuple[Vertex, Vertex]] = set()
    fma = flops = held = peak = 0
    start = time.perf_counter()
    for v in order:
        in_edges, out_edges = pred[v], succ.pop(v)
        for p, right in in_edges.items():
            beside = succ[p]
            for s, left in out_edges.items():
                product = _product(left, right)
                size, depth = _extent(product, left)
                fma += size * depth
                flops += size * (2 * depth - 1)
                if s in beside:
                    flops += size
                    product = beside[s] + product
                if (p, s) not in made:
                    made.add((p, s))
                    held += size
                beside[s] = pred[s][p] = product
        peak = max(peak, held)
        for s, left in out_edges.items():
            held -= _freed(made, v, s, left)
            del pred[s][v]
        if v not in outputs:
            for p, right in in_edges.items():
                held -= _freed(made, p, v, right)
                del succ[p][v]
            del pred[v]
        if on_step is not None:
            on_step(fma, flops, time.perf_counter() - start)
    counts.fma += fma
    counts.flops += flops
    counts.peak_entries += peak
    return succ


def _product(left: Any, right: Any) -> Any:
    # With an inner size of 1 every entry is one multiplication: much faster for a batch.
    return left @ right if isinstance(left, np.ndarray) and left.shape[-1] > 1 else left * right


def _extent(product: Any, left: Any) -> tuple[int, int]:
    """Entries of a product, and how many multiplications each took."""
    if isinstance(product, np.ndarray):
        return product.size, left.shape[-1]
    return 1, 1


def _freed(made: set[tuple[Vertex, Vertex]], u: Vertex, v: Vertex, value: Any) -> int:
    """Entries given back with an edge; what the caller gave was never held."""
    if (u, v) not in made:
        return 0
    made.discard((u, v))
    return value.size if isinstance(value, np.ndarray) else 1


def _zeros(
    graph: Graph, values: dict[tuple[Vertex, Vertex], Any], batch: int | None
) -> npt.NDArray[Any]:
    """A Jacobian without entries yet, of the type that products of the partials have.

    Raises:
        MemoryError: more entries than an array can have.
    """
    sizes = graph.sizes
    kind = np.result_type(np.float64, *{np.asarray(value).dtype for value in values.values()})
    height = sum(sizes[o] for o in graph.outputs)
    width = sum(sizes[i] for i in graph.inputs)
    shape = (*(() if batch is None else (batch,)), height, width)
    if math.prod(shape) * kind.itemsize > sys.maxsize:
        raise MemoryError
    return np.zeros(shape, dtype=kind)


def _assemble(graph: Graph, succ: Edges, jacobian: npt.NDArray[Any]) -> None:
    """Write the edges from inputs to outputs to their places in the Jacobian."""
    sizes = graph.sizes
    rows, columns = _offsets(graph.outputs, sizes), _offsets(graph.inputs, sizes)
    for i, column in columns.items():
        for o, value in succ.get(i, {}).items():
            if o in rows:
                part = (slice(rows[o], rows[o] + sizes[o]), slice(column, column + sizes[i]))
                jacobian[(..., *part)] = value
    for o in graph.outputs:
        if o in columns:
            part = (slice(rows[o], rows[o] + sizes[o]), slice(columns[o], columns[o] + sizes[o]))
            jacobian[(..., *part)] = np.eye(sizes[o])


def _offsets(vertices: tuple[Vertex, ...], sizes: Mapping[Vertex, int]) -> dict[Vertex, int]:
    offsets = {}
    total = 0
    for vertex in vertices:
        offsets[vertex] = total
        total += sizes[vertex]
    return offsets


def _checked(
    graph: Graph, partials: Mapping[tuple[Vertex, Vertex], Any]
) -> tuple[dict[tuple[Vertex, Vertex], Any], int | None]:
    """The partials of all edges that count, in one form: numbers, or blocks; and the batch."""
    if not isinstance(partials, Mapping):
        raise ChainOrderError(f"partials is {type(partials).__name__}: expected a mapping by edge")
    edges = set(graph.edges)
    for edge in partials:
        if edge not in edges:
            raise ChainOrderError(f"partials has {edge!r}: the graph has no such edge")
    live = set(graph.live.labels)
    arrays: dict[tuple[Vertex, Vertex], npt.NDArray[Any]] = {}
    batch: int | None = None
    for u, v in graph.edges:
        is_used = u in live and v in live
        if (u, v) not in partials:
            if is_used:
                raise ChainOrderError(f"partials has no ({u!r}, {v!r}): expected one per edge")
            continue
        block = _block(u, v, partials[u, v], (graph.sizes[v], graph.sizes[u]))
        if block.ndim == 3:
            if batch is not None and len(block) != batch:
                raise ChainOrderError(
                    f"partials[{u!r}, {v!r}] is a batch of {len(block)}: others are {batch}"
                )
            batch = len(block)
        if is_used:
            _check_finite(u, v, block)
            arrays[u, v] = block
    if batch is None and all(array.shape == (1, 1) for array in arrays.values()):
        return {edge: array.item() for edge, array in arrays.items()}, None
    # Products of integers in arrays would wrap around; those of Python's numbers do not.
    as_floats = {
        edge: array.astype(np.float64) if array.dtype.kind in "iu" else array
        for edge, array in arrays.items()
    }
    return as_floats, batch


def _block(u: Vertex, v: Vertex, value: Any, shape: tuple[int, int]) -> npt.NDArray[Any]:
    """A partial as an array `(size v, size u)` or `(batch, size v, size u)`."""
    name = f"partials[{u!r}, {v!r}]"
    array = number_array(value, name)
    is_bare = shape == (1, 1) and array.ndim <= 1
    block = array.reshape((*array.shape, 1, 1)) if is_bare else array
    if block.ndim not in (2, 3) or block.shape[-2:] != shape:
        one = "a number, or (batch,)" if shape == (1, 1) else f"{shape}, or a batch in front"
        raise ChainOrderError(f"{name} has shape {array.shape}: expected {one}")
    return block


def _check_finite(u: Vertex, v: Vertex, block: npt.NDArray[Any]) -> None:
    wrong = ~np.isfinite(block)
    if wrong.any():
        raise ChainOrderError(
            f"partials[{u!r}, {v!r}] is {block[wrong].flat[0]}: expected finite numbers"
        )
