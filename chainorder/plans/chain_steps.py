"""Steps of a chain as they come from outside: read from JSON, and checked one after another."""

from __future__ import annotations

from collections.abc import Hashable

from ..checks import shown
from ..errors import ChainOrderError
from ..problems.chain import Chain
from .steps import KINDS, Steps


def steps_from_json(rows: list[object]) -> Steps:
    """The steps that `[kind, i, k, j]` rows describe.

    Raises:
        ChainOrderError: names the first row that is no step.
    """
    for t, row in enumerate(rows):
        if (
            not isinstance(row, list)
            or len(row) != 4
            or row[0] not in KINDS
            or not all(type(variable) is int for variable in row[1:])
        ):
            raise ChainOrderError(f"steps[{t}] is {shown(row)}: expected [kind, i, k, j]")
    kind, i, k, j = zip(*rows, strict=True) if rows else ((), (), (), ())
    try:
        return Steps(i, k, j, [KINDS.index(name) for name in kind])
    except OverflowError:
        raise ChainOrderError("steps: a variable is out of range") from None


def check_steps(
    chain: Chain,
    steps: Steps,
    memory: int | None = None,
    form: str = "matrix",
    wanted: str = "whole",
) -> None:
    """Raise unless the steps can be run one after another and end with what is wanted.

    Where sub-Jacobians are equal, a step may use any of them that was made before, more than once.

    Raises:
        ChainOrderError: names the first step that cannot be run, or what is missing.
    """
    q = len(chain)
    elementals = chain.elementals
    ready: dict[Hashable, tuple[int, int]] = {}
    used: set[Hashable] = set()
    is_shared = chain.repeats is not None or wanted != "whole"

    for t, step in enumerate(steps):
        kind, i, k, j = step
        in_range = 0 <= i <= k <= j <= q
        if kind == "accumulate":
            fits = in_range and j - i == 1 and not elementals[i].is_matrix
        else:
            fits = in_range and i < k < j
        if not fits:
            raise ChainOrderError(f"steps[{t}] is {kind} ({i}, {k}, {j}): it does not fit")
        is_pushed = step.direction == "tangent"
        for l in sorted(step.passes):
            elemental = elementals[l]
            if not (elemental.has_tangent(memory) if is_pushed else elemental.has_adjoint(memory)):
                raise ChainOrderError(
                    f"steps[{t}] is {kind} ({i}, {k}, {j}): elementals[{l}] cannot do that"
                )
        for low, high in reversed(step.operands):
            name = chain.class_of(low, high)
            is_there = name in ready or (high - low == 1 and elementals[low].is_matrix)
            if not is_there or (name in used and not is_shared):
                raise ChainOrderError(
                    f"steps[{t}] needs ({low}, {high}): not there, or used before"
                )
            used.add(name)
        name = chain.class_of(i, j)
        if name in ready:
            raise ChainOrderError(f"steps[{t}] makes ({i}, {j}) again")
        ready[name] = (i, j)
    left = [at for name, at in ready.items() if name not in used]
    if form == "operator":
        _check_factors(chain, sorted(left))
        return
    ends = [at for at in wanted_ranges(wanted, q) if at[1] - at[0] > 1]
    if not elementals[0].is_matrix and q == 1:
        ends = [(0, 1)]
    missing = [at for at in ends if chain.class_of(*at) not in ready]
    if wanted != "whole":
        missing += [at for at in left if chain.class_of(*at) not in _classes(chain, wanted)]
    elif left != ends:
        missing = [(0, q)]
    if missing:
        i, j = missing[0]
        raise ChainOrderError(f"the steps do not end with the Jacobian ({i}, {j}) alone")


def _classes(chain: Chain, wanted: str) -> set[Hashable]:
    return {chain.class_of(*at) for at in wanted_ranges(wanted, len(chain))}


def wanted_ranges(wanted: str, q: int) -> list[tuple[int, int]]:
    """The sub-Jacobians that are to be there in the end.

    >>> wanted_ranges("prefixes", 3), wanted_ranges("suffixes", 3), wanted_ranges("whole", 3)
    ([(0, 1), (0, 2), (0, 3)], [(2, 3), (1, 3), (0, 3)], [(0, 3)])
    """
    if wanted == "prefixes":
        return [(0, j) for j in range(1, q + 1)]
    if wanted == "suffixes":
        return [(i, q) for i in range(q - 1, -1, -1)]
    return [(0, q)]


def _check_factors(chain: Chain, made: list[tuple[int, int]]) -> None:
    reached = 0
    for i, j in [*made, (len(chain), len(chain))]:
        if i < reached:
            raise ChainOrderError(f"the steps end with ({i}, {j}) and with what overlaps it")
        for l in range(reached, i):
            if not chain.elementals[l].is_matrix:
                raise ChainOrderError(f"no step makes a matrix of elementals[{l}]")
        reached = j
