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

    "forward" and "reverse" make it from the identity, "push" and "pull" from the part that lies
    before or behind, "multiply" from both. `k` is where the operands meet.
    """

    kind: str
    i: int
    k: int
    j: int
    operands: tuple[Part, ...] = ()

    def ranges(self) -> Iterable[tuple[int, int, str]]:
        """The ranges of elementals that are stages, first applied first, with their direction."""
        if self.kind == "multiply":
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
    for kind, i, k, j in piece.plan.steps:
        if kind == "accumulate":
            made = Part("forward" if k == i else "reverse", i, k, j)
        elif kind == "multiply":
            made = Part("multiply", i, k, j, (ready.pop((k, j)), ready.pop((i, k))))
        elif kind == "tangent":
            one = ready.pop((i, k))
            if one.kind in ("forward", "push"):
                made = Part(one.kind, i, one.k, j, one.operands)
            else:
                made = Part("push", i, k, j, (one,))
        else:
            one = ready.pop((k, j))
            if one_by_one:
                made = one
                for l in range(k - 1, i - 1, -1):
                    made = Part("pull", l, l + 1, j, (made,))
            elif one.kind in ("reverse", "pull"):
                made = Part(one.kind, i, one.k, j, one.operands)
            else:
                made = Part("pull", i, k, j, (one,))
        ready[i, j] = made
    (whole,) = ready.values()
    return whole


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
        else:
            walker.matrix(_pushed_through(whole, first))
    states = piece.cuts.states
    return blocks(walker.matrix(whole), states[-1], states[0], program.avals)


def _pushed_through(part: Part, first: int) -> Part:
    """The part that pushes through the stage that begins at a state."""
    stack = [part]
    while stack:
        part = stack.pop()
        if part.kind in ("forward", "push") and part.k == first:
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
        if part.kind in ("forward", "push"):
            # Made when its stage is evaluated, used later.
            self.made[part] = made
        return made

    def _made(self, part: Part) -> Matrix:
        states, avals = self.piece.cuts.states, self.live.program.avals
        if part.kind == "multiply":
            left, right = part.operands
            return product(self.matrix(left), self.matrix(right))
        if part.kind in ("forward", "push"):
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
