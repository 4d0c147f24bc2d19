"""Running a plan whose elementals may be products only: tangents, adjoints, multiplications."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cached_property
from threading import Event, Lock
from typing import Any

import numpy as np

from ..errors import ChainOrderError
from ..plans.applied import operand_direction
from ..plans.cost import product_price
from ..plans.plan import Plan
from ..plans.prices import Prices
from ..plans.shared_held import last_uses
from ..plans.steps import Step
from ..problems.chain import Chain
from ..structure.derived import is_transposed, unwrapped
from ..structure.ranges import RangeCounts, Ranges
from ..structure.solves import Solves, Work
from .accumulating import accumulated, in_blocks
from .chain_operands import chain_operands, checked_operand
from .dense import Array, product
from .operands.forms import as_result, converted, dense_columns, stored
from .operands.operand import Operand
from .operands.products import Product, is_sparse
from .operands.solved import SolvedOperand
from .operands.structured_products import Counted, multiplied
from .primal import Linearized, points
from .run import OnStep, Run, Stopped

Name = tuple[int, int]
"""A sub-Jacobian by the variables that it connects."""

NEVER = 2**62
"""The step before which a result is not freed."""

WRITTEN_OUT = 2**22
"""Entries of a matrix with structure that are written out at once to be pushed or pulled."""


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
    d = chain.sizes
    prices: Prices = plan.prices
    checked = chain_operands(prices, operands)
    reached = points(checked, x, d)
    at = [Linearized(l, operand, (d[l + 1], d[l]), reached[l]) for l, operand in enumerate(checked)]
    matrices = {
        l: _matrix(prices, at[l])
        for l, elemental in enumerate(chain.elementals)
        if elemental.is_matrix
    }
    products = _products(plan, at)
    work = _Work(prices, matrices, products, block, checked)
    steps = schedule = None
    if workers > 1:
        from .parallel import planned_for, run_side_by_side

        planned = planned_for(plan, workers)
        steps = planned.steps.single()
        first = range(len(steps)) if planned.schedule is None else planned.schedule.start.tolist()
        schedule = run_side_by_side(
            steps, first, work.do, workers, work.stop, work.telling(on_step)
        )
        seconds = schedule.makespan / 1e9
    else:
        work.foresee(plan)
        start = time.perf_counter()
        with np.errstate(over="ignore", invalid="ignore"):
            for step in plan.steps:
                work.do(step)
                if on_step is not None:
                    on_step(work.fma, work.flops, time.perf_counter() - start - work.counting)
        seconds = time.perf_counter() - start - work.counting
    factors = [work.factor(i, j) for i, j in plan.factors]
    jacobian: Any
    if plan.wanted != "whole":
        jacobian = [as_result(factor) for factor in factors]
    elif plan.form == "matrix":
        jacobian = as_result(factors[0])
    else:
        from .operands.factored import FactoredJacobian

        jacobian = FactoredJacobian(
            [
                as_result(f)
                for f, at in zip(factors, plan.factors, strict=True)
                if work.is_used(*at)
            ],
            (d[-1], d[0]),
        )
    return Run(
        jacobian,
        fma=work.fma,
        flops=work.flops,
        seconds=seconds,
        peak_entries=work.peak,
        tangents=work.tangents,
        adjoints=work.adjoints,
        planned_seconds=None if chain.timing is None else work.cost("seconds") / 1e12,
        steps=steps,
        schedule=schedule,
    )


def _products(plan: Plan, at: Sequence[Linearized]) -> dict[tuple[str, int], Product]:
    """The products that the steps ask for, by direction and elemental."""
    asked: dict[tuple[str, int], Product] = {}
    for step in plan.steps:
        direction = step.direction
        for l in sorted(step.passes):
            found = at[l].tangent() if direction == "tangent" else at[l].adjoint()
            if found is None:
                name = "jvp" if direction == "tangent" else "vjp"
                raise ChainOrderError(
                    f"operands[{l}] has no {name}: the plan asks for its {direction}s"
                )
            asked[direction, l] = found
    return asked


def _matrix(prices: Prices, at: Linearized) -> Any:
    """The matrix of an elemental that is given."""
    l, operand = at.position, at.operand
    if operand.has_matrix and operand.needs_point:
        operand = checked_operand(prices, operand.matrix(at.point), l)
    if not operand.has_matrix:
        raise ChainOrderError(
            f"operands[{l}] is {operand.what}: elementals[{l}] is given, and has to be a matrix"
        )
    matrix = operand.matrix(None)
    is_plain = prices.ranges is None and is_sparse(matrix)
    return matrix.toarray() if is_plain else matrix


@dataclass
class _Work:
    """What is held while the steps run, and what is counted from what they really do."""

    prices: Prices
    matrices: dict[int, Any]
    products: dict[tuple[str, int], Product]
    block: int | None
    operands: Sequence[Operand]
    held: dict[Hashable, tuple[Any, bool]] = field(default_factory=dict)
    """By the class of the sub-Jacobian: its matrix, and whether that is of the flipped word."""
    uses: dict[Hashable, int] = field(default_factory=dict)
    """The last single step that uses a class."""
    solves: dict[Hashable, int] = field(default_factory=dict)
    """The last single step that solves with a matrix."""
    factored: dict[Hashable, Solves] = field(default_factory=dict)
    """What the factors that are held took, and what solving with them takes."""
    done: int = 0
    """Single steps, each through one elemental at most, that are done."""
    occupied: int = 0
    peak: int = 0
    tangents: int = 0
    adjoints: int = 0
    declared: int = 0
    """The sum of the declared costs of the tangents and adjoints."""
    scalar: int = 0
    """Scalar multiplications in the products of matrices."""
    counting: float = 0.0
    """Seconds that counting takes where entries have to be looked at."""
    made: int = 0
    """Entries of the products of matrices, each a sum."""
    lock: Lock = field(default_factory=Lock)
    """Held while something here is changed: steps may run side by side."""
    stop: Event = field(default_factory=Event)
    """Set when a step has failed that runs beside others."""

    @property
    def chain(self) -> Chain:
        """Whose Jacobian is accumulated."""
        return self.prices.chain

    def foresee(self, plan: Plan) -> None:
        """Find out what is used when for the last time."""
        self.uses, self.solves = last_uses(self.chain, list(plan.steps.single()))
        for at in plan.factors:
            self.uses[self.chain.class_of(*at)] = NEVER

    def do(self, step: Step) -> None:
        """Run one step."""
        if step.kind == "multiply":
            of_left, of_right = step.operands
            left, right = self._matrix_of(*of_left), self._matrix_of(*of_right)
            result, scalar, made, counting = self._multiplied(
                left, right, of_left, of_right, step.result
            )
            with self.lock:
                self.counting += counting
                self.scalar += scalar
                self.made += made
            self._hold(stored(result))
            for name in {self.chain.class_of(*operand) for operand in step.operands}:
                self._release(self._freed(name))
            self.done += 1
        elif step.kind == "accumulate":
            [l] = step.passes
            self._set_up(l)
            result = self._accumulated(l, by_tangents=step.direction == "tangent")
            self._hold(stored(result))
            self._tear_down(l)
        else:
            [operand] = step.operands
            matrix = self._matrix_of(*operand)
            result = self._through(step, matrix, self._freed(self.chain.class_of(*operand)))
        with self.lock:
            name = self.chain.class_of(*step.result)
            self.held[name] = result, self._is_flipped(*step.result)

    def telling(self, on_step: OnStep | None) -> Callable[[float], None] | None:
        """What to call with the seconds, after a step, one at a time."""
        return None if on_step is None else lambda seconds: on_step(self.fma, self.flops, seconds)

    def factor(self, i: int, j: int) -> Any:
        """A matrix that is there in the end; never the caller's own."""
        matrix = self._matrix_of(i, j)
        kept = self.held.get(self.chain.class_of(i, j))
        is_own = kept is not None and matrix is kept[0]
        is_callers = id(matrix) in self.given
        return matrix if is_own and not is_callers else deepcopy(matrix)

    @cached_property
    def given(self) -> frozenset[int]:
        """Which objects are matrices that were given."""
        return frozenset(map(id, self.matrices.values()))

    def is_used(self, i: int, j: int) -> bool:
        """Whether applying the matrix does anything."""
        return self.ranges is None or not self.ranges.counts(i, j).is_identity

    @property
    def ranges(self) -> Ranges | None:
        """What is known of the patterns of the sub-Jacobians."""
        return self.prices.ranges

    def cost(self, objective: str) -> int:
        """What was done, in the objective: counted tangents, adjoints and products."""
        per_fma, per_entry = product_price(self.chain, objective)
        products = self.scalar * per_fma + self.made * per_entry
        is_time = self.chain.timing is not None
        return products + (self.declared if is_time == (objective == "seconds") else 0)

    @property
    def fma(self) -> int:
        """Scalar multiplications, and the declared fma of tangents and adjoints."""
        return self.cost("fma")

    @property
    def flops(self) -> int:
        """Multiplications and additions, and the declared cost of tangents and adjoints."""
        return self.cost("flops")

    def _is_flipped(self, i: int, j: int) -> bool:
        repeats = self.chain.repeats
        return repeats is not None and repeats.is_flipped(i, j)

    def _matrix_of(self, i: int, j: int) -> Any:
        """Sub-Jacobian `(i, j)`: an intermediate, or a matrix that was given."""
        found = self.held.get(self.chain.class_of(i, j))
        if found is None:
            return self.matrices[i]
        matrix, flipped = found
        if flipped == self._is_flipped(i, j):
            return matrix
        return matrix.T.tocsr() if is_sparse(matrix) else matrix.T

    def _freed(self, name: Hashable) -> int:
        """Forget a sub-Jacobian that nobody uses after this step, and say how much it held.

        Where steps run side by side nothing was foreseen: no chain with machines has factors that
        repeat, so everything is used once.
        """
        with self.lock:
            if name not in self.held or self.uses.get(name, self.done) != self.done:
                return 0
            return stored(self.held.pop(name)[0])

    def _set_up(self, l: int) -> None:
        """Factor the matrix of an inverse, if nobody has."""
        operand = self.operands[l]
        if not isinstance(operand, SolvedOperand) or self.chain.matrix_at(l) in self.factored:
            return
        matrix, entries = None, 0
        if not self.chain.elementals[l].given:
            matrix = self._operand_matrix(l, operand.of.base)
            entries = stored(matrix)
            self._hold(entries)
        work = operand.of.factors(matrix).work
        self._count(work.setup)
        self.factored[self.chain.matrix_at(l)] = work
        self._hold(work.entries)
        self._release(entries)

    def _tear_down(self, l: int) -> None:
        """Forget the factors of an inverse after the last solve with them."""
        at = self.chain.matrix_at(l)
        if self.solves.get(at) == self.done and at in self.factored:
            operand = self.operands[l]
            assert isinstance(operand, SolvedOperand)
            operand.of.forget()
            self._release(self.factored.pop(at).entries)
        self.done += 1

    def _count(self, work: Work) -> None:
        self.scalar += work.fma
        self.made += work.unpaired

    def _hold(self, entries: int) -> None:
        with self.lock:
            self.occupied += entries
            self.peak = max(self.peak, self.occupied)

    def _release(self, entries: int) -> None:
        with self.lock:
            self.occupied -= entries

    def _applied(self, direction: str, l: int, columns: Array) -> Array:
        """A block through one elemental, counted once it is done."""
        if self.stop.is_set():
            raise Stopped
        result = self.products[direction, l](columns)
        count = columns.shape[1]
        elemental = self.chain.elementals[l]
        with self.lock:
            if direction == "tangent":
                self.tangents += count
            else:
                self.adjoints += count
            if elemental.is_solved:
                self._count(self.factored[self.chain.matrix_at(l)].solve.times(count))
            else:
                is_tangent = (direction == "tangent") != is_transposed(elemental.structure)
                cost = elemental.tangent_cost if is_tangent else elemental.adjoint_cost
                self.declared += count * (cost or 0)
        return result

    def _applied_to_all(self, direction: str, l: int, columns: Any) -> Array:
        """A matrix through one elemental; one with structure is written out a block at a time."""
        if isinstance(columns, np.ndarray):
            return self._applied(direction, l, columns)
        at_once = max(1, WRITTEN_OUT // columns.shape[0])
        return in_blocks(
            columns.shape[1],
            at_once,
            lambda a, b: self._applied(direction, l, dense_columns(columns, a, b)),
        )

    def _multiplied(
        self, left: Any, right: Any, of_left: Name, of_right: Name, result: Name
    ) -> Counted:
        """The product of two sub-Jacobians, and what it took."""
        ranges = self.ranges
        if ranges is not None:
            return multiplied(
                left,
                right,
                ranges.counts(*of_left),
                ranges.counts(*of_right),
                ranges.counts(*result),
            )
        matrix = product(left, right)
        return Counted(matrix, matrix.size * left.shape[1], matrix.size, 0.0)

    def _accumulated(self, l: int, *, by_tangents: bool) -> Any:
        """An elemental as a matrix: by tangents or adjoints, or an inverse from its factors."""
        ranges = self.ranges
        pattern = None if ranges is None else ranges.patterns[l]
        counts = None if ranges is None else ranges.counts(l, l + 1)
        operand = self.operands[l]
        if isinstance(operand, SolvedOperand):
            assert counts is not None
            self._count(self.factored[self.chain.matrix_at(l)].explicit)
            return converted(operand.matrix(None), counts)
        direction = "tangent" if by_tangents else "adjoint"
        return accumulated(
            self.products[direction, l],
            lambda block: self._applied(direction, l, block),
            pattern,
            counts,
            by_tangents=by_tangents,
            block=self.block,
        )

    def _operand_matrix(self, l: int, operand: Operand) -> Any:
        """The matrix of an inverse of which only products exist."""
        elemental, n = self.chain.elementals[l], self.chain.sizes[l]
        direction = operand_direction(elemental)
        of = unwrapped(elemental.structure).of
        pattern = of.pattern((n, n))
        find = operand.tangent if direction == "tangent" else operand.adjoint
        product = find(f"operands[{l}]: the {direction}", (n, n), None)
        assert product is not None
        cost = elemental.tangent_cost if direction == "tangent" else elemental.adjoint_cost

        def applied(block: Array) -> Array:
            result = product(block)
            if direction == "tangent":
                self.tangents += block.shape[1]
            else:
                self.adjoints += block.shape[1]
            self.declared += block.shape[1] * (cost or 0)
            return result

        return accumulated(
            product,
            applied,
            pattern,
            RangeCounts.of(pattern),
            by_tangents=direction == "tangent",
            block=self.block,
        )

    def _through(self, step: Step, operand: Any, operand_entries: int) -> Array:
        """The columns (rows) of an operand pushed (pulled) through one elemental after another."""
        if step.direction == "tangent":
            return self._columns_through("tangent", step.passes, operand, operand_entries)
        rows = self._columns_through("adjoint", step.passes, operand.T, operand_entries)
        return rows.T

    def _columns_through(
        self, direction: str, path: range, columns: Any, operand_entries: int
    ) -> Array:
        """Columns through the elementals of a path, all together or a block at a time."""
        width = columns.shape[1]
        if self.block is None or self.block >= width:
            entries = operand_entries
            through: Array
            for l in path:
                self._set_up(l)
                columns = through = self._applied_to_all(direction, l, columns)
                self._hold(through.size)
                self._release(entries)
                self._tear_down(l)
                entries = through.size
            return through
        for l in path:
            self._set_up(l)
        self._hold(width * self.products[direction, path[-1]].size_out)

        def block_through(start: int, stop: int) -> Array:
            part, entries = dense_columns(columns, start, stop), 0
            for l in path:
                part = self._applied(direction, l, part)
                if l != path[-1]:  # the last is written into the result
                    self._hold(part.size)
                self._release(entries)
                entries = part.size
            return part

        result = in_blocks(width, self.block, block_through)
        self._release(operand_entries)
        for l in path:
            self._tear_down(l)
        return result
