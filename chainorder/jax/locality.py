"""Whether each equation mixes few entries only, told from shapes: what a sparse Jacobian needs."""

from __future__ import annotations

from math import prod

from .activity import Activity
from .elementwise import is_elementwise
from .entries import ALONG_AN_AXIS, INDEXED, MOVING

MOST_PARTIALS = 2**20
"""Partial derivatives of all equations, entry by entry, that are looked at."""

FEW = 8
"""Entries of an operand that may all be mixed."""


def are_local(live: Activity) -> bool:
    """Whether no equation mixes most of its operand, and all have not too many partials."""
    total = 0
    for number in live.equations:
        made = sum(map(live.program.size, live.results(number)))
        for v in live.operands(number):
            taken = live.program.size(v)
            partials = _partials(live, number, v, made)
            if partials is None or (taken > FEW and 2 * partials > made * taken):
                return False
            total += partials
        if total > MOST_PARTIALS:
            return False
    return True


def _partials(live: Activity, number: int, v: int, made: int) -> int | None:
    """Non-zero partial derivatives of an equation by one operand; None if that is not known."""
    program, equation = live.program, live.program.equations[number]
    name, params, taken = equation.primitive.name, equation.params, program.size(v)
    if is_elementwise(equation):
        return made
    if name in MOVING:
        indices = equation.operands[INDEXED[name] :] if name in INDEXED else ()
        are_known = all(
            not isinstance(index, int) or program.constant_value(index) is not None
            for index in (indices[:1] if name == "scatter" else indices)
        )
        return made if are_known else None
    if name == "dot_general":
        (contracted, _), _ = params["dimension_numbers"]
        shape = program.shape(equation.operands[0])
        return int(made * prod(shape[axis] for axis in contracted))
    if name == "conv_general_dilated" and equation.operands[0] == v != equation.operands[1]:
        kernel, spec = program.shape(equation.operands[1]), params["dimension_numbers"].rhs_spec
        return int(made * prod(kernel[axis] for axis in spec[1:]))
    if name == "reduce_sum":
        return taken
    if name in ALONG_AN_AXIS:
        axes = params.get("axes", (params.get("axis", params.get("dimension")),))
        length = prod(program.avals[v].shape[axis] for axis in axes)
        return max(made, taken) * (length if made == taken else 1)
    return made * taken if made * taken <= FEW**2 else None
