"""Steps of a chain as they come from outside: read from JSON, and checked one after another."""

from __future__ import annotations

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
    chain: Chain, steps: Steps, memory: int | None = None, form: str = "matrix"
) -> None:
    """Raise unless the steps can be run one after another and end with the whole Jacobian.

    Raises:
        ChainOrderError: names the first step that cannot be run, or what is missing.
    """
    q = len(chain)
    elementals = chain.elementals
    ready: dict[tuple[int, int], bool] = {}

    for t, step in enumerate(steps):
        kind, i, k, j = step
        in_range = 0 <= i <= k <= j <= q
        if kind == "accumulate":
            fits = in_range and j - i == 1 and not elementals[i].given
        else:
            fits = in_range and i < k < j
        if not fits:
            raise ChainOrderError(f"steps[{t}] is {kind} ({i}, {k}, {j}): it does not fit")
        is_pushed = step.direction == "tangent"
        for l in sorted(step.passes):
            elemental = elementals[l]
            if not (
                elemental.tangent_cost is not None if is_pushed else elemental.has_adjoint(memory)
            ):
                raise ChainOrderError(
                    f"steps[{t}] is {kind} ({i}, {k}, {j}): elementals[{l}] cannot do that"
                )
        for low, high in reversed(step.operands):
            is_given = high - low == 1 and elementals[low].given
            if not ready.pop((low, high), is_given):
                raise ChainOrderError(
                    f"steps[{t}] needs ({low}, {high}): not there, or used before"
                )
        if (i, j) in ready:
            raise ChainOrderError(f"steps[{t}] makes ({i}, {j}) again")
        ready[i, j] = True
    if form == "operator":
        _check_factors(chain, sorted(ready))
        return
    whole = [(0, q)] if q > 1 or not elementals[0].given else []
    if list(ready) != whole:
        raise ChainOrderError(f"the steps do not end with the Jacobian (0, {q}) alone")


def _check_factors(chain: Chain, made: list[tuple[int, int]]) -> None:
    reached = 0
    for i, j in [*made, (len(chain), len(chain))]:
        if i < reached:
            raise ChainOrderError(f"the steps end with ({i}, {j}) and with what overlaps it")
        for l in range(reached, i):
            if not chain.elementals[l].given:
                raise ChainOrderError(f"no step makes a matrix of elementals[{l}]")
        reached = j
