"""Executing the plans of a comparison on seeded random matrices, where that is cheap."""

from __future__ import annotations

import sys
from dataclasses import replace
from itertools import pairwise
from typing import Any

from ..errors import ChainOrderError
from ..execution.dispatch import execute
from ..execution.run import Run
from ..plans.plan import Plan
from . import numbers
from .comparison import Comparison, Trace
from .kinds import view_of

FOLLOWED_STEPS = 200_000
"""Executions of more steps are not followed step by step."""

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
        runs, traces = {}, {}
        for plan in comparison.plans:
            runs[plan.name], trace = _followed(plan, operands)
            if trace is not None:
                traces[plan.name] = trace
    except MemoryError:
        raise ChainOrderError(
            f"executing takes about {numbers.memory_size(memory)} of memory: more than there is"
        ) from None
    return replace(comparison, runs=runs, traces=traces)


def _followed(plan: Plan, operands: Any) -> tuple[Run, Trace | None]:
    """An execution, and what each of its steps took, where somebody could still look at that."""
    is_told = view_of(plan.problem).tells_steps
    if not (is_told and 0 < len(plan.steps) <= FOLLOWED_STEPS):
        return execute(plan, operands), None
    told: list[tuple[int, int, float]] = [(0, 0, 0.0)]
    run = execute(plan, operands, on_step=lambda *counted: told.append(counted))
    fma, flops, seconds = ([b - a for a, b in pairwise(part)] for part in zip(*told, strict=True))
    return run, Trace(fma, flops, seconds)
