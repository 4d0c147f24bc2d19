"""Comparisons as Markdown: the problem, the table, and the steps of each order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..chain import Chain
from ..plans import Plan
from .comparison import Comparison
from .steps import ShownStep, shown_steps
from .text import is_named, problem_line, times

STEPS_SHOWN = 20
"""Steps of one order in a Markdown report: the first and the last half of these."""


def comparison_markdown(comparison: Comparison) -> str:
    """The whole report as Markdown text."""
    sections = [
        f"# Jacobian of a {_kind(comparison)}\n\n{problem_line(comparison.problem)}",
        f"## Orders\n\n{_orders(comparison)}",
        *(_steps_section(comparison, plan) for plan in comparison.plans),
    ]
    return "\n\n".join(sections) + "\n"


def _kind(comparison: Comparison) -> str:
    return "chain" if isinstance(comparison.problem, Chain) else "graph"


def _orders(comparison: Comparison) -> str:
    parts = [
        _table(
            ("order", "fma", "flops", "× best", "peak entries", "proof"),
            (
                (
                    plan.name,
                    f"{plan.fma:,}",
                    f"{plan.flops:,}",
                    times(comparison.ratio(plan)),
                    f"{plan.peak_entries:,}",
                    plan.proof or "",
                )
                for plan in comparison.plans
            ),
        )
    ]
    if comparison.runs:
        parts.append("Executed on seeded random matrices; counts are of what was multiplied.")
        parts.append(
            _table(
                ("order", "fma", "flops", "peak entries", "seconds"),
                (
                    (
                        name,
                        f"{run.fma:,}",
                        f"{run.flops:,}",
                        f"{run.peak_entries:,}",
                        f"{run.seconds:.6f}",
                    )
                    for name, run in comparison.runs.items()
                ),
            )
        )
    elif comparison.not_executed:
        parts.append(f"{comparison.not_executed[0].upper()}{comparison.not_executed[1:]}.")
    parts.append(f"No order takes fewer than {comparison.lower_bound:,} {comparison.objective}.")
    return "\n\n".join(parts)


def _steps_section(comparison: Comparison, plan: Plan) -> str:
    parts = [f"## Steps of the {plan.name} order"]
    if is_named(plan):
        parts.append(f"`{plan.bracketing}`")
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
    parts.append(_table(("step", "kind", "operands", "result", "fma", "flops"), rows))
    return "\n\n".join(parts)


def _row(step: ShownStep) -> tuple[str, ...]:
    operands = [
        f"{name} ({shape[0]} × {shape[1]})"
        for name, shape in ((step.left, step.left_shape), (step.right, step.right_shape))
        if name is not None and shape is not None
    ]
    rows, columns = step.result_shape
    return (
        f"{step.number:,}",
        step.kind,
        " · ".join(operands),
        f"{step.result} ({rows} × {columns})",
        f"{step.fma:,}",
        f"{step.flops:,}",
    )


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    is_text = {"order", "proof", "kind", "operands", "result"}
    lines = [headings, [":---" if h in is_text else "---:" for h in headings], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
