"""Executing the plans of a comparison on seeded random matrices, where that is cheap."""

from __future__ import annotations

import sys
from dataclasses import replace

from ..errors import ChainOrderError
from ..execution.dispatch import execute
from . import numbers
from .comparison import Comparison
from .kinds import view_of

CHEAP_SECONDS = 2.0
CHEAP_BYTES = 2 * 2**30


def executed(comparison: Comparison, seed: int, *, whatever_it_takes: bool) -> Comparison:
    """The comparison with every plan executed, or with the reason why none was.

    Args:
        comparison: the plans.
        seed: of the random matrices; the same ones for each plan.
        whatever_it_takes: execute even what is not cheap.
    """
    view = view_of(comparison.problem)
    seconds = sum(view.predicted_seconds(plan) for plan in comparison.plans)
    memory = max(view.predicted_bytes(plan) for plan in comparison.plans)
    if not whatever_it_takes and (seconds > CHEAP_SECONDS or memory > CHEAP_BYTES):
        took = f"{numbers.duration(seconds)} and {numbers.memory_size(memory)}"
        reason = f"not executed: it would take about {took}"
        return replace(comparison, not_executed=reason)
    try:
        if memory > sys.maxsize:
            raise MemoryError
        operands = view.random_operands(comparison.problem, seed)
        runs = {plan.name: execute(plan, operands) for plan in comparison.plans}
    except MemoryError:
        raise ChainOrderError(
            f"executing takes about {numbers.memory_size(memory)} of memory: more than there is"
        ) from None
    return replace(comparison, runs=runs)
