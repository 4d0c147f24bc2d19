"""The section of a page that lists the steps of a plan, with what each costs and counted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ..plans.plan import Plan
from . import numbers
from .blocks import (
    LONGEST_NAME,
    Block,
    Cell,
    Code,
    Column,
    Note,
    Row,
    Section,
    Table,
    number_cell,
    share_cell,
)
from .costs import cost_cells, cost_headings
from .kinds import view_of
from .steps import ShownStep, listed, whole_cost
from .wording import cut

if TYPE_CHECKING:
    from .comparison import Comparison, Trace


def steps_section(comparison: Comparison, plan: Plan) -> Section:
    """The steps of a plan: all of them, or the dearest and the rest in bulk."""
    view = view_of(plan.problem)
    blocks: list[Block] = []
    order = view.order_text(plan)
    if order:
        blocks.append(Code(order))
    blocks += view.plan_blocks(comparison, plan)
    if len(plan.steps) == 0:
        blocks.append(Note(f"none: {view.without_steps}"))
    elif len(plan.steps) > view.steps_listable:
        count = f"{len(plan.steps):,} steps"
        blocks.append(Note(f"{count}: too many to be listed one by one"))
    else:
        blocks.append(_steps(comparison, plan))
    return Section(f"Steps of the {plan.name} order", tuple(blocks))


def _steps(comparison: Comparison, plan: Plan) -> Table:
    view = view_of(plan.problem)
    columns = (
        Column("step"),
        *(Column(heading, numeric=False) for heading in ("kind", "operands", "result")),
        *(Column(heading) for heading in cost_headings(comparison)),
        Column("share"),
        *(Column(heading) for heading in _counted_headings(comparison, plan)),
    )
    costs, whole = view.step_costs(plan), whole_cost(plan)
    positions = listed(costs)
    steps = list(view.shown_steps(plan, positions))
    at = range(len(costs)) if positions is None else positions
    rows = [
        Row(
            (
                number_cell(step.number),
                Cell(f"{step.kind} {step.detail}".rstrip()),
                Cell(" · ".join(_operands(step))),
                Cell(f"{cut(step.result, LONGEST_NAME)} ({numbers.shape(*step.result_shape)})"),
                *cost_cells(step),
                share_cell(int(costs[t]), whole),
                *_counted_cells(comparison, plan, [t]),
            ),
            step.kind,
        )
        for t, step in zip(at, steps, strict=True)
    ]
    caption = ""
    if positions is not None:
        rest = whole - sum(int(costs[t]) for t in positions)
        more = len(costs) - len(positions)
        rows.append(
            Row(
                (
                    Cell("…"),
                    Cell(f"… {more:,} more"),
                    Cell(""),
                    Cell(""),
                    *_bulk_cells(plan, steps),
                    share_cell(rest, whole),
                    *_counted_cells(comparison, plan, sorted({*range(len(costs))} - {*positions})),
                ),
                "rest",
            )
        )
        caption = f"the {len(positions)} dearest of {len(costs):,} steps, and the rest in bulk"
    return Table("steps", columns, tuple(rows), caption)


def _operands(step: ShownStep) -> Iterator[str]:
    for name, shape in ((step.left, step.left_shape), (step.right, step.right_shape)):
        if name is not None and shape is not None:
            yield f"{cut(name, LONGEST_NAME)} ({numbers.shape(*shape)})"


def _bulk_cells(plan: Plan, steps: Sequence[ShownStep]) -> tuple[Cell, Cell]:
    """The costs of the steps that are not among these."""
    fma = number_cell(plan.fma - sum(step.fma for step in steps))
    if hasattr(plan, "seconds"):
        seconds = plan.seconds - sum(step.seconds or 0.0 for step in steps)
        return Cell(numbers.planned_seconds(seconds), seconds), fma
    return fma, number_cell(plan.flops - sum(step.flops for step in steps))


def _trace(comparison: Comparison, plan: Plan) -> Trace | None:
    """What each step of the plan counted, where that is known."""
    trace = comparison.traces.get(plan.name)
    return trace if trace is not None and len(trace.fma) == len(plan.steps) else None


def _counted_headings(comparison: Comparison, plan: Plan) -> tuple[str, ...]:
    """The columns of what steps counted; times of matrices that stand in for others say nothing."""
    if _trace(comparison, plan) is None:
        return ()
    seconds = ("seconds",) if plan.problem.is_given else ()
    return ("executed fma", "executed flops", *seconds)


def _counted_cells(comparison: Comparison, plan: Plan, steps: Sequence[int]) -> list[Cell]:
    """What stands in those columns, for the sum of some steps."""
    trace = _trace(comparison, plan)
    if trace is None:
        return []
    cells = [number_cell(sum(part[t] for t in steps)) for part in (trace.fma, trace.flops)]
    if plan.problem.is_given:
        seconds = sum(trace.seconds[t] for t in steps)
        cells.append(Cell(numbers.measured_seconds(seconds), seconds))
    return cells
