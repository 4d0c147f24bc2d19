"""The problem on a path: a chain of elementals and the sizes of the variables between them."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt

from ..checks import (
    FORMAT,
    check_kind,
    reject_unknown,
    shown,
)
from ..errors import ChainOrderError
from ..structure.declarations import DENSE, Dense
from .elemental import (
    GIVEN_DENSE,
    Elemental,
    Timing,
    elemental_from_dict,
    elemental_to_dict,
    timing_from_dict,
)
from .sizes import SizedChain, checked_edges

if TYPE_CHECKING:
    from ..structure.ranges import Ranges
    from ..structure.repeats import Repeats
    from .graph import Graph
    from .labels import Label


class Chain(SizedChain):
    """A composition `x_l = f_l(x_{l-1})`, l = 1 … q, as sizes and elementals. Immutable.

    Args:
        sizes: `d_0 … d_q`, the numbers of entries of `x_0 … x_q`; at least two of them, each an
            integer from 1 to 10^18. The Jacobian of `f_l` has shape `(d_l, d_{l-1})`.
        elementals: one per function, first applied first. All given and dense if left out.
        timing: what multiplications take, where the costs of the elementals are picoseconds
            and not fma (`measure` makes such chains); plans are then made for seconds.
        same: one label per elemental, text, an integer or None. Equal labels say that the operands
            are one and the same matrix, so that products which occur more than once are made once.
            None is a matrix of its own.

    Raises:
        ChainOrderError: names the size, elemental or label that does not fit.

    >>> len(Chain([1000, 1, 1000]))
    2
    """

    kind: ClassVar[str] = "chain"

    def __init__(
        self,
        sizes: Sequence[int] | npt.NDArray[np.integer[Any]],
        elementals: Iterable[Elemental] | None = None,
        timing: Timing | None = None,
        same: Sequence[Label] | None = None,
    ) -> None:
        super().__init__(sizes)
        self._elementals = (
            None if elementals is None else _checked_elementals(elementals, len(self))
        )
        # Structures that do not fit their sizes are found now, not when somebody plans.
        _ = self.ranges
        if timing is not None and not isinstance(timing, Timing):
            raise ChainOrderError(f"timing is {shown(timing)}: expected a Timing or None")
        self._timing = timing
        self._same: tuple[Label, ...] | None = None
        if same is not None:
            from .labels import checked_labels

            self._same = checked_labels(same, self.sizes, self.elementals)

    @classmethod
    def matrix_free(cls, sizes: Sequence[int], edges: Sequence[int]) -> Chain:
        """A chain of dense elementals of which only products exist.

        `edges[l]`, the number of edges of the elemental's own computational graph, is the fma
        of one tangent and of one adjoint, and the size of the tape (Naumann 2024, section 2).

        Raises:
            ChainOrderError: names the size or the edges that do not fit.

        >>> import chainorder as co
        >>> programs = co.Chain.matrix_free([2, 4, 8], edges=[100, 100])
        >>> co.plan(programs).ways()
        {'accumulated by tangents': [1], 'tangents': [2]}
        """
        costs = checked_edges(edges)
        return cls(
            sizes,
            [Elemental(given=False, tangent_cost=e, adjoint_cost=e, tape=e) for e in costs],
        )

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

    def without_structure(self) -> Chain:
        """The same chain as it looks to a planner that takes every elemental for dense."""
        if self._elementals is None:
            return self
        from ..structure.derived import with_dense

        dense = [replace(e, structure=with_dense(e.structure)) for e in self._elementals]
        return Chain(self._sizes, dense, self._timing, self._same)

    @property
    def same(self) -> tuple[Label, ...] | None:
        """The labels of the elementals, as they were given."""
        return self._same

    @cached_property
    def repeats(self) -> Repeats | None:
        """Which sub-Jacobians are one matrix; None if all are different."""
        if self._same is None:
            return None
        from .labels import repeats_of

        return repeats_of(self._same, self.elementals)

    @cached_property
    def alike(self) -> Sequence[int]:
        """For each elemental, the first (from 0) that is the same matrix in the same structure."""
        if self._same is None:
            return range(len(self))
        from .labels import first_alike

        return first_alike(self._same, self.elementals)

    @cached_property
    def distinct(self) -> Sequence[int]:
        """The elementals (from 0) that are the first of those that are `alike`."""
        return self.alike if self._same is None else tuple(dict.fromkeys(self.alike))

    @cached_property
    def labelled(self) -> Mapping[int, Sequence[int]]:
        """For the first elemental (from 0) of each label, the others that have it."""
        if self._same is None:
            return {}
        from .labels import labelled

        return labelled(self._same)

    def class_of(self, i: int, j: int) -> Hashable:
        """What all sub-Jacobians have in common that are the same matrix as `(i, j)`."""
        return (i, j) if self.repeats is None else self.repeats.of(i, j)

    def is_symmetric(self, i: int, j: int) -> bool:
        """Whether the labels and structures say that sub-Jacobian `(i, j)` is its own transpose.

        >>> import chainorder as co
        >>> transposed = co.Elemental(structure=co.Transpose(co.Dense()))
        >>> gram = co.Chain([5, 9, 5], [co.Elemental(), transposed], same=["H", "H"])
        >>> gram.is_symmetric(0, 2), gram.is_symmetric(0, 1)
        (True, False)
        """
        return self.repeats is not None and self.repeats.is_symmetric(i, j)

    def matrix_at(self, l: int) -> Hashable:
        """What all elementals have in common whose operand is that of elemental `l` (from 0)."""
        label = None if self._same is None else self._same[l]
        return l if label is None else ("same", label)

    @property
    def is_given(self) -> bool:
        """Whether every elemental Jacobian is there as a matrix."""
        return self._elementals is None or all(e.is_matrix for e in self._elementals)

    @property
    def is_all_matrices(self) -> bool:
        """Whether an order is a bracketing of dense matrices that are there, no two the same."""
        return self._elementals is None and self._timing is None and self.repeats is None

    @cached_property
    def is_dense(self) -> bool:
        """Whether every elemental is a dense matrix that is there, or the transpose of one."""
        if not self.is_given:
            return False
        from ..structure.derived import unwrapped

        found = [unwrapped(elemental.structure) for elemental in self.elementals]
        return all(type(of) is Dense and not inverted for of, inverted, _ in found)

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
            and self._same == other._same
        )

    def __hash__(self) -> int:
        return hash((self._sizes.tobytes(), self._elementals, self._timing, self._same))

    def __repr__(self) -> str:
        kind = "" if self._elementals is None else ", elementals=…"
        kind += "" if self._same is None else ", same=…"
        return f"Chain([{self._first_sizes()}]{kind})"

    def to_graph(self) -> Graph:
        """The same problem as a graph: a path from vertex 0, `x_0`, to vertex q, `x_q`.

        Raises:
            ChainOrderError: an elemental that is not given or not dense, or that is another's
                matrix too: an edge of a graph is a dense matrix of its own.

        >>> import chainorder as co
        >>> co.Chain([3, 2, 4]).to_graph()
        Graph(3 vertices, 2 edges, 1 inputs, 1 outputs)
        """
        from .graph import Graph

        for l, elemental in enumerate(self.elementals if not self.is_given_dense else ()):
            if not elemental.given or elemental.structure != DENSE:
                raise ChainOrderError(
                    f"elementals[{l}] is not a given, dense matrix: an edge of a graph is one"
                )
        if self.repeats is not None:
            raise ChainOrderError(
                "two elementals are one matrix: the edges of a graph are matrices of their own"
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
            fields["elementals"] = [elemental_to_dict(e) for e in self._elementals]
        if self._timing is not None:
            fields["timing"] = {
                "per_fma": self._timing.per_fma,
                "per_entry": self._timing.per_entry,
            }
        if self._same is not None:
            fields["same"] = list(self._same)
        return fields

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Chain:
        """The chain that a chain file's object describes.

        Raises:
            ChainOrderError: a field that is missing, unknown or of the wrong type.

        >>> import chainorder as co
        >>> chain = co.Chain([3, 2, 4])
        >>> co.Chain.from_dict(chain.to_dict()) == chain
        True
        """
        check_kind(fields, "chain")
        known = ("format", "kind", "sizes", "elementals", "timing", "same")
        reject_unknown(fields, known, "chain")
        if not isinstance(fields.get("sizes"), list):
            raise ChainOrderError("sizes: expected a list of integers")
        timing = timing_from_dict(fields.get("timing"))
        elementals = fields.get("elementals")
        same = fields.get("same")
        if same is not None and same != "name" and not isinstance(same, list):
            raise ChainOrderError(
                f'same is {shown(same)}: expected one label per elemental, or "name" where the '
                "names of the elementals are the labels"
            )
        if elementals is None:
            return cls(fields["sizes"], timing=timing, same=same)
        if not isinstance(elementals, list):
            raise ChainOrderError("elementals: expected a list of objects")
        read = [elemental_from_dict(l, e) for l, e in enumerate(elementals)]
        if same == "name":
            same = [elemental.name for elemental in read]
        return cls(fields["sizes"], read, timing, same)


def _checked_elementals(elementals: Iterable[Elemental], q: int) -> tuple[Elemental, ...] | None:
    checked = tuple(elementals)
    for l, elemental in enumerate(checked):
        if not isinstance(elemental, Elemental):
            raise ChainOrderError(f"elementals[{l}] is {shown(elemental)}: expected an Elemental")
    if len(checked) != q:
        raise ChainOrderError(
            f"{len(checked)} elementals for {q + 1} sizes: expected {q}, one between neighbours"
        )
    return None if all(e == GIVEN_DENSE for e in checked) else checked
