"""Branch and bound over plans and schedules at once, backwards from the end.

Backwards, the last operation starts first: it makes the whole Jacobian, and what it needs is open
from its end on. A node is the open ranges, each with the time from which on it can be made, and the
times from which on the machines are free. Its children start one more operation, on the machine
that is free first: every open range, by every operation that makes it. Operations start in the
order of their times, so that no schedule comes twice.

A node is left

- if the least work of its open ranges in the time that is left (`relaxation.Fronts`) does not fit
  on the machines; these are not free before there can be so many operations at once;
- if a node was there before with the same open ranges, none of them later, and no machine later.

What was found is optimal when nothing is open any more, or when it meets the lower bound.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from ..compiled import Runner
from .relaxation import least_work

DEPTH, IS_NEW, UPPER, NODES, FOUND, TURN = range(6)
"""What `Stack.status` holds: how deep, whether children are still to be found, the makespan to
beat, how many nodes there were, how many operations the best schedule has, which memory is next."""

SLOTS = 4
"""Nodes that are remembered of those with the same hash."""

HASH_PRIME = 2**31 - 1


class Stack(NamedTuple):
    """The nodes from the root to the one at hand, `[depth]` or `[depth][…]`, and the best schedule.

    `opened` counts the open ranges, `which[x]` can be made from `since[x]` on. `free[y]` are the
    machines, rising, `latest` is the makespan so far. A node's `children` are tried by falling
    `room`: range `child[c]` is made by operation `how[c]`; `begun` and `done` are start and
    operation of the one at hand.
    """

    opened: Any
    which: Any
    since: Any
    free: Any
    latest: Any
    children: Any
    tried: Any
    room: Any
    child: Any
    how: Any
    begun: Any
    done: Any
    waiting: Any
    best_done: Any
    best_begun: Any
    seen: Any
    status: Any


def new_stack(
    run: Runner, operations: int, strands: int, branches: int, machines: int, memory: int
) -> Stack:
    """A stack of nothing but zeros.

    Args:
        run: makes columns.
        operations: the most that a plan has.
        strands: the most ranges that are open at once.
        branches: the most operations that are possible at once.
        machines: how many.
        memory: integers that nodes are remembered in, about.
    """
    depth, width = operations + 2, strands + 2

    def one() -> Any:
        return run.zeros(depth)

    def two(columns: int) -> Any:
        return run.zeros(depth, columns)

    row = 2 * width + machines + 2
    seen = run.zeros(max(1, memory // row // SLOTS) * SLOTS, row)
    return Stack(
        one(), two(width), two(width), two(machines), one(),
        one(), one(), two(branches), two(branches), two(branches), one(), one(),
        run.zeros(machines), one(), one(), seen, run.zeros(6),
    )  # fmt: skip


def branch(ops, fronts, machines, lower, stack, nodes, infinite):  # type: ignore[no-untyped-def]
    """Go on from where the stack is, for so many nodes; the depth is -1 when all is done."""
    status = stack.status
    end_of_budget = status[NODES] + nodes
    while status[DEPTH] >= 0 and status[UPPER] > lower:
        depth = status[DEPTH]
        if status[IS_NEW] == 1:
            if status[NODES] >= end_of_budget:
                return
            status[NODES] += 1
            status[IS_NEW] = 0
            find_children(ops, fronts, machines, stack, depth, infinite)
        if stack.tried[depth] >= stack.children[depth]:
            status[DEPTH] -= 1
            continue
        c = stack.tried[depth]
        stack.tried[depth] = c + 1
        x, o = stack.child[depth][c], stack.how[depth][c]
        start = max(stack.since[depth][x], stack.free[depth][0])
        end = start + ops.cost[o]
        if end >= status[UPPER]:
            continue
        stack.begun[depth] = start
        stack.done[depth] = o
        follow(ops, fronts, machines, stack, depth, x, o, infinite)
        if stack.opened[depth + 1] == 0:
            status[UPPER] = stack.latest[depth + 1]
            status[FOUND] = depth + 1
            for y in range(depth + 1):
                stack.best_done[y] = stack.done[y]
                stack.best_begun[y] = stack.begun[y]
        elif room_left(fronts, machines, stack, depth + 1, infinite) >= 0 and not was_there(
            machines, stack, depth + 1
        ):
            status[DEPTH] = depth + 1
            status[IS_NEW] = 1
    if status[UPPER] <= lower:
        status[DEPTH] = -1


def find_children(ops, fronts, machines, stack, depth, infinite):  # type: ignore[no-untyped-def]
    """All operations that can start next and leave room enough, most room first."""
    count = 0
    room, child, how = stack.room[depth], stack.child[depth], stack.how[depth]
    for x in range(stack.opened[depth]):
        r = stack.which[depth][x]
        start = max(stack.since[depth][x], stack.free[depth][0])
        for o in range(ops.first[r], ops.first[r + 1]):
            if start + ops.cost[o] >= stack.status[UPPER]:
                continue
            follow(ops, fronts, machines, stack, depth, x, o, infinite)
            left = room_left(fronts, machines, stack, depth + 1, infinite)
            if left < 0:
                continue
            at = count
            count += 1
            while at > 0 and room[at - 1] < left:
                room[at] = room[at - 1]
                child[at] = child[at - 1]
                how[at] = how[at - 1]
                at -= 1
            room[at] = left
            child[at] = x
            how[at] = o
    stack.children[depth] = count
    stack.tried[depth] = 0


def follow(ops, fronts, machines, stack, depth, x, o, infinite):  # type: ignore[no-untyped-def]
    """The node one deeper: open range `x` is made by operation `o`, as early as can be."""
    which, since, free = stack.which[depth], stack.since[depth], stack.free[depth]
    next_which, next_since = stack.which[depth + 1], stack.since[depth + 1]
    start = max(since[x], free[0])
    end = start + ops.cost[o]
    count = 0
    for y in range(stack.opened[depth]):
        if y != x:
            next_which[count] = which[y]
            next_since[count] = max(since[y], start)
            count += 1
    for r in (ops.left[o], ops.right[o]):
        if r >= 0:
            at = count
            count += 1
            while at > 0 and next_which[at - 1] > r:
                next_which[at] = next_which[at - 1]
                next_since[at] = next_since[at - 1]
                at -= 1
            next_which[at] = r
            next_since[at] = end
    stack.opened[depth + 1] = count
    stack.latest[depth + 1] = max(stack.latest[depth], end)
    next_free = stack.free[depth + 1]
    at = 0
    for y in range(1, machines):
        freed = max(free[y], start)
        if freed <= end:
            next_free[at] = freed
            at += 1
    next_free[at] = end
    for y in range(at + 1, machines):
        next_free[y] = max(free[y], start)
    wait_for_strands(fronts, machines, stack, depth + 1, infinite)


def wait_for_strands(fronts, machines, stack, depth, infinite):  # type: ignore[no-untyped-def]
    """Free the machines no sooner than there can be so many operations at once."""
    which, since, free = stack.which[depth], stack.since[depth], stack.free[depth]
    waiting = stack.waiting
    count = 0
    for x in range(stack.opened[depth]):
        start = max(since[x], free[0])
        strands = fronts.strands[which[x]]
        for p in range(machines):
            time = start + strands[p]
            if strands[p] >= infinite or (count == machines and time >= waiting[count - 1]):
                break
            if count < machines:
                count += 1
            at = count - 1
            while at > 0 and waiting[at - 1] > time:
                waiting[at] = waiting[at - 1]
                at -= 1
            waiting[at] = time
    for y in range(machines):
        free[y] = max(free[y], waiting[y] if y < count else infinite)
    for x in range(stack.opened[depth]):
        since[x] = max(since[x], free[0])


def room_left(fronts, machines, stack, depth, infinite):  # type: ignore[no-untyped-def]
    """Time of machines that is left over if the makespan is to be beaten; negative: it cannot."""
    last = stack.status[UPPER] - 1
    room = machines * last
    for y in range(machines):
        room -= min(last, stack.free[depth][y])
    for x in range(stack.opened[depth]):
        left = last - stack.since[depth][x]
        work = least_work(fronts, stack.which[depth][x], left, infinite)
        if work >= infinite:
            return -1
        room -= work
    return room


def was_there(machines, stack, depth):  # type: ignore[no-untyped-def]
    """Whether a node that is no worse was there before; if not, remember this one."""
    which, since, free = stack.which[depth], stack.since[depth], stack.free[depth]
    count, latest = stack.opened[depth], stack.latest[depth]
    key = count
    for x in range(count):
        key = (key * 1000003 + which[x] + 1) % HASH_PRIME
    first = (key % (len(stack.seen) // SLOTS)) * SLOTS
    for slot in range(first, first + SLOTS):
        row = stack.seen[slot]
        if row[0] == count and row[1] <= latest:
            is_no_worse = True
            for x in range(count):
                if row[2 + x] != which[x] or row[2 + count + x] > since[x]:
                    is_no_worse = False
                    break
            for y in range(machines):
                if not is_no_worse or row[2 + 2 * count + y] > free[y]:
                    is_no_worse = False
                    break
            if is_no_worse:
                return True
    row = stack.seen[first + stack.status[TURN] % SLOTS]
    stack.status[TURN] += 1
    row[0] = count
    row[1] = latest
    for x in range(count):
        row[2 + x] = which[x]
        row[2 + count + x] = since[x]
    for y in range(machines):
        row[2 + 2 * count + y] = free[y]
    return False
