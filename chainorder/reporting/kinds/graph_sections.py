"""What a document adds about a graph: the layers, its eliminations played, bounds over time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...plans.plan import Plan
from ...problems.graph import Graph
from .. import numbers
from ..blocks import Block, Cell, Column, Figure, Row, Table, number_cell, share_cell
from ..eliminations import Frame, frames_of
from ..figures.charts import Series, lines
from ..figures.drawing import Drawing
from ..figures.layers import graph_drawing, is_drawable, layers_of
from ..steps import listed

if TYPE_CHECKING:
    from ..comparison import Comparison


def problem_blocks(graph: Graph) -> list[Block]:
    """The graph in layers; of a large one, how many vertices each layer has."""
    if is_drawable(graph):
        caption = "edges run from left to right; triangles are inputs, squares are outputs"
        return [Figure("graph", caption, lambda: graph_drawing(graph))]
    return [
        Figure("layers", "how many vertices each layer of the graph has", lambda: _widths(graph))
    ]


def plan_blocks(comparison: Comparison, plan: Plan) -> list[Block]:
    """The eliminations one by one, what they cost, and what the search knew over time."""
    blocks: list[Block] = []
    frames = frames_of(plan)
    if frames and frames[0].edges is not None and is_drawable(plan.problem):
        drawing = graph_drawing(plan.problem, plan)
        if drawing is not None:
            caption = "the eliminations one by one; dashed edges are those that elimination adds"
            texts = tuple(_frame_text(frames, t, plan) for t in range(len(frames) + 1))
            blocks.append(Figure(f"graph-{plan.name}", caption, lambda: drawing, texts))
    if frames:
        caption = "what each elimination costs"
        blocks.append(Figure(f"eliminations-{plan.name}", caption, lambda: _costs(plan, frames)))
        blocks.append(_eliminations(comparison, plan, frames))
    history = comparison.histories.get(plan.name, ())
    if len(history) > 1:
        caption = "the best cost and the bound that no order beats, while the search went on"
        blocks.append(Figure(f"search-{plan.name}", caption, lambda: _search(plan, history)))
    return blocks


def plan_drawing(plan: Plan) -> Drawing:
    """The graph with the edges that elimination adds; of a large one, how wide its layers are."""
    return graph_drawing(plan.problem, plan) or _widths(plan.problem)


def _widths(graph: Graph) -> Drawing:
    layer = layers_of(graph)
    counts = [0] * (max(layer.values()) + 1)
    for at in layer.values():
        counts[at] += 1
    described = (
        f"{numbers.integer(len(graph))} vertices in {numbers.integer(len(counts))} layers, "
        f"at most {numbers.integer(max(counts))} in one"
    )
    line = Series("vertices in the layer", "multiply", range(len(counts)), counts)
    return lines("layers", "Layers of the graph", [line], "layer", "vertices", described)


def _frame_text(frames: list[Frame], t: int, plan: Plan) -> str:
    if t == 0:
        return f"0 of {len(frames)}: nothing is eliminated yet"
    frame = frames[t - 1]
    return (
        f"{t} of {len(frames)}: {frame.vertex} eliminated, "
        f"{numbers.count(frame.products or 0, 'product', 'products')}, "
        f"{numbers.integer(frame.cost)} {plan.objective}; "
        f"{numbers.integer(frame.total)} so far, "
        f"{numbers.count(frame.edges or 0, 'edge', 'edges')} left"
    )


def _eliminations(comparison: Comparison, plan: Plan, frames: list[Frame]) -> Table:
    """Vertex by vertex, what was planned and what was counted: the dearest where they are many."""
    trace = comparison.traces.get(plan.name)
    has_products = frames[0].products is not None
    columns = [
        Column("elimination"),
        Column("vertex", numeric=False),
        *((Column("products"),) if has_products else ()),
        Column(plan.objective),
        Column("share"),
    ]
    if trace is not None:
        columns += [Column(f"executed {part}") for part in ("fma", "flops")]
        columns.append(Column("seconds"))
    positions = listed([frame.cost for frame in frames])

    def cells(at: list[int], name: str, number: Cell) -> tuple[Cell, ...]:
        cost = sum(frames[t].cost for t in at)
        found = [number, Cell(name)]
        if has_products:
            found.append(number_cell(sum(frames[t].products or 0 for t in at)))
        found += [number_cell(cost), share_cell(cost, plan.cost)]
        if trace is not None:
            found += [number_cell(sum(part[t] for t in at)) for part in (trace.fma, trace.flops)]
            seconds = sum(trace.seconds[t] for t in at)
            found.append(Cell(numbers.measured_seconds(seconds), seconds))
        return tuple(found)

    shown = range(len(frames)) if positions is None else positions
    rows = [Row(cells([t], frames[t].vertex, number_cell(t + 1))) for t in shown]
    caption = "what each elimination takes"
    if positions is not None:
        rest = sorted({*range(len(frames))} - {*positions})
        rows.append(Row(cells(rest, f"… {len(rest):,} more", Cell("…")), "rest"))
        caption = f"the {len(positions)} dearest of {len(frames):,} eliminations, the rest in bulk"
    return Table("eliminations", tuple(columns), tuple(rows), caption)


def _costs(plan: Plan, frames: list[Frame]) -> Drawing:
    costs = [frame.cost for frame in frames]
    dearest = max(frames, key=lambda frame: frame.cost)
    described = (
        f"{numbers.integer(plan.cost)} {plan.objective} in all; the dearest is "
        f"{dearest.vertex} with {numbers.integer(dearest.cost)}"
    )
    label = f"{plan.objective} of the elimination"
    line = Series(label, "multiply", range(1, len(costs) + 2), [*costs, costs[-1]])
    title = f"Cost of each elimination in the {plan.name} order"
    return lines(
        f"eliminations-{plan.name}",
        title,
        [line],
        "elimination",
        plan.objective,
        described,
        last_label=len(costs),
    )


def _search(plan: Plan, history: tuple[tuple[float, int, int], ...]) -> Drawing:
    xs = [seconds for seconds, _, _ in history]
    best = [cost for _, cost, _ in history]
    bound = [bound for _, _, bound in history]
    described = (
        f"after {xs[-1]:.3g} seconds {numbers.integer(best[-1])} {plan.objective}, "
        f"and no order below {numbers.integer(bound[-1])}"
    )
    series = [
        Series("best so far", "multiply", xs, best),
        Series("no order below", "adjoint", xs, bound, dashed=True),
    ]
    return lines(
        f"search-{plan.name}",
        "Cost and bound over time",
        series,
        "seconds",
        plan.objective,
        described,
    )
