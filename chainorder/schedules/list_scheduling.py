"""List scheduling: whenever a machine is free, it starts the operation that is most urgent.

Most urgent is the one with the longest path of operations from its start to the end. On operations
of one length that need each other as in a tree, that is optimal (T. C. Hu, Parallel sequencing and
assembly line problems, Oper. Res. 9, 1961); here it is where good schedules start from. A tree is
scheduled forwards, and also backwards from its end, which is another schedule.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from ..compiled import Runner
from ..elimination.priority_queue import sift, take_first


class Tasks(NamedTuple):
    """Tasks of known length, and which of them wait for which.

    Task `t` takes `cost[t]`; `then[first[t]:first[t + 1]]` wait for it; `needs[t]` counts those
    that it waits for. The smaller `key[t]`, the more urgent.
    """

    cost: Any
    key: Any
    first: Any
    then: Any
    needs: Any


class Desk(NamedTuple):
    """What list scheduling writes on: `start[t]` is the answer, the rest is its own."""

    start: Any
    queue: Any
    place: Any
    missing: Any
    until: Any
    running: Any


def new_tasks(run: Runner, tasks: int, waits: int) -> Tasks:
    """Room for so many tasks and pairs of them."""
    return Tasks(
        run.zeros(tasks), run.zeros(tasks), run.zeros(tasks + 1), run.zeros(waits), run.zeros(tasks)
    )


def new_desk(run: Runner, tasks: int, machines: int) -> Desk:
    """Room to schedule so many tasks on so many machines."""
    start, queue, place, missing = (run.zeros(tasks) for _ in range(4))
    return Desk(start, queue, place, missing, run.zeros(machines), run.zeros(machines))


def list_schedule(tasks, count, machines, desk):  # type: ignore[no-untyped-def]
    """Start every one of `count` tasks, and return the makespan."""
    waiting = 0
    for t in range(count):
        desk.missing[t] = tasks.needs[t]
        if tasks.needs[t] == 0:
            waiting = enter(desk, tasks.key, t, waiting)
    for y in range(machines):
        desk.running[y] = -1
    time = 0 * tasks.cost[0]
    busy = 0
    while waiting > 0 or busy > 0:
        y = 0
        while waiting > 0 and y < machines:
            if desk.running[y] < 0:
                t = take_first(desk.queue, desk.place, tasks.key, waiting)
                waiting -= 1
                desk.start[t] = time
                desk.until[y] = time + tasks.cost[t]
                desk.running[y] = t
                busy += 1
            y += 1
        first = -1
        for y in range(machines):
            if desk.running[y] >= 0 and (first < 0 or desk.until[y] < desk.until[first]):
                first = y
        time = desk.until[first]
        for y in range(machines):
            if desk.running[y] >= 0 and desk.until[y] == time:
                done = desk.running[y]
                desk.running[y] = -1
                busy -= 1
                for x in range(tasks.first[done], tasks.first[done + 1]):
                    t = tasks.then[x]
                    desk.missing[t] -= 1
                    if desk.missing[t] == 0:
                        waiting = enter(desk, tasks.key, t, waiting)
    return time


def enter(desk, key, t, waiting):  # type: ignore[no-untyped-def]
    """Put a task into the queue; how many are in it then."""
    desk.queue[waiting] = t
    desk.place[t] = waiting
    sift(desk.queue, desk.place, key, waiting, waiting + 1)
    return waiting + 1
