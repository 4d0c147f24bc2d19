"""Running a plan on operands of any kind: to a workbench and back with the Jacobian."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from ..errors import ChainOrderError
from ..plans.itinerary import Itinerary, Stack, Use, Visit, itinerary, visited
from ..plans.plan import Plan
from ..plans.prices import Prices
from ..plans.schedule import Schedule
from ..plans.steps import Steps
from .chain_operands import chain_operands, checked_operand
from .dense import Array
from .operands.forms import as_result
from .operands.operand import Operand
from .operands.products import Product, is_sparse
from .primal import Linearized, points
from .run import OnStep, Run
from .shelf import Shelf
from .workbench import Workbench

REMEMBERED_STEPS = 10_000
"""Plans of up to so many steps remember their visits: they are often run again."""


def run_mixed(
    plan: Plan,
    operands: Sequence[Any],
    x: Any,
    block: int | None,
    on_step: OnStep | None = None,
    workers: int = 1,
) -> Run:
    """Run the steps of `plan` on operands of any kind.

    Args:
        plan: what to do.
        operands: one per elemental: an array, a SciPy sparse array, a `LinearOperator` or a
            `Function`.
        x: the point `x_0`, where operands are functions.
        block: how many columns or rows go through the elementals of a step at once; None for all.
        on_step: told of each step when it is done.
        workers: how many threads do the steps.

    Raises:
        ChainOrderError: names the operand that does not fit, or lacks a product that the plan
            asks for, before anything is applied; or the one that fails when it is.
    """
    chain = plan.problem
    is_short = len(plan.steps) <= REMEMBERED_STEPS
    route: Itinerary = plan.itinerary if is_short else itinerary(plan)
    checked = chain_operands(plan.prices, operands)
    needs_point = any(checked[l].needs_point for l in chain.distinct)
    reached = points(checked, x, chain.sizes) if needs_point else [None] * len(checked)
    given = _Given(plan.prices, checked, reached)
    matrices, products = given.matrices(), given.products(route.visits)
    shelf = _shelf(plan, route, matrices)
    bench = Workbench(plan.prices, checked, matrices, products, block, shelf)
    steps: Steps | None = None
    schedule: Schedule | None = None
    if workers > 1:
        steps, schedule = _side_by_side(plan, bench, workers, on_step)
        seconds = schedule.makespan / 1e9
    else:
        seconds = _one_by_one(route.visits, bench, on_step)
    tally = bench.tally
    return Run(
        _handed_back(plan, bench, route.ends, shelf),
        fma=tally.fma,
        flops=tally.flops,
        seconds=seconds,
        peak_entries=tally.peak,
        tangents=tally.tangents,
        adjoints=tally.adjoints,
        planned_seconds=None if chain.timing is None else tally.cost("seconds") / 1e12,
        steps=steps,
        schedule=schedule,
    )


def _one_by_one(visits: Iterable[Visit | Stack], bench: Workbench, on_step: OnStep | None) -> float:
    """Do all steps; returns the seconds, without those that counting took."""
    tally = bench.tally
    start = time.perf_counter()
    with np.errstate(over="ignore", invalid="ignore"):
        for visit in visits:
            for _ in bench.done(visit, one_by_one=on_step is not None):
                if on_step is not None:
                    on_step(tally.fma, tally.flops, time.perf_counter() - start - tally.counting)
    return time.perf_counter() - start - tally.counting


def _side_by_side(
    plan: Plan, bench: Workbench, workers: int, on_step: OnStep | None
) -> tuple[Steps, Schedule]:
    """Do all steps on threads, each through one elemental; returns the steps, and who did them."""
    from .parallel import planned_for, run_side_by_side

    planned = planned_for(plan, workers)
    steps = planned.steps.single()
    visits = dict(zip(steps, visited(plan.problem, steps, plan.factors).visits, strict=True))
    first = range(len(steps)) if planned.schedule is None else planned.schedule.start.tolist()
    tally = bench.tally
    told: Callable[[float], None] | None = None
    if on_step is not None:

        def told(seconds: float) -> None:
            on_step(tally.fma, tally.flops, seconds)

    done = run_side_by_side(
        steps, first, lambda step: bench.do(visits[step]), workers, bench.stop, told
    )
    return steps, done


class _Given:
    """Operands at their points: their matrices, and their products."""

    def __init__(
        self, prices: Prices, operands: Sequence[Operand], reached: Sequence[Array | None]
    ) -> None:
        self.prices = prices
        self.chain = prices.chain
        self.operands = operands
        self.reached = reached

    def matrices(self) -> dict[int, Any]:
        """The matrices of the elementals that are given; of those that are one, of the first."""
        elementals = self.chain.elementals
        return {l: self._matrix(l) for l in self.chain.distinct if elementals[l].is_matrix}

    def products(self, visits: Iterable[Visit | Stack]) -> dict[tuple[str, int], Product]:
        """The products that the steps ask for, by direction and elemental."""
        asked: dict[tuple[str, int], Product] = {}
        for visit in visits:
            if isinstance(visit, Visit) and visit.direction is not None:
                for l in sorted(at.l for at in visit.passes):
                    asked[visit.direction, l] = self._product(visit.direction, l)
        return asked

    def _matrix(self, l: int) -> Any:
        operand = self.operands[l]
        if operand.has_matrix and operand.needs_point:
            operand = checked_operand(self.prices, operand.matrix(self.reached[l]), l)
        if not operand.has_matrix:
            raise ChainOrderError(
                f"operands[{l}] is {operand.what}: elementals[{l}] is given, and has to be a matrix"
            )
        matrix = operand.matrix(None)
        is_plain = self.prices.ranges is None and is_sparse(matrix)
        return matrix.toarray() if is_plain else matrix

    def _product(self, direction: str, l: int) -> Product:
        shape = (self.chain.sizes[l + 1], self.chain.sizes[l])
        at = Linearized(l, self.operands[l], shape, self.reached[l])
        found = at.tangent() if direction == "tangent" else at.adjoint()
        if found is None:
            name = "jvp" if direction == "tangent" else "vjp"
            raise ChainOrderError(
                f"operands[{l}] has no {name}: the plan asks for its {direction}s"
            )
        return found


def _shelf(plan: Plan, route: Itinerary, matrices: dict[int, Any]) -> Shelf | None:
    """Where what is wanted lies side by side; None where no products are stacked."""
    if not any(isinstance(visit, Stack) for visit in route.visits):
        return None
    dtypes = {matrix.dtype for matrix in matrices.values()}
    if len(dtypes) != 1:
        return None  # products have the types of their factors
    classes = [end.of for end in route.ends]
    is_transposed = plan.wanted == "suffixes"
    shelf = Shelf(classes, plan.problem.sizes[0], *dtypes, is_transposed=is_transposed)
    shelf.put(classes[0], matrices[route.ends[0].given])
    return shelf


def _handed_back(plan: Plan, bench: Workbench, ends: Sequence[Use], shelf: Shelf | None) -> Any:
    """The Jacobian, in the form that was planned; never a matrix of the caller's."""
    if shelf is not None:
        return list(shelf.matrices.values())
    if plan.wanted != "whole":
        return [as_result(bench.own(end)) for end in ends]
    if plan.form == "matrix":
        return as_result(bench.own(ends[0]))
    from .operands.factored import FactoredJacobian

    d, ranges = plan.problem.sizes, plan.prices.ranges
    used = [end for end in ends if ranges is None or not ranges.counts(*end.at).is_identity]
    return FactoredJacobian([as_result(bench.own(end)) for end in used], (d[-1], d[0]))
