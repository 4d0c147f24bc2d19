"""A plan on a graph: an elimination order, its products made when somebody looks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from .._version import __version__
from ..elimination.live_graph import Indices, Vertex
from ..elimination.totals import WalkTotals, product_columns, topological_fma, walk_totals
from ..errors import ChainOrderError
from ..problems.graph import Graph
from .plan import Plan
from .steps import KINDS, Step, Steps


class Eliminations(Steps):
    """All products of an elimination order, as `Steps`.

    The columns `i`, `k` and `j` are positions in `graph.live.labels`; the steps that are read or
    iterated over name the vertices by their labels.
    """

    __slots__ = ("__dict__", "graph", "order")

    def __init__(self, graph: Graph, order: Indices, totals: WalkTotals | None = None) -> None:
        self.graph = graph
        if totals is not None:
            self.__dict__["totals"] = totals
        self.order = order.astype(np.int64)
        self.order.setflags(write=False)

    @classmethod
    def of_labels(cls, graph: Graph, order: Sequence[Vertex]) -> Eliminations:
        """The eliminations of vertices named by their labels.

        Raises:
            ChainOrderError: an order that is not one of all intermediate vertices.
        """
        live = graph.live
        at = {label: x for x, label in enumerate(live.labels[: live.intermediates])}
        seen: set[Vertex] = set()
        for t, label in enumerate(order):
            if label not in at:
                raise ChainOrderError(
                    f"elimination[{t}] is {label!r}: no vertex that is eliminated has that name"
                )
            if label in seen:
                raise ChainOrderError(f"elimination[{t}] is {label!r}: eliminated already")
            seen.add(label)
        if len(seen) < len(at):
            missing = next(label for label in at if label not in seen)
            raise ChainOrderError(f"the elimination leaves out {missing!r}")
        return cls(graph, np.array([at[label] for label in order], dtype=np.int64))

    @cached_property
    def totals(self) -> WalkTotals:
        """Products, fma, flops and peak entries of all steps."""
        return walk_totals(self.graph.live, self.order)

    @cached_property
    def fma(self) -> int:
        """Scalar multiplications of all steps: a quicker walk where there is one."""
        if "totals" not in self.__dict__:
            fma = topological_fma(self.graph.live, self.order)
            if fma is not None:
                return fma
        return self.totals.fma

    @property
    def labels(self) -> list[Vertex]:
        """The eliminated vertices, in order."""
        names = self.graph.live.labels
        return [names[v] for v in self.order.tolist()]

    @cached_property
    def _columns(self) -> tuple[npt.NDArray[np.int64], ...]:
        columns = tuple(
            np.array(column, dtype=np.int64)
            for column in product_columns(self.graph.live, self.order)
        )
        for column in columns:
            column.setflags(write=False)
        return columns

    @property
    def i(self) -> npt.NDArray[np.int64]:  # type: ignore[override]
        """The predecessor of each product."""
        return self._columns[0]

    @property
    def k(self) -> npt.NDArray[np.int64]:  # type: ignore[override]
        """The eliminated vertex of each product."""
        return self._columns[1]

    @property
    def j(self) -> npt.NDArray[np.int64]:  # type: ignore[override]
        """The successor of each product."""
        return self._columns[2]

    @cached_property
    def kind(self) -> npt.NDArray[np.uint8]:  # type: ignore[override]
        """The kind of each step: every one multiplies."""
        return np.full(len(self), KINDS.index("multiply"), dtype=np.uint8)

    def __len__(self) -> int:
        return self.totals.products

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self[t] for t in range(len(self))[index]]
        names = self.graph.live.labels
        i, k, j = (names[int(column[index])] for column in self._columns)
        return Step("multiply", i, k, j)  # type: ignore[arg-type]

    def __iter__(self) -> Iterator[Step]:
        names = self.graph.live.labels
        for i, k, j in zip(*(column.tolist() for column in self._columns), strict=True):
            yield Step("multiply", names[i], names[k], names[j])

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Eliminations):
            return NotImplemented
        return self.graph == other.graph and np.array_equal(self.order, other.order)

    def __hash__(self) -> int:
        return hash((self.graph, self.order.tobytes()))

    def __repr__(self) -> str:
        return f"Eliminations of {len(self.order):,} vertices"


class EliminationPlan(Plan):
    """A graph and the eliminations that accumulate its Jacobian, with their exact costs."""

    problem: Graph
    steps: Eliminations

    @cached_property
    def fma(self) -> int:
        """Scalar multiplications of all steps."""
        return self.steps.fma

    @cached_property
    def flops(self) -> int:
        """Multiplications and additions of all steps."""
        return self.steps.totals.flops

    @property
    def cost(self) -> int:
        """The total in the plan's own objective."""
        return self.fma if self.objective == "fma" else self.flops

    @property
    def seconds(self) -> None:
        """No graph's costs are times."""
        return None

    @cached_property
    def peak_entries(self) -> int:
        """The most matrix entries that fill-in and changed edges occupy at once."""
        return self.steps.totals.peak_entries

    @cached_property
    def order(self) -> list[Any]:
        """The eliminated vertices, in order."""
        return self.steps.labels

    @cached_property
    def bracketing(self) -> str:
        """The eliminated vertices as text: a graph has no brackets."""
        return " ".join(map(one_line, self.order))

    def __str__(self) -> str:
        count = len(self.order)
        rows = [
            ("order", self.bracketing if count < 24 else f"{count:,} vertices eliminated"),
            *self.figures(),
        ]
        return self.titled(rows)

    def to_dict(self) -> dict[str, Any]:
        """The plan as an object of JSON types: the order says all, the products follow."""
        return {
            "chainorder": __version__,
            "graph": self.problem.to_dict(),
            "objective": self.objective,
            "order": self.name,
            "fma": self.fma,
            "flops": self.flops,
            "peak_entries": self.peak_entries,
            "lower_bound": self.lower_bound,
            "proof": self.proof,
            "elimination": self.order,
        }


