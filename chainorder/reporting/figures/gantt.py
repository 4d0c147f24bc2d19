"""A schedule as a chart: a row for each machine, a box for each step from its start to its end."""

from __future__ import annotations

from typing import Any

from ...plans.plan import Plan
from .. import numbers
from ..steps import factor_name
from .charts import axis
from .drawing import WIDTH, Box, Drawing, Label, Mark, Symbol, text_width

MACHINES_DRAWN = 32
"""Machines that have a row of their own."""

STEPS_DRAWN = 400
"""Schedules of more steps are drawn by how busy each machine is, not step by step."""

ROW = 24.0


def gantt(plan: Plan) -> Drawing:
    """The schedule of a plan; of many machines or steps, the first machines, without names."""
    schedule: Any = plan.schedule
    steps = plan.steps.single()
    makespan = max(schedule.makespan, 1)
    machines = min(schedule.machines, MACHINES_DRAWN)
    left, right = 78.0, WIDTH - 10

    def place(time: int) -> float:
        return float(left + (right - left) * (int(time) / makespan))

    bottom = 8 + ROW * machines
    marks: list[Mark] = axis(place, makespan, 4.0, bottom)
    for machine in range(machines):
        y = 8 + ROW * machine
        marks.append(
            Label("ink", text=f"machine {machine + 1}", x=left - 6, y=y + 15, anchor="end", size=11)
        )
        for t in schedule.steps_on(machine):
            marks += _step(plan, steps[t], t, schedule, place, y)
    more = schedule.machines - machines
    if more:
        bottom += 18
        marks.append(Label("muted", text=f"{more:,} more machines", x=left, y=bottom - 2, size=11))
    described = (
        f"{numbers.count(len(steps), 'step', 'steps')} on "
        f"{numbers.count(schedule.machines, 'machine', 'machines')}, from start to end "
        f"{numbers.integer(schedule.makespan)} {plan.objective}, machines busy "
        f"{numbers.share(schedule.work, schedule.machines * makespan)} of the time"
    )
    title = f"Schedule of the {plan.name} plan"
    return Drawing(f"schedule-{plan.name}", WIDTH, bottom + 34, title, described, tuple(marks))


def _step(plan: Plan, step: Any, t: int, schedule: Any, place: Any, y: float) -> list[Mark]:
    start, end = int(schedule.start[t]), int(schedule.start[t] + schedule.duration[t])
    x, width = place(start), max(place(end) - place(start), 0.8)
    name = factor_name(*step.result)
    title = f"{step.kind} {name}: {numbers.integer(start)} to {numbers.integer(end)}"
    marks: list[Mark] = [
        Box(step.kind, title, x=x, y=y, width=width, height=ROW - 5),
        Box("surface", x=x, y=y, width=width, height=ROW - 5, filled=False),
    ]
    if width > text_width(name) + 26 and len(schedule.start) <= STEPS_DRAWN:
        marks += [
            Symbol("surface", kind=step.kind, x=x + 5, y=y + 5, size=9),
            Label("surface", text=name, x=x + 18, y=y + 14, size=11, bold=True),
        ]
    return marks
