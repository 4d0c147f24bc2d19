"""The steps of a plan: one operation each, kept as columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, overload

import numpy as np
import numpy.typing as npt

from ..errors import ChainOrderError
from ..problems.chain import Chain
from .kinds import MULTIPLY

KINDS = ("accumulate", "multiply", "tangent", "adjoint")
"""The kinds of a step; the position is the code in `Steps.kind`."""


class Step(NamedTuple):
    """One operation of a plan, named by the variables that its operands connect.

    `multiply` forms `(k, j)·(i, k)`. `tangent` pushes the columns of `(i, k)` through the
    elementals between `k` and `j`; `adjoint` pulls the rows of `(k, j)` back through those between
    `i` and `k`. `accumulate` turns elemental `(i, j)` into a matrix, by tangents if `k` is `i`
    and by adjoints if `k` is `j`: the seeds are the columns (rows) of the identity there.
    """

    kind: str
    i: int
    k: int
    j: int


class Steps(Sequence[Step]):
    """The steps of a plan as four columns; `Step` objects are made when somebody looks."""

    __slots__ = ("i", "j", "k", "kind")

    def __init__(
        self,
        i: npt.ArrayLike,
        k: npt.ArrayLike,
        j: npt.ArrayLike,
        kind: npt.ArrayLike | None = None,
    ) -> None:
        self.i = np.asarray(i, dtype=np.int64)
        self.k = np.asarray(k, dtype=np.int64)
        self.j = np.asarray(j, dtype=np.int64)
        self.kind = (
            np.full(len(self.i), MULTIPLY, dtype=np.uint8)
            if kind is None
            else np.asarray(kind, dtype=np.uint8)
        )
        for column in (self.kind, self.i, self.k, self.j):
            column.setflags(write=False)

    def __len__(self) -> int:
        return len(self.i)

    @overload
    def __getitem__(self, index: int) -> Step: ...
    @overload
    def __getitem__(self, index: slice) -> Steps: ...
    def __getitem__(self, index: int | slice) -> Step | Steps:
        if isinstance(index, slice):
            return Steps(self.i[index], self.k[index], self.j[index], self.kind[index])
        return Step(
            KINDS[self.kind[index]], int(self.i[index]), int(self.k[index]), int(self.j[index])
        )

    def __iter__(self) -> Iterator[Step]:
        columns = (self.kind.tolist(), self.i.tolist(), self.k.tolist(), self.j.tolist())
        return (Step(KINDS[kind], i, k, j) for kind, i, k, j in zip(*columns, strict=True))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Steps):
            return NotImplemented
        return all(
            np.array_equal(getattr(self, name), getattr(other, name)) for name in self.__slots__
        )

    def __hash__(self) -> int:
        return hash((self.i.tobytes(), self.k.tobytes(), self.j.tobytes(), self.kind.tobytes()))

    def __repr__(self) -> str:
        shown = ", ".join(repr(step) for step in self[:3])
        return f"Steps([{shown}{', …' if len(self) > 3 else ''}]) of {len(self):,}"


def shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:39] + "…"


def steps_from_json(rows: list[object]) -> Steps:
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

    def take(t: int, i: int, k: int) -> None:
        is_given = k - i == 1 and 0 <= i < q and elementals[i].given
        if not ready.pop((i, k), is_given):
            raise ChainOrderError(f"steps[{t}] needs ({i}, {k}): not there, or used before")

    for t, (kind, i, k, j) in enumerate(steps):
        in_range = 0 <= i <= k <= j <= q
        if kind == "accumulate":
            fits = in_range and j - i == 1 and not elementals[i].given
        else:
            fits = in_range and i < k < j
        if not fits:
            raise ChainOrderError(f"steps[{t}] is {kind} ({i}, {k}, {j}): it does not fit")
        if kind == "tangent" or (kind == "accumulate" and k == i):
            missing = [l for l in range(k, j) if elementals[l].tangent_cost is None]
        elif kind == "multiply":
            missing = []
        else:
            missing = [l for l in range(i, k) if not elementals[l].has_adjoint(memory)]
        if missing:
            raise ChainOrderError(
                f"steps[{t}] is {kind} ({i}, {k}, {j}): elementals[{missing[0]}] cannot do that"
            )
        if kind in ("multiply", "tangent"):
            take(t, i, k)
        if kind in ("multiply", "adjoint"):
            take(t, k, j)
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
