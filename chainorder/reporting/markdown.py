"""Comparisons as Markdown: the problem, the table, and the steps of each order."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from ..elimination.live_graph import Vertex
from ..plans.eliminations import one_line
from ..plans.plan import Plan
from ..problems.chain import Chain
from .comparison import Comparison
from .graph_text import graph_line
from .steps import ShownStep, shown_steps
from .text import (
    bound_text,
    cost_figures,
    cost_headings,
    described_bracketing,
    execution_figures,
    execution_headings,
    ignoring_text,
    is_named,
    kept_rows,
    problem_line,
    times,
)

STEPS_SHOWN = 20
"""Steps of one order in a Markdown report: the first and the last half of these."""


def comparison_markdown(comparison: Comparison) -> str:
    """The whole report as Markdown text."""
    sections = [
        f"# Jacobian of a {_kind(comparison)}\n\n{_problem_line(comparison)}",
        f"## Orders\n\n{_orders(comparison)}",
        *(_steps_section(comparison, plan) for plan in comparison.plans),
    ]
    return "\n\n".join(sections) + "\n"


def _problem_line(comparison: Comparison) -> str:
    if isinstance(comparison.problem, Chain):
        return problem_line(comparison.problem)
    return graph_line(comparison.problem, _escaped)


def _escaped(label: Vertex) -> str:
    """A label such that Markdown shows it as it is: no markup, and no end of a table's cell."""
    return re.sub(r"[\\`*_\[\]<>|~&$]", r"\\\g<0>", one_line(label))


def _kind(comparison: Comparison) -> str:
    return "chain" if isinstance(comparison.problem, Chain) else "graph"


def _orders(comparison: Comparison) -> str:
    parts = [
        _table(
            ("order", *cost_headings(comparison), "× best", "peak entries", "proof"),
            (
                (
                    plan.name,
                    *cost_figures(plan),
                    times(comparison.ratio(plan)),
                    f"{plan.peak_entries:,}",
                    plan.proof or "",
                )
                for plan in comparison.plans
            ),
        )
    ]
    parts += [f"Not possible: {error}." for error in comparison.ruled_out]
    if comparison.runs:
        stand_in = "" if comparison.problem.is_given else ", which stand in for what is not given"
        parts.append(
            f"Executed on seeded random matrices{stand_in}; counts are of what was multiplied."
        )
        parts.append(
            _table(
                ("order", *execution_headings(comparison)),
                (
                    (name, *execution_figures(comparison, run))
                    for name, run in comparison.runs.items()
                ),
            )
        )
    elif comparison.not_executed:
        parts.append(f"{comparison.not_executed[0].upper()}{comparison.not_executed[1:]}.")
    if any(plan.form == "operator" for plan in comparison.plans):
        headings, *rows = kept_rows(comparison)
        parts.append(_table(headings, rows))
    ignoring = ignoring_text(comparison)
    if ignoring is not None:
        parts.append(f"{ignoring[0].upper()}{ignoring[1:]}.")
    memory = comparison.plans[0].memory
    bound = bound_text(comparison)
    if memory is None:
        parts.append(f"{bound[0].upper()}{bound[1:]}.")
    else:
        parts.append(f"Tapes of at most {memory:,} entries; with any memory {bound}.")
    return "\n\n".join(parts)


def _steps_section(comparison: Comparison, plan: Plan) -> str:
    parts = [f"## Steps of the {plan.name} order"]
    if is_named(plan):
        parts.append(f"`{described_bracketing(plan)}`")
    count = len(plan.steps)
    if count == 0:
        is_chain = isinstance(plan.problem, Chain)
        what = "is the one elemental Jacobian" if is_chain else "consists of edges as they are"
        parts.append(f"None: the Jacobian {what}.")
        return "\n\n".join(parts)
    rows = [_row(step) for step in shown_steps(plan, STEPS_SHOWN)]
    if count > STEPS_SHOWN:
        left_out = f"… {count - STEPS_SHOWN:,} more"
        rows.insert(STEPS_SHOWN // 2, ("…", left_out, "", "", "", ""))
    headings = ("step", "kind", "operands", "result", *cost_headings(comparison))
    parts.append(_table(headings, rows))
    return "\n\n".join(parts)


def _row(step: ShownStep) -> tuple[str, ...]:
    operands = [
        f"{_escaped(name)} ({shape[0]} × {shape[1]})"
        for name, shape in ((step.left, step.left_shape), (step.right, step.right_shape))
        if name is not None and shape is not None
    ]
    rows, columns = step.result_shape
    return (
        f"{step.number:,}",
        f"{step.kind} {step.detail}".rstrip(),
        " · ".join(operands),
        f"{_escaped(step.result)} ({rows} × {columns})",
        *cost_figures(step),
    )


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    is_text = {"order", "proof", "kind", "operands", "result"}
    lines = [headings, [":---" if h in is_text else "---:" for h in headings], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
