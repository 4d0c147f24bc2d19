"""A progress bar on a terminal while a search goes on: best cost, bound and gap so far."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from .numbers import percent

PATIENCE = 0.5
"""Seconds after which a search gets a bar."""

OnProgress = Callable[[int, int], None]


@contextmanager
def search_progress(time_limit: float | None, *, shown: bool) -> Iterator[OnProgress | None]:
    """What `plan` is to call with the best cost and bound; None where nobody would see it."""
    if not (shown and sys.stderr.isatty()):
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    bar = Progress(
        SpinnerColumn(),
        BarColumn(bar_width=24),
        TextColumn("{task.description}"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    task = bar.add_task("", total=time_limit, start=True)
    began = time.monotonic()

    def on_progress(best: int, bound: int) -> None:
        now = time.monotonic()
        if bar.finished or now - began < PATIENCE:
            return
        if not bar.live.is_started:
            bar.start()
        gap = percent(100.0 * (best - bound) / bound) if bound else "?"
        bar.update(
            task,
            description=f"best {best:,}, no order below {bound:,}, gap {gap}",
            completed=None if time_limit is None else min(now - began, time_limit),
        )

    try:
        yield on_progress
    finally:
        bar.stop()
