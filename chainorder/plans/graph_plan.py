"""What a plan on a graph asks about its eliminations."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..checks import shown
from ..elimination.live_graph import Vertex
from ..errors import ChainOrderError, in_one_line
from ..problems.graph import Graph
from .eliminations import Eliminations
from .plan_kind import Plan, PlanKind

SHOWN_VERTICES = 24
"""Orders of fewer vertices are printed with the plan."""


def one_line(label: Vertex) -> str:
    """The label of a vertex as people see it: a space for line ends, escapes for control codes."""
    return in_one_line(re.sub(r"\s+", " ", str(label)))


def _total(plan: Plan, objective: str) -> int:
    steps: Eliminations = plan.steps
    return steps.fma if objective == "fma" else steps.totals.flops


def _peak_entries(plan: Plan) -> int:
    steps: Eliminations = plan.steps
    return steps.totals.peak_entries


def _eliminated(plan: Plan) -> list[Vertex]:
    steps: Eliminations = plan.steps
    return steps.labels


def _described(plan: Plan) -> list[tuple[str, str]]:
    order = plan.order
    shown_order = " ".join(map(one_line, order))
    is_long = len(order) >= SHOWN_VERTICES
    return [("order", f"{len(order):,} vertices eliminated" if is_long else shown_order)]


def _steps_to_fields(plan: Plan) -> dict[str, Any]:
    return {"elimination": plan.order}


def _steps_from_fields(
    graph: Graph, fields: Mapping[str, Any], options: Mapping[str, Any]
) -> Eliminations:
    for t, label in enumerate(fields["elimination"]):
        if type(label) is not int and not isinstance(label, str):
            raise ChainOrderError(f"elimination[{t}] is {shown(label)}: expected a vertex")
    return Eliminations.of_labels(graph, fields["elimination"])


KIND = PlanKind(
    total=_total,
    peak_entries=_peak_entries,
    eliminated=_eliminated,
    described=_described,
    steps_to_fields=_steps_to_fields,
    steps_from_fields=_steps_from_fields,
    fields={"elimination": (list,)},
)
