"""The steps of a plan: one operation each, kept as columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, overload

import numpy as np
import numpy.typing as npt

KINDS = ("accumulate", "multiply", "tangent", "adjoint")
"""The kinds of a step; the position is the code in `Steps.kind`."""

ACCUMULATE, MULTIPLY, TANGENT, ADJOINT = range(4)
"""The same, as codes."""


class Step(NamedTuple):
    """One operation of a plan, named by the variables that its operands connect.

    `multiply` forms `(k, j)·(i, k)`. `tangent` pushes the columns of `(i, k)` through the
    elementals between `k` and `j`; `adjoint` pulls the rows of `(k, j)` back through those between
    `i` and `k`. `accumulate` turns elemental `(i, j)` into a matrix, by tangents if `k` is `i`
    and by adjoints if `k` is `j`: the seeds are the columns (rows) of the identity there.

    >>> Step("tangent", 0, 2, 4).operands, list(Step("tangent", 0, 2, 4).passes)
    (((0, 2),), [2, 3])
    """

    kind: str
    i: Any
    k: Any
    j: Any

    @property
    def result(self) -> tuple[Any, Any]:
        """The sub-Jacobian that the step makes."""
        return self.i, self.j

    @property
    def operands(self) -> tuple[tuple[Any, Any], ...]:
        """The sub-Jacobians that the step uses as matrices, the left one first."""
        if self.kind == "multiply":
            return (self.k, self.j), (self.i, self.k)
        if self.kind == "tangent":
            return ((self.i, self.k),)
        return ((self.k, self.j),) if self.kind == "adjoint" else ()

    @property
    def direction(self) -> str | None:
        """What goes through elementals: "tangent", "adjoint", or None for a product."""
        if self.kind == "multiply":
            return None
        if self.kind == "accumulate":
            return "tangent" if self.k == self.i else "adjoint"
        return self.kind

    @property
    def passes(self) -> range:
        """The elementals, from 0, that vectors go through, in the order in which they do."""
        if self.kind == "multiply":
            return range(0)
        if self.direction == "tangent":
            return range(self.k, self.j)
        return range(self.k - 1, self.i - 1, -1)

    @property
    def eliminated(self) -> tuple[Any, ...]:
        """The intermediate variables that the step does away with, in that order."""
        if self.kind == "multiply":
            return (self.k,)
        if self.kind == "accumulate":
            return ()
        return tuple(l if self.kind == "tangent" else l + 1 for l in self.passes)


class Steps(Sequence[Step]):
    """The steps of a plan as four columns; `Step` objects are made when somebody looks.

    Args:
        i, k, j: variables, as integers.
        kind: the position of each kind in `KINDS`; all multiply if left out.
        labels: what the variables are called, if not by their numbers.

    >>> Steps([0, 0], [1, 2], [2, 3])[0]
    Step(kind='multiply', i=0, k=1, j=2)
    """

    __slots__ = ("i", "j", "k", "kind", "labels")

    def __init__(
        self,
        i: npt.ArrayLike,
        k: npt.ArrayLike,
        j: npt.ArrayLike,
        kind: npt.ArrayLike | None = None,
        labels: tuple[Any, ...] | None = None,
    ) -> None:
        self.i = np.asarray(i, dtype=np.int64)
        self.k = np.asarray(k, dtype=np.int64)
        self.j = np.asarray(j, dtype=np.int64)
        self.kind = (
            np.full(len(self.i), MULTIPLY, dtype=np.uint8)
            if kind is None
            else np.asarray(kind, dtype=np.uint8)
        )
        self.labels = labels
        for column in self.columns():
            column.setflags(write=False)

    def columns(self) -> tuple[npt.NDArray[Any], ...]:
        """`kind, i, k, j`."""
        return self.kind, self.i, self.k, self.j

    def triples(self) -> list[tuple[int, int, int]]:
        """`(i, k, j)` of every step, as Python integers."""
        return list(zip(self.i.tolist(), self.k.tolist(), self.j.tolist(), strict=True))

    @property
    def pushes(self) -> npt.NDArray[np.bool_]:
        """Which steps apply tangents."""
        by_tangents = (self.kind == ACCUMULATE) & (self.k == self.i)
        pushes: npt.NDArray[np.bool_] = (self.kind == TANGENT) | by_tangents
        return pushes

    @property
    def pulls(self) -> npt.NDArray[np.bool_]:
        """Which steps apply adjoints."""
        pulls: npt.NDArray[np.bool_] = (self.kind != MULTIPLY) & ~self.pushes
        return pulls

    @property
    def only_multiply(self) -> bool:
        """Whether no step applies tangents or adjoints."""
        return bool((self.kind == MULTIPLY).all())

    def single(self) -> Steps:
        """The same steps, with every tangent and adjoint through one elemental only."""
        is_tangent, is_adjoint = self.kind == TANGENT, self.kind == ADJOINT
        length = np.where(is_tangent, self.j - self.k, np.where(is_adjoint, self.k - self.i, 1))
        if (length == 1).all():
            return self
        ends = np.cumsum(length)
        done = np.arange(ends[-1]) - np.repeat(ends - length, length)
        kind, i, k, j = (np.repeat(column, length) for column in self.columns())
        k = np.where(kind == TANGENT, k + done, np.where(kind == ADJOINT, k - done, k))
        i = np.where(kind == ADJOINT, k - 1, i)
        j = np.where(kind == TANGENT, k + 1, j)
        return Steps(i, k, j, kind, self.labels)

    def __len__(self) -> int:
        return len(self.i)

    @overload
    def __getitem__(self, index: int) -> Step: ...
    @overload
    def __getitem__(self, index: slice) -> Steps: ...
    def __getitem__(self, index: int | slice) -> Step | Steps:
        if isinstance(index, slice):
            part = [column[index] for column in self.columns()]
            return Steps(part[1], part[2], part[3], part[0], self.labels)
        i, k, j = int(self.i[index]), int(self.k[index]), int(self.j[index])
        kind_name, names = KINDS[self.kind[index]], self.labels
        if names is None:
            return Step(kind_name, i, k, j)
        return Step(kind_name, names[i], names[k], names[j])

    def __iter__(self) -> Iterator[Step]:
        names = self.labels
        for kind, i, k, j in zip(*(column.tolist() for column in self.columns()), strict=True):
            if names is None:
                yield Step(KINDS[kind], i, k, j)
            else:
                yield Step(KINDS[kind], names[i], names[k], names[j])

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Steps):
            return NotImplemented
        pairs = zip(self.columns(), other.columns(), strict=True)
        return self.labels == other.labels and all(np.array_equal(a, b) for a, b in pairs)

    def __hash__(self) -> int:
        return hash((self.labels, *(column.tobytes() for column in self.columns())))

    def __repr__(self) -> str:
        shown = ", ".join(repr(step) for step in self[:3])
        return f"Steps([{shown}{', …' if len(self) > 3 else ''}]) of {len(self):,}"
