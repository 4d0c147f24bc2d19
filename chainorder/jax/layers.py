"""Linear layers: equations whose Jacobian is a matrix that is there already."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
from jax import Array

from .activity import Activity
from .matrices import Rows


def layers(live: Activity) -> frozenset[int]:
    """The products of a whole active variable and of a matrix that depends on no input."""
    program = live.program
    dependent = set(live.inputs)
    found = []
    for number in live.needed:
        equation = program.equations[number]
        if not dependent.isdisjoint(equation.variables):
            dependent.update(equation.results)
    for number in live.equations:
        equation = program.equations[number]
        if equation.primitive.name != "dot_general":
            continue
        (contracted, batch) = equation.params["dimension_numbers"]
        at = [v in live.variables for v in equation.operands]
        if sum(at) != 1 or batch[0]:
            continue
        position = at.index(True)
        v, matrix = equation.operands[position], equation.operands[1 - position]
        assert isinstance(v, int)
        avals = (program.avals[v], program.avals[equation.results[0]])
        is_there = not isinstance(matrix, int) or matrix not in dependent
        is_whole = len(contracted[position]) == len(avals[0].shape)
        if is_there and is_whole and avals[0].dtype == avals[1].dtype:
            found.append(number)
    return frozenset(found)


def layer_jacobian(live: Activity, number: int, values: dict[int, Any]) -> Rows:
    """The Jacobian of a linear layer by its active operand, a row for each entry of the result."""
    equation = live.program.equations[number]
    contracted, _ = equation.params["dimension_numbers"]
    position = next(at for at, v in enumerate(equation.operands) if v in live.variables)
    v, held = equation.operands[position], equation.operands[1 - position]
    assert isinstance(v, int)
    matrix: Array = jnp.asarray(values[held] if isinstance(held, int) else held.value)
    inner = dict(zip(contracted[position], contracted[1 - position], strict=True))
    free = [axis for axis in range(matrix.ndim) if axis not in contracted[1 - position]]
    aval = live.program.avals[v]
    rows = matrix.transpose(*free, *(inner[axis] for axis in range(len(aval.shape))))
    return Rows({v: rows.reshape(-1, *aval.shape).astype(aval.dtype)})
