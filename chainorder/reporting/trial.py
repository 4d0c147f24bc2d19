"""Executing the plans of a comparison on seeded random matrices, where that is cheap."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ..checks import MAX_SIZE
from ..errors import ChainOrderError
from ..execution.dispatch import execute
from ..plans.cost import entries, exact_sum, step_fma
from ..plans.plan import Plan
from ..problems.chain import Chain
from .comparison import Comparison

if TYPE_CHECKING:
    from ..problems.graph import Graph

CHEAP_SECONDS = 2.0
CHEAP_BYTES = 2 * 2**30

FMA_PER_SECOND = 2e9
"""What one core does in a product of matrices of some size; slower machines only wait longer."""

ENTRIES_PER_SECOND = 3e8
"""Matrix entries made or drawn at random per second, memory touched for the first time."""

SECONDS_PER_STEP = 5e-6
"""What a step costs beyond its arithmetic."""

BYTES_PER_ENTRY = 8

SECONDS_PER_PRODUCT = 2e-6
"""What one product on a graph costs beyond its arithmetic."""

BYTES_PER_EDGE_ENTRY = 200
"""An entry of an edge of a graph: most often a number of its own, in a dictionary."""


def executed(comparison: Comparison, seed: int, *, whatever_it_takes: bool) -> Comparison:
    """The comparison with every plan executed, or with the reason why none was.

    Args:
        comparison: the plans.
        seed: of the random matrices; the same ones for each plan.
        whatever_it_takes: execute even what is not cheap.
    """
    seconds = sum(predicted_seconds(plan) for plan in comparison.plans)
    memory = max(predicted_bytes(plan) for plan in comparison.plans)
    if not whatever_it_takes and (seconds > CHEAP_SECONDS or memory > CHEAP_BYTES):
        reason = f"not executed: it would take about {_duration(seconds)} and {_size(memory)}"
        return replace(comparison, not_executed=reason)
    try:
        operands: Any = (
            random_jacobians(comparison.problem, seed)
            if isinstance(comparison.problem, Chain)
            else random_partials(comparison.problem, seed)
        )
        runs = {plan.name: execute(plan, operands) for plan in comparison.plans}
    except MemoryError:
        raise ChainOrderError(
            f"executing takes about {_size(memory)} of memory: more than there is"
        ) from None
    return replace(comparison, runs=runs)


def predicted_seconds(plan: Plan) -> float:
    """About how long executing the plan takes, drawing its matrices included."""
    if not isinstance(plan.problem, Chain):
        given = _edge_entries(plan.problem)
        return (
            plan.fma / FMA_PER_SECOND
            + (plan.flops - plan.fma + given) / ENTRIES_PER_SECOND
            + (len(plan.steps) + len(plan.problem.edges)) * SECONDS_PER_PRODUCT
        )
    made = exact_sum(entries(plan.problem, plan.steps.i, plan.steps.j))
    stand_in = plan.problem if plan.problem.is_given else _with_random_matrices(plan.problem)
    return (
        exact_sum(step_fma(stand_in, plan.steps)) / FMA_PER_SECOND
        + (made + _elemental_entries(plan.problem)) / ENTRIES_PER_SECOND
        + len(plan.steps) * SECONDS_PER_STEP
    )


def _with_random_matrices(chain: Chain) -> Chain:
    """The chain with the costs of products with the matrices that stand in for its elementals."""
    d = chain.sizes
    elementals = []
    for l, elemental in enumerate(chain.elementals):
        count = d[l] * d[l + 1] if chain.ranges is None else chain.ranges.counts(l, l + 1).nnz
        entries = min(count, MAX_SIZE)
        elementals.append(replace(elemental, tangent_cost=entries, adjoint_cost=entries))
    return Chain(d, elementals)


def predicted_bytes(plan: Plan) -> int:
    """About how much memory executing the plan takes, its matrices included."""
    if not isinstance(plan.problem, Chain):
        return (plan.peak_entries + _edge_entries(plan.problem)) * BYTES_PER_EDGE_ENTRY
    return (plan.peak_entries + _elemental_entries(plan.problem)) * BYTES_PER_ENTRY


def random_jacobians(chain: Chain, seed: int) -> list[Any]:
    """Elemental Jacobians with entries from -1 to 1, the same for the same seed."""
    rng = np.random.default_rng(seed)
    d = chain.sizes
    if chain.ranges is not None:
        from ..execution.operands.sparse import random_matrix

        return [
            random_matrix(chain.ranges.counts(l, l + 1), chain.ranges.patterns[l], rng, e.given)
            for l, e in enumerate(chain.elementals)
        ]
    return [rng.uniform(-1.0, 1.0, (d[l + 1], d[l])) for l in range(len(chain))]


def random_partials(graph: Graph, seed: int) -> dict[tuple[Any, Any], Any]:
    """Partials with entries from -1 to 1 on every edge, the same for the same seed."""
    rng = np.random.default_rng(seed)
    sizes = graph.sizes
    if all(size == 1 for size in sizes.values()):
        drawn = rng.uniform(-1.0, 1.0, len(graph.edges)).tolist()
        return dict(zip(graph.edges, drawn, strict=True))
    return {(u, v): rng.uniform(-1.0, 1.0, (sizes[v], sizes[u])) for u, v in graph.edges}


def _edge_entries(graph: Graph) -> int:
    return sum(graph.sizes[u] * graph.sizes[v] for u, v in graph.edges)


def _elemental_entries(chain: Chain) -> int:
    l = np.arange(len(chain))
    return exact_sum(entries(chain, l, l + 1))


def _duration(seconds: float) -> str:
    for unit, length in (("years", 31_557_600), ("days", 86_400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{_rounded(seconds / length)} {unit}"
    return f"{_rounded(seconds)} seconds"


def _size(count: int) -> str:
    for unit, exponent in (("EiB", 60), ("TiB", 40), ("GiB", 30), ("MiB", 20)):
        if count >= 1 << exponent:
            return f"{_rounded(count / (1 << exponent))} {unit}"
    return f"{count:,} bytes"


def _rounded(value: float) -> str:
    return f"{value:.2g}" if value < 10 or value >= 1e6 else f"{value:,.0f}"
