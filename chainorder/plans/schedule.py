"""Who does what when: a start and a machine for every step of a plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from ..checks import checked_integer, shown
from ..compiled import INT64_SAFE
from ..errors import ChainOrderError
from .cost import Column, exact_sum
from .steps import Steps


@dataclass(frozen=True, eq=False, slots=True)
class Schedule:
    """Start and machine of every step, in the order of the steps, as read-only arrays.

    `start` and `duration` are in the unit of the plan's objective (fma, flops, picoseconds), exact
    integers from 0 on; `machine` counts from 0 up to `machines - 1`. No schedule of the same steps
    has a makespan below `lower_bound`.

    >>> import chainorder as co
    >>> chain = co.Chain.matrix_free([3, 3, 1, 2], [29, 14, 7])
    >>> schedule = co.plan(chain, machines=2).schedule
    >>> schedule.makespan, schedule.start.tolist(), schedule.machine.tolist()
    (49, [0, 0, 14, 43], [0, 1, 0, 0])
    """

    machines: int
    start: Column
    machine: npt.NDArray[np.int64]
    duration: Column
    lower_bound: int = 0

    def __post_init__(self) -> None:
        for column in (self.start, self.machine, self.duration):
            column.setflags(write=False)

    def __len__(self) -> int:
        """The number of steps."""
        return len(self.start)

    @property
    def finish(self) -> Column:
        """When each step is done."""
        finish: Column = self.start + self.duration
        return finish

    @property
    def makespan(self) -> int:
        """When the last step is done."""
        return int(self.finish.max()) if len(self) else 0

    @property
    def work(self) -> int:
        """What all steps take together."""
        return exact_sum(self.duration)

    @property
    def utilisation(self) -> float:
        """The part of the machines' time that is spent on steps, from 0 to 1."""
        available = self.machines * self.makespan
        return self.work / available if available else 1.0

    def steps_on(self, machine: int) -> list[int]:
        """The positions of the steps that a machine does, by their starts."""
        mine = np.flatnonzero(self.machine == machine).tolist()
        return sorted(mine, key=lambda t: (self.start[t], t))

    def described(self) -> list[tuple[str, str]]:
        """What `print(plan)` says of it, as labels and text."""
        return [
            ("machines", f"{self.machines:,}, {100 * self.utilisation:.1f}% used"),
            ("makespan", f"{self.makespan:,}"),
        ]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Schedule):
            return NotImplemented
        return self.machines == other.machines and all(
            np.array_equal(getattr(self, name), getattr(other, name))
            for name in ("start", "machine", "duration")
        )

    def __hash__(self) -> int:
        return hash((self.machines, tuple(self.start.tolist()), self.machine.tobytes()))

    def __repr__(self) -> str:
        return (
            f"Schedule of {len(self):,} steps on {self.machines:,} machines: makespan "
            f"{self.makespan:,}, {100 * self.utilisation:.1f}% used"
        )

    def to_dict(self) -> dict[str, Any]:
        """The schedule as JSON types: durations follow from the steps."""
        return {
            "machines": self.machines,
            "start": self.start.tolist(),
            "machine": self.machine.tolist(),
        }


def exact_column(values: Sequence[int]) -> Column:
    """Integers as int64 or, where sums of them could leave 64 bits, as Python's."""
    fits = sum(values) < INT64_SAFE and max(values, default=0) < INT64_SAFE
    return np.array(values, dtype=np.int64 if fits else object)


def as_soon_as_possible(
    steps: Steps, duration: Sequence[int], wanted: Sequence[int], machines: int
) -> Schedule:
    """The schedule that takes the steps by their wanted starts, each as soon as can be.

    Args:
        steps: of a chain, pushes and pulls through one elemental at a time, operands before use.
        duration: what each takes.
        wanted: a start of each; at no time may more steps be wanted at once than machines.
        machines: how many.

    Returns:
        No step starts later than wanted.
    """
    made: dict[tuple[Any, Any], int] = {}
    free = [0] * min(machines, len(steps))
    start, machine = [0] * len(steps), [0] * len(steps)
    at = list(steps)
    for t in sorted(range(len(at)), key=lambda t: (wanted[t], t)):
        ready = max((made.get(operand, 0) for operand in at[t].operands), default=0)
        # Of the machines that are free in time, the one that has waited least.
        in_time = [y for y in range(len(free)) if free[y] <= ready]
        y = max(in_time, key=lambda y: free[y]) if in_time else free.index(min(free))
        start[t], machine[t] = max(ready, free[y]), y
        free[y] = made[at[t].result] = start[t] + duration[t]
    return Schedule(
        machines,
        exact_column(start).astype(exact_column(duration).dtype),
        np.array(machine, dtype=np.int64),
        exact_column(duration),
    )


def check_schedule(steps: Steps, schedule: Schedule) -> None:
    """Raise unless every step starts when its operands are there, one at a time on a machine.

    Raises:
        ChainOrderError: names the first step that cannot start when it does.
    """
    finish = schedule.finish.tolist()
    made = {step.result: t for t, step in enumerate(steps)}
    for t, step in enumerate(steps):
        if step.kind in ("tangent", "adjoint") and len(step.passes) > 1:
            raise ChainOrderError(
                f"steps[{t}] passes {len(step.passes)} elementals: in a schedule, one at a time"
            )
        for operand in step.operands:
            if operand in made and schedule.start[t] < finish[made[operand]]:
                raise ChainOrderError(
                    f"the schedule's start[{t}] is {schedule.start[t]}: steps[{made[operand]}], "
                    f"which it needs, is done at {finish[made[operand]]}"
                )
    for y in sorted(set(schedule.machine.tolist())):
        busy = schedule.steps_on(y)
        for before, t in pairwise(busy):
            if schedule.start[t] < finish[before]:
                raise ChainOrderError(
                    f"the schedule's start[{t}] is {schedule.start[t]}: machine {y} is busy with "
                    f"steps[{before}] until {finish[before]}"
                )


def schedule_from_dict(fields: object, steps: Steps, duration: Column) -> Schedule:
    """The schedule of these steps that `Schedule.to_dict` wrote.

    Raises:
        ChainOrderError: fields that are none, or a schedule that cannot be.
    """
    if not isinstance(fields, Mapping):
        raise ChainOrderError(f"the plan's schedule is {shown(fields)}: expected an object")
    machines = checked_integer(
        "the schedule's machines", fields.get("machines"), "a number of machines", least=1
    )
    columns: dict[str, list[int]] = {}
    for name in ("start", "machine"):
        column = fields.get(name)
        if not isinstance(column, list) or len(column) != len(steps):
            raise ChainOrderError(
                f"the schedule's {name} is {shown(column)}: expected one entry for each of "
                f"{len(steps)} steps"
            )
        for t, value in enumerate(column):
            if type(value) is not int or value < 0:
                raise ChainOrderError(
                    f"the schedule's {name}[{t}] is {shown(value)}: expected an integer from 0 on"
                )
        columns[name] = column
    wrong = [t for t, y in enumerate(columns["machine"]) if y >= machines]
    if wrong:
        raise ChainOrderError(
            f"the schedule's machine[{wrong[0]}] is {columns['machine'][wrong[0]]}: there are "
            f"{machines}, from 0 on"
        )
    durations = [int(value) for value in duration.tolist()]
    start = exact_column([*columns["start"], *durations])[: len(steps)]
    schedule = Schedule(
        machines, start, np.array(columns["machine"], dtype=np.int64),
        np.array(durations, dtype=start.dtype),
    )  # fmt: skip
    check_schedule(steps, schedule)
    return schedule
