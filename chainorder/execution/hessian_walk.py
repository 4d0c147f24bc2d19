"""Running a plan of second derivatives: the walk over its steps, with arrays for operands."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import ChainOrderError
from ..plans.hessian_cost import NONE
from ..plans.hessian_figures import range_content
from ..plans.hessian_steps import HessianStep, walk
from ..plans.plan import Plan
from ..problems.hessian_chain import HessianChain
from .dense import Array
from .hessian_operands import (
    CurvedOperand,
    checked_jacobian,
    checked_tensor,
    curved_operand,
)
from .operands.products import Product
from .primal import points
from .run import Run
from .symmetric_products import (
    Count,
    add,
    apply,
    congruence,
    multiply,
    nothing,
    square,
    times_matrix,
    triangle,
)
from .symmetric_tensor import SymmetricTensor, packed


@dataclass(frozen=True, slots=True, repr=False)
class HessianRun(Run):
    """Second derivatives and what they took; `jacobian` keeps them, one half of what is symmetric.

    `second_order_adjoints` is how many products `(u T) v` were applied.
    """

    second_order_adjoints: int = 0

    @property
    def hessian(self) -> Array:
        """The whole tensor, `(d_q, d_0, d_0)`; of a scalar function the matrix `(d_0, d_0)`."""
        whole: Array = self.jacobian.toarray()
        return whole[0] if whole.shape[0] == 1 else whole


def execute_hessian_chain(
    plan: Plan, operands: Any, x: Any = None, block: int | None = None
) -> HessianRun:
    """Find the second derivatives of a chain.

    Args:
        plan: what to do.
        operands: one per elemental, first applied first: a pair `(jacobian, tensor)` of arrays of
            shape `(m, n)` and `(m, n, n)`, the diagonals `(n,)` of what is diagonal, the tensor
            None of what is linear; or a `Function` with `jvp`, `vjp` and `second` as the plan asks,
            or with `jacobian` and `tensor` where the elemental is given.
        x: the point `x_0`, where operands are functions.
        block: None: second derivatives are not taken in blocks.

    Raises:
        ChainOrderError: names the operand that does not fit, or lacks a product.
    """
    if block is not None:
        raise ChainOrderError(f"block is {block!r}: a hessian_chain has no blocks, expected None")
    chain: HessianChain = plan.problem
    work = _Arrays(chain, _checked(chain, operands), x)
    start = time.perf_counter()
    with np.errstate(over="ignore", invalid="ignore"):
        done = walk(chain, plan.steps, work)
    seconds = time.perf_counter() - start
    return HessianRun(
        done.tensor,
        fma=work.count.fma,
        flops=work.count.flops,
        seconds=seconds,
        peak_entries=done.peak_entries,
        tangents=work.tangents,
        adjoints=work.adjoints,
        second_order_adjoints=work.second_order_adjoints,
    )


def _checked(chain: HessianChain, operands: Any) -> list[CurvedOperand]:
    try:
        listed = list(operands)
    except TypeError as error:
        raise ChainOrderError(f"operands: expected a sequence of operands ({error})") from None
    if len(listed) != len(chain):
        raise ChainOrderError(
            f"{len(listed)} operands: expected {len(chain)}, one per elemental of the plan"
        )
    d = chain.sizes
    return [
        curved_operand(operand, l, (d[l + 1], d[l]), chain.elementals[l])
        for l, operand in enumerate(listed)
    ]


CONGRUENCES = {"congruence": congruence, "triangle": triangle, "square": square}
"""What applies a Jacobian to both inputs of a tensor, by the kind of the step."""


class _Arrays:
    """Operands are arrays; products are counted as they are done, others as declared."""

    def __init__(self, chain: HessianChain, operands: Sequence[CurvedOperand], x: Any) -> None:
        self.chain = chain
        self.operands = operands
        self.points = points(operands, x, chain.sizes)
        self.count = Count()
        self.tangents = self.adjoints = self.second_order_adjoints = 0
        self._jacobians: dict[int, Array] = {}
        self._tensors: dict[int, SymmetricTensor] = {}
        self._products: dict[tuple[str, int], Product] = {}

    def jacobian(self, l: int) -> Array:
        if l not in self._jacobians:
            operand = self.operands[l]
            if not operand.has_matrix:
                raise ChainOrderError(
                    f"operands[{l}] is {operand.what}: elementals[{l}] is given, and has to be "
                    f"a matrix"
                )
            self._jacobians[l] = checked_jacobian(
                operand.matrix(self.points[l]),
                f"operands[{l}]'s jacobian",
                self._shape(l),
                self.chain.elementals[l],
            )
        return self._jacobians[l]

    def tensor(self, l: int) -> SymmetricTensor:
        if l not in self._tensors:
            values = self.operands[l].tensor(self.points[l])
            if values is None:
                raise ChainOrderError(
                    f"operands[{l}] is a function without a tensor: elementals[{l}] is given, "
                    f"and has to have one"
                )
            found = checked_tensor(
                values,
                f"operands[{l}]'s tensor",
                self._shape(l),
                self.chain.elementals[l],
            )
            assert found is not None
            self._tensors[l] = found
        return self._tensors[l]

    def accumulate(self, l: int, *, by_tangents: bool) -> Array:
        direction = "tangent" if by_tangents else "adjoint"
        size = self.chain.sizes[l if by_tangents else l + 1]
        if self.chain.elementals[l].is_diagonal:
            return self._applied(direction, l, np.ones((size, 1)))[:, 0]
        columns = self._applied(direction, l, np.eye(size))
        return columns if by_tangents else columns.T

    def curvature(self, l: int) -> SymmetricTensor:
        m, n = self._shape(l)
        elemental = self.chain.elementals[l]
        if elemental.tensor == "diagonal":
            values = self._second(l, np.ones(m), np.ones((n, 1)))[:, 0]
            return SymmetricTensor(values, m, n, range_content(self.chain, l, l + 1))
        rows = [self._second(l, unit, np.eye(n)) for unit in np.eye(m)]
        return packed(np.stack(rows))

    def multiply(self, left: Array, right: Array) -> Array:
        return multiply(left, right, self.count)

    def through(self, direction: str, path: range, operand: Array) -> Array:
        columns = operand if direction == "tangent" else operand.T
        for l in path:
            if self.chain.elementals[l].given:
                jacobian = self.jacobian(l)
                columns = multiply(_turned(jacobian, direction), columns, self.count)
            else:
                columns = self._applied(direction, l, _written_out(columns))
        return columns if direction == "tangent" else columns.T

    def apply(self, jacobian: Array, tensor: SymmetricTensor) -> SymmetricTensor:
        return apply(jacobian, tensor, self.count)

    def congruence(self, tensor: SymmetricTensor, jacobian: Array, kind: str) -> SymmetricTensor:
        return CONGRUENCES[kind](tensor, jacobian, self.count)

    def add(self, one: SymmetricTensor, other: SymmetricTensor) -> SymmetricTensor:
        return add(one, other, self.count)

    def done(self) -> None:
        """Nothing is kept for a step."""

    def zero(self, i: int, j: int) -> SymmetricTensor:
        return nothing(self.chain.sizes[j], self.chain.sizes[i])

    def entries(self, operand: Array | SymmetricTensor) -> int:
        return operand.entries if isinstance(operand, SymmetricTensor) else operand.size

    def sweep(
        self, step: HessianStep, jacobian: Array | None, tail: SymmetricTensor | None
    ) -> SymmetricTensor:
        kind, i, k, j = step
        m = self.chain.sizes[j]
        if kind == "sweep":
            whole = self._swept(i, k, None if k < j else range(m), jacobian, tail, "tangent")
        else:
            parts = []
            for row in range(m):
                seed = None if jacobian is None else _written_out(jacobian)[row : row + 1]
                end = None if tail is None else _row(tail, row)
                outputs = None if k < j else range(row, row + 1)
                parts.append(self._swept(i, k, outputs, seed, end, "transposed"))
            whole = np.concatenate(parts)
        return packed(whole, range_content(self.chain, i, j))

    def _swept(
        self,
        i: int,
        k: int,
        outputs: range | None,
        jacobian: Array | None,
        tail: SymmetricTensor | None,
        direction: str,
    ) -> Array:
        """`(m, n, n)`; what is pulled back is `jacobian`, or `outputs` of the identity."""
        elementals = self.chain.elementals
        pushed: dict[int, Array | None] = {i: None}  # None is the identity
        for l in range(i, k if tail is not None else k - 1):
            pushed[l + 1] = self._pushed(l, pushed[l], direction)
        rows = None if jacobian is None else _written_out(jacobian)
        back: Array | None = None
        if tail is not None:
            columns = pushed[k]
            assert columns is not None
            back = times_matrix(tail, columns, self.count)
        for l in range(k - 1, i - 1, -1):
            if back is not None:
                back = self._pulled(l, back)
            if not elementals[l].is_linear:
                here = self._bent(l, rows, outputs, pushed[l])
                back = here if back is None else self.count.sum(back, here)
            if l > i:
                rows = self._pulled_rows(l, rows, outputs)
        assert back is not None
        return back

    def _pushed(self, l: int, columns: Array | None, direction: str) -> Array:
        """Columns through one elemental; of the identity, the Jacobian itself."""
        if self.chain.elementals[l].given:
            jacobian = self.jacobian(l)
            if columns is None:
                return _written_out(jacobian)
            return multiply(jacobian, columns, self.count)
        seeds = np.eye(self.chain.sizes[l]) if columns is None else columns
        return self._applied(direction, l, seeds)

    def _pulled(self, l: int, back: Array) -> Array:
        """`Jᵀ W` of every output."""
        if self.chain.elementals[l].given:
            jacobian = self.jacobian(l)
            if jacobian.ndim == 1:
                return self.count.scaled(jacobian[:, np.newaxis], back)
            return self.count.product(jacobian.T, back)
        m, s, n = back.shape
        block = back.transpose(1, 0, 2).reshape(s, m * n)
        found = self._applied("adjoint", l, block)
        return found.reshape(-1, m, n).transpose(1, 0, 2)

    def _pulled_rows(self, l: int, rows: Array | None, outputs: range | None) -> Array:
        """Rows through one elemental; of the identity, the Jacobian's own."""
        if self.chain.elementals[l].given:
            jacobian = self.jacobian(l)
            if rows is None:
                assert outputs is not None
                return _written_out(jacobian)[outputs.start : outputs.stop]
            return multiply(_turned(jacobian, "adjoint"), rows.T, self.count).T
        if rows is None:
            assert outputs is not None
            rows = np.eye(self.chain.sizes[l + 1])[outputs.start : outputs.stop]
        return self._applied("adjoint", l, rows.T).T

    def _bent(
        self, l: int, rows: Array | None, outputs: range | None, columns: Array | None
    ) -> Array:
        """`(λ·T) V` of every output: one second-order adjoint for each pair."""
        elemental = self.chain.elementals[l]
        if elemental.given:
            tensor = self.tensor(l)
            if rows is not None:
                tensor = apply(rows, tensor, self.count)
            else:
                assert outputs is not None
                tensor = _rows(tensor, outputs)
            if columns is None:
                return tensor.toarray()
            return times_matrix(tensor, columns, self.count)
        seeds = np.eye(self.chain.sizes[l]) if columns is None else columns
        if rows is None:
            assert outputs is not None
            rows = np.eye(self.chain.sizes[l + 1])[outputs.start : outputs.stop]
        return np.stack([self._second(l, row, seeds) for row in rows])

    def _shape(self, l: int) -> tuple[int, int]:
        return self.chain.sizes[l + 1], self.chain.sizes[l]

    def _applied(self, direction: str, l: int, columns: Array) -> Array:
        """A block through an elemental that is not given, counted as declared."""
        elemental = self.chain.elementals[l]
        found = self._product("adjoint" if direction == "adjoint" else "tangent", l)(columns)
        if direction == "tangent":
            cost, self.tangents = elemental.tangent_cost, self.tangents + columns.shape[1]
        else:
            cost, self.adjoints = elemental.adjoint_cost, self.adjoints + columns.shape[1]
        self._declare(columns.shape[1] * (cost or 0))
        return found

    def _product(self, direction: str, l: int) -> Product:
        if (direction, l) not in self._products:
            operand, item = self.operands[l], f"operands[{l}]: the {direction}"
            find: Callable[..., Product | None] = (
                operand.tangent if direction == "tangent" else operand.adjoint
            )
            found = find(item, self._shape(l), self.points[l])
            if found is None:
                name = "jvp" if direction == "tangent" else "vjp"
                raise ChainOrderError(
                    f"operands[{l}] has no {name}: the plan asks for its {direction}s"
                )
            self._products[direction, l] = found
        return self._products[direction, l]

    def _second(self, l: int, row: Array, columns: Array) -> Array:
        """`(u T) V`, counted as declared."""
        product = self.operands[l].second_order_adjoint(self.points[l])
        if product is None:
            raise ChainOrderError(
                f"operands[{l}] has no second: the plan asks for its second-order adjoints"
            )
        size = self.chain.sizes[l]
        item = f"operands[{l}]: the second-order adjoint"
        blocks = getattr(self.operands[l].value, "blocks", True)
        apply_to = Product(
            lambda v: product(row, v), size, size, item, np.result_type(row, columns), blocks
        )
        found = apply_to(columns)
        count = columns.shape[1]
        self.second_order_adjoints += count
        self._declare(count * (self.chain.elementals[l].second_cost or 0))
        return found

    def _declare(self, cost: int) -> None:
        self.count.fma += cost
        self.count.flops += cost


def _turned(jacobian: Array, direction: str) -> Array:
    return jacobian if direction == "tangent" else jacobian.T


def _written_out(jacobian: Array) -> Array:
    return np.diag(jacobian) if jacobian.ndim == 1 else jacobian


def _row(tensor: SymmetricTensor, row: int) -> SymmetricTensor:
    return _rows(tensor, range(row, row + 1))


def _rows(tensor: SymmetricTensor, outputs: range) -> SymmetricTensor:
    """Some of the outputs."""
    if len(outputs) == tensor.m or tensor.content == NONE:
        return tensor
    whole = tensor.slices()
    values = whole.values[outputs.start : outputs.stop]
    return whole._replace(values=values, m=len(outputs))
