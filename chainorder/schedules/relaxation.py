"""What no schedule can beat, for every range at once: least times, least work, least waiting.

A plan that makes range `r` in time `c` on m machines, however it is scheduled, has no path longer
than `c` and no more work than `m·c`; and both hold again for what its last operation needs. So let
`front[r]` be the pairs (time, work) with

    time = cost + max(time_a, time_b, ⌈(work_a + work_b) / m⌉),   work = cost + work_a + work_b

over the operations that make `r` and the pairs of what they need, less those that another pair
beats in both. A plan of `r` that takes `c` on m machines has at least the work of the last pair
whose time is at most `c`; and the first pair's time is a lower bound of the makespan.

Machines also wait while there is too little to do: after the last operation of a range, seen
backwards from the end, what it needs is done on at most two machines, and so on. `strands[r][p]` is
the least time, backwards from the end of range `r`, from which on `p + 1` of its operations can run
side by side.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from ..compiled import INT64_SAFE, Runner
from .operations import Operations

POINTS = 64
"""Pairs kept of a range; where there are more, two neighbours become one that beats both."""

INFINITE = INT64_SAFE
"""More than any time where kernels are compiled."""


class Fronts(NamedTuple):
    """`time[r][x]` rises, `work[r][x]` falls, for `x < count[r]`; and `strands[r][p]`."""

    count: Any
    time: Any
    work: Any
    strands: Any


def infinite_time(operations: Operations) -> int:
    """More than any schedule takes, on numbers of any size."""
    return max(INFINITE, 1 + int(sum(operations.columns.cost)))


def empty_fronts(run: Runner, ranges: int, machines: int) -> Fronts:
    """Room for the fronts of so many ranges."""
    return Fronts(
        run.zeros(ranges),
        run.zeros(ranges, POINTS),
        run.zeros(ranges, POINTS),
        run.zeros(ranges, machines),
    )


def fill_fronts(ops, machines, fronts, infinite):  # type: ignore[no-untyped-def]
    """Fill all fronts, operands before what is made of them."""
    for r in range(len(ops.first) - 1):
        strands = fronts.strands[r]
        for p in range(1, machines):
            strands[p] = infinite
        for o in range(ops.first[r], ops.first[r + 1]):
            a, b, cost = ops.left[o], ops.right[o], ops.cost[o]
            if a < 0:
                add_pair(fronts, r, cost, cost)
            elif b < 0:
                for x in range(fronts.count[a]):
                    work = fronts.work[a][x]
                    time = max(fronts.time[a][x], (work + machines - 1) // machines)
                    add_pair(fronts, r, cost + time, cost + work)
                for p in range(1, machines):
                    if fronts.strands[a][p] < infinite:
                        strands[p] = min(strands[p], cost + fronts.strands[a][p])
            else:
                add_sums(fronts, r, a, b, cost, machines, infinite)
                add_strands(fronts.strands[a], fronts.strands[b], strands, cost, machines, infinite)


def add_sums(fronts, r, a, b, cost, machines, infinite):  # type: ignore[no-untyped-def]
    """The pairs of two ranges that are made side by side, and then one operation."""
    x = y = 0
    time = max(fronts.time[a][0], fronts.time[b][0])
    while time < infinite:
        while x + 1 < fronts.count[a] and fronts.time[a][x + 1] <= time:
            x += 1
        while y + 1 < fronts.count[b] and fronts.time[b][y + 1] <= time:
            y += 1
        work = fronts.work[a][x] + fronts.work[b][y]
        least = max(time, (work + machines - 1) // machines)
        add_pair(fronts, r, cost + least, cost + work)
        time = infinite
        if x + 1 < fronts.count[a]:
            time = min(time, fronts.time[a][x + 1])
        if y + 1 < fronts.count[b]:
            time = min(time, fronts.time[b][y + 1])


def add_strands(left, right, strands, cost, machines, infinite):  # type: ignore[no-untyped-def]
    """When so many operations can run at once, if two ranges share them; or only one has them."""
    for p in range(1, machines):
        least = min(left[p], right[p])
        for s in range(p):
            least = min(least, max(left[s], right[p - 1 - s]))
        if least < infinite:
            strands[p] = min(strands[p], cost + least)


def add_pair(fronts, r, time, work):  # type: ignore[no-untyped-def]
    """Put a pair into the front of range `r`, unless another beats it."""
    times, works = fronts.time[r], fronts.work[r]
    low = pairs_until(times, fronts.count[r], time)
    if low > 0 and works[low - 1] <= work:
        return
    if fronts.count[r] == len(times):
        merge_nearest(fronts, r)
        low = pairs_until(times, fronts.count[r], time)
    count = fronts.count[r]
    if low > 0 and times[low - 1] == time:
        low -= 1
    end = low
    while end < count and works[end] >= work:
        end += 1
    if end == low:
        for x in range(count, low, -1):
            times[x] = times[x - 1]
            works[x] = works[x - 1]
    else:
        for x in range(end, count):
            times[low + 1 + x - end] = times[x]
            works[low + 1 + x - end] = works[x]
    fronts.count[r] = count + 1 - (end - low)
    times[low] = time
    works[low] = work


def pairs_until(times, count, time):  # type: ignore[no-untyped-def]
    """How many of the pairs take at most that time."""
    low, high = 0, count
    while low < high:
        middle = (low + high) // 2
        if times[middle] <= time:
            low = middle + 1
        else:
            high = middle
    return low


def merge_nearest(fronts, r):  # type: ignore[no-untyped-def]
    """Make one pair of the two whose times are nearest: the earlier time and the lesser work."""
    times, works, count = fronts.time[r], fronts.work[r], fronts.count[r]
    at = 0
    for x in range(1, count - 1):
        if times[x + 1] - times[x] < times[at + 1] - times[at]:
            at = x
    works[at] = works[at + 1]
    for x in range(at + 1, count - 1):
        times[x] = times[x + 1]
        works[x] = works[x + 1]
    fronts.count[r] = count - 1


def least_work(fronts, r, time, infinite):  # type: ignore[no-untyped-def]
    """The least work of a plan that makes range `r` in that time; `infinite` if there is none."""
    pairs = pairs_until(fronts.time[r], fronts.count[r], time)
    return fronts.work[r][pairs - 1] if pairs > 0 else infinite
