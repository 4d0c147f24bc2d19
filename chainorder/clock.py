"""When to stop: a time limit that loops ask about, and that kernels can look at while they run."""

from __future__ import annotations

import threading
import time
from types import TracebackType

import numpy as np

from .compiled import compiling_seconds

LONGEST_WAIT = 86400.0
"""Seconds that a thread waits at once: a limit may be longer than what the system can wait for."""


class Clock:
    """A time limit in seconds, or none; use it as a context manager.

    The time that kernels take to compile, or to load, does not count: on a new machine a limit
    gives the plan that it gives later on.

    `stop[0]` becomes 1 when the time is up, set by another thread: compiled kernels hold no lock,
    so that those which may run for seconds can look at it.
    """

    def __init__(self, time_limit: float | None) -> None:
        self.has_limit = time_limit is not None
        self.stop = np.zeros(1, dtype=np.int64)
        self._end = float("inf") if time_limit is None else time.monotonic() + time_limit
        self._compiled = compiling_seconds()
        self._timer = None if time_limit is None else self._until(time_limit)

    def _until(self, seconds: float) -> threading.Timer:
        return threading.Timer(min(seconds, LONGEST_WAIT), self._ring)

    def _ring(self) -> None:
        left = self.seconds_left()
        if left <= 0:
            self.stop[0] = 1
            return
        # Something was compiled meanwhile, or the limit is longer than a thread waits.
        self._timer = self._until(left)
        self._timer.daemon = True
        self._timer.start()

    def __enter__(self) -> Clock:
        if self._timer is not None:
            self._timer.daemon = True
            self._timer.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def seconds_left(self) -> float:
        """Infinite without a limit."""
        return self._end - time.monotonic() + compiling_seconds() - self._compiled

    def is_up(self) -> bool:
        """Whether the time is up."""
        return self.seconds_left() <= 0
