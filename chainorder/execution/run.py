"""What an execution gives back: the Jacobian, and what was really done to get it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..doors import through
from ..plans.schedule import Schedule
from ..plans.steps import Steps

OnStep = Callable[[int, int, float], None]
"""Called after each step with the fma and flops counted so far, and the seconds that it all took.

On a graph, after each vertex that is eliminated; of a batch, in each of its pieces.
"""


@dataclass(frozen=True, slots=True)
class Run:
    """The Jacobian and what it took.

    `jacobian` has shape `(d_q, d_0)`: an array, or a SciPy sparse array where the plan foresees few
    entries. Of the form "operator" it is the factors, with `@`, `T` and `toarray()`; of prefixes
    or suffixes a list, those of the fewest factors first; of a graph `(batch, d_out, d_in)` where
    partials come in batches, the blocks in the order of its outputs and inputs.

    `fma` and `flops` are counted from the operands that were multiplied, `peak_entries` from the
    matrices that were held at once; `seconds` is the time of the steps, without planning and
    checking. `tangents` and `adjoints` are how many were applied, each to one vector through one
    elemental; each adds its declared cost to `fma` and `flops`, or, where declared costs are
    times, to `planned_seconds`: the time that what was counted should have taken.

    Of several workers, `schedule` says who did which of `steps` when, in nanoseconds.

    >>> import chainorder as co
    >>> import numpy as np
    >>> run = co.execute(co.plan(co.Chain([2, 3, 1])), [np.ones((3, 2)), np.ones((1, 3))])
    >>> run.fma, run.flops, run.peak_entries
    (6, 10, 2)
    """

    jacobian: Any
    fma: int
    flops: int
    seconds: float
    peak_entries: int
    tangents: int = 0
    adjoints: int = 0
    planned_seconds: float | None = None
    steps: Steps | None = None
    schedule: Schedule | None = None

    def _repr_html_(self) -> str | None:
        """What a notebook shows."""
        shown: str | None = through("run_html")(self)
        return shown

    def __repr__(self) -> str:
        shape = "×".join(map(str, getattr(self.jacobian, "shape", ())))
        applied = "".join(
            f"{count:,} {what}, "
            for count, what in ((self.tangents, "tangents"), (self.adjoints, "adjoints"))
            if count
        )
        return (
            f"Run({shape} Jacobian, {applied}{self.fma:,} fma, {self.flops:,} flops, "
            f"{self.peak_entries:,} peak entries, {self.seconds:.3g} s)"
        )


class Stopped(Exception):
    """A step is given up because another has failed, or Ctrl-C has come."""
