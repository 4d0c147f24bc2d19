"""The problem on a path: a chain of elementals and the sizes of the variables between them."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import numpy.typing as npt

from ..errors import ChainOrderError
from ..structure.declarations import DENSE, Dense, Structure

if TYPE_CHECKING:
    from ..structure.ranges import Ranges

if TYPE_CHECKING:
    from .graph import Graph

FORMAT = "chainorder/1"
"""The name of the file format, for chains and for graphs."""

MAX_SIZE = 10**18
"""The largest size of a variable: what fits, with room for one addition, in 64 bits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Elemental:
    """One function of the chain, as far as planning needs to know it.

    `structure` is the pattern of its Jacobian. `given` says that the Jacobian is there as a
    matrix; otherwise only its products are. `tangent_cost` and `adjoint_cost` are the fma of one
    Jacobian-vector and one vector-Jacobian product, None where there is no such product. `tape`
    is the number of entries that an adjoint must hold; None is none. `name` is for people.

    Raises:
        ChainOrderError: a cost or tape that is not an integer of at least 0.
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
                f"structure is {self.structure!r}: expected a structure such as Dense()"
            )
        if not isinstance(self.given, bool):
            raise ChainOrderError(f"given is {self.given!r}: expected true or false")
        for field in ("tangent_cost", "adjoint_cost", "tape"):
            value = getattr(self, field)
            if value is not None:
                object.__setattr__(self, field, _integer(field, value, least=0))
        if self.name is not None and not isinstance(self.name, str):
            raise ChainOrderError(f"name is {self.name!r}: expected text")

    def has_adjoint(self, memory: int | None = None) -> bool:
        """Whether adjoints are possible with tapes of at most `memory` entries (None: any)."""
        if self.adjoint_cost is None:
            return False
        return memory is None or (self.tape or 0) <= memory


@dataclass(frozen=True, slots=True)
class Timing:
    """What a multiplication takes where costs are times: integers, in picoseconds.

    A product `(m, k)·(k, n)` takes `m·n·(k·per_fma + per_entry)`: so much for each scalar
    multiplication, and so much for each entry that is written.

    Raises:
        ChainOrderError: a time that is not an integer of at least 0.
    """

    per_fma: int
    per_entry: int = 0

    def __post_init__(self) -> None:
        for field in ("per_fma", "per_entry"):
            value = _integer(f"timing's {field}", getattr(self, field), least=0)
            object.__setattr__(self, field, value)


GIVEN_DENSE = Elemental()
"""The elemental of a chain of which nothing but the sizes is said."""


class Chain:
    """A composition `x_l = f_l(x_{l-1})`, l = 1 … q, as sizes and elementals. Immutable.

    Args:
        sizes: `d_0 … d_q`, the numbers of entries of `x_0 … x_q`; at least two of them, each an
            integer from 1 to 10^18. The Jacobian of `f_l` has shape `(d_l, d_{l-1})`.
        elementals: one per function, first applied first. All given and dense if left out.
        timing: what multiplications take, where the costs of the elementals are picoseconds
            and not fma (`measure` makes such chains); plans are then made for seconds.

    Raises:
        ChainOrderError: names the size or elemental that does not fit.
    """

    def __init__(
        self,
        sizes: Sequence[int] | npt.NDArray[np.integer[Any]],
        elementals: Iterable[Elemental] | None = None,
        timing: Timing | None = None,
    ) -> None:
        self._sizes = _checked_sizes(sizes)
        self._elementals = (
            None if elementals is None else _checked_elementals(elementals, len(self))
        )
        # Structures that do not fit their sizes are found now, not when somebody plans.
        _ = self.ranges
        if timing is not None and not isinstance(timing, Timing):
            raise ChainOrderError(f"timing is {timing!r}: expected a Timing or None")
        self._timing = timing

    @classmethod
    def matrix_free(cls, sizes: Sequence[int], edges: Sequence[int]) -> Chain:
        """A chain of dense elementals of which only products exist.

        `edges[l]`, the number of edges of the elemental's own computational graph, is the fma
        of one tangent and of one adjoint, and the size of the tape (Naumann 2024, section 2).

        Raises:
            ChainOrderError: names the size or the edges that do not fit.
        """
        if isinstance(edges, (str, bytes)) or not isinstance(edges, Iterable):
            raise ChainOrderError(f"edges is {edges!r}: expected a sequence of integers")
        costs = [_integer(f"edges[{l}]", e, least=0) for l, e in enumerate(edges)]
        return cls(
            sizes,
            [Elemental(given=False, tangent_cost=e, adjoint_cost=e, tape=e) for e in costs],
        )

    def __len__(self) -> int:
        """The number of elementals, q."""
        return len(self._sizes) - 1

    @cached_property
    def sizes(self) -> tuple[int, ...]:
        """`d_0 … d_q` as Python integers."""
        return tuple(self._sizes.tolist())

    @property
    def size_array(self) -> npt.NDArray[np.int64]:
        """`d_0 … d_q` as a read-only array."""
        return self._sizes

    @property
    def elementals(self) -> Sequence[Elemental]:
        """The elementals, first applied first."""
        return (GIVEN_DENSE,) * len(self) if self._elementals is None else self._elementals

    @property
    def is_given_dense(self) -> bool:
        """Whether every elemental Jacobian is there as a dense matrix."""
        return self._elementals is None

    @cached_property
    def ranges(self) -> Ranges | None:
        """The patterns of the sub-Jacobians; None where every elemental is dense."""
        if self._elementals is None or all(type(e.structure) is Dense for e in self._elementals):
            return None
        from ..structure.ranges import Ranges

        return Ranges(self.sizes, [e.structure for e in self._elementals])

    def with_pattern_memory(self, memory: int) -> Chain:
        """The same chain, whose patterns may take so many bytes while it is planned."""
        if self.ranges is None:
            return self
        from ..structure.ranges import Ranges

        chain = Chain(self._sizes, self._elementals, self._timing)
        structures = [elemental.structure for elemental in self.elementals]
        chain.__dict__["ranges"] = Ranges(self.sizes, structures, memory)
        return chain

    def without_structure(self) -> Chain:
        """The same chain as it looks to a planner that takes every elemental for dense."""
        if self._elementals is None:
            return self
        return Chain(
            self._sizes, [replace(e, structure=DENSE) for e in self._elementals], self._timing
        )

    @property
    def is_given(self) -> bool:
        """Whether every elemental Jacobian is there as a matrix."""
        return self._elementals is None or all(e.given for e in self._elementals)

    @property
    def timing(self) -> Timing | None:
        """What multiplications take, if the costs of this chain are picoseconds; else None."""
        return self._timing

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Chain):
            return NotImplemented
        return (
            np.array_equal(self._sizes, other._sizes)
            and self._elementals == other._elementals
            and self._timing == other._timing
        )

    def __hash__(self) -> int:
        return hash((self._sizes.tobytes(), self._elementals, self._timing))

    def __repr__(self) -> str:
        shown = ", ".join(map(str, self._sizes[:8].tolist()))
        more = f", … {len(self) - 7} more" if len(self) > 7 else ""
        kind = "" if self._elementals is None else ", elementals=…"
        return f"Chain([{shown}{more}]{kind})"

    def to_graph(self) -> Graph:
        """The same problem as a graph: a path from vertex 0, `x_0`, to vertex q, `x_q`.

        Raises:
            ChainOrderError: an elemental that is not given or not dense: an edge of a graph is a
                dense matrix.
        """
        from .graph import Graph

        for l, elemental in enumerate(self.elementals if not self.is_given_dense else ()):
            if not elemental.given or elemental.structure != DENSE:
                raise ChainOrderError(
                    f"elementals[{l}] is not a given, dense matrix: an edge of a graph is one"
                )
        q = len(self)
        edges = [(l, l + 1) for l in range(q)]
        return Graph(edges, [0], [q], dict(enumerate(self._sizes.tolist())))

    def to_dict(self) -> dict[str, Any]:
        """The chain as the object that a chain file holds."""
        fields: dict[str, Any] = {
            "format": FORMAT,
            "kind": "chain",
            "sizes": self._sizes.tolist(),
        }
        if self._elementals is not None:
            fields["elementals"] = [_elemental_to_dict(e) for e in self._elementals]
        if self._timing is not None:
            fields["timing"] = {
                "per_fma": self._timing.per_fma,
                "per_entry": self._timing.per_entry,
            }
        return fields

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Chain:
        """The chain that a chain file's object describes.

        Raises:
            ChainOrderError: a field that is missing, unknown or of the wrong type.
        """
        if fields.get("format") != FORMAT:
            raise ChainOrderError(f"format is {fields.get('format')!r}: expected {FORMAT!r}")
        if fields.get("kind") != "chain":
            raise ChainOrderError(f"kind is {fields.get('kind')!r}: expected 'chain'")
        reject_unknown(fields, ("format", "kind", "sizes", "elementals", "timing"), "chain")
        if not isinstance(fields.get("sizes"), list):
            raise ChainOrderError("sizes: expected a list of integers")
        timing = _timing_from_dict(fields.get("timing"))
        elementals = fields.get("elementals")
        if elementals is None:
            return cls(fields["sizes"], timing=timing)
        if not isinstance(elementals, list):
            raise ChainOrderError("elementals: expected a list of objects")
        return cls(
            fields["sizes"], [_elemental_from_dict(l, e) for l, e in enumerate(elementals)], timing
        )


def _elemental_to_dict(elemental: Elemental) -> dict[str, Any]:
    fields: dict[str, Any] = {"structure": elemental.structure.to_json()}
    if not elemental.given:
        fields["given"] = False
    for key in ("tangent_cost", "adjoint_cost", "tape", "name"):
        if getattr(elemental, key) is not None:
            fields[key] = getattr(elemental, key)
    return fields


def _elemental_from_dict(position: int, fields: object) -> Elemental:
    if not isinstance(fields, dict):
        raise ChainOrderError(f"elementals[{position}] is {fields!r}: expected an object")
    known = ("structure", "given", "tangent_cost", "adjoint_cost", "tape", "name")
    try:
        reject_unknown(fields, known, "elemental")
        values = dict(fields)
        if "structure" in values:
            from ..structure.declarations import structure_from_json

            values["structure"] = structure_from_json(values["structure"])
        return Elemental(**values)
    except ChainOrderError as error:
        raise ChainOrderError(f"elementals[{position}]: {error}") from None


def _timing_from_dict(fields: object) -> Timing | None:
    if fields is None:
        return None
    if not isinstance(fields, dict) or "per_fma" not in fields:
        raise ChainOrderError(f"timing is {fields!r}: expected an object with per_fma")
    reject_unknown(fields, ("per_fma", "per_entry"), "timing")
    return Timing(**fields)


def reject_unknown(fields: Mapping[str, Any], known: Sequence[str], what: str) -> None:
    for key in fields:
        if key not in known:
            raise ChainOrderError(f"{key!r} is no field of a {what}: expected {', '.join(known)}")


def _checked_sizes(sizes: object) -> npt.NDArray[np.int64]:
    if isinstance(sizes, (str, bytes)) or not isinstance(sizes, (Iterable, np.ndarray)):
        raise ChainOrderError(f"sizes is {sizes!r}: expected a sequence of integers")
    array = _integer_array(sizes) if isinstance(sizes, np.ndarray) else _from_items(list(sizes))
    if len(array) < 2:
        raise ChainOrderError(f"a chain has at least two sizes, d_0 and d_1: {len(array)} given")
    array.setflags(write=False)
    return array


def _from_items(values: list[Any]) -> npt.NDArray[np.int64]:
    plain = all(type(value) is int and 1 <= value <= MAX_SIZE for value in values)
    if not plain:
        values = [_integer(f"sizes[{l}]", value, least=1) for l, value in enumerate(values)]
    return np.array(values, dtype=np.int64)


def _integer_array(sizes: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    if sizes.ndim != 1:
        raise ChainOrderError(f"sizes has shape {sizes.shape}: expected one dimension")
    if sizes.dtype.kind not in "iu":
        return _checked_sizes(sizes.tolist())
    wrong = (sizes < 1) | (sizes > MAX_SIZE)
    if wrong.any():
        l = int(np.argmax(wrong))
        _integer(f"sizes[{l}]", sizes[l].item(), least=1)
    return sizes.astype(np.int64)


def _checked_elementals(elementals: Iterable[Elemental], q: int) -> tuple[Elemental, ...] | None:
    checked = tuple(elementals)
    for l, elemental in enumerate(checked):
        if not isinstance(elemental, Elemental):
            raise ChainOrderError(f"elementals[{l}] is {elemental!r}: expected an Elemental")
    if len(checked) != q:
        raise ChainOrderError(
            f"{len(checked)} elementals for {q + 1} sizes: expected {q}, one between neighbours"
        )
    return None if all(e == GIVEN_DENSE for e in checked) else checked


def _integer(item: str, value: object, *, least: int) -> int:
    return checked_integer(item, value, "a size" if least == 1 else "a cost", least=least)


def checked_integer(item: str, value: object, kind: str, *, least: int) -> int:
    """`value` as a Python integer.

    Raises:
        ChainOrderError: names `item`, and says what its `kind` must be.
    """
    expected = f"{kind} must be an integer of at least {least}"
    if isinstance(value, (bool, np.bool_)):
        raise ChainOrderError(f"{item} is {value!r}: {expected}")
    try:
        number = operator.index(cast(Any, value))
    except TypeError:
        raise ChainOrderError(f"{item} is {value!r}: {expected}") from None
    if number < least:
        raise ChainOrderError(f"{item} {_is_shown(number)}: {expected}")
    if number > MAX_SIZE:
        raise ChainOrderError(f"{item} {_is_shown(number)}: {kind} is at most 10^18")
    return number


def _is_shown(number: int) -> str:
    # Python refuses to print integers of thousands of digits.
    return f"is {number}" if abs(number) < 10**60 else "has more than 60 digits"
