"""The problem of second derivatives on a path: a chain whose elementals are curved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..checks import FORMAT, check_kind, checked_integer, checked_name, reject_unknown, shown
from ..errors import ChainOrderError
from ..structure.declarations import DENSE, Dense, Diagonal
from ..structure.written import structure_from_json
from .sizes import SizedChain, checked_edges

TENSORS = ("none", "diagonal", "dense")
"""What the second derivatives of an elemental look like: see `HessianElemental`."""

_COSTS = ("tangent_cost", "adjoint_cost", "second_cost")


@dataclass(frozen=True, slots=True, kw_only=True)
class HessianElemental:
    """One function `x_l = f_l(x_{l-1})` of the chain, as far as planning its Hessian needs.

    `structure` is that of the Jacobian, `Dense()` or, for a function applied entry by entry,
    `Diagonal()`. `tensor` says what the second derivatives, of shape
    `(d_l, d_{l-1}, d_{l-1})`, look like: "none" for a linear function, "diagonal" where only the
    entries `(r, r, r)` are there, or "dense" (symmetric in the last two indices); by default
    "diagonal" beside a diagonal Jacobian and else "dense". `given` says that Jacobian and tensor
    are there as arrays; otherwise only products are, at the cost in fma of one tangent `J v`, one
    adjoint `u J` and one second-order adjoint `(u T) v`, None where there is no such product.

    Raises:
        ChainOrderError: a field that is none of those.

    >>> HessianElemental(structure=Diagonal()).tensor
    'diagonal'
    """

    structure: Dense | Diagonal = DENSE
    tensor: str = ""
    given: bool = True
    tangent_cost: int | None = None
    adjoint_cost: int | None = None
    second_cost: int | None = None
    name: str | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.structure, (Dense, Diagonal)):
            raise ChainOrderError(
                f"structure is {shown(self.structure)}: "
                f"in a chain of second derivatives expected Dense() or Diagonal()"
            )
        if self.tensor == "":
            object.__setattr__(self, "tensor", "diagonal" if self.is_diagonal else "dense")
        if self.tensor not in TENSORS:
            raise ChainOrderError(
                f"tensor is {shown(self.tensor)}: expected one of {', '.join(TENSORS)}"
            )
        if self.is_diagonal and self.tensor == "dense":
            raise ChainOrderError(
                "tensor is 'dense' beside a diagonal Jacobian: expected none or diagonal"
            )
        if not isinstance(self.given, bool):
            raise ChainOrderError(f"given is {shown(self.given)}: expected true or false")
        for field in _COSTS:
            value = getattr(self, field)
            if value is not None:
                object.__setattr__(self, field, checked_integer(field, value, "a cost", least=0))
        if self.name is not None:
            checked_name("name", self.name)

    @property
    def is_diagonal(self) -> bool:
        """Whether the Jacobian is diagonal."""
        return isinstance(self.structure, Diagonal)

    @property
    def is_linear(self) -> bool:
        """Whether there are no second derivatives."""
        return self.tensor == "none"


CURVED = HessianElemental()
"""The elemental of a chain of which nothing but the sizes is said."""


class HessianChain(SizedChain):
    """A composition `x_l = f_l(x_{l-1})` whose second derivatives are wanted. Immutable.

    The wanted tensor `d²x_q / dx_0²` has shape `(d_q, d_0, d_0)` and is symmetric in its last two
    indices; of a scalar function it is the Hessian.

    Args:
        sizes: `d_0 … d_q`; at least two, each an integer from 1 to 10^18.
        elementals: one per function, first applied first. All given and dense if left out.

    Raises:
        ChainOrderError: names the size or elemental that does not fit.

    >>> len(HessianChain([1000, 1, 1000, 1]))
    3
    """

    kind = "hessian_chain"

    def __init__(
        self,
        sizes: Sequence[int] | npt.NDArray[np.integer[Any]],
        elementals: Iterable[HessianElemental] | None = None,
    ) -> None:
        super().__init__(sizes)
        self._elementals = None if elementals is None else _checked(elementals, self.sizes)

    @classmethod
    def matrix_free(cls, sizes: Sequence[int], edges: Sequence[int]) -> HessianChain:
        """A chain of dense elementals of which only products exist.

        `edges[l]`, the number of edges of the elemental's own computational graph, is the fma of
        one tangent, of one adjoint and of one second-order adjoint.

        Raises:
            ChainOrderError: names the size or the edges that do not fit.

        >>> HessianChain.matrix_free([3, 2, 1], [10, 4]).elementals[1].second_cost
        4
        """
        return cls(
            sizes,
            [
                HessianElemental(given=False, tangent_cost=e, adjoint_cost=e, second_cost=e)
                for e in checked_edges(edges)
            ],
        )

    @property
    def elementals(self) -> Sequence[HessianElemental]:
        """The elementals, first applied first."""
        return (CURVED,) * len(self) if self._elementals is None else self._elementals

    @property
    def is_given_dense(self) -> bool:
        """Whether every Jacobian and every tensor is there as a dense array."""
        return self._elementals is None

    @property
    def is_given(self) -> bool:
        """Whether every Jacobian and every tensor is there as an array."""
        return self._elementals is None or all(e.given for e in self._elementals)

    @property
    def timing(self) -> None:
        """None: the costs of the elementals are fma."""
        return None

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, HessianChain):
            return NotImplemented
        return np.array_equal(self._sizes, other._sizes) and self._elementals == other._elementals

    def __hash__(self) -> int:
        return hash((self.kind, self._sizes.tobytes(), self._elementals))

    def __repr__(self) -> str:
        kind = "" if self._elementals is None else ", elementals=…"
        return f"HessianChain([{self._first_sizes()}]{kind})"

    def to_dict(self) -> dict[str, Any]:
        """The problem as the object that a file holds."""
        fields: dict[str, Any] = {"format": FORMAT, "kind": self.kind, "sizes": list(self.sizes)}
        if self._elementals is not None:
            fields["elementals"] = [_elemental_to_dict(e) for e in self._elementals]
        return fields

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> HessianChain:
        """The problem that a file's object describes.

        Raises:
            ChainOrderError: a field that is missing, unknown or of the wrong type.
        """
        check_kind(fields, cls.kind)
        reject_unknown(fields, ("format", "kind", "sizes", "elementals"), "hessian_chain")
        if not isinstance(fields.get("sizes"), list):
            raise ChainOrderError("sizes: expected a list of integers")
        elementals = fields.get("elementals")
        if elementals is None:
            return cls(fields["sizes"])
        if not isinstance(elementals, list):
            raise ChainOrderError("elementals: expected a list of objects")
        return cls(fields["sizes"], [_elemental_from_dict(l, e) for l, e in enumerate(elementals)])


def _checked(
    elementals: Iterable[HessianElemental], sizes: Sequence[int]
) -> tuple[HessianElemental, ...] | None:
    checked = tuple(elementals)
    for l, elemental in enumerate(checked):
        if not isinstance(elemental, HessianElemental):
            raise ChainOrderError(
                f"elementals[{l}] is {shown(elemental)}: expected a HessianElemental"
            )
    if len(checked) != len(sizes) - 1:
        raise ChainOrderError(
            f"{len(checked)} elementals for {len(sizes)} sizes: "
            f"expected {len(sizes) - 1}, one between neighbours"
        )
    for l, elemental in enumerate(checked):
        is_pointwise = elemental.is_diagonal or elemental.tensor == "diagonal"
        if is_pointwise and sizes[l] != sizes[l + 1]:
            raise ChainOrderError(
                f"elementals[{l}] is diagonal between the sizes {sizes[l]} and {sizes[l + 1]}: "
                f"expected equal sizes"
            )
    return None if all(e == CURVED for e in checked) else checked


def _elemental_to_dict(elemental: HessianElemental) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "structure": elemental.structure.to_json(),
        "tensor": elemental.tensor,
    }
    if not elemental.given:
        fields["given"] = False
    for key in (*_COSTS, "name"):
        if getattr(elemental, key) is not None:
            fields[key] = getattr(elemental, key)
    return fields


def _elemental_from_dict(position: int, fields: object) -> HessianElemental:
    if not isinstance(fields, dict):
        raise ChainOrderError(f"elementals[{position}] is {shown(fields)}: expected an object")
    known = ("structure", "tensor", "given", *_COSTS, "name")
    try:
        reject_unknown(fields, known, "elemental")
        values = dict(fields)
        if "structure" in values:
            values["structure"] = structure_from_json(values["structure"])
        if values.get("tensor") == "":
            raise ChainOrderError(f"tensor is '': expected one of {', '.join(TENSORS)}")
        return HessianElemental(**values)
    except ChainOrderError as error:
        raise ChainOrderError(f"elementals[{position}]: {error}") from None
