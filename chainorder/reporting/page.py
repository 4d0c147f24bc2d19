"""A report as data: the headings, tables, notes and figures that every format renders.

Formats (`text`, `markdown`, `html`) differ in how these look and in nothing else. What stands on a
page because of the kind of its problem comes from that kind's view, see `kinds`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ..plans.plan import Plan
from . import numbers
from .blocks import (
    LONGEST_NAME,
    Block,
    Cell,
    Code,
    Column,
    Figure,
    Note,
    Row,
    Section,
    Table,
    number_cell,
    share_cell,
)
from .claim import amount, best_plan, claim, proof_text
from .figures.charts import bars
from .figures.drawing import Drawing, cut
from .gantt import GANTT_LEGEND, GANTT_STEPS, gantt_text
from .kinds import view_of
from .steps import ShownStep, listed, whole_cost
from .words import words_section

if TYPE_CHECKING:
    from .comparison import Comparison, Trace


@dataclass(frozen=True)
class Page:
    """A whole report: the claim and how sure it is, pictures of the problem, and the sections."""

    title: str
    problem: str
    claim: str
    proof: str
    is_proved: bool
    pictures: tuple[Block, ...]
    sections: tuple[Section, ...]


def compose(comparison: Comparison) -> Page:
    """The report on a comparison: the problem, its orders, and the steps of each."""
    view = view_of(comparison.problem)
    return Page(
        title=view.title,
        problem=view.problem_line(comparison.problem),
        claim=claim(comparison),
        proof=proof_text(comparison),
        is_proved=comparison.gap(best_plan(comparison)) == 0,
        pictures=tuple(view.problem_blocks(comparison.problem)),
        sections=(
            summary(comparison),
            *(steps_section(comparison, plan) for plan in comparison.plans),
            *view.more_sections(comparison),
            words_section(comparison, shows_gap=view.shows_gap),
        ),
    )


def figures_of(page: Page) -> Iterator[Figure]:
    """The figures of a page, one after another."""
    for block in (*page.pictures, *(b for section in page.sections for b in section.blocks)):
        if isinstance(block, Figure):
            yield block


def without_figures(page: Page) -> Page:
    """The same page without pictures, and with a note that says so."""
    note = Note("the pictures are left out: with them the page would be too large for a browser")

    def kept(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
        return tuple(block for block in blocks if not isinstance(block, Figure))

    sections = tuple(replace(section, blocks=kept(section.blocks)) for section in page.sections)
    return replace(page, pictures=(note, *kept(page.pictures)), sections=sections)


def summary(comparison: Comparison) -> Section:
    """The orders side by side: all that a terminal shows below the problem."""
    blocks: list[Block] = [_planned(comparison), *_cost_bars(comparison)]
    blocks += [Note(f"not possible: {error}", "document") for error in comparison.ruled_out]
    if comparison.runs:
        blocks += [_executed_on(comparison), _executed(comparison)]
    if any(plan.form == "operator" for plan in comparison.plans):
        blocks.append(_kept(comparison))
    return Section("Orders", (*blocks, *_gantt(comparison), *_notes(comparison)))


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


def _gantt(comparison: Comparison) -> list[Block]:
    """The schedule of the best order as text, where there are machines and it can be drawn."""
    best = best_plan(comparison)
    if best.schedule is None or not 0 < len(best.steps) <= GANTT_STEPS:
        return []
    note = Note(f"the {best.name} order on its machines, {GANTT_LEGEND}")
    return [note, Code(gantt_text(best.steps, best.schedule))]


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


def _cost_bars(comparison: Comparison) -> list[Figure]:
    """What the orders cost, and what none can be below."""
    plans = [plan for plan in comparison.plans if plan.form == "matrix"]
    if len(plans) < 2:
        return []

    def drawn() -> Drawing:
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
            figures += kept_counts(comparison.runs[plan.name].jacobian)
        rows.append(Row((Cell(label), *map(number_cell, figures))))
    return Table("kept", (Column("kept as", numeric=False), *map(Column, headings)), tuple(rows))


def kept_counts(jacobian: Any) -> list[int]:
    """Entries held and fma of a product, counted on the Jacobian itself."""
    if hasattr(jacobian, "product_fma"):
        return [jacobian.held_entries, jacobian.product_fma]
    if hasattr(jacobian, "nnz"):
        return [int(jacobian.nnz)] * 2
    return [jacobian.size, jacobian.size]


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


def ignoring_text(comparison: Comparison) -> str | None:
    """What the best order takes if every elemental is taken for dense; None if all are."""
    ignoring = comparison.ignoring_structure
    if ignoring is None:
        return None
    least = min((p.cost for p in comparison.plans if p.form == "matrix"), default=0)
    more = f": {numbers.times(ignoring.cost / least)} × as much" if least else ""
    unit = "picoseconds" if comparison.problem.timing else comparison.objective
    return f"ignoring structure, the best order takes {ignoring.cost:,} {unit}{more}"


def bound_text(comparison: Comparison) -> str:
    """The best bound that the plans know: `no order takes fewer than 56 fma`."""
    bound = comparison.lower_bound
    schedule = comparison.plans[0].schedule
    if schedule is not None:
        machines = numbers.count(schedule.machines, "machine", "machines")
        amount = f"{bound:,} {comparison.objective}"
        if comparison.problem.timing is not None:
            amount = f"{numbers.planned_seconds(bound / 1e12)} seconds"
        return f"no schedule on {machines} ends before {amount}"
    if comparison.problem.timing is not None:
        return f"no order takes less than {numbers.planned_seconds(bound / 1e12)} seconds"
    return f"no order takes fewer than {bound:,} {comparison.objective}"


def _gap_text(comparison: Comparison) -> str:
    """The best bound, and how far the best order can be from it."""
    best = min(comparison.plans, key=lambda plan: plan.cost)
    bound = bound_text(comparison)
    gap = comparison.gap(best)
    if gap == 0:
        return bound
    return f"{bound}: {best.name} is at most {numbers.percent(gap)} above the least"


def _shows_gap(comparison: Comparison) -> bool:
    """Whether orders are not always proved, so that a gap says something."""
    is_scheduled = comparison.plans[0].schedule is not None
    return view_of(comparison.problem).shows_gap or is_scheduled


def cost_headings(comparison: Comparison) -> tuple[str, str]:
    """The columns of a plan's costs: where costs are times, fma are of the products alone."""
    is_timed = comparison.problem.timing is not None
    return ("seconds", "fma of products") if is_timed else ("fma", "flops")


def cost_cells(plan: Plan | ShownStep) -> tuple[Cell, Cell]:
    """What stands in those columns, for a plan or one of its steps."""
    seconds = getattr(plan, "seconds", None)
    if seconds is not None:
        return Cell(numbers.planned_seconds(seconds), seconds), number_cell(plan.fma)
    return number_cell(plan.fma), number_cell(plan.flops)


def _gap_cell(comparison: Comparison, plan: Plan) -> Cell:
    gap = comparison.gap(plan)
    return Cell(numbers.percent(gap), gap)


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
