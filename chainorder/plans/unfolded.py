"""The bracketing behind a plan that makes equal sub-Jacobians once, as if each were made again."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from ..problems.chain import Chain
from .steps import ACCUMULATE, ADJOINT, MULTIPLY, TANGENT, Steps

MIRRORED = {ACCUMULATE: ACCUMULATE, MULTIPLY: MULTIPLY, TANGENT: ADJOINT, ADJOINT: TANGENT}
"""The kind of the step that makes the transpose."""

Row = tuple[int, int, int, int]
"""Kind, i, k and j of a step."""


def unfolded(
    chain: Chain, steps: Steps, roots: Sequence[tuple[int, int]], *, is_shared: bool = False
) -> Steps:
    """The steps that make the roots, each used once; those of the plan where nothing repeats.

    Args:
        chain: whose `repeats` say what is one matrix.
        steps: of the plan.
        roots: ranges that do not overlap, from the inputs on.
        is_shared: whether steps may be used more than once although nothing repeats.
    """
    if chain.repeats is None and not is_shared:
        return steps
    made: dict[Hashable, Row] = {}
    for row in zip(*(column.tolist() for column in steps.columns()), strict=True):
        made.setdefault(chain.class_of(row[1], row[3]), row)
    rows: list[Row] = []
    stack = list(reversed(roots))
    while stack:
        at = stack.pop()
        found = made.get(chain.class_of(*at))
        if found is None:
            continue  # a matrix that is there
        kind, i, k, j = moved(chain, found, at)
        rows.append((kind, i, k, j))
        if kind in (MULTIPLY, ADJOINT):
            stack.append((k, j))
        if kind in (MULTIPLY, TANGENT):
            stack.append((i, k))
    rows.reverse()
    kinds, i_, k_, j_ = zip(*rows, strict=True) if rows else ((), (), (), ())
    return Steps(i_, k_, j_, kinds)


def moved(chain: Chain, row: Row, at: tuple[int, int]) -> Row:
    """The step that makes the range `at`, by one that makes another range of its class."""
    kind, i, k, j = row
    low, high = at
    repeats = chain.repeats
    if repeats is None or repeats.is_flipped(i, j) == repeats.is_flipped(low, high):
        return kind, low, low + k - i, high
    return MIRRORED[kind], low, low + j - k, high
