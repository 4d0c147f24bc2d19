"""How hard the orders on machines look for a plan and its schedule."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

Progress = Callable[[int, int], None]
"""Called with the best makespan and the best lower bound so far."""

ITERATIONS = 2_000_000_000
"""Inner iterations of branch and bound after which it settles for the best so far: minutes."""


class Effort(NamedTuple):
    """When a search ends, where it starts, and who is told of what it finds.

    `seed` is that of its random moves, `time_limit` in seconds; without one, `iterations` end it.
    """

    seed: int = 0
    time_limit: float | None = None
    on_progress: Progress | None = None
    iterations: int = ITERATIONS


FULL = Effort()
"""What is done where nothing is said about it."""
