"""A graph in layers, and what happens to it while its vertices are eliminated."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...plans.graph_plan import one_line
from ...plans.plan import Plan
from ...problems.graph import Graph
from .. import numbers
from ..eliminations import Played, played
from ..wording import cut
from .drawing import Dot, Drawing, Label, Mark, Stroke, Symbol

DRAWN_VERTICES = 160
"""Graphs of more vertices are not drawn vertex by vertex."""

DRAWN_EDGES = 1_500
"""Nor those of more edges, with those that elimination adds."""

SIGNS = {", input": ("multiply", "tangent"), ", output": ("best", "multiply")}
"""Ink and shape of vertices that are not eliminated: triangles in, squares out."""

SWEEPS = 8
"""How often the layers are put in order by their neighbours, to have fewer crossings."""


def is_drawable(graph: Graph) -> bool:
    """Whether the graph is small enough to be looked at."""
    return len(graph) <= DRAWN_VERTICES and len(graph.edges) <= DRAWN_EDGES


def layers_of(graph: Graph) -> dict[Any, int]:
    """Layer of each vertex: the longest path to it from a vertex without predecessors."""
    layer = dict.fromkeys(graph.vertices, 0)
    after: dict[Any, list[Any]] = {vertex: [] for vertex in graph.vertices}
    waiting = dict.fromkeys(graph.vertices, 0)
    for u, v in graph.edges:
        after[u].append(v)
        waiting[v] += 1
    ready = [vertex for vertex, count in waiting.items() if count == 0]
    while ready:
        u = ready.pop()
        for v in after[u]:
            layer[v] = max(layer[v], layer[u] + 1)
            waiting[v] -= 1
            if waiting[v] == 0:
                ready.append(v)
    return layer


def positions(graph: Graph) -> tuple[dict[Any, tuple[float, float]], float, float]:
    """Where the vertices stand, layers from left to right; and the size of it all.

    Within a layer, vertices are put in order by the mean place of their neighbours, forth and
    back (Sugiyama, Tagawa & Toda 1981, section 3).
    """
    layer = layers_of(graph)
    count = max(layer.values()) + 1
    rows: list[list[Any]] = [[] for _ in range(count)]
    for vertex in graph.vertices:
        rows[layer[vertex]].append(vertex)
    before: dict[Any, list[Any]] = {vertex: [] for vertex in graph.vertices}
    after: dict[Any, list[Any]] = {vertex: [] for vertex in graph.vertices}
    for u, v in graph.edges:
        before[v].append(u)
        after[u].append(v)
    place = {v: (t + 0.5) / len(row) for row in rows for t, v in enumerate(row)}
    for sweep in range(SWEEPS):
        near = before if sweep % 2 == 0 else after
        for row in rows if sweep % 2 == 0 else rows[::-1]:
            means = {
                v: sum(place[u] for u in near[v]) / len(near[v]) if near[v] else place[v]
                for v in row
            }
            row.sort(key=lambda v: means[v])
            place.update({v: (t + 0.5) / len(row) for t, v in enumerate(row)})
    tallest = max(map(len, rows))
    width = max(360.0, min(1000.0, 60.0 * count))
    height = max(120.0, 30.0 * tallest)
    at = {
        v: (30 + (width - 60) * (layer[v] / max(count - 1, 1)), 20 + height * place[v])
        for v in graph.vertices
    }
    return at, width, height + 40


def graph_drawing(graph: Graph, plan: Plan | None = None) -> Drawing | None:
    """The graph in layers; with a plan also its eliminations, for a page to play.

    Every vertex and edge has `data-to`, the elimination that ends it; every edge that elimination
    makes `data-from` as well. None where the graph is too large for that.
    """
    if not is_drawable(graph):
        return None
    changes = played(plan) if plan is not None else Played({}, {}, {}, [])
    if len(graph.edges) + len(changes.made) > DRAWN_EDGES:
        return None
    at, width, height = positions(graph)
    ends = {"inputs": set(graph.inputs), "outputs": set(graph.outputs)}
    marks: list[Mark] = []
    for edge in graph.edges:
        data = {"to": str(changes.gone[edge])} if edge in changes.gone else {}
        marks.append(Stroke("line", points=_curve(at, *edge), width=1, data=data))
    for edge, step in changes.made.items():
        data = {"from": str(step)}
        if edge in changes.gone:
            data["to"] = str(changes.gone[edge])
        marks.append(Stroke("adjoint", points=_curve(at, *edge), width=1.4, dashed=True, data=data))
    small = len(graph) > 60
    for vertex in graph.vertices:
        x, y = at[vertex]
        role = next((f", {what[:-1]}" for what in ends if vertex in ends[what]), "")
        data = {"to": str(changes.eliminated[vertex])} if vertex in changes.eliminated else {}
        label = one_line(vertex)
        size = graph.sizes[vertex]
        title = f"{cut(label, 100)}{role}" + (f", size {numbers.integer(size)}" if size > 1 else "")
        radius = 4 if small else 6
        if role:
            ink, kind = SIGNS[role]
            sign = Symbol(
                ink, title, kind=kind, x=x - radius, y=y - radius, size=2.0 * radius, data=data
            )
            marks.append(sign)
        else:
            marks.append(Dot("muted", title, x=x, y=y, radius=radius, data=data))
        marks.append(
            Label(
                "ink",
                text=cut(label, 8),
                x=x,
                y=y - (7 if small else 10),
                anchor="middle",
                size=9 if small else 11,
                data=data,
            )
        )
    name = "graph" if plan is None else f"graph-{plan.name}"
    count = numbers.count(len(graph), "vertex", "vertices")
    described = (
        f"{count} and {numbers.count(len(graph.edges), 'edge', 'edges')} in "
        f"{max(layers_of(graph).values()) + 1} layers, inputs on the left"
    )
    return Drawing(name, width, height, "The graph in layers", described, tuple(marks))


def _curve(at: dict[Any, tuple[float, float]], u: Any, v: Any) -> Sequence[tuple[float, float]]:
    """An edge as a line that bends a little, so that long ones do not hide behind short ones."""
    (x0, y0), (x1, y1) = at[u], at[v]
    length = abs(x1 - x0)
    if length < 90:
        return ((x0, y0), (x1, y1))
    bend = min(26.0, 0.06 * length) * (1 if (y0 + y1) / 2 < (y0 if y0 < y1 else y1) + 60 else -1)
    points = []
    for t in range(9):
        a = t / 8
        points.append((x0 + (x1 - x0) * a, y0 + (y1 - y0) * a + 4 * bend * a * (1 - a)))
    return points
