"""Which equations and variables carry derivatives from some inputs to some outputs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .tracing import Operand, Program

CONSTANT_RESULTS = ("stop_gradient", "sign", "floor", "ceil", "round", "random_bits")
"""Primitives whose results have the derivative zero, or none."""


@dataclass(frozen=True, eq=False)
class Activity:
    """The part of a program on paths from `inputs` to `outputs` that derivatives flow along.

    `equations` are the numbers of its equations, in order. `needed` are those of all equations
    whose values the derivatives depend on, and `order` is empty where nothing depends.
    """

    program: Program
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    variables: frozenset[int]
    equations: tuple[int, ...]
    needed: tuple[int, ...]

    def operands(self, number: int) -> list[int]:
        """The active operands of an equation, each once."""
        seen = dict.fromkeys(self.program.equations[number].variables)
        return [v for v in seen if v in self.variables]

    def is_product(self, number: int) -> bool:
        """Whether an equation is a product of matrices, or a convolution."""
        equation = self.program.equations[number]
        if equation.primitive.name == "dot_general":
            shape = self.program.shape(equation.operands[0])
            (contracted, _), _ = equation.params["dimension_numbers"]
            return any(shape[axis] > 1 for axis in contracted)
        return equation.primitive.name == "conv_general_dilated"

    def results(self, number: int) -> list[int]:
        """The active results of an equation."""
        return [v for v in self.program.equations[number].results if v in self.variables]


def reached(program: Program, inputs: Sequence[int]) -> set[int]:
    """The variables that have a derivative by one of the inputs."""
    active = {v for v in inputs if program.is_inexact(v)}
    for equation in program.equations:
        if equation.primitive.name not in CONSTANT_RESULTS and not active.isdisjoint(
            equation.variables
        ):
            active.update(v for v in equation.results if program.is_inexact(v))
    return active


def activity(program: Program, inputs: Sequence[int], outputs: Sequence[Operand]) -> Activity:
    """What lies between inputs and outputs; those that nothing connects are left out.

    Inputs may be any variables; what makes them has no part in it.
    """
    forward = reached(program, inputs)
    wanted = {v for v in outputs if type(v) is int and v in forward}
    needed_variables = set(wanted)
    given = set(inputs)
    equations, needed = [], []
    for number in range(len(program.equations) - 1, -1, -1):
        equation = program.equations[number]
        made = [v for v in equation.results if v not in given]
        if not wanted.isdisjoint(made):
            wanted.update(v for v in equation.variables if v in forward)
            equations.append(number)
        if not needed_variables.isdisjoint(made):
            needed_variables.update(equation.variables)
            needed.append(number)
    active = forward & wanted
    return Activity(
        program=program,
        inputs=tuple(dict.fromkeys(v for v in inputs if v in active)),
        outputs=tuple(dict.fromkeys(v for v in outputs if type(v) is int and v in active)),
        variables=frozenset(active),
        equations=tuple(reversed(equations)),
        needed=tuple(reversed(needed)),
    )


def dependencies(program: Program) -> list[frozenset[int]]:
    """For every output, the inputs (by position) that it has a derivative by."""
    marks: dict[int, int] = {}
    for position, v in enumerate(program.inputs):
        if program.is_inexact(v):
            marks[v] = marks.get(v, 0) | 1 << position
    for equation in program.equations:
        if equation.primitive.name in CONSTANT_RESULTS:
            continue
        mark = 0
        for v in equation.variables:
            mark |= marks.get(v, 0)
        if mark:
            marks.update((v, mark) for v in equation.results if program.is_inexact(v))
    found = []
    for output in program.outputs:
        mark = marks.get(output, 0) if type(output) is int else 0
        found.append(frozenset(p for p in range(len(program.inputs)) if mark >> p & 1))
    return found
