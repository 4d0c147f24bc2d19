"""The least makespan over all plans and all schedules of some operations, with proof."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..clock import Clock
from ..compiled import Runner, runner
from .branch_and_bound import DEPTH, FOUND, IS_NEW, NODES, UPPER, branch, new_stack
from .effort import Effort
from .relaxation import INFINITE, Fronts
from .solution import Solution, Workshop

ITERATIONS_AT_ONCE = 20_000_000, 100_000
"""Inner iterations between two looks at the clock, compiled and interpreted."""

MEMORY = 2**22, 2**17
"""Integers that nodes are remembered in, compiled and interpreted."""


def best_solution(workshop: Workshop, clock: Clock, effort: Effort) -> Solution:
    """Branch and bound from the best so far on; time, effort or Ctrl-C may end it earlier."""
    first = workshop.solution()
    if first.is_proved:
        return first
    search = _Search(workshop, first)
    try:
        while not search.is_done and not search.is_tired(clock, effort.iterations):
            search.go_on()
            if effort.on_progress is not None:
                best = search.best()
                effort.on_progress(best.makespan, best.lower_bound)
    except KeyboardInterrupt:
        pass
    return search.best()


class _Search:
    """A branch and bound that stops and goes on, compiled once that pays."""

    def __init__(self, workshop: Workshop, first: Solution) -> None:
        columns = workshop.operations.columns
        self.workshop, self.first = workshop, first
        self.strands = columns.length[-1]
        most = max(b - a for a, b in zip(columns.first, columns.first[1:], strict=False))
        self.branches = min(most * self.strands, 2 * workshop.operations.most_in_a_plan + 4)
        self.per_node = 4 * self.branches * (self.strands + workshop.machines)
        self.spent = 0
        self.limit = 10 * self.per_node
        self._begin()

    def _begin(self) -> None:
        """Put the root on a new stack, its columns in the form that pays from here on."""
        shop = self.workshop
        self.run = self._runner()
        is_compiled = self.run.is_compiled
        self.columns = shop.operations.arrays if is_compiled else shop.operations.columns
        self.infinite = INFINITE if is_compiled else shop.infinite
        self.fronts: Any = Fronts(*(self._converted(column) for column in shop.fronts))
        self.stack = new_stack(
            self.run, shop.operations.most_in_a_plan, self.strands, self.branches, shop.machines,
            MEMORY[0 if is_compiled else 1],
        )  # fmt: skip
        self.stack.opened[0] = 1
        self.stack.which[0][0] = len(shop.operations.ranges) - 1
        self.stack.status[UPPER] = self.first.makespan
        self.stack.status[IS_NEW] = 1

    def _converted(self, column: Any) -> Any:
        """A column of the workshop as the kernel takes it now."""
        if self.run.is_compiled == self.workshop.is_compiled:
            return column
        if not self.run.is_compiled:
            return column.tolist()
        shape = (len(column),) if isinstance(column[0], int) else (len(column), len(column[0]))
        copy = self.run.zeros(*shape)
        copy[:] = column
        return copy

    @property
    def nodes(self) -> int:
        return int(self.stack.status[NODES])

    @property
    def is_done(self) -> bool:
        return bool(self.stack.status[DEPTH] < 0)

    def is_tired(self, clock: Clock, iterations: int) -> bool:
        """Whether the time is up or, where there is no limit, the effort is spent."""
        return clock.is_up() or (not clock.has_limit and self.spent >= iterations)

    def go_on(self) -> None:
        """Some more nodes; where numbers are small, compiled as soon as that pays."""
        at_once = ITERATIONS_AT_ONCE[0 if self.run.is_compiled else 1]
        before = self.nodes
        self.run(
            self.columns, self.fronts, self.workshop.machines, self.workshop.lower_bound,
            self.stack, max(1, at_once // self.per_node), self.infinite,
        )  # fmt: skip
        self.spent += (self.nodes - before) * self.per_node
        if not self.run.is_compiled and self.spent >= self.limit and not self.is_done:
            self.limit = 2 * self.spent
            if self._runner().is_compiled:
                self.first = self.best()
                self._begin()

    def _runner(self) -> Runner:
        fits = self.workshop.operations.fits_64_bits
        return runner(branch, max(self.spent, 10 * self.per_node), fits=fits)

    def best(self) -> Solution:
        """The best so far; if all was searched, it is its own lower bound."""
        best, found = self.first, int(self.stack.status[FOUND])
        if found:
            upper = int(self.stack.status[UPPER])
            done = [int(o) for o in self.stack.best_done[:found]]
            begun = [int(t) for t in self.stack.best_begun[:found]]
            cost = self.workshop.operations.columns.cost
            start = [upper - t - cost[o] for t, o in zip(begun, done, strict=True)]
            best = Solution(done, start, upper, self.workshop.lower_bound)
        return replace(best, lower_bound=best.makespan) if self.is_done else best
