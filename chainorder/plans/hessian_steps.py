"""The steps of a plan of second derivatives, and the walk over them, whatever the operands are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Generic, NamedTuple, Protocol, TypeVar, overload

import numpy as np
import numpy.typing as npt

from ..checks import shown
from ..errors import ChainOrderError
from ..problems.hessian_chain import HessianChain

HESSIAN_KINDS = (
    "accumulate",
    "multiply",
    "tangent",
    "adjoint",
    "curvature",
    "apply",
    "congruence",
    "triangle",
    "square",
    "sweep",
    "rows",
)
"""The kinds of a step; the position is the code in `HessianSteps.kind`."""

CONGRUENCES = ("congruence", "triangle", "square")
"""The kinds that apply a Jacobian to both inputs of a tensor, in different ways."""

Pair = tuple[int, int]
"""The two variables that a Jacobian or a tensor connects."""


class HessianStep(NamedTuple):
    """One operation, named by the variables that its operands connect.

    Jacobians: `accumulate`, `multiply`, `tangent` and `adjoint` as on a chain (`Step`); a Jacobian
    stays as long as a later step needs it. Tensors: `curvature` turns the second derivatives of
    elemental `(i, j)` into an array; `apply` forms `J(k, j)·H(i, k)`; `congruence` forms
    `H(k, j)[J(i, k), J(i, k)]`; so do `triangle`, which multiplies one half of the tensor and adds
    the transpose, and `square`, which first forms the symmetric square of `J(i, k)`. `sweep` pushes
    the identity from `i` to `k` and pulls second-order adjoints back, beginning with `H(k, j)` and
    `J(k, j)` (`k < j`), forward over reverse; `rows` does the same reverse over reverse, a row at a
    time. What lands where a tensor is already is added to it: they are then the sum over the
    elementals of both.
    """

    kind: str
    i: int
    k: int
    j: int

    @property
    def result(self) -> Pair:
        """What is made: the variables that it connects."""
        return self.i, self.j

    @property
    def is_tensor(self) -> bool:
        """Whether second derivatives are made, not a Jacobian."""
        return HESSIAN_KINDS.index(self.kind) > 3

    @property
    def jacobians(self) -> list[Pair]:
        """The Jacobians that are used."""
        i, k, j = self[1:]
        if self.kind == "multiply":
            return [(k, j), (i, k)]
        if self.kind in ("apply", "adjoint"):
            return [(k, j)]
        if self.kind in (*CONGRUENCES, "tangent"):
            return [(i, k)]
        return [(k, j)] if self.kind in ("sweep", "rows") and k < j else []

    @property
    def tensor(self) -> Pair | None:
        """The tensor that is used up, if any."""
        i, k, j = self[1:]
        if self.kind == "apply":
            return i, k
        is_used = self.kind in (*CONGRUENCES, "sweep", "rows") and k < j
        return (k, j) if is_used else None


class HessianSteps(Sequence[HessianStep]):
    """The steps of a plan as four columns; `HessianStep` objects are made when somebody looks."""

    __slots__ = ("__dict__", "i", "j", "k", "kind")

    def __init__(
        self, kind: npt.ArrayLike, i: npt.ArrayLike, k: npt.ArrayLike, j: npt.ArrayLike
    ) -> None:
        self.kind = np.asarray(kind, dtype=np.uint8)
        self.i = np.asarray(i, dtype=np.int64)
        self.k = np.asarray(k, dtype=np.int64)
        self.j = np.asarray(j, dtype=np.int64)
        for column in (self.kind, self.i, self.k, self.j):
            column.setflags(write=False)

    @classmethod
    def of(cls, rows: Sequence[tuple[int, int, int, int]]) -> HessianSteps:
        """The steps with rows `(code of the kind, i, k, j)`."""
        kind, i, k, j = zip(*rows, strict=True) if rows else ((), (), (), ())
        return cls(kind, i, k, j)

    def __len__(self) -> int:
        return len(self.i)

    @overload
    def __getitem__(self, index: int) -> HessianStep: ...
    @overload
    def __getitem__(self, index: slice) -> HessianSteps: ...
    def __getitem__(self, index: int | slice) -> HessianStep | HessianSteps:
        if isinstance(index, slice):
            return HessianSteps(self.kind[index], self.i[index], self.k[index], self.j[index])
        kind = HESSIAN_KINDS[self.kind[index]]
        return HessianStep(kind, int(self.i[index]), int(self.k[index]), int(self.j[index]))

    def __iter__(self) -> Iterator[HessianStep]:
        columns = (self.kind.tolist(), self.i.tolist(), self.k.tolist(), self.j.tolist())
        return (
            HessianStep(HESSIAN_KINDS[kind], i, k, j)
            for kind, i, k, j in zip(*columns, strict=True)
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, HessianSteps):
            return NotImplemented
        return all(
            np.array_equal(getattr(self, name), getattr(other, name))
            for name in ("kind", "i", "k", "j")
        )

    def __hash__(self) -> int:
        return hash((self.kind.tobytes(), self.i.tobytes(), self.k.tobytes(), self.j.tobytes()))

    def __reduce__(self) -> tuple[Any, ...]:
        return HessianSteps, (self.kind, self.i, self.k, self.j)

    def __repr__(self) -> str:
        first = ", ".join(repr(step) for step in self[:3])
        return f"HessianSteps([{first}{', …' if len(self) > 3 else ''}]) of {len(self):,}"


def hessian_steps_from_json(rows: list[object]) -> HessianSteps:
    """The steps that `[kind, i, k, j]` rows describe.

    Raises:
        ChainOrderError: names the row that is none.
    """
    for t, row in enumerate(rows):
        if (
            not isinstance(row, list)
            or len(row) != 4
            or row[0] not in HESSIAN_KINDS
            or not all(type(variable) is int and 0 <= variable < 2**62 for variable in row[1:])
        ):
            raise ChainOrderError(f"steps[{t}] is {shown(row)}: expected [kind, i, k, j]")
    checked: list[Any] = rows
    return HessianSteps.of([(HESSIAN_KINDS.index(kind), i, k, j) for kind, i, k, j in checked])


Jacobian = TypeVar("Jacobian")
Tensor = TypeVar("Tensor")


class Algebra(Protocol[Jacobian, Tensor]):
    """What a walk does with operands: predict from sizes, or compute with arrays."""

    def jacobian(self, l: int) -> Jacobian:
        """That of elemental `l` (from 0), which is given."""

    def tensor(self, l: int) -> Tensor:
        """The second derivatives of elemental `l`, which is given."""

    def accumulate(self, l: int, *, by_tangents: bool) -> Jacobian:
        """The Jacobian of elemental `l` from products."""

    def curvature(self, l: int) -> Tensor:
        """The second derivatives of elemental `l` from second-order adjoints."""

    def multiply(self, left: Jacobian, right: Jacobian) -> Jacobian:
        """The product of two Jacobians."""

    def through(self, direction: str, path: range, operand: Jacobian) -> Jacobian:
        """The columns (rows) of a Jacobian pushed (pulled) through elementals, as `path` says."""

    def apply(self, jacobian: Jacobian, tensor: Tensor) -> Tensor:
        """A Jacobian applied to the outputs of a tensor."""

    def congruence(self, tensor: Tensor, jacobian: Jacobian, kind: str) -> Tensor:
        """A Jacobian applied to both inputs of a tensor, in one of the ways `CONGRUENCES`."""

    def sweep(self, step: HessianStep, jacobian: Jacobian | None, tail: Tensor | None) -> Tensor:
        """Second-order adjoints from `k` back to `i`."""

    def add(self, one: Tensor, other: Tensor) -> Tensor:
        """The sum of two tensors."""

    def zero(self, i: int, j: int) -> Tensor:
        """The second derivatives of linear elementals."""

    def entries(self, operand: Jacobian | Tensor) -> int:
        """Numbers that an operand occupies."""

    def done(self) -> None:
        """A step has been done."""


class Walked(NamedTuple, Generic[Tensor]):
    """What is there after a walk: the wanted tensor, and the most entries held at once."""

    tensor: Tensor
    peak_entries: int


def walk(
    chain: HessianChain, steps: HessianSteps, algebra: Algebra[Jacobian, Tensor]
) -> Walked[Tensor]:
    """Do the steps one after another.

    Jacobians are freed after their last use and tensors when they are used; the elementals that
    are given are the caller's and not counted.

    Raises:
        ChainOrderError: names the first step that cannot be done, or what is missing.
    """
    q = len(chain)
    elementals = chain.elementals
    last_use: dict[Pair, int] = {}
    for t, step in enumerate(steps):
        for pair in step.jacobians:
            last_use[pair] = t
    jacobians: dict[Pair, Jacobian] = {}
    tensors: dict[Pair, tuple[Tensor, list[Pair]]] = {}
    occupied = peak = 0

    def jacobian(t: int, i: int, j: int) -> Jacobian:
        if (i, j) in jacobians:
            return jacobians[i, j]
        if j - i == 1 and elementals[i].given:
            return algebra.jacobian(i)
        raise ChainOrderError(f"steps[{t}] needs the Jacobian ({i}, {j}): not there")

    def curved(i: int, j: int) -> tuple[int, int] | None:
        """The first and the last elemental of a range that are not linear."""
        numbers = [l for l in range(i, j) if not elementals[l].is_linear]
        return (numbers[0], numbers[-1]) if numbers else None

    def tensor(t: int, i: int, j: int) -> tuple[Tensor, int, int]:
        if (i, j) in tensors:
            there, terms = tensors[i, j]
            if len(terms) > 1:
                raise ChainOrderError(
                    f"steps[{t}] uses the tensor ({i}, {j}): the sum of elementals that are not "
                    f"neighbours"
                )
            return there, *terms[0]
        if j - i == 1 and elementals[i].given and not elementals[i].is_linear:
            return algebra.tensor(i), i, i
        raise ChainOrderError(f"steps[{t}] needs the tensor ({i}, {j}): not there")

    for t, step in enumerate(steps):
        kind, i, k, j = step
        _check_fits(chain, t, step)
        used = [jacobian(t, *pair) for pair in step.jacobians]
        freed = 0
        if not step.is_tensor:
            if (i, j) in jacobians:
                raise ChainOrderError(f"steps[{t}] makes the Jacobian ({i}, {j}) again")
            if kind == "accumulate":
                made = algebra.accumulate(i, by_tangents=k == i)
            elif kind == "multiply":
                made = algebra.multiply(*used)
            elif kind == "tangent":
                made = algebra.through(kind, range(k, j), used[0])
            else:
                made = algebra.through(kind, range(k - 1, i - 1, -1), used[0])
            occupied += algebra.entries(made)
            peak = max(peak, occupied)
            if (i, j) in last_use:
                jacobians[i, j] = made
            else:
                freed += algebra.entries(made)
        else:
            at = step.tensor
            terms = curved(i, k) if kind in ("sweep", "rows") else None
            operand = None
            if at is not None and (terms is None or curved(*at) is not None):
                operand, first, last = tensor(t, *at)
                if terms is not None and (first, last) != curved(*at):
                    raise ChainOrderError(f"steps[{t}] needs the whole of H({at[0]}, {at[1]})")
                terms = (first if terms is None else terms[0], last)
                if at in tensors:
                    freed += algebra.entries(operand)
                    del tensors[at]
            if kind == "curvature":
                made_tensor, terms = algebra.curvature(i), (i, i)
            elif kind == "apply":
                assert operand is not None
                made_tensor = algebra.apply(used[0], operand)
            elif kind in CONGRUENCES:
                assert operand is not None
                made_tensor = algebra.congruence(operand, used[0], kind)
            else:
                made_tensor = algebra.sweep(step, used[0] if used else None, operand)
            if terms is None:
                raise ChainOrderError(f"steps[{t}] is {kind} ({i}, {k}, {j}): all of it is linear")
            occupied += algebra.entries(made_tensor)
            peak = max(peak, occupied)
            if (i, j) in tensors:
                there, others = tensors[i, j]
                freed += algebra.entries(there) + algebra.entries(made_tensor)
                made_tensor = algebra.add(there, made_tensor)
                occupied += algebra.entries(made_tensor)
                tensors[i, j] = made_tensor, _joined(chain, t, [*others, terms])
            else:
                tensors[i, j] = made_tensor, [terms]
        for pair in {*step.jacobians}:
            if last_use[pair] == t and pair in jacobians:
                freed += algebra.entries(jacobians.pop(pair))
        occupied -= freed
        algebra.done()
    return Walked(_result(chain, tensors, jacobians, curved(0, q), algebra), peak)


def _result(
    chain: HessianChain,
    tensors: dict[Pair, tuple[Tensor, list[Pair]]],
    jacobians: dict[Pair, Jacobian],
    wanted: tuple[int, int] | None,
    algebra: Algebra[Jacobian, Tensor],
) -> Tensor:
    q = len(chain)
    if wanted is None and not tensors:
        return algebra.zero(0, q)
    if q == 1 and not tensors and chain.elementals[0].given:
        return algebra.tensor(0)
    if list(tensors) != [(0, q)] or wanted is None or tensors[0, q][1] != [wanted]:
        raise ChainOrderError(f"the steps do not end with all of the tensor (0, {q}), and it alone")
    return tensors[0, q][0]


def _joined(chain: HessianChain, t: int, terms: list[Pair]) -> list[Pair]:
    """The runs of curved elementals in a sum; each elemental is in it once."""
    joined: list[Pair] = []
    for first, last in sorted(terms):
        if joined and first <= joined[-1][1]:
            raise ChainOrderError(f"steps[{t}] adds the term of elementals[{first}] again")
        between = range(joined[-1][1] + 1, first) if joined else range(0)
        if joined and all(chain.elementals[l].is_linear for l in between):
            joined[-1] = joined[-1][0], last
        else:
            joined.append((first, last))
    return joined


def _check_fits(chain: HessianChain, t: int, step: HessianStep) -> None:
    """Raise unless the variables of a step fit its kind, and the elementals can do it."""
    kind, i, k, j = step
    elementals = chain.elementals
    in_range = 0 <= i <= k <= j <= len(chain)
    if kind in ("accumulate", "curvature"):
        fits = in_range and j - i == 1 and not elementals[i].given
        fits = fits and not (kind == "curvature" and elementals[i].is_linear)
    elif kind in ("sweep", "rows"):
        fits = in_range and i < k
    else:
        fits = in_range and i < k < j
    if not fits:
        raise ChainOrderError(f"steps[{t}] is {kind} ({i}, {k}, {j}): it does not fit")
    if chain.is_given:
        return
    missing = next((l for l in range(i, j) if not _can(elementals[l], step, l)), None)
    if missing is not None:
        raise ChainOrderError(
            f"steps[{t}] is {kind} ({i}, {k}, {j}): elementals[{missing}] cannot do that"
        )


def _can(elemental: Any, step: HessianStep, l: int) -> bool:
    """Whether an elemental has the products that a step asks of it."""
    kind, i, k, _ = step
    if elemental.given:
        return True
    is_pushed = (kind == "tangent" and l >= k) or (kind == "accumulate" and k == i)
    is_pulled = (kind == "adjoint" and l < k) or (kind == "accumulate" and k > i)
    is_swept = kind in ("sweep", "rows") and l < k
    if kind == "curvature" or (is_swept and not elemental.is_linear):
        is_pulled = is_pulled or is_swept
        if elemental.second_cost is None:
            return False
    if is_swept:
        is_pulled, is_pushed = True, kind == "sweep"
    if is_pushed and elemental.tangent_cost is None:
        return False
    return not (is_pulled and elemental.adjoint_cost is None)
