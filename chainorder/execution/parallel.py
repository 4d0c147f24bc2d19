"""Running steps side by side: workers take the steps whose operands are there, as planned.

Workers are threads: NumPy's and SciPy's products, factorizations and JAX release the interpreter
while they compute, so that steps really run at once. BLAS gets one thread, so that a worker means a
core. A worker that is free takes, of the steps that can start, the one that the plan starts first:
where steps take other times than planned, nobody waits for a plan that no longer fits.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from heapq import heappop, heappush
from typing import Any

import numpy as np

from ..errors import ChainOrderError
from ..plans.plan import Plan
from ..plans.schedule import Schedule
from ..plans.steps import Step, Steps
from .run import Stopped

PLANNING_SECONDS = 1.0
"""The longest that a schedule is looked for where the plan has none."""


def planned_for(plan: Plan, workers: int) -> Plan:
    """The plan with a schedule for so many workers; its own if it has one for as many."""
    if plan.form != "matrix" or (plan.schedule is not None and plan.schedule.machines == workers):
        return plan
    from ..schedules.by_name import schedule_plan

    return schedule_plan(plan, workers, PLANNING_SECONDS)


def run_side_by_side(
    steps: Steps,
    first: Sequence[Any],
    do: Callable[[Step], None],
    workers: int,
    stop: threading.Event,
    told: Callable[[float], None] | None = None,
) -> Schedule:
    """Do all steps on so many threads; returns who really did what when, in nanoseconds.

    Args:
        steps: single steps; those that make operands of others are among them.
        first: a number for each; of the steps that can start, the one with the least does.
        do: does one step.
        workers: at least 1.
        stop: set when a step fails, so that `do` may give up a step that is no longer wanted.
        told: called after each step with the seconds so far, by one thread at a time.

    Raises:
        BaseException: the first that a step raised, when all threads have ended; or
            `KeyboardInterrupt`, when they have.
    """
    queue = _Queue(steps, first)
    log = [(0, 0, 0)] * len(steps)
    failures: list[BaseException] = []
    telling = threading.Lock()
    begin = 0

    def work(worker: int) -> None:
        try:
            # What is ignored is so for each thread.
            with np.errstate(over="ignore", invalid="ignore"):
                while (t := queue.take(stop)) is not None:
                    start = time.perf_counter_ns()
                    do(queue.steps[t])
                    log[t] = (worker, start - begin, time.perf_counter_ns() - start)
                    if told is not None:
                        with telling:
                            told((time.perf_counter_ns() - begin) / 1e9)
                    queue.done(t)
        except BaseException as error:
            if not isinstance(error, Stopped):
                failures.append(error)
            stop.set()
            queue.wake()

    threads = [
        threading.Thread(target=work, args=(w,), name=f"chainorder-{w}") for w in range(workers)
    ]
    with one_blas_thread():
        begin = time.perf_counter_ns()
        try:
            for thread in threads:
                thread.start()
            queue.wait(stop)
        except BaseException:
            stop.set()
            queue.wake()
            raise
        finally:
            _join(threads)
    if failures:
        raise failures[0]
    machine, start, duration = (np.array([row[c] for row in log], dtype=np.int64) for c in range(3))
    return Schedule(workers, start, machine, duration)


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """One thread for BLAS while the steps run."""
    try:
        from threadpoolctl import threadpool_limits
    except ImportError:
        raise ChainOrderError(
            "workers need threadpoolctl: pip install 'chainorder[machines]'"
        ) from None
    with threadpool_limits(limits=1, user_api="blas"):
        yield


def _join(threads: Sequence[threading.Thread]) -> None:
    """Wait for every thread that was started; Ctrl-C, pressed again, does not leave one behind."""
    for thread in threads:
        while thread.is_alive():
            try:
                thread.join()
            except KeyboardInterrupt:
                continue


class _Queue:
    """The steps that can start, shared by the workers."""

    def __init__(self, steps: Steps, first: Sequence[Any]) -> None:
        self.steps = list(steps)
        self.first = list(first)
        self.changed = threading.Condition()
        maker = {step.result: t for t, step in enumerate(self.steps)}
        needed = [[maker[r] for r in step.operands if r in maker] for step in self.steps]
        self.missing = [len(operands) for operands in needed]
        self.user = {operand: t for t, operands in enumerate(needed) for operand in operands}
        self.left = len(self.steps)
        self.ready: list[tuple[Any, int]] = []
        for t, count in enumerate(self.missing):
            if count == 0:
                heappush(self.ready, (self.first[t], t))

    def take(self, stop: threading.Event) -> int | None:
        """The next step, once there is one; None when all are taken, or one has failed."""
        with self.changed:
            while not self.ready and self.left > 0 and not stop.is_set():
                self.changed.wait()
            if stop.is_set() or self.left == 0:
                return None
            return heappop(self.ready)[1]

    def done(self, t: int) -> None:
        """A step has been done: what only waited for it can start."""
        with self.changed:
            self.left -= 1
            user = self.user.get(t)
            if user is not None:
                self.missing[user] -= 1
                if self.missing[user] == 0:
                    heappush(self.ready, (self.first[user], user))
            self.changed.notify_all()

    def wait(self, stop: threading.Event) -> None:
        """Until all is done, or one has failed."""
        with self.changed:
            while self.left > 0 and not stop.is_set():
                self.changed.wait()

    def wake(self) -> None:
        """Let everybody look again."""
        with self.changed:
            self.changed.notify_all()
