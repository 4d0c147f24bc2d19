"""Optimal on a graph: orders from above, bounds from below, until they meet or the effort ends."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator

from ...clock import Clock
from ...plans.plan import Plan
from ...problems.graph import Graph
from .bounded import bounded_plan
from .bounding import raise_bound
from .parts import SMALL, Part, Parts, Progress, split
from .search import ROUNDS, check_effort, report

QUICK_EXACT = 21
"""Vertices up to which dynamic programming takes less than a second."""


def optimal(
    graph: Graph,
    objective: str = "fma",
    seed: int = 0,
    time_limit: float | None = None,
    on_progress: Progress | None = None,
) -> Plan:
    """The best order, with proof if it can be had; else a good one and how far off it can be.

    Vertices that some best order eliminates first are eliminated. Every component of what is left
    is worked on by itself: a path by the algorithm for chains; up to 24 vertices by dynamic
    programming over sets; others by annealing from above, and from below by bounds from vertex
    cuts, windows and the entries of the Jacobian, then by branch and bound, until the two meet. The
    plan's `proof` is "optimal" if that has happened in every component, else None, and its
    `lower_bound` is the best one proved.

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
    parts = Parts()
    with Clock(time_limit) as clock:
        try:
            parts = split(graph, objective, seed)
            report(parts, on_progress)
            work = [_work(part, clock) for part in parts]
            while work and not clock.is_up():
                # Small parts are done in the first turn; large ones go on in chunks, by turns.
                following = []
                for steps in work:
                    if next(steps, None) is not None:
                        following.append(steps)
                    report(parts, on_progress)
                    if clock.is_up():
                        break
                work = following
        except KeyboardInterrupt:
            if not parts:
                raise
    return bounded_plan(graph, parts.order, "optimal", objective, bound=parts.bound)


def _work(part: Part, clock: Clock) -> Iterator[bool]:
    """Work on one part until it is proved or the effort ends; yields between chunks."""
    if part.is_proved or part.solve_path():
        return
    if len(part) <= SMALL:
        part.solve_exactly()
        return
    part.offer_greedy(clock)
    better_orders, better_bounds = _anneal(part, clock), raise_bound(part, clock)
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


def _anneal(part: Part, clock: Clock) -> Iterator[bool]:
    """Round after round of annealing."""
    while part.can_anneal and not part.is_proved:
        part.anneal(part.moves(), clock.stop)
        yield True
