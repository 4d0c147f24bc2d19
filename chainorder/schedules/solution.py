"""A plan with its schedule while it is looked for: operations, their starts, and what is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..clock import Clock
from ..compiled import Runner, runner
from .operations import Operations
from .relaxation import INFINITE, POINTS, empty_fronts, fill_fronts, infinite_time
from .trees import copy_tree, new_tree, scheduled_tree

MOVES_AT_ONCE = 64
"""Moves of a local search between two looks at the clock."""

MODULUS = 2**31
"""Of the random numbers of kernels: `x ↦ (1103515245·x + 12345) mod 2^31`, high bits first."""


@dataclass(frozen=True, slots=True)
class Solution:
    """Operations `done` and when each starts; no schedule takes less than `lower_bound`."""

    done: Sequence[int]
    start: Sequence[int]
    makespan: int
    lower_bound: int

    @property
    def is_proved(self) -> bool:
        """Whether nothing can be better."""
        return self.makespan <= self.lower_bound


class Workshop:
    """Operations and machines, and all that kernels need to make plans and schedules of them.

    Args:
        operations: at least one.
        machines: how many; more than can ever work at once are left aside.
        lower_bound: of the makespan, if one is known that the operations do not show.
        seed: of the local search.
        moves: of the local search, about how many there will be: they decide whether to compile.
    """

    def __init__(
        self,
        operations: Operations,
        machines: int,
        lower_bound: int | None = None,
        seed: int = 0,
        moves: int = 0,
    ) -> None:
        self.operations = operations
        self.machines = max(1, min(machines, operations.columns.length[-1]))
        ranges = len(operations.ranges)
        work = len(operations) * (POINTS + self.machines**2)
        work += (1 + moves) * operations.work_of_a_move
        run = runner(first_tree, work, fits=operations.fits_64_bits)
        self.run = run
        self.is_compiled = run.is_compiled
        self.columns = operations.arrays if run.is_compiled else operations.columns
        self.infinite = INFINITE if run.is_compiled else infinite_time(operations)
        self.fronts = empty_fronts(run, ranges, self.machines)
        self.forced = run.column([-1] * ranges)
        self.trees = [new_tree(run, operations.most_in_a_plan, self.machines) for _ in range(2)]
        self.random = run.column([seed % MODULUS, 0])
        self.makespan = int(run(*self._columns(), self.fronts, *self._trees(), self.infinite))
        own = int(self.fronts.time[-1][0])
        self.lower_bound = own if lower_bound is None else lower_bound

    def _columns(self) -> tuple[Any, ...]:
        return self.columns, self.machines

    def _trees(self) -> tuple[Any, ...]:
        return self.forced, self.trees[0], self.trees[1]

    def improve(self, clock: Clock, moves: int | None, told: Any = None) -> None:
        """Local search: for one range at a time another operation, kept unless it is worse.

        Args:
            clock: ends it.
            moves: how many at most; None for as many as there is time.
            told: called with the makespan and the lower bound, now and then.
        """
        run = Runner(improve_tree, is_compiled=self.is_compiled)
        done = 0
        while self.makespan > self.lower_bound and not clock.is_up():
            if told is not None:
                told(self.makespan, self.lower_bound)
            if moves is not None and done >= moves:
                break
            # Moves that are interpreted count towards compiling all of it.
            with self.run.interpreting():
                self.makespan = int(
                    run(
                        *self._columns(), self.fronts, *self._trees(), self.random, self.makespan,
                        self.lower_bound, MOVES_AT_ONCE, self.infinite,
                    )
                )  # fmt: skip
            done += MOVES_AT_ONCE

    def solution(self) -> Solution:
        """The best plan so far."""
        best = self.trees[1]
        count = int(best.count[0])
        done, start = ([int(v) for v in c[:count]] for c in (best.done, best.start))
        return Solution(done, start, self.makespan, min(self.makespan, self.lower_bound))


def first_tree(ops, machines, fronts, forced, tree, best, infinite):  # type: ignore[no-untyped-def]
    """Fill the fronts, and make the best of the plans for each time at which less work will do."""
    fill_fronts(ops, machines, fronts, infinite)
    root = len(ops.first) - 2
    least = infinite
    for x in range(fronts.count[root]):
        makespan = scheduled_tree(
            ops, fronts, machines, fronts.time[root][x], forced, tree, infinite
        )
        if makespan < least:
            least = makespan
            copy_tree(tree, best)
        if least <= fronts.time[root][0]:
            break
    return least


def improve_tree(  # type: ignore[no-untyped-def]
    ops, machines, fronts, forced, tree, best, random, makespan, lower, moves, infinite
):
    """Force one range of the best plan to another operation, or set it free; `moves` times."""
    for _ in range(moves):
        if makespan <= lower:
            break
        r = best.which[below(random, best.count[0])]
        options = ops.first[r + 1] - ops.first[r]
        choice = below(random, options + 1)
        before = forced[r]
        forced[r] = ops.first[r] + choice if choice < options else -1
        time = best.left[0]
        if below(random, 4) == 0:
            time = lower + below(random, 64) * (makespan - lower) // 32
        if forced[r] == before and time == best.left[0]:
            continue
        found = scheduled_tree(ops, fronts, machines, time, forced, tree, infinite)
        if found <= makespan:
            makespan = found
            copy_tree(tree, best)
        else:
            forced[r] = before
    return makespan


def below(random, limit):  # type: ignore[no-untyped-def]
    """The next random number from 0 on, below `limit`."""
    random[0] = (1103515245 * random[0] + 12345) % MODULUS
    return (random[0] // 256) % limit
