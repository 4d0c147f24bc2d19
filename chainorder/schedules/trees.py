"""A plan as a tree of operations, chosen from the root down within a time, and its schedule."""

from __future__ import annotations

from typing import Any, NamedTuple

from ..compiled import Runner
from .list_scheduling import Desk, Tasks, list_schedule, new_desk, new_tasks
from .relaxation import least_work


class Tree(NamedTuple):
    """Operations from the root down: `done[t]` makes range `which[t]` for operation `parent[t]`.

    `left[t]` is the time that there is for it and what it needs; `path[t]` is how long the path
    from its start to the end takes. `count[0]` is the number of operations. `tasks` and `desk` are
    what list scheduling works on, `start` is the better schedule of the two directions.
    """

    count: Any
    which: Any
    done: Any
    parent: Any
    left: Any
    path: Any
    start: Any
    tasks: Tasks
    desk: Desk


def new_tree(run: Runner, operations: int, machines: int) -> Tree:
    """Room for a tree of so many operations."""
    which, done, parent, left, path, start = (run.zeros(operations) for _ in range(6))
    tasks, desk = new_tasks(run, operations, operations), new_desk(run, operations, machines)
    return Tree(run.zeros(1), which, done, parent, left, path, start, tasks, desk)


def copy_tree(tree, copy):  # type: ignore[no-untyped-def]
    """The plan and its schedule, into another tree."""
    copy.count[0] = tree.count[0]
    for t in range(tree.count[0]):
        copy.which[t] = tree.which[t]
        copy.done[t] = tree.done[t]
        copy.parent[t] = tree.parent[t]
        copy.left[t] = tree.left[t]
        copy.path[t] = tree.path[t]
        copy.start[t] = tree.start[t]


def scheduled_tree(ops, fronts, machines, time, forced, tree, infinite):  # type: ignore[no-untyped-def]
    """Choose a plan with little work among those that might take `time`; return its makespan."""
    choose(ops, fronts, time, forced, tree, infinite)
    forwards = schedule_forwards(ops, machines, tree)
    backwards = schedule_backwards(ops, machines, tree)
    count = tree.count[0]
    if forwards <= backwards:
        schedule_forwards(ops, machines, tree)
        for t in range(count):
            tree.start[t] = tree.desk.start[t]
        return forwards
    for t in range(count):
        tree.start[t] = backwards - tree.desk.start[t] - ops.cost[tree.done[t]]
    return backwards


def choose(ops, fronts, time, forced, tree, infinite):  # type: ignore[no-untyped-def]
    """Every range by the operation with the least work in the time left, or by `forced[r]`."""
    root = len(ops.first) - 2
    tree.which[0] = root
    tree.parent[0] = -1
    tree.left[0] = time
    tree.path[0] = 0 * time
    count = 1
    t = 0
    while t < count:
        r, time = tree.which[t], tree.left[t]
        o = forced[r]
        if o < 0:
            o = with_least_work(ops, fronts, r, time, infinite)
        if o < 0:
            o = soonest(ops, fronts, r)
        tree.done[t] = o
        tree.path[t] += ops.cost[o]
        for a in (ops.left[o], ops.right[o]):
            if a >= 0:
                tree.which[count] = a
                tree.parent[count] = t
                tree.left[count] = time - ops.cost[o]
                tree.path[count] = tree.path[t]
                count += 1
        t += 1
    tree.count[0] = count


def with_least_work(ops, fronts, r, time, infinite):  # type: ignore[no-untyped-def]
    """The operation for range `r` with the least work in that time; -1 if there is no time."""
    best, least = -1, infinite
    for o in range(ops.first[r], ops.first[r + 1]):
        left = time - ops.cost[o]
        work = ops.cost[o]
        a, b = ops.left[o], ops.right[o]
        if a >= 0:
            work += least_work(fronts, a, left, infinite)
        if b >= 0 and work < infinite:
            work += least_work(fronts, b, left, infinite)
        if left >= 0 and work < least:
            best, least = o, work
    return best


def soonest(ops, fronts, r):  # type: ignore[no-untyped-def]
    """The operation for range `r` whose result can be there first."""
    best, least = -1, 0 * ops.cost[0]
    for o in range(ops.first[r], ops.first[r + 1]):
        time = 0 * ops.cost[0]
        for a in (ops.left[o], ops.right[o]):
            if a >= 0:
                time = max(time, fronts.time[a][0])
        if best < 0 or ops.cost[o] + time < least:
            best, least = o, ops.cost[o] + time
    return best


def schedule_forwards(ops, machines, tree):  # type: ignore[no-untyped-def]
    """List scheduling from the leaves: every operation waits for those below it."""
    tasks, count = tree.tasks, tree.count[0]
    for t in range(count):
        o = tree.done[t]
        tasks.cost[t] = ops.cost[o]
        tasks.key[t] = -tree.path[t]
        tasks.needs[t] = (1 if ops.left[o] >= 0 else 0) + (1 if ops.right[o] >= 0 else 0)
        tasks.first[t] = max(t - 1, 0)  # all but the root have one that waits for them
        if t > 0:
            tasks.then[t - 1] = tree.parent[t]
    tasks.first[count] = count - 1
    return list_schedule(tasks, count, machines, tree.desk)


def schedule_backwards(ops, machines, tree):  # type: ignore[no-untyped-def]
    """List scheduling from the root, time turned around: every operation waits for its parent."""
    tasks, count = tree.tasks, tree.count[0]
    for t in range(count):
        tasks.cost[t] = ops.cost[tree.done[t]]
        tasks.key[t] = -tasks.cost[t]
        tasks.needs[t] = 0 if t == 0 else 1
        tasks.first[t] = 0
    for t in range(count - 1, 0, -1):  # the longest path below, children before parents
        parent = tree.parent[t]
        tasks.key[parent] = min(tasks.key[parent], tasks.key[t] - tasks.cost[parent])
    # The children of an operation follow each other, as they were appended.
    at = 1
    for t in range(count):
        tasks.first[t] = at - 1
        while at < count and tree.parent[at] == t:
            tasks.then[at - 1] = at
            at += 1
    tasks.first[count] = count - 1
    return list_schedule(tasks, count, machines, tree.desk)
