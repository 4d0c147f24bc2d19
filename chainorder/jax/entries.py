"""Equations entry by entry: which entries of the operands each entry of a result depends on.

An entry of an active variable is a number, the same for all copies of it: what only moves entries
makes no new ones. Moving them is done by the primitive itself, on the numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from math import prod
from typing import Any

import jax
import numpy as np
import numpy.typing as npt

from .activity import Activity
from .prices import ELEMENTWISE
from .tracing import Constant, Equation, evaluate

Numbers = npt.NDArray[np.int64]
"""Entries of a variable as numbers, -1 where an entry has no derivative."""

MOVING = frozenset(
    (
        *("reshape", "squeeze", "expand_dims", "transpose", "broadcast_in_dim", "slice", "rev"),
        *("concatenate", "pad", "copy", "copy_p", "dynamic_slice", "gather", "split"),
    )
)
"""Primitives whose results are entries of their operands; the latter two by constant indices."""

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
            if name in ELEMENTWISE and taken.shape in (made.shape, ()):
                rows, columns = made.reshape(-1), np.broadcast_to(taken, made.shape).reshape(-1)
                kind = "ones" if name in LINEAR_UNITS else "elementwise"
                places = np.arange(made.size)
            elif name == "reduce_sum":
                summed = np.expand_dims(made, equation.params["axes"])
                rows, columns = np.broadcast_to(summed, taken.shape).reshape(-1), taken.reshape(-1)
                kind, places = "ones", np.arange(taken.size)
            else:
                rows, columns, places = _dense(equation, position, made, taken)
                kind = "dense"
            kept = columns >= 0
            found.locals.append(
                Local(number, kind, position, output, rows[kept], columns[kept], places[kept])
            )


def _dense(
    equation: Equation, position: int, made: Numbers, taken: Numbers
) -> tuple[Numbers, Numbers, Numbers]:
    """Entries of the Jacobian of a result by an operand; of `dot_general` those that meet."""
    rows, columns = np.indices((made.size, taken.size)).reshape(2, -1)
    if equation.primitive.name == "dot_general":
        meet = _met(equation.params["dimension_numbers"], position, made.shape, taken.shape)
        rows, columns = rows[meet.reshape(-1)], columns[meet.reshape(-1)]
    places = rows * taken.size + columns
    return made.reshape(-1)[rows], taken.reshape(-1)[columns], places


def _met(
    dimensions: Any, position: int, made: tuple[int, ...], taken: tuple[int, ...]
) -> npt.NDArray[np.bool_]:
    """Which entries of a `dot_general` depend on which of an operand: equal free and batch axes."""
    contracted, batch = dimensions
    mine = [
        axis for axis in range(len(taken)) if axis not in (*contracted[position], *batch[position])
    ]
    first = len(batch[0]) if position == 0 else len(made) - len(mine)
    pairs = [*enumerate(batch[position]), *zip(range(first, first + len(mine)), mine, strict=True)]
    meet = np.ones((prod(made), prod(taken)), dtype=bool)
    rows, columns = (
        np.indices(made).reshape(len(made), prod(made)),
        np.indices(taken).reshape(len(taken), prod(taken)),
    )
    for row_axis, column_axis in pairs:
        meet &= rows[row_axis][:, None] == columns[column_axis][None, :]
    return meet


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
        is_index = position > 0 and moves in ("gather", "dynamic_slice")
        if is_index:
            value = known(v) if isinstance(v, int) else v.value
            if value is None:
                return None
            operands.append(Constant(value))
        else:
            shape = found.live.program.avals[v].shape if isinstance(v, int) else np.shape(v.value)
            operands.append(Constant(np.full(shape, -1, dtype=np.int32)))
    params = equation.params
    if moves == "gather":
        params = {**params, "fill_value": -1}
    on_numbers = equation._replace(operands=tuple(operands), params=params)
    with jax.ensure_compile_time_eval():
        evaluate([on_numbers], scope)
        return [np.asarray(scope[v], dtype=np.int64) for v in equation.results]
