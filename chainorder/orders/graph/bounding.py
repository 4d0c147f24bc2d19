"""Raising the bound of a part: windows of growing size, entries, then branch and bound."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass

import numpy as np

from ...bounds.ascent import Ascent
from ...bounds.jacobian_entries import UNIT, JacobianEntries, jacobian_entries, plain_costs
from ...bounds.windows import (
    MOST_ENTRIES,
    Windows,
    balls,
    can_have_windows,
    edge_neighbours,
    fill_neighbours,
    make_windows,
)
from ...clock import Clock
from ...elimination.remaining import RemainingGraph
from .branch_and_bound import BranchAndBound
from .parts import Part
from .subset_program import MAX_MEMBERS

SETS_PER_SECOND = 2_000_000
"""Sets of eliminated vertices that dynamic programming gets through, or more."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Windows of `k` vertices around each, `filled`: nearest in the graph as the order fills it."""

    k: int
    iterations: int
    filled: bool = False


STAGES = (Stage(8, 100), Stage(10, 120), Stage(10, 60, filled=True))
"""What is tried first."""

MORE_STAGES = (Stage(12, 200), Stage(12, 100, filled=True), Stage(13, 400))
"""What follows while there is time, if there is a time limit."""

RATES = (0, 14, 20, 24, 27, 29)
"""Rates at which windows are told of the entries, in units, that are compared at first."""

FILL_WORK = 2_000_000_000
"""Subsets of all windows times vertices, up to which windows are tried without a time limit."""

CHUNK = 20
"""Iterations between two looks at the best order, and at the clock."""

NARROW = 0.06
"""Gap, as a share of the cost, up to which branch and bound may close it."""

BRANCHING = 20_000
"""Turns of branch and bound times vertices, where there is no time limit."""


def raise_bound(part: Part, clock: Clock) -> Iterator[bool]:
    """Bounds from larger and larger windows; the exact program where it is a matter of seconds.

    Yields now and then, until it is proved, the time is up, or nothing is left to try.
    """
    windows_do = can_have_windows(part.live)
    told = _Told(None, 0)
    for number, stage in enumerate(STAGES + MORE_STAGES if clock.has_limit else STAGES):
        if windows_do and part.gap <= NARROW and number > 1:
            break
        if windows_do and number == 0:
            told = yield from _best_told(part, clock, stage)
        if windows_do:
            yield from _run_stage(part, clock, stage, told)
        sets = 2 ** len(part)
        if len(part) <= MAX_MEMBERS and sets <= SETS_PER_SECOND * clock.seconds_left():
            part.solve_exactly()
        if part.is_proved:
            return
    if windows_do and part.gap <= NARROW:
        yield from _branch(part, clock)


@dataclass(frozen=True, slots=True)
class _Told:
    """What windows are told of the entries of the Jacobian, and at which rate, in units."""

    entries: JacobianEntries | None
    rate: int

    def ascent(self, part: Part, windows: Windows) -> Ascent:
        if self.entries is None or self.rate == 0:
            return Ascent(windows, plain_costs(part.live, windows, part.form))
        costs = self.entries.costs(part.live, windows, self.rate)
        return Ascent(windows, costs, UNIT, self.rate * self.entries.total)


def _windows(part: Part, clock: Clock, stage: Stage) -> Windows | None:
    work = len(part) * (stage.k << stage.k) * len(part.live)
    is_too_much = work > FILL_WORK and not clock.has_limit
    if stage.k >= len(part) or is_too_much or len(part) * (stage.k << stage.k) > MOST_ENTRIES:
        return None
    live = part.live
    near = fill_neighbours(live, part.order) if stage.filled else edge_neighbours(live)
    nothing = np.zeros((len(part), len(part)), dtype=bool)
    return make_windows(live, balls(near, stage.k), nothing, clock.is_up)


def _run_stage(part: Part, clock: Clock, stage: Stage, told: _Told) -> Iterator[bool]:
    """Windows of one size: some steps, fewer if they lead nowhere."""
    windows = _windows(part, clock, stage)
    if windows is None:
        return
    ascent = told.ascent(part, windows)
    best, vain = 0, 0
    for _ in range(-(-stage.iterations // CHUNK)):
        part.raise_bound(ascent.improve(CHUNK, part.cost, clock.is_up))
        vain = vain + 1 if ascent.bound == best else 0
        best = ascent.bound
        yield True
        if part.is_proved or vain == 3 or clock.is_up():
            return


def _best_told(part: Part, clock: Clock, stage: Stage) -> Generator[bool, None, _Told]:
    """Compare rates on windows of one size, by the bound after some steps; returns the best."""
    best = _Told(None, 0)
    windows = _windows(part, clock, stage)
    if windows is None:
        return best
    entries = jacobian_entries(part.live, part.form, clock.is_up)
    reached = -1
    for rate in RATES if entries is not None else (0,):
        told = _Told(entries, rate)
        bound = told.ascent(part, windows).improve(CHUNK, part.cost, clock.is_up)
        part.raise_bound(bound)
        if bound > reached:
            best, reached = told, bound
        yield True
        if part.is_proved or clock.is_up():
            break
    return best


def _branch(part: Part, clock: Clock) -> Iterator[bool]:
    """Branch and bound: to the end, as far as there is time, or for a fixed number of turns."""
    graph = RemainingGraph(part.live)

    def offer(order: list[int], cost: int) -> None:
        part.offer(np.array(order, dtype=np.int64))
        assert part.cost <= cost, "branch and bound counts less than the walk"

    search = BranchAndBound(graph, [], part.form, part.cost, offer)
    for turns, _ in enumerate(search.run(clock.is_up)):
        part.raise_bound(search.bound)
        yield True
        search.best = min(search.best, part.cost)
        if part.is_proved or (not clock.has_limit and turns * len(part) > BRANCHING):
            return
    part.raise_bound(search.bound)
