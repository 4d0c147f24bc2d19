"""One function of a chain, as far as planning needs to know it; and what multiplications take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..checks import checked_integer, checked_name, reject_unknown, shown
from ..errors import ChainOrderError
from ..structure.declarations import DENSE, Structure


@dataclass(frozen=True, slots=True, kw_only=True)
class Elemental:
    """One function of the chain, as far as planning needs to know it.

    `structure` is the pattern of its Jacobian. `given` says that the Jacobian is there as a
    matrix; otherwise only its products are. `tangent_cost` and `adjoint_cost` are the fma of one
    Jacobian-vector and one vector-Jacobian product, None where there is no such product. `tape`
    is the number of entries that an adjoint must hold; None is none. `name` is for people: one line
    of text, without control codes.

    Where the structure is an inverse or a transpose, `given` and the costs are those of the
    operand, the matrix itself: an inverse is applied by solves, and a tangent of a transpose is
    an adjoint of the operand.

    Raises:
        ChainOrderError: a cost or tape that is not an integer of at least 0, a name that is none;
            or an inverse that is given, and has costs.

    >>> import chainorder as co
    >>> program = co.Elemental(given=False, tangent_cost=40, adjoint_cost=120, tape=40)
    >>> co.plan(co.Chain([3, 8, 1], [program, co.Elemental()])).fma
    120
    >>> curve = co.Elemental(structure=co.Inverse(co.Triangular(lower=True)))
    >>> curve.is_matrix, curve.has_tangent(), curve.has_adjoint()
    (False, True, True)
    """

    structure: Structure = DENSE
    given: bool = True
    tangent_cost: int | None = None
    adjoint_cost: int | None = None
    tape: int | None = None
    name: str | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.structure, Structure):
            raise ChainOrderError(
                f"structure is {shown(self.structure)}: expected a structure such as Dense()"
            )
        if not isinstance(self.given, bool):
            raise ChainOrderError(f"given is {shown(self.given)}: expected true or false")
        for field in ("tangent_cost", "adjoint_cost", "tape"):
            value = getattr(self, field)
            if value is not None:
                object.__setattr__(self, field, checked_integer(field, value, "a cost", least=0))
        if self.name is not None:
            checked_name("name", self.name)
        costs = (self.tangent_cost, self.adjoint_cost)
        if self.given and self.is_solved and costs != (None, None):
            raise ChainOrderError(
                f"the structure is {self.structure}, and tangent_cost or adjoint_cost is set: an "
                f"inverse that is given is applied by solves, and costs what they do"
            )

    @property
    def is_solved(self) -> bool:
        """Whether products with the Jacobian are solves, with a matrix that is factored once."""
        if not self.structure.is_derived:
            return False
        from ..structure.derived import is_solved

        return is_solved(self.structure)

    @property
    def is_transposed(self) -> bool:
        """Whether the Jacobian is the transpose of what the caller has, or of its inverse."""
        if not self.structure.is_derived:
            return False
        from ..structure.derived import is_transposed

        return is_transposed(self.structure)

    @property
    def is_matrix(self) -> bool:
        """Whether the Jacobian is there as a matrix, to be multiplied."""
        return self.given and not self.is_solved

    def has_tangent(self, memory: int | None = None) -> bool:
        """Whether tangents are possible with tapes of at most `memory` entries (None: any)."""
        return self._applies(memory, transposed=False)

    def has_adjoint(self, memory: int | None = None) -> bool:
        """Whether adjoints are possible with tapes of at most `memory` entries (None: any)."""
        return self._applies(memory, transposed=True)

    def _applies(self, memory: int | None, *, transposed: bool) -> bool:
        pushes = self.tangent_cost is not None
        pulls = self.adjoint_cost is not None and (memory is None or (self.tape or 0) <= memory)
        if self.is_solved:
            return self.given or pushes or pulls
        return pulls if transposed != self.is_transposed else pushes


@dataclass(frozen=True, slots=True)
class Timing:
    """What a multiplication takes where costs are times: integers, in picoseconds.

    A product `(m, k)·(k, n)` takes `m·n·(k·per_fma + per_entry)`: so much for each scalar
    multiplication, and so much for each entry that is written.

    Raises:
        ChainOrderError: a time that is not an integer of at least 0.

    >>> import chainorder as co
    >>> chain = co.Chain([1000, 10, 1000], timing=co.Timing(per_fma=50, per_entry=800))
    >>> co.plan(chain).seconds
    0.0013
    """

    per_fma: int
    per_entry: int = 0

    def __post_init__(self) -> None:
        for field in ("per_fma", "per_entry"):
            value = checked_integer(f"timing's {field}", getattr(self, field), "a cost", least=0)
            object.__setattr__(self, field, value)


GIVEN_DENSE = Elemental()
"""The elemental of a chain of which nothing but the sizes is said."""


def elemental_to_dict(elemental: Elemental) -> dict[str, Any]:
    """The elemental as a chain file writes it."""
    fields: dict[str, Any] = {"structure": elemental.structure.to_json()}
    if not elemental.given:
        fields["given"] = False
    for key in ("tangent_cost", "adjoint_cost", "tape", "name"):
        if getattr(elemental, key) is not None:
            fields[key] = getattr(elemental, key)
    return fields


def elemental_from_dict(position: int, fields: object) -> Elemental:
    """The elemental that a chain file's object describes.

    Raises:
        ChainOrderError: opens with its position; a field that is unknown or of the wrong type.
    """
    if not isinstance(fields, dict):
        raise ChainOrderError(f"elementals[{position}] is {shown(fields)}: expected an object")
    known = ("structure", "given", "tangent_cost", "adjoint_cost", "tape", "name")
    try:
        reject_unknown(fields, known, "elemental")
        values = dict(fields)
        if "structure" in values:
            from ..structure.written import structure_from_json

            values["structure"] = structure_from_json(values["structure"])
        return Elemental(**values)
    except ChainOrderError as error:
        raise ChainOrderError(f"elementals[{position}]: {error}") from None


def timing_from_dict(fields: object) -> Timing | None:
    """The timing that a chain file's object describes; None where there is none."""
    if fields is None:
        return None
    if not isinstance(fields, dict) or "per_fma" not in fields:
        raise ChainOrderError(f"timing is {shown(fields)}: expected an object with per_fma")
    reject_unknown(fields, ("per_fma", "per_entry"), "timing")
    return Timing(**fields)
