"""Running the steps of a plan with JAX: stages are pushed through and pulled back, then multiplied.

Each elemental of a plan is used once, in one direction, so what consecutive steps do in the same
direction is one stage: pure forward and pure reverse are what `jacfwd` and `jacrev` do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from jax import Array

from .activity import Activity, activity
from .compression import entries_of, scattered
from .layers import layer_jacobian
from .matrices import Columns, Matrix, Rows, as_columns, as_rows, blocks, identity, product
from .pieces import Piece
from .stages import Stage, prelude, stages
from .tracing import Program

Blocks = dict[tuple[int, int], Array]
"""`dv/du` by its variables, of shape `(*shape of v, *shape of u)`."""


@dataclass(frozen=True)
class Limits:
    """Directions that go through a stage at once, None for all; whether tapes are made anew.

    With `recomputes` each adjoint stage keeps only its state, and its tape is there only while
    rows are pulled through it.
    """

    chunk: int | None = None
    recomputes: bool = False


@dataclass(frozen=True)
class Part:
    """A sub-Jacobian `(i, j)` of a plan and how it is made.

    "given" is there, the matrix of a linear layer. "forward" and "reverse" make it from the
    identity, "push" and "pull" from the part that lies
    before or behind, "multiply" from both. `k` is where the operands meet.
    """

    kind: str
    i: int
    k: int
    j: int
    operands: tuple[Part, ...] = ()

    def ranges(self) -> Iterable[tuple[int, int, str]]:
        """The ranges of elementals that are stages, first applied first, with their direction."""
        if self.kind == "given":
            yield (self.i, self.j, "given")
        elif self.kind == "multiply":
            left, right = self.operands
            yield from right.ranges()
            yield from left.ranges()
        elif self.kind in ("forward", "push"):
            for operand in self.operands:
                yield from operand.ranges()
            yield (self.k, self.j, "tangents")
        else:
            yield (self.i, self.k, "adjoints")
            for operand in self.operands:
                yield from operand.ranges()


def parts(piece: Piece, *, one_by_one: bool = False) -> Part:
    """The steps of a plan as a tree, with consecutive stages of one direction as one.

    With `one_by_one` every elemental that rows are pulled back through is a stage of its own.
    """
    ready: dict[tuple[int, int], Part] = {}

    def taken(i: int, j: int) -> Part:
        return ready.pop((i, j), None) or Part("given", i, i, j)

    for kind, i, k, j in piece.plan.steps:
        if kind == "accumulate":
            made = Part("forward" if k == i else "reverse", i, k, j)
        elif kind == "multiply":
            left, right = taken(k, j), taken(i, k)
            # A product with a layer goes on with what is being pushed or pulled.
            if left.kind == "given" and right.kind in PUSHED:
                made = _pushed(right, j)
            elif right.kind == "given" and left.kind in PULLED:
                made = _pulled(left, i, one_by_one=one_by_one)
            else:
                made = Part("multiply", i, k, j, (left, right))
        elif kind == "tangent":
            made = _pushed(taken(i, k), j)
        else:
            made = _pulled(taken(k, j), i, one_by_one=one_by_one)
        ready[i, j] = made
    if not ready:
        return Part("given", 0, 0, 1)
    (whole,) = ready.values()
    return whole


PUSHED = ("forward", "push")
PULLED = ("reverse", "pull")
"""What tangents, and what adjoints, have made: the next stage in the same direction joins it."""


def _pushed(one: Part, j: int) -> Part:
    if one.kind in PUSHED:
        return Part(one.kind, one.i, one.k, j, one.operands)
    return Part("push", one.i, one.j, j, (one,))


def _pulled(one: Part, i: int, *, one_by_one: bool) -> Part:
    if one_by_one:
        for l in range(one.i - 1, i - 1, -1):
            one = Part("pull", l, l + 1, one.j, (one,))
        return one
    if one.kind in PULLED:
        return Part(one.kind, i, one.k, one.j, one.operands)
    return Part("pull", i, one.i, one.j, (one,))


def walk(
    program: Program,
    piece: Piece,
    values: dict[int, Any],
    limits: Limits,
    kept: frozenset[int] = frozenset(),
) -> Blocks:
    """The blocks of a piece's Jacobian.

    Args:
        program: what the piece is of.
        piece: what to accumulate, with its plan.
        values: of the program's inputs and constants; those of `kept` are added, as far as they
            are met.
        limits: of memory.
        kept: variables whose values are of use later.
    """
    whole = parts(piece, one_by_one=limits.recomputes)
    ranges = list(whole.ranges())
    live = activity(program, piece.inputs, piece.outputs)
    prelude(live, values)
    found = stages(live, piece.cuts, [(first, last) for first, last, _ in ranges], kept)
    if piece.compression is not None:
        data = entries_of(piece.compression, found[0], values, limits.chunk)
        return scattered(program, piece.compression, piece.outputs, piece.inputs, data)
    by_state = {stage.first: stage for stage in found}
    walker = _Walker(live, piece, values, limits.chunk, by_state, {}, {})
    for stage, (first, _, direction) in zip(found, ranges, strict=True):
        if direction == "adjoints":
            walker.adjoints[first] = stage.recorded(values, recomputes=limits.recomputes)
        elif direction == "given":
            stage.evaluated(values)
        else:
            walker.matrix(_pushed_through(whole, first))
    states = piece.cuts.states
    return blocks(walker.matrix(whole), states[-1], states[0], program.avals)


def _pushed_through(part: Part, first: int) -> Part:
    """The part that pushes through the stage that begins at a state."""
    stack = [part]
    while stack:
        part = stack.pop()
        if part.kind in PUSHED and part.k == first:
            return part
        stack.extend(part.operands)
    raise AssertionError(first)


@dataclass(eq=False)
class _Walker:
    """The sub-Jacobians that have been made so far."""

    live: Activity
    piece: Piece
    values: dict[int, Any]
    chunk: int | None
    stages: dict[int, Stage]
    adjoints: dict[int, Callable[..., Any]]
    made: dict[Part, Matrix]

    def matrix(self, part: Part) -> Matrix:
        if part in self.made:
            return self.made.pop(part)
        made = self._made(part)
        if part.kind in PUSHED:
            # Made when its stage is evaluated, used later.
            self.made[part] = made
        return made

    def _made(self, part: Part) -> Matrix:
        states, avals = self.piece.cuts.states, self.live.program.avals
        if part.kind == "multiply":
            left, right = part.operands
            return product(self.matrix(left), self.matrix(right))
        if part.kind == "given":
            (number,) = self.piece.cuts.between[part.i]
            return layer_jacobian(self.live, number, self.values)
        if part.kind in PUSHED:
            stage = self.stages[part.k]
            if part.kind == "forward":
                seeds = identity(states[part.i], avals)
            else:
                seeds = as_columns(self.matrix(part.operands[0]), states[part.k], avals)
            return Columns(stage.push(self.values, seeds, self.chunk))
        stage, adjoint = self.stages[part.i], self.adjoints[part.i]
        if part.kind == "reverse":
            return Rows(stage.pulled_identity(adjoint, avals, self.chunk))
        rows = as_rows(self.matrix(part.operands[0]), states[part.k], avals)
        return Rows(stage.pull(adjoint, rows, self.chunk))
