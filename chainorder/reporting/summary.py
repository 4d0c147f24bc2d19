"""The section of a page that compares the orders: planned, executed, and how sure each is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..plans.plan import Plan
from . import numbers
from .blocks import Block, Cell, Code, Column, Figure, Note, Row, Section, Table, number_cell
from .claim import amount, best_plan, bound_text, ignoring_text
from .costs import cost_cells, cost_headings
from .kinds import view_of

if TYPE_CHECKING:
    from .comparison import Comparison
    from .figures.drawing import Drawing


def summary(comparison: Comparison) -> Section:
    """The orders side by side: all that a terminal shows below the problem."""
    blocks: list[Block] = [_planned(comparison), *_cost_bars(comparison)]
    blocks += [Note(f"not possible: {error}", "document") for error in comparison.ruled_out]
    if comparison.runs:
        blocks += [_executed_on(comparison), _executed(comparison)]
    if any(plan.form == "operator" for plan in comparison.plans):
        blocks.append(_kept(comparison))
    return Section("Orders", (*blocks, *_gantt(comparison), *_notes(comparison)))


def _planned(comparison: Comparison) -> Table:
    view = view_of(comparison.problem)
    columns = (
        Column("planned", numeric=False),
        Column("bracketing", numeric=False, where="terminal"),
        *(Column(heading) for heading in _plan_headings(comparison)),
        Column("× best"),
        Column("peak entries"),
        *((Column("gap"),) if _shows_gap(comparison) else ()),
        Column("proof", numeric=False, where="document"),
    )
    rows = []
    for plan in comparison.plans:
        ratio = comparison.ratio(plan)
        cells = (
            Cell(plan.name),
            Cell(view.order_text(plan) if view.has_brackets else ""),
            *_plan_cells(plan),
            Cell(numbers.times(ratio), ratio),
            number_cell(plan.peak_entries),
            *((_gap_cell(comparison, plan),) if _shows_gap(comparison) else ()),
            Cell(plan.proof or ""),
        )
        rows.append(Row(cells, "best" if ratio == 1 else ""))
    for error in comparison.ruled_out:
        dashes = (Cell("—"),) * (len(columns) - 1)
        rows.append(Row((Cell(error.order), *dashes), "impossible"))
    return Table("planned", columns, tuple(rows))


def _plan_headings(comparison: Comparison) -> tuple[str, ...]:
    """The columns of what a plan costs; on machines its makespan, its work, and how much is used.

    These are in the unit of the objective; in seconds where costs are times.
    """
    if comparison.plans[0].schedule is None:
        return cost_headings(comparison)
    return "makespan", "work", "used"


def _plan_cells(plan: Plan) -> tuple[Cell, ...]:
    """What stands in those columns."""
    if plan.schedule is None:
        return cost_cells(plan)
    used = Cell(f"{100 * plan.utilisation:.1f}%", plan.utilisation)
    cells = [number_cell(plan.makespan), number_cell(plan.schedule.work)]
    if plan.objective == "seconds":
        times = [plan.makespan / 1e12, plan.schedule.work / 1e12]
        cells = [Cell(numbers.planned_seconds(seconds), seconds) for seconds in times]
    return *cells, used


def _shows_gap(comparison: Comparison) -> bool:
    """Whether orders are not always proved, so that a gap says something."""
    is_scheduled = comparison.plans[0].schedule is not None
    return view_of(comparison.problem).shows_gap or is_scheduled


def _gap_cell(comparison: Comparison, plan: Plan) -> Cell:
    gap = comparison.gap(plan)
    return Cell(numbers.percent(gap), gap)


def _cost_bars(comparison: Comparison) -> list[Figure]:
    """What the orders cost, and what none can be below."""
    plans = [plan for plan in comparison.plans if plan.form == "matrix"]
    if len(plans) < 2:
        return []

    def drawn() -> Drawing:
        from .figures.charts import bars

        return bars(
            "costs",
            "What the orders cost",
            [
                (plan.name, plan.cost, amount(plan, unit=False), comparison.ratio(plan) == 1)
                for plan in plans
            ],
            (comparison.lower_bound, bound_text(comparison)),
        )

    return [Figure("costs", "what the orders cost, and what no order can be below", drawn)]


def _executed_on(comparison: Comparison) -> Note:
    stand_in = "" if comparison.problem.is_given else ", which stand in for what is not given"
    return Note(
        f"executed on seeded random matrices{stand_in}; counts are of what was multiplied",
        "document",
    )


def _executed(comparison: Comparison) -> Table:
    """What the executions counted.

    Where random matrices stand in for programs, how long they take says nothing.
    """
    given = comparison.problem.is_given
    last = ("seconds",) if given else ("tangents", "adjoints")
    columns = ("fma", "flops", "peak entries", *last)
    rows = []
    for name, run in comparison.runs.items():
        counts = [number_cell(n) for n in (run.fma, run.flops, run.peak_entries)]
        more = (
            [Cell(numbers.measured_seconds(run.seconds), run.seconds)]
            if given
            else [number_cell(run.tangents), number_cell(run.adjoints)]
        )
        rows.append(Row((Cell(name), *counts, *more)))
    return Table(
        "executed", (Column("executed", numeric=False), *map(Column, columns)), tuple(rows)
    )


def _kept(comparison: Comparison) -> Table:
    """What the Jacobian takes in memory, and a product of it with a vector."""
    headings = ["entries held", "fma a product"]
    if comparison.runs:
        headings += ["held, counted", "fma, counted"]
    matrix = next((p for p in comparison.plans if p.form == "matrix"), None)
    operator = next(p for p in comparison.plans if p.form == "operator")
    rows = []
    for label, plan in (("matrix", matrix), (f"{len(operator.factors)} factors", operator)):
        if plan is None:
            continue
        figures = [plan.held_entries, plan.product_fma]
        if comparison.runs:
            figures += _kept_counts(comparison.runs[plan.name].jacobian)
        rows.append(Row((Cell(label), *map(number_cell, figures))))
    return Table("kept", (Column("kept as", numeric=False), *map(Column, headings)), tuple(rows))


def _kept_counts(jacobian: Any) -> list[int]:
    """Entries held and fma of a product, counted on the Jacobian itself."""
    if hasattr(jacobian, "product_fma"):
        return [jacobian.held_entries, jacobian.product_fma]
    if hasattr(jacobian, "nnz"):
        return [int(jacobian.nnz)] * 2
    return [jacobian.size, jacobian.size]


def _gantt(comparison: Comparison) -> list[Block]:
    """The schedule of the best order as text, where there are machines and it can be drawn."""
    best = best_plan(comparison)
    if best.schedule is None:
        return []
    from .gantt import GANTT_LEGEND, GANTT_STEPS, gantt_text

    if not 0 < len(best.steps) <= GANTT_STEPS:
        return []
    note = Note(f"the {best.name} order on its machines, {GANTT_LEGEND}")
    return [note, Code(gantt_text(best.steps, best.schedule))]


def _notes(comparison: Comparison) -> list[Note]:
    notes = [Note(str(error), "terminal") for error in comparison.ruled_out]
    memory = comparison.plans[0].memory
    bound = bound_text(comparison)
    if memory is not None:
        notes.append(Note(f"tapes of at most {memory:,} entries; with any memory {bound}"))
    ignoring = ignoring_text(comparison)
    if ignoring is not None:
        notes.append(Note(ignoring))
    proved = [p.name for p in comparison.plans if p.proof == "optimal"]
    if proved:
        aim = comparison.objective
        if comparison.plans[0].schedule is not None:
            aim = f"the makespan in {aim}"
        text = f"proved optimal for {aim}: {', '.join(proved)}"
        notes.append(Note(text, "terminal"))
    if _shows_gap(comparison):
        notes.append(Note(_gap_text(comparison)))
    elif memory is None:
        notes.append(Note(bound, "document"))
    if comparison.not_executed:
        notes.append(Note(f"{comparison.not_executed}; --execute does it all the same"))
    return notes


def _gap_text(comparison: Comparison) -> str:
    """The best bound, and how far the best order can be from it."""
    best = min(comparison.plans, key=lambda plan: plan.cost)
    bound = bound_text(comparison)
    gap = comparison.gap(best)
    if gap == 0:
        return bound
    return f"{bound}: {best.name} is at most {numbers.percent(gap)} above the least"
