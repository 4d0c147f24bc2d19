"""Graphs: vertices that are eliminated, products that are added to edges."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ...plans.graph_plan import one_line
from ...plans.plan import Plan
from ...plans.steps import Step
from ...problems.graph import Graph
from .. import numbers
from ..blocks import LONGEST_NAME
from ..steps import ShownStep
from ..wording import cut
from . import View
from .chain import BYTES_PER_ENTRY, ENTRIES_PER_SECOND, FMA_PER_SECOND

if TYPE_CHECKING:
    from ..blocks import Block
    from ..comparison import Comparison
    from ..figures.drawing import Drawing

EDGES_NAMED = 10**6
"""Edges whose names are not looked at to see how long they are: they are too many anyway."""

NAMED_VERTICES = 8
"""Vertices that are listed by name where they have no part in the Jacobian."""

SECONDS_PER_PRODUCT = 2e-6
"""What one product on a graph costs beyond its arithmetic."""

BYTES_PER_EDGE_ENTRY = 200
"""An entry of an edge of a graph: most often a number of its own, in a dictionary."""


class GraphView(View):
    """What reports say of graphs."""

    title = "Jacobian of a graph"
    without_steps = "the Jacobian consists of edges as they are"
    has_brackets = False
    shows_gap = True
    tells_steps = True
    steps_listable = 10**5

    def problem_line(self, problem: Graph) -> str:
        """The graph in one line, and in further ones what has no part in its Jacobian."""
        sizes = problem.sizes
        height, width = (
            sum(sizes[vertex] for vertex in ends) for ends in (problem.outputs, problem.inputs)
        )
        line = (
            f"graph: {numbers.count(len(problem), 'vertex', 'vertices')}, "
            f"{numbers.count(len(problem.edges), 'edge', 'edges')}; "
            f"{len(problem.intermediates):,} to eliminate, Jacobian {height:,} × {width:,}"
        )
        ends = {*problem.inputs, *problem.outputs}
        unused = [vertex for vertex in problem.dropped if vertex not in ends]
        for what, vertices in (
            ("dropped, on no path from an input to an output", unused),
            ("inputs that reach no output, columns of zeros", problem.zero_columns),
            ("outputs that no input reaches, rows of zeros", problem.zero_rows),
        ):
            if vertices:
                line += f"\n{what}: {_named(vertices)}"
        return line

    def order_text(self, plan: Plan) -> str:
        """Nothing: a graph has no brackets."""
        return ""

    def step_costs(self, plan: Plan) -> Any:
        """What each product costs."""
        return [fma if plan.objective == "fma" else flops for *_, fma, flops in _priced(plan)]

    def shown_steps(self, plan: Plan, positions: Sequence[int] | None) -> Iterator[ShownStep]:
        """The products of an elimination order; one that lands on an edge is added to it."""
        sizes = plan.problem.sizes
        wanted = None if positions is None else set(positions)
        for t, (step, is_added, fma, flops) in enumerate(_priced(plan)):
            if wanted is not None and t not in wanted:
                continue
            kind, i, k, j = step
            yield ShownStep(
                number=t + 1,
                kind=kind,
                detail="and add" if is_added else "",
                left=partial_name(j, k),
                left_shape=(sizes[j], sizes[k]),
                right=partial_name(k, i),
                right_shape=(sizes[k], sizes[i]),
                result=partial_name(j, i),
                result_shape=(sizes[j], sizes[i]),
                fma=fma,
                flops=flops,
            )

    def plan_fields(self, comparison: Comparison, plan: Plan) -> dict[str, Any]:
        """The distance to the bound."""
        gap = comparison.gap(plan)
        return {"gap_percent": gap if gap != float("inf") else None}

    def written_items(self, problem: Graph) -> int:
        """The characters of the names of the ends of the edges."""
        if len(problem.edges) > EDGES_NAMED:
            return 2 * len(problem.edges)
        return sum(len(str(vertex)) for edge in problem.edges for vertex in edge)

    def problem_blocks(self, problem: Graph) -> list[Block]:
        """The graph in layers."""
        from .graph_sections import problem_blocks

        return problem_blocks(problem)

    def plan_blocks(self, comparison: Comparison, plan: Plan) -> list[Block]:
        """The eliminations, what they cost, and how the search went."""
        from .graph_sections import plan_blocks

        return plan_blocks(comparison, plan)

    def plan_drawing(self, plan: Plan) -> Drawing:
        """The graph with what elimination adds; of a large one, how wide its layers are."""
        from .graph_sections import plan_drawing

        return plan_drawing(plan)

    def predicted_seconds(self, plan: Plan) -> float:
        """About how long executing the plan takes, drawing its partials included."""
        given = _edge_entries(plan.problem) + _jacobian_entries(plan.problem)
        return (
            plan.fma / FMA_PER_SECOND
            + (plan.flops - plan.fma + given) / ENTRIES_PER_SECOND
            + (len(plan.steps) + len(plan.problem.edges)) * SECONDS_PER_PRODUCT
        )

    def predicted_bytes(self, plan: Plan) -> int:
        """About how much memory executing the plan takes, its partials included."""
        jacobian = _jacobian_entries(plan.problem) * BYTES_PER_ENTRY
        return (plan.peak_entries + _edge_entries(plan.problem)) * BYTES_PER_EDGE_ENTRY + jacobian

    def random_operands(self, problem: Graph, seed: int) -> dict[tuple[Any, Any], Any]:
        """Partials with entries from -1 to 1 on every edge, the same for the same seed."""
        rng = np.random.default_rng(seed)
        sizes = problem.sizes
        if all(size == 1 for size in sizes.values()):
            drawn = rng.uniform(-1.0, 1.0, len(problem.edges)).tolist()
            return dict(zip(problem.edges, drawn, strict=True))
        return {(u, v): rng.uniform(-1.0, 1.0, (sizes[v], sizes[u])) for u, v in problem.edges}


def _priced(plan: Plan) -> Iterator[tuple[Step, bool, int, int]]:
    """Every product, whether it is added to an edge that is there, its fma and its flops."""
    sizes, edges = plan.problem.sizes, set(plan.problem.edges)
    for step in plan.steps:
        _, i, k, j = step
        is_added = (i, j) in edges
        edges.add((i, j))
        outer = sizes[i] * sizes[j]
        yield step, is_added, outer * sizes[k], outer * (2 * sizes[k] - 1 + is_added)


def partial_name(v: Any, u: Any) -> str:
    """The name of the partial derivative of `v` by `u`: what an edge holds."""
    return one_line(f"d{v}/d{u}")


def _named(vertices: Sequence[Any]) -> str:
    """The first of the vertices by name, and how many there are."""
    names = ", ".join(cut(one_line(vertex), LONGEST_NAME) for vertex in vertices[:NAMED_VERTICES])
    more = len(vertices) > NAMED_VERTICES
    return f"{names}, … ({len(vertices):,} vertices)" if more else names


def _jacobian_entries(graph: Graph) -> int:
    sizes = graph.sizes
    return sum(sizes[o] for o in graph.outputs) * sum(sizes[i] for i in graph.inputs)


def _edge_entries(graph: Graph) -> int:
    return sum(graph.sizes[u] * graph.sizes[v] for u, v in graph.edges)
