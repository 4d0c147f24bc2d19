"""Running a plan whose elementals may be products only: tangents, adjoints, multiplications."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..errors import ChainOrderError
from ..plans.cost import product_price
from ..plans.plan import Plan
from ..plans.prices import Prices
from ..plans.steps import Step
from ..problems.chain import Chain
from ..structure.coloring import column_coloring, recovered, row_coloring
from ..structure.ranges import Ranges
from .dense import Array, product
from .operands.by_type import as_operand, is_program
from .operands.matrix import MatrixOperand
from .operands.operand import Operand
from .operands.products import Product, is_sparse
from .operands.sparse import (
    Counted,
    as_result,
    checked_matrix,
    converted,
    dense_columns,
    known_matrix,
    multiplied,
    stored,
)
from .primal import Linearized, points
from .run import OnStep, Run

Name = tuple[int, int]
"""A sub-Jacobian by the variables that it connects."""

SEEDS_AT_ONCE = 64
"""Columns of the identity that are made at once when an elemental is accumulated."""

WRITTEN_OUT = 2**22
"""Entries of a matrix with structure that are written out at once to be pushed or pulled."""


def run_mixed(
    plan: Plan,
    operands: Sequence[Any],
    x: Any,
    block: int | None,
    on_step: OnStep | None = None,
) -> Run:
    """Run the steps of `plan` on operands of any kind.

    Args:
        plan: what to do.
        operands: one per elemental: an array, a SciPy sparse array, a `LinearOperator` or a
            `Function`.
        x: the point `x_0`, where operands are functions.
        block: how many columns or rows go through the elementals of a step at once; None for all.
        on_step: told of each step when it is done.

    Raises:
        ChainOrderError: names the operand that does not fit, or lacks a product that the plan
            asks for, before anything is applied; or the one that fails when it is.
    """
    chain = plan.problem
    d = chain.sizes
    prices: Prices = plan.prices
    checked = [_checked(prices, o, l) for l, o in enumerate(operands)]
    reached = points(checked, x, d)
    at = [Linearized(l, operand, (d[l + 1], d[l]), reached[l]) for l, operand in enumerate(checked)]
    matrices = {
        l: _matrix(prices, at[l]) for l, elemental in enumerate(chain.elementals) if elemental.given
    }
    products = _products(plan, at)
    work = _Work(prices, matrices, products, block)
    start = time.perf_counter()
    with np.errstate(over="ignore", invalid="ignore"):
        for step in plan.steps:
            work.do(step)
            if on_step is not None:
                on_step(work.fma, work.flops, time.perf_counter() - start - work.counting)
    seconds = time.perf_counter() - start - work.counting
    factors = [work.factor(i, j) for i, j in plan.factors]
    if plan.form == "matrix":
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


def _checked(prices: Prices, operand: Any, l: int) -> Operand:
    """An operand as one of the kinds that there are, of the right shape."""
    chain, ranges = prices.chain, prices.ranges
    if ranges is not None and chain.elementals[l].given and not is_program(operand):
        structure = chain.elementals[l].structure
        return MatrixOperand(
            checked_matrix(operand, l, structure, ranges.patterns[l], ranges.counts(l, l + 1))
        )
    return as_operand(operand, l, (chain.sizes[l + 1], chain.sizes[l]))


def _matrix(prices: Prices, at: Linearized) -> Any:
    """The matrix of an elemental that is given."""
    l, operand = at.position, at.operand
    if operand.has_matrix and operand.needs_point:
        operand = _checked(prices, operand.matrix(at.point), l)
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
    held: dict[tuple[int, int], Any] = field(default_factory=dict)
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

    @property
    def chain(self) -> Chain:
        """Whose Jacobian is accumulated."""
        return self.prices.chain

    def do(self, step: Step) -> None:
        """Run one step."""
        taken = [(*self._take(*operand), operand) for operand in step.operands]
        if step.kind == "multiply":
            (left, left_is_made, of_left), (right, right_is_made, of_right) = taken
            result, scalar, made, counting = self._multiplied(
                left, right, of_left, of_right, step.result
            )
            self.counting += counting
            self.scalar += scalar
            self.made += made
            self._hold(stored(result))
            self._release(stored(left) * left_is_made + stored(right) * right_is_made)
        elif step.kind == "accumulate":
            result = self._accumulated(step.passes[0], by_tangents=step.direction == "tangent")
            self._hold(stored(result))
        else:
            [(operand, is_made, _)] = taken
            result = self._through(step, operand, is_made)
        self.held[step.result] = result

    def factor(self, i: int, j: int) -> Any:
        """A matrix that is there in the end; never the caller's own."""
        matrix = self.held.get((i, j), self.matrices.get(i))
        is_callers = any(matrix is given for given in self.matrices.values())
        return deepcopy(matrix) if is_callers else matrix

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

    def _take(self, i: int, j: int) -> tuple[Array, bool]:
        """Sub-Jacobian `(i, j)`, and whether it is an intermediate, to be freed after its use."""
        if (i, j) in self.held:
            return self.held.pop((i, j)), True
        return self.matrices[i], False

    def _hold(self, entries: int) -> None:
        self.occupied += entries
        self.peak = max(self.peak, self.occupied)

    def _release(self, entries: int) -> None:
        self.occupied -= entries

    def _applied(self, direction: str, l: int, columns: Array) -> Array:
        """A block through one elemental, counted once it is done."""
        result = self.products[direction, l](columns)
        count = columns.shape[1]
        elemental = self.chain.elementals[l]
        if direction == "tangent":
            self.tangents += count
            self.declared += count * (elemental.tangent_cost or 0)
        else:
            self.adjoints += count
            self.declared += count * (elemental.adjoint_cost or 0)
        return result

    def _applied_to_all(self, direction: str, l: int, columns: Any) -> Array:
        """A matrix through one elemental; one with structure is written out a block at a time."""
        if isinstance(columns, np.ndarray):
            return self._applied(direction, l, columns)
        at_once = max(1, WRITTEN_OUT // columns.shape[0])
        return _in_blocks(
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
        """An elemental as a matrix, by as many tangents or adjoints as its pattern takes."""
        ranges = self.ranges
        direction = "tangent" if by_tangents else "adjoint"
        applied = self.products[direction, l]
        at_once = SEEDS_AT_ONCE if self.block is None else self.block
        pattern = None if ranges is None else ranges.patterns[l]
        counts = None if ranges is None else ranges.counts(l, l + 1)
        if pattern is None or counts is None or (counts.is_full and not pattern.is_identity):
            directions, count = unit_vectors(applied.size_in, applied.dtype), applied.size_in
            pattern = None
        elif pattern.nnz == 0 or pattern.is_identity:
            return converted(known_matrix(pattern, applied.dtype), counts)
        else:
            coloring = column_coloring(pattern) if by_tangents else row_coloring(pattern)
            directions, count = coloring.seeds(applied.dtype), coloring.count
        columns = _in_blocks(
            count, at_once, lambda a, b: self._applied(direction, l, directions(a, b))
        )
        if pattern is None or counts is None:
            return columns if by_tangents else columns.T
        return converted(recovered(pattern, coloring, columns, by_rows=not by_tangents), counts)

    def _through(self, step: Step, operand: Any, is_made: bool) -> Array:
        """The columns (rows) of an operand pushed (pulled) through one elemental after another."""
        operand_entries = stored(operand) * is_made
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
                columns = through = self._applied_to_all(direction, l, columns)
                self._hold(through.size)
                self._release(entries)
                entries = through.size
            return through
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

        result = _in_blocks(width, self.block, block_through)
        self._release(operand_entries)
        return result


def unit_vectors(size: int, dtype: np.dtype[Any]) -> Callable[[int, int], Array]:
    """The unit vectors from `a` to `b`, as columns."""

    def columns(start: int, stop: int) -> Array:
        block = np.zeros((size, stop - start), dtype=dtype)
        block[np.arange(start, stop), np.arange(stop - start)] = 1
        return block

    return columns


def _in_blocks(width: int, block: int, columns: Callable[[int, int], Array]) -> Array:
    """The matrix whose columns from `a` to `b` are `columns(a, b)`, `block` of them at a time."""
    if block >= width:
        return columns(0, width)
    result: Array | None = None
    for start in range(0, width, block):
        stop = min(start + block, width)
        part = columns(start, stop)
        if result is None:
            result = np.empty((part.shape[0], width), dtype=part.dtype, order="F")
        elif not np.can_cast(part.dtype, result.dtype):
            result = result.astype(np.result_type(result, part))
        result[:, start:stop] = part
    assert result is not None
    return result
