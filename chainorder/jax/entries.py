"""Equations entry by entry: which entries of the operands each entry of a result depends on.

An entry of an active variable is a number, the same for all copies of it: what only moves entries
makes no new ones. Moving them is done on the numbers, by NumPy or by the primitive itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any

import jax
import numpy as np
import numpy.typing as npt

from ..errors import ChainOrderError
from .activity import Activity
from .elementwise import is_elementwise
from .moves import MOVES
from .tracing import Constant, Equation, evaluate

Numbers = npt.NDArray[np.int64]
"""Entries of a variable as numbers, -1 where an entry has no derivative."""

INDEXED = {"gather": 1, "dynamic_slice": 1, "dynamic_update_slice": 2, "scatter": 1}
"""Primitives that move entries by indices, and the first operand that is one.

Of a scatter that is the only one.
"""

MOVING = frozenset(
    (
        *("reshape", "squeeze", "expand_dims", "transpose", "broadcast_in_dim", "slice", "rev"),
        *("concatenate", "pad", "copy", "copy_p", "split"),
        *INDEXED,
    )
)
"""Primitives whose results are entries of their operands."""

ALONG_AN_AXIS = frozenset(
    (
        *("cumsum", "cumlogsumexp", "cumprod", "cummax", "cummin", "sort"),
        *("reduce_max", "reduce_min", "reduce_prod"),
    )
)
"""Primitives whose results depend on all that is along an axis, and on nothing else."""

MAX_DENSE = 10**8
"""Entries of a local Jacobian of which nothing is known but its shape."""

LINEAR_UNITS = frozenset(("add", "add_any", "reduce_sum"))
"""Primitives that add entries up: their partial derivatives are one."""


@dataclass(eq=False)
class Local:
    """The partial derivatives of one equation: triples of result, operand and their place.

    `kind` says what their values are: "ones"; "elementwise", the partials by operand `position`
    in row-major order; or "dense", the Jacobian of result `output` by operand `position`.
    """

    number: int
    kind: str
    position: int
    output: int
    results: Numbers
    operands: Numbers
    places: Numbers


@dataclass(eq=False)
class Entries:
    """The entries of a program: their numbers by variable, and the local partial derivatives."""

    live: Activity
    numbers: dict[int, Numbers] = field(default_factory=dict)
    count: int = 0
    locals: list[Local] = field(default_factory=list)

    def fresh(self, shape: tuple[int, ...]) -> Numbers:
        """So many new entries."""
        first, self.count = self.count, self.count + prod(shape)
        return np.arange(first, self.count, dtype=np.int64).reshape(shape)


def entries(live: Activity, known: Callable[[int], Any]) -> Entries:
    """Number the entries of everything active, in the order in which it is computed.

    Args:
        live: the part of a program that derivatives flow through.
        known: the value of a variable without derivatives if it is a constant, else None.
    """
    found = Entries(live)
    for v in live.inputs:
        found.numbers[v] = found.fresh(live.program.avals[v].shape)
    for number in live.equations:
        _add(found, number, known)
    return found


def _add(found: Entries, number: int, known: Callable[[int], Any]) -> None:
    live = found.live
    equation = live.program.equations[number]
    name = equation.primitive.name
    if name in MOVING:
        moved = _moved(found, equation, known)
        if moved is not None:
            found.numbers.update(zip(equation.results, moved, strict=True))
            return
    for v in live.results(number):
        found.numbers[v] = found.fresh(live.program.avals[v].shape)
    active = [
        (position, found.numbers[v])
        for position, v in enumerate(equation.operands)
        if isinstance(v, int) and v in live.variables
    ]
    for output, v in enumerate(equation.results):
        if v not in live.variables:
            continue
        made = found.numbers[v]
        for position, taken in active:
            if is_elementwise(equation) and _broadcasts(taken.shape, made.shape):
                rows, columns = made.reshape(-1), np.broadcast_to(taken, made.shape).reshape(-1)
                kind = "ones" if name in LINEAR_UNITS else "elementwise"
                places = np.arange(made.size)
            elif name == "reduce_sum":
                summed = np.expand_dims(made, equation.params["axes"])
                rows, columns = np.broadcast_to(summed, taken.shape).reshape(-1), taken.reshape(-1)
                kind, places = "ones", np.arange(taken.size)
            else:
                rows, columns, places = _dense(found, equation, position, made, taken, known)
                kind = "dense"
            kept = columns >= 0
            found.locals.append(
                Local(number, kind, position, output, rows[kept], columns[kept], places[kept])
            )


def _broadcasts(taken: tuple[int, ...], made: tuple[int, ...]) -> bool:
    pairs = zip(taken, made, strict=False)
    return taken == () or (len(taken) == len(made) and all(a in (1, b) for a, b in pairs))


def _dense(
    found: Entries,
    equation: Equation,
    position: int,
    made: Numbers,
    taken: Numbers,
    known: Callable[[int], Any],
) -> tuple[Numbers, Numbers, Numbers]:
    """Entries of the Jacobian of a result by an operand, and their places in it."""
    name = equation.primitive.name
    if name == "dot_general":
        pairs = _dot_axes(
            equation.params["dimension_numbers"], position, len(made.shape), len(taken.shape)
        )
        rows, columns = _met(made.shape, taken.shape, pairs)
    elif name in ALONG_AN_AXIS:
        axes = equation.params.get(
            "axes", (equation.params.get("axis", equation.params.get("dimension")),)
        )
        others = [axis for axis in range(taken.ndim) if axis not in axes]
        results = others if made.ndim == taken.ndim else range(made.ndim)
        rows, columns = _met(made.shape, taken.shape, [*zip(results, others, strict=True)])
        if name.startswith("cum"):
            along = [np.unravel_index(places, made.shape)[axes[0]] for places in (rows, columns)]
            reaches = along[0] <= along[1] if equation.params["reverse"] else along[1] <= along[0]
            rows, columns = rows[reaches], columns[reaches]
    elif name == "conv_general_dilated" and position == 0:
        kernel = found.live.program.shape(equation.operands[1])
        rows, columns = _convolved(equation.params, made.shape, kernel, taken.shape)
    elif name == "scatter-add" and position == 0:
        rows = columns = np.arange(made.size)
    elif name == "scatter-add" and _value(equation.operands[1], known) is not None:
        rows, columns = _added(
            equation, made.shape, taken.shape, _value(equation.operands[1], known)
        )
    else:
        rows, columns = _met(made.shape, taken.shape, [])
    places = rows * taken.size + columns
    return made.reshape(-1)[rows], taken.reshape(-1)[columns], places


def _dot_axes(dimensions: Any, position: int, made: int, taken: int) -> list[tuple[int, int]]:
    """Which axis of a product is which of an operand: its free and batch axes."""
    contracted, batch = dimensions
    bound = (*contracted[position], *batch[position])
    free = [axis for axis in range(taken) if axis not in bound]
    first = len(batch[0]) if position == 0 else made - len(free)
    return [*enumerate(batch[position]), *zip(range(first, first + len(free)), free, strict=True)]


def _met(
    made: tuple[int, ...], taken: tuple[int, ...], pairs: list[tuple[int, int]]
) -> tuple[Numbers, Numbers]:
    """Places of a result and of an operand whose coordinates on pairs of axes are equal."""
    # One axis per coordinate of the result, then one per coordinate of the operand that is free.
    of_taken = {b: a for a, b in pairs}
    free = [axis for axis in range(len(taken)) if axis not in of_taken]
    shape = (*made, *(taken[axis] for axis in free))
    if prod(shape) > MAX_DENSE:
        raise ChainOrderError(
            f"an operation from {taken} to {made} has a Jacobian whose pattern is not known: "
            "it is too large to be taken for dense"
        )
    axis_of = {axis: len(made) + at for at, axis in enumerate(free)} | of_taken
    grid = np.indices(shape, sparse=True)
    rows = np.broadcast_to(_raveled(grid[: len(made)], made), shape)
    columns = np.broadcast_to(_raveled([grid[axis_of[b]] for b in range(len(taken))], taken), shape)
    return rows.reshape(-1), columns.reshape(-1)


def _raveled(coordinates: Sequence[Any], shape: tuple[int, ...]) -> Any:
    """Places in row-major order, of coordinates that broadcast."""
    place = np.zeros((), dtype=np.int64)
    for coordinate, size in zip(coordinates, shape, strict=True):
        place = place * size + coordinate
    return place


def _value(operand: int | Constant, known: Callable[[int], Any]) -> Any:
    return known(operand) if isinstance(operand, int) else operand.value


def _added(
    equation: Equation, made: tuple[int, ...], taken: tuple[int, ...], indices: Any
) -> tuple[Numbers, Numbers]:
    """Places of a result and of what is added to it: the adjoint takes places where they go."""
    zeros, updates = np.zeros(made, np.float32), np.zeros(taken, np.float32)
    bound = equation.primitive.get_bind_params(equation.params)
    params = bound[1] if isinstance(bound, tuple) else bound
    with jax.ensure_compile_time_eval():
        _, adjoint = jax.vjp(
            lambda u: equation.primitive.bind(zeros, indices, u, **params), updates
        )
        places = np.arange(1, prod(made) + 1)
        # In two parts, as numbers of 32 bits are exact up to 2^24.
        parts = (places // 4096, places % 4096)
        high, low = (
            np.asarray(adjoint(part.astype(np.float32).reshape(made))[0], np.int64)
            for part in parts
        )
    rows = (high * 4096 + low).reshape(-1) - 1
    columns = np.flatnonzero(rows >= 0)
    return rows[columns], columns


def _convolved(
    params: dict[str, Any], made: tuple[int, ...], kernel: tuple[int, ...], taken: tuple[int, ...]
) -> tuple[Numbers, Numbers]:
    """Places of a convolution and of what is convolved that a tap of the kernel connects."""
    taken_spec, kernel_spec, made_spec = params["dimension_numbers"]
    channels, taps = kernel[kernel_spec[1]], [kernel[axis] for axis in kernel_spec[2:]]
    grid = np.indices((*made, channels, *taps), sparse=True)
    features, groups = kernel[kernel_spec[0]], params["feature_group_count"]
    batches, feature = params["batch_group_count"], grid[made_spec[1]]
    at: list[Any] = [None] * len(taken)
    at[taken_spec[0]] = grid[made_spec[0]] + feature // (features // batches) * (
        taken[taken_spec[0]] // batches
    )
    at[taken_spec[1]] = feature // (features // groups) * channels + grid[len(made)]
    inside: Any = np.ones((), dtype=bool)
    for d, axis in enumerate(taken_spec[2:]):
        place = grid[made_spec[2 + d]] * params["window_strides"][d] - params["padding"][d][0]
        place = place + grid[len(made) + 1 + d] * params["rhs_dilation"][d]
        at[axis], rest = np.divmod(place, params["lhs_dilation"][d])
        inside = inside & (rest == 0) & (at[axis] >= 0) & (at[axis] < taken[axis])
    shape = (*made, channels, *taps)
    inside = np.broadcast_to(inside, shape)
    rows = np.broadcast_to(_raveled(grid[: len(made)], made), shape)[inside]
    return rows, np.broadcast_to(_raveled(at, taken), shape)[inside]


def _moved(found: Entries, equation: Equation, known: Callable[[int], Any]) -> list[Numbers] | None:
    """The numbers of results whose entries are entries of the operands; None if that is not so."""
    scope: dict[int, Any] = {}
    operands: list[int | Constant] = []
    moves = equation.primitive.name
    for position, v in enumerate(equation.operands):
        if isinstance(v, int) and v in found.live.variables:
            operands.append(v)
            scope[v] = np.asarray(found.numbers[v], dtype=np.int32)
            continue
        first = INDEXED.get(moves, len(equation.operands))
        if position == first or (position > first and moves != "scatter"):
            value = _value(v, known)
            if value is None:
                return None
            operands.append(Constant(value))
        else:
            shape = found.live.program.avals[v].shape if isinstance(v, int) else np.shape(v.value)
            operands.append(Constant(np.full(shape, -1, dtype=np.int32)))
    if moves in MOVES:
        given = [
            np.asarray(scope[v] if isinstance(v, int) else v.value, dtype=np.int64)
            for v in operands
        ]
        shape = found.live.program.avals[equation.results[0]].shape
        return MOVES[moves](given, equation.params, shape)
    params = equation.params
    if moves == "gather":
        params = {**params, "fill_value": -1}
    if moves == "scatter" and params.get("update_jaxpr") is not None:
        return None
    on_numbers = equation._replace(operands=tuple(operands), params=params)
    with jax.ensure_compile_time_eval():
        evaluate([on_numbers], scope)
        return [np.asarray(scope[v], dtype=np.int64) for v in equation.results]