def one_line(label: Vertex) -> str:
    """The label of a vertex as people see it in a line: with a space for line ends and the like."""
    return re.sub(r"\s+", " ", str(label))


_PLAN_FIELDS: Mapping[str, type | tuple[type, ...]] = {
    "graph": dict,
    "objective": str,
    "order": str,
    "fma": int,
    "flops": int,
    "peak_entries": int,
    "lower_bound": int,
    "proof": (str, type(None)),
    "elimination": list,
}


def plan_from_dict(fields: Mapping[str, Any]) -> EliminationPlan:
    """The plan that `Plan.to_dict` wrote for a graph.

    Raises:
        ChainOrderError: fields that are no such plan, or a figure that the order does not bear out.
    """
    for key, kind in _PLAN_FIELDS.items():
        if not isinstance(fields.get(key), kind) or isinstance(fields[key], bool):
            raise ChainOrderError(f"the plan's {key!r}: expected what Plan.to_json writes")
    if fields["objective"] not in ("fma", "flops"):
        raise ChainOrderError(f"objective is {fields['objective']!r}: expected one of fma, flops")
    for t, label in enumerate(fields["elimination"]):
        if type(label) is not int and not isinstance(label, str):
            raise ChainOrderError(f"elimination[{t}] is {label!r}: expected a vertex")
    graph = Graph.from_dict(fields["graph"])
    plan = EliminationPlan(
        problem=graph,
        steps=Eliminations.of_labels(graph, fields["elimination"]),
        name=fields["order"],
        objective=fields["objective"],
        lower_bound=fields["lower_bound"],
        proof=fields["proof"],
    )
    for key in ("fma", "flops", "peak_entries"):
        if fields[key] != getattr(plan, key):
            raise ChainOrderError(
                f"the plan's {key} is {fields[key]}: its steps make {getattr(plan, key)}"
            )
    if plan.lower_bound > plan.cost or plan.proof not in ("optimal", None):
        raise ChainOrderError(
            f"the plan's lower_bound is {plan.lower_bound} and its proof {plan.proof!r}: "
            f"they do not fit a cost of {plan.cost}"
        )
    if plan.proof == "optimal" and plan.lower_bound < plan.cost:
        raise ChainOrderError(
            f"the plan's proof is 'optimal' with a lower_bound of {plan.lower_bound}: "
            f"expected {plan.cost}"
        )
    return plan
