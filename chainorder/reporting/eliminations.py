"""The eliminations of a graph one by one: what each costs, and which edges come and go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from ..elimination.totals import topological_costs
from ..plans.graph_plan import one_line
from ..plans.plan import Plan
from .wording import cut

PLAYED_PRODUCTS = 60_000
"""Plans of more products are not followed product by product."""

LONGEST_VERTEX = 60
"""Characters of the name of a vertex where its elimination is told of."""


class Frame(NamedTuple):
    """What is known after a vertex has been eliminated: which, and what it took."""

    vertex: str
    cost: int
    total: int
    products: int | None = None
    edges: int | None = None


@dataclass(frozen=True)
class Played:
    """When edges and vertices come and go: the number of the elimination, from 1."""

    eliminated: dict[Any, int]
    gone: dict[tuple[Any, Any], int]
    made: dict[tuple[Any, Any], int]
    frames: list[Frame]


def frames_of(plan: Plan) -> list[Frame]:
    """What each elimination costs; none where that would take too long to find.

    Of very many products only a topological order, or the reverse of one, is known vertex by
    vertex, and only its fma.
    """
    if len(plan.steps) <= PLAYED_PRODUCTS:
        return played(plan).frames
    if plan.objective != "fma":
        return []
    costs = topological_costs(plan.problem.live, plan.steps.order)
    if costs is None:
        return []
    spent, totals = costs.tolist(), costs.cumsum().tolist()
    names = (cut(one_line(v), LONGEST_VERTEX) for v in plan.order)
    return [Frame(*frame) for frame in zip(names, spent, totals, strict=True)]


def played(plan: Plan) -> Played:
    """The eliminations of a plan on a graph, one after another."""
    graph = plan.problem
    sizes, outputs = graph.sizes, set(graph.outputs)
    succ: dict[Any, set[Any]] = {v: set() for v in graph.vertices}
    pred: dict[Any, set[Any]] = {v: set() for v in graph.vertices}
    live = set(graph.live.labels)
    for u, v in graph.edges:
        if u in live and v in live:
            succ[u].add(v)
            pred[v].add(u)
    gone: dict[tuple[Any, Any], int] = {}
    made: dict[tuple[Any, Any], int] = {}
    frames: list[Frame] = []
    edges = {edge for edge in graph.edges if edge[0] in live and edge[1] in live}
    original = set(graph.edges)
    total = 0
    eliminated = {}
    for number, v in enumerate(plan.order, start=1):
        spent = 0
        for p in pred[v]:
            for s in succ[v]:
                outer = sizes[p] * sizes[s]
                added = (p, s) in edges
                flops = outer * (2 * sizes[v] - 1 + added)
                spent += outer * sizes[v] if plan.objective == "fma" else flops
                if not added:
                    edges.add((p, s))
                    succ[p].add(s)
                    pred[s].add(p)
                    if (p, s) not in original:
                        made.setdefault((p, s), number)
        products = len(pred[v]) * len(succ[v])
        for s in succ[v]:
            pred[s].discard(v)
            edges.discard((v, s))
            gone[v, s] = number
        succ[v] = set()
        if v not in outputs:
            for p in pred[v]:
                succ[p].discard(v)
                edges.discard((p, v))
                gone[p, v] = number
            pred[v] = set()
            eliminated[v] = number
        total += spent
        name = cut(one_line(v), LONGEST_VERTEX)
        frames.append(Frame(name, spent, total, products, len(edges)))
    return Played(eliminated, gone, made, frames)
