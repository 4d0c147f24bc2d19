"""Optimal on a graph: orders from above, bounds from below, until they meet or the effort ends."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator

from ...bounds.windows import (
    Ascent,
    can_have_windows,
    edge_neighbours,
    fill_neighbours,
    make_windows,
)
from ...clock import Clock
from ...elimination.vertex_cost import cost_form
from ...plans.plan import Plan
from ...problems.graph import Graph
from .bounded import bounded_plan
from .parts import SMALL, Part, Progress, joined_order, split
from .search import ROUNDS, check_effort, report
from .subset_program import MAX_MEMBERS

SETS_PER_SECOND = 2_000_000
"""Sets of eliminated vertices that dynamic programming gets through, or more."""

QUICK_EXACT = 21
"""Vertices up to which dynamic programming takes less than a second."""

WINDOWS = ((6, 60, False), (8, 100, False), (10, 100, False), (10, 60, True))
"""Sizes of windows, iterations on them, and whether neighbours are those of the filled graph."""

MORE_WINDOWS = (
    (12, 100, True),
    (12, 200, False),
    (13, 200, True),
    (13, 300, False),
    (14, 300, True),
    (14, 3000, False),
)
"""What follows while there is time, if there is a time limit."""

FILL_WORK = 2_000_000_000
"""Subsets of all windows times vertices, up to which windows are tried without a time limit."""

CHUNK = 20
"""Iterations between two looks at the best order, and at the clock."""


def optimal(
    graph: Graph,
    objective: str = "fma",
    seed: int = 0,
    time_limit: float | None = None,
    on_progress: Progress | None = None,
) -> Plan:
    """The best order, with proof if it can be had; else a good one and how far off it can be.

    Every component of the graph is worked on by itself: a path by the algorithm for chains; up to
    24 vertices by dynamic programming over sets; others by annealing from above, and from below by
    the bounds from vertex cuts and from windows, until the two meet. The plan's `proof` is
    "optimal" if that has happened in every component, else None, and its `lower_bound` is the best
    one proved.

    Args:
        graph: what to plan.
        objective: "fma" or "flops".
        seed: of the random moves.
        time_limit: seconds after which to stop. Without it the effort is fixed and the plan
            deterministic; some seconds for a hundred vertices.
        on_progress: called with the best cost and the best bound so far.

    Ctrl-C gives the best so far.
    """
    check_effort(seed, time_limit)
    parts: list[Part] = []
    constant = 0
    with Clock(time_limit) as clock:
        try:
            constant = cost_form(graph.live, objective).constant
            parts = split(graph, objective, seed)
            work = [_work(part, clock) for part in parts]
            while work and not clock.is_up():
                # Small parts are done in the first turn; large ones go on in chunks, by turns.
                following = []
                for steps in work:
                    if next(steps, None) is not None:
                        following.append(steps)
                    report(parts, constant, on_progress)
                    if clock.is_up():
                        break
                work = following
        except KeyboardInterrupt:
            if not parts:
                raise
    bound = sum(part.bound for part in parts) + constant
    return bounded_plan(graph, joined_order(parts), "optimal", objective, bound=bound)


def _work(part: Part, clock: Clock) -> Iterator[bool]:
    """Work on one part until it is proved or the effort ends; yields between chunks."""
    if part.is_proved or part.solve_path():
        return
    if len(part) <= SMALL:
        part.solve_exactly()
        return
    part.offer_greedy(clock)
    better_orders, better_bounds = _anneal(part), _raise_bounds(part, clock)
    yield from itertools.islice(better_orders, 1 if clock.has_limit else ROUNDS)
    if not part.is_proved and len(part) <= QUICK_EXACT:
        part.solve_exactly()
    # From here on both get the same time, annealing less when it has long found nothing; or,
    # without a limit, a fixed part of the turns.
    spent_above, spent_below = 0.0, 0.0
    vain = 0
    while not part.is_proved:
        start = time.monotonic()
        if spent_below <= spent_above or not part.can_anneal:
            if next(better_bounds, None) is None:
                break
            spent_below += time.monotonic() - start if clock.has_limit else 1.0
        else:
            cost = part.cost
            next(better_orders)
            vain = vain + 1 if part.cost == cost else 0
            spent = time.monotonic() - start if clock.has_limit else 2.0
            spent_above += spent * (1 + vain // ROUNDS)
        yield True
    if clock.has_limit:
        yield from better_orders


def _anneal(part: Part) -> Iterator[bool]:
    """Round after round of annealing."""
    while part.can_anneal and not part.is_proved:
        part.anneal(part.moves())
        yield True


def _raise_bounds(part: Part, clock: Clock) -> Iterator[bool]:
    """Bounds from larger and larger windows; the exact program where it is a matter of seconds."""
    for window in WINDOWS[:2]:
        yield from _raise_bound(part, *window, clock)
    sets = 2 ** len(part)
    if len(part) <= MAX_MEMBERS and sets <= SETS_PER_SECOND * clock.seconds_left():
        part.solve_exactly()
    for window in WINDOWS[2:] + MORE_WINDOWS if clock.has_limit else WINDOWS[2:]:
        yield from _raise_bound(part, *window, clock)


def _raise_bound(
    part: Part,
    k: int,
    iterations: int,
    filled: bool,
    clock: Clock,
) -> Iterator[bool]:
    """The bound from windows of `k` vertices around every vertex of the part."""
    work = len(part) * (k << k) * len(part.live)
    is_too_much = work > FILL_WORK and not clock.has_limit
    if part.is_proved or k >= len(part) or is_too_much or not can_have_windows(part.live):
        return
    near = fill_neighbours(part.live, part.order) if filled else edge_neighbours(part.live)
    windows = make_windows(part.live, near, k, part.form, clock.is_up)
    if windows is None:
        return
    ascent = Ascent(windows)
    for _ in range(-(-iterations // CHUNK)):
        part.raise_bound(ascent.improve(CHUNK, part.cost, clock.is_up))
        yield True
        if part.is_proved:
            return
