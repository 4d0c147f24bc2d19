"""A schedule as text: a row for each machine, time from left to right."""

from __future__ import annotations

from ..plans.schedule import Schedule
from ..plans.steps import Step, Steps

GANTT_STEPS = 400
"""Plans of more steps are not drawn: their bars would be nothing but edges."""

BARS = {"accumulate": "=", "multiply": "#", "tangent": ">", "adjoint": "<"}
"""What the bars of each kind of step are made of."""

WAITING = "."
"""A machine that has nothing to do."""

GANTT_LEGEND = (
    f"time from left to right: {BARS['accumulate']} accumulates, {BARS['multiply']} multiplies, "
    f"{BARS['tangent']} tangents, {BARS['adjoint']} adjoints, {WAITING} waits"
)
"""How to read a chart."""


def gantt_rows(steps: Steps, schedule: Schedule, width: int = 72) -> list[str]:
    """One line for each machine, `width` columns for the makespan.

    A step is a bar, with what it makes in it where there is room. Steps that are narrower than a
    column share one.
    """
    named = [(step_name(step), step.kind) for step in steps]
    return [
        _row([(t, *named[t]) for t in schedule.steps_on(y)], schedule, width)
        for y in range(min(schedule.machines, len(steps) or 1))
    ]


def gantt_text(steps: Steps, schedule: Schedule, width: int = 72) -> str:
    """The rows, with the number of each machine before them.

    >>> import chainorder as co
    >>> plan = co.plan(co.random_chain(5, (5, 50), (1_000, 10_000)), machines=2)
    >>> print(gantt_text(plan.steps, plan.schedule, 60))
    0 =======J2=======<<<<<<<<J2…J1<<<<<<<<<......................
    1 ===========J3===========>>>>>>>J4…J3>>>>>>>>>>>>J5…J3>>>>###
    """
    rows = gantt_rows(steps, schedule, width)
    digits = len(str(len(rows) - 1))
    return "\n".join(f"{y:>{digits}} {row}" for y, row in enumerate(rows))


def step_name(step: Step) -> str:
    """What a step makes: `J3`, or `J4…J2`."""
    return f"J{step.j}" if step.j - step.i == 1 else f"J{step.j}…J{step.i + 1}"


def _row(mine: list[tuple[int, str, str]], schedule: Schedule, width: int) -> str:
    """Bars from their starts to their ends, rounded to columns; no bar is lost to another."""
    makespan = max(schedule.makespan, 1)
    cells = [WAITING] * width
    for t, name, kind in mine:
        start = int(schedule.start[t])
        first = start * width // makespan
        end = max((start + int(schedule.duration[t])) * width // makespan, first + 1)
        first, end = min(first, width - 1), min(end, width)
        bar = BARS[kind] * (end - first)
        if end - first > len(name) + 1:
            bar = f"{name.center(end - first, BARS[kind])}"
        cells[first:end] = bar
    return "".join(cells)
