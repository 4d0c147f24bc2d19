"""What is left of a graph while vertices are eliminated one by one: sets that can be changed."""

from __future__ import annotations

import numpy as np

from .live_graph import Indices, LiveGraph, grouped, topological_order
from .vertex_cost import CostForm, vertex_cost


class RemainingGraph:
    """The edges that are left, by the positions that vertices have in the graph it is made from.

    `inner` are the vertices to eliminate, `spent` is what eliminating the others has cost. An
    output that is eliminated stays as a terminal, with the edges that end in it.
    """

    def __init__(self, live: LiveGraph) -> None:
        self.inner = set(range(live.intermediates))
        self.sizes: list[int] = live.sizes.tolist()
        self.is_output: list[bool] = live.is_output.tolist()
        self.pred = [set(row.tolist()) for row in np.split(live.pred, live.pred_at[1:-1])]
        self.succ = [set(row.tolist()) for row in np.split(live.succ, live.succ_at[1:-1])]
        self.spent = 0

    def copy(self) -> RemainingGraph:
        """The same, to be changed apart."""
        twin = object.__new__(RemainingGraph)
        twin.inner = set(self.inner)
        twin.sizes, twin.is_output, twin.spent = self.sizes, self.is_output, self.spent
        twin.pred, twin.succ = list(map(set, self.pred)), list(map(set, self.succ))
        return twin

    def weight(self, vertices: set[int]) -> int:
        """The total size of some vertices."""
        return sum(self.sizes[x] for x in vertices)

    def neighbours(self, v: int) -> set[int]:
        """The vertices to eliminate that share an edge with `v`."""
        return (self.pred[v] | self.succ[v]) & self.inner

    def eliminate(self, v: int, form: CostForm) -> None:
        """Multiply the in-edges of `v` by its out-edges, and count what that costs."""
        before, after = self.pred[v], self.succ[v]
        self.spent += vertex_cost(
            form.product,
            form.edge,
            self.sizes[v],
            self.weight(before),
            self.weight(after),
            self.is_output[v],
        )
        for p in before:
            self.succ[p] |= after
            if not self.is_output[v]:
                self.succ[p].discard(v)
        for s in after:
            self.pred[s] |= before
            self.pred[s].discard(v)
        self.succ[v] = set()
        if not self.is_output[v]:
            self.pred[v] = set()
        self.inner.discard(v)

    def live(self) -> tuple[Indices, LiveGraph]:
        """The positions of the vertices to eliminate, and the edges that touch them as a graph."""
        inner = sorted(self.inner)
        around = {x for v in inner for x in self.pred[v] | self.succ[v]}
        names = inner + sorted(around - self.inner)
        number = {x: at for at, x in enumerate(names)}
        edges = {(u, v) for v in inner for u in self.pred[v]}
        edges |= {(v, w) for v in inner for w in self.succ[v]}
        ends = sorted((number[u], number[v]) for u, v in edges)
        tail, head = np.array(ends, dtype=np.int64).reshape(-1, 2).T
        n = len(names)
        pred_at, pred = grouped(head, tail, n)
        succ_at, succ = grouped(tail, head, n)
        left = LiveGraph(
            labels=tuple(names),
            intermediates=len(inner),
            sizes=np.array([self.sizes[x] for x in names], dtype=np.int64),
            pred_at=pred_at,
            pred=pred,
            succ_at=succ_at,
            succ=succ,
            is_output=np.array([self.is_output[x] for x in names], dtype=bool),
            topological=topological_order(tail, head, n),
        )
        return np.array(inner, dtype=np.int64), left
