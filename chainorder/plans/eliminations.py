"""The steps of a plan on a graph: an elimination order, its products made when somebody looks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, overload

import numpy as np

from ..checks import shown
from ..elimination.live_graph import Indices, Vertex
from ..elimination.totals import WalkTotals, product_columns, topological_fma, walk_totals
from ..errors import ChainOrderError
from ..problems.graph import Graph
from .steps import Step, Steps


class Eliminations(Sequence[Step]):
    """The products of an elimination order, one after another. Immutable.

    Args:
        graph: whose vertices are eliminated.
        order: all of them that are, as positions in `graph.live.labels`.
        totals: what the order costs, where that is known already.
    """

    def __init__(self, graph: Graph, order: Indices, totals: WalkTotals | None = None) -> None:
        self.graph = graph
        self.order = order.astype(np.int64)
        self.order.setflags(write=False)
        if totals is not None:
            self.__dict__["totals"] = totals

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
                    f"elimination[{t}] is {shown(label)}: no vertex that is eliminated has that "
                    f"name"
                )
            if label in seen:
                raise ChainOrderError(f"elimination[{t}] is {shown(label)}: eliminated already")
            seen.add(label)
        if len(seen) < len(at):
            missing = next(label for label in at if label not in seen)
            raise ChainOrderError(f"the elimination leaves out {shown(missing)}")
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
    def products(self) -> Steps:
        """Every product `(k, j)·(i, k)` as columns; vertices are positions in `live.labels`."""
        live = self.graph.live
        return Steps(*product_columns(live, self.order), labels=live.labels)

    def __len__(self) -> int:
        return self.totals.products

    @overload
    def __getitem__(self, index: int) -> Step: ...
    @overload
    def __getitem__(self, index: slice) -> Steps: ...
    def __getitem__(self, index: int | slice) -> Step | Steps:
        return self.products[index]

    def __iter__(self) -> Iterator[Step]:
        return iter(self.products)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Eliminations):
            return NotImplemented
        return self.graph == other.graph and np.array_equal(self.order, other.order)

    def __hash__(self) -> int:
        return hash((self.graph, self.order.tobytes()))

    def __getstate__(self) -> dict[str, Any]:
        return {"graph": self.graph, "order": self.order}

    def __repr__(self) -> str:
        return f"Eliminations of {len(self.order):,} vertices"
