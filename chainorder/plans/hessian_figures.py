"""What the steps of a plan of second derivatives cost: the walk, with sizes for operands."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from ..problems.hessian_chain import HessianChain, HessianElemental
from .hessian_cost import (
    DENSE,
    NONE,
    POINTS,
    SLICES,
    SweepColumns,
    apply_cost,
    congruence_cost,
    kept_columns,
    product_cost,
    square_cost,
    sweep_cost,
    triangle_cost,
)
from .hessian_steps import HessianStep, HessianSteps, walk

WEIGHTS = {"fma": (1, 0, 0), "flops": (2, -1, 1)}
"""Per objective: of a scalar multiplication, an entry of a contraction, an entry of a sum."""


COSTS = {"congruence": congruence_cost, "triangle": triangle_cost, "square": square_cost}
"""Per kind of step that applies a Jacobian to both inputs."""


class Figures(NamedTuple):
    """The cost of a plan in an objective, and the most entries held at once."""

    cost: int
    peak_entries: int


class JacobianShape(NamedTuple):
    """A Jacobian as far as its cost goes."""

    m: int
    n: int
    is_diagonal: bool


class TensorShape(NamedTuple):
    """A tensor as far as its cost goes: outputs, inputs, content."""

    m: int
    n: int
    content: int


def figures(chain: HessianChain, steps: HessianSteps, objective: str) -> Figures:
    """The exact cost of the steps in "fma" or "flops", and the most entries held at once.

    Raises:
        ChainOrderError: steps that cannot be done, or do not end with the wanted tensor.
    """
    predicted = _Prediction(chain, objective)
    peak = walk(chain, steps, predicted).peak_entries
    return Figures(predicted.cost, peak)


class StepFigures(NamedTuple):
    """The cost of one step in an objective, and whether its result is added to a tensor."""

    cost: int
    is_added: bool


def step_figures(chain: HessianChain, steps: HessianSteps, objective: str) -> list[StepFigures]:
    """What each step costs in "fma" or "flops"."""
    predicted = _Prediction(chain, objective)
    walk(chain, steps, predicted)
    ends = [0, *predicted.after]
    return [StepFigures(ends[t + 1] - ends[t], added) for t, added in enumerate(predicted.added)]


class _Prediction:
    """Operands are shapes, and each operation adds to the cost."""

    def __init__(self, chain: HessianChain, objective: str) -> None:
        self.chain = chain
        self.per_fma, self.per_entry, self.per_sum = WEIGHTS[objective]
        self.cost = 0
        self.after: list[int] = []
        self.added: list[bool] = []
        self._is_added = False
        self._passes: SweepColumns | None = None

    def done(self) -> None:
        self.after.append(self.cost)
        self.added.append(self._is_added)
        self._is_added = False

    def jacobian(self, l: int) -> JacobianShape:
        d, elemental = self.chain.sizes, self.chain.elementals[l]
        return JacobianShape(d[l + 1], d[l], elemental.is_diagonal)

    def tensor(self, l: int) -> TensorShape:
        d = self.chain.sizes
        return TensorShape(d[l + 1], d[l], tensor_content(self.chain.elementals[l]))

    def accumulate(self, l: int, *, by_tangents: bool) -> JacobianShape:
        self.cost += accumulation_cost(self.chain, l, by_tangents=by_tangents)
        return self.jacobian(l)

    def curvature(self, l: int) -> TensorShape:
        self.cost += curvature_cost(self.chain, l)
        return self.tensor(l)

    def multiply(self, left: JacobianShape, right: JacobianShape) -> JacobianShape:
        m, s, n = left.m, left.n, right.n
        both = left.is_diagonal, right.is_diagonal
        self.cost += product_cost(m, s, n, *both, self.per_fma, self.per_entry)
        return JacobianShape(m, n, all(both))

    def through(self, direction: str, path: range, operand: JacobianShape) -> JacobianShape:
        m, n, _ = operand
        for l in path:
            elemental = self.chain.elementals[l]
            if elemental.given:
                shape = self.jacobian(l)
                pair = (shape, operand) if direction == "tangent" else (operand, shape)
                operand = self.multiply(*pair)
                continue
            if direction == "tangent":
                self.cost += n * (elemental.tangent_cost or 0)
                operand = JacobianShape(self.chain.sizes[l + 1], n, False)
            else:
                self.cost += m * (elemental.adjoint_cost or 0)
                operand = JacobianShape(m, self.chain.sizes[l], False)
        return operand

    def apply(self, jacobian: JacobianShape, tensor: TensorShape) -> TensorShape:
        m, s, is_diagonal = jacobian
        content = tensor.content
        self.cost += apply_cost(m, s, tensor.n, is_diagonal, content, self.per_fma, self.per_entry)
        return TensorShape(m, tensor.n, applied_content(content, is_diagonal))

    def congruence(self, tensor: TensorShape, jacobian: JacobianShape, kind: str) -> TensorShape:
        m, s, content = tensor
        _, n, is_diagonal = jacobian
        cost = COSTS[kind]
        self.cost += cost(m, s, n, is_diagonal, content, self.per_fma, self.per_entry)
        return TensorShape(m, n, content if is_diagonal else DENSE)

    def sweep(
        self, step: HessianStep, jacobian: JacobianShape | None, tail: TensorShape | None
    ) -> TensorShape:
        _, i, k, j = step
        if self._passes is None:
            self._passes = sweep_passes(self.chain, self.per_fma, self.per_entry)
        d = self.chain.sizes
        self.cost += sweep_cost(
            i,
            k,
            j,
            d,
            NONE if tail is None else tail.content,
            self._passes,
            step.kind == "rows",
            self.per_fma,
            self.per_entry,
        )
        # Where an elemental adds its second-order adjoint to what is pulled back.
        curved = [l for l in range(i, k) if not self.chain.elementals[l].is_linear]
        adds = curved if tail is not None else curved[:-1]
        self.cost += self.per_sum * d[j] * d[i] * sum(d[l] for l in adds)
        return TensorShape(d[j], d[i], range_content(self.chain, i, j))

    def add(self, one: TensorShape, other: TensorShape) -> TensorShape:
        self._is_added = True
        content = min(one.content, other.content)
        slices = 1 if content == POINTS else one.m
        sparse = max(one.content, other.content)
        added = (1 if sparse == POINTS else slices) * (
            one.n if sparse == POINTS else kept_columns(one.n, sparse)
        )
        self.cost += self.per_sum * added
        return TensorShape(one.m, one.n, content)

    def zero(self, i: int, j: int) -> TensorShape:
        return TensorShape(self.chain.sizes[j], self.chain.sizes[i], NONE)

    def entries(self, operand: JacobianShape | TensorShape) -> int:
        if isinstance(operand, JacobianShape):
            return operand.m * (1 if operand.is_diagonal else operand.n)
        return tensor_entries(operand.m, operand.n, operand.content)


def tensor_entries(m: int, n: int, content: int) -> int:
    """Numbers that are kept of a tensor."""
    return 0 if content == NONE else m * int(kept_columns(n, content))


def tensor_content(elemental: HessianElemental) -> int:
    """The content of an elemental's own tensor."""
    return {"none": NONE, "diagonal": POINTS, "dense": DENSE}[elemental.tensor]


def applied_content(content: int, is_diagonal: bool) -> int:
    """The content of a tensor to whose outputs a Jacobian has been applied."""
    return SLICES if content == POINTS and not is_diagonal else content


def range_content(chain: HessianChain, i: int, j: int) -> int:
    """The content of `H(i, j)`."""
    content, is_diagonal = NONE, True
    for elemental in chain.elementals[i:j]:
        content = next_content(content, is_diagonal, elemental)
        is_diagonal = is_diagonal and elemental.is_diagonal
    return content


def next_content(content: int, is_diagonal: bool, elemental: HessianElemental) -> int:
    """The content of `H(i, j)` from that of `H(i, j - 1)`, whose Jacobian may be diagonal."""
    own = tensor_content(elemental)
    if own == POINTS and not is_diagonal:
        own = DENSE
    before = applied_content(content, elemental.is_diagonal)
    return min(own, before)


def accumulation_cost(chain: HessianChain, l: int, *, by_tangents: bool) -> int:
    """What it costs to have the Jacobian of elemental `l` (from 0) from products."""
    elemental = chain.elementals[l]
    cost = elemental.tangent_cost if by_tangents else elemental.adjoint_cost
    count = chain.sizes[l] if by_tangents else chain.sizes[l + 1]
    return (1 if elemental.is_diagonal else count) * (cost or 0)


def curvature_cost(chain: HessianChain, l: int) -> int:
    """What it costs to have the tensor of elemental `l` (from 0) from second-order adjoints."""
    elemental = chain.elementals[l]
    count = 1 if elemental.tensor == "diagonal" else chain.sizes[l] * chain.sizes[l + 1]
    return count * (elemental.second_cost or 0)


def sweep_passes(chain: HessianChain, per_fma: int, per_entry: int) -> SweepColumns:
    """The prefix sums that `sweep_cost` asks for."""
    once = per_fma + per_entry
    sums: list[list[int]] = [[0] for _ in range(6)]
    for l, elemental in enumerate(chain.elementals):
        m, s = chain.sizes[l + 1], chain.sizes[l]
        if elemental.given:
            diagonal = m * once
            tangent = diagonal if elemental.is_diagonal else m * (per_fma * s + per_entry)
            adjoint = diagonal if elemental.is_diagonal else s * (per_fma * m + per_entry)
            second, seed = 0, 0
            if elemental.tensor == "dense":
                second = s * (per_fma * s + per_entry)
                seed = s * (s + 1) // 2 * (per_fma * m + per_entry)
            elif elemental.tensor == "diagonal":
                second = seed = s * once
            values = (tangent, adjoint, second, seed, 1, tangent)
        else:
            tangent, adjoint = elemental.tangent_cost or 0, elemental.adjoint_cost or 0
            second = 0 if elemental.is_linear else elemental.second_cost or 0
            values = (tangent, adjoint, second, 0, 0, adjoint)
        for column, value in zip(sums, values, strict=True):
            column.append(column[-1] + value)
    return SweepColumns(*sums)


@lru_cache(maxsize=4)
def _diagonal_runs(flags: tuple[bool, ...]) -> list[list[int]]:
    q = len(flags)
    table = [[0] * (q + 1) for _ in range(q + 1)]
    for k in range(q):
        for j in range(k + 1, q + 1):
            if not flags[j - 1]:
                break
            table[j][k] = 1
    return table


def diagonal_table(chain: HessianChain) -> list[list[int]]:
    """`[j][k]`: 1 where the Jacobian `(k, j)` is diagonal."""
    return _diagonal_runs(tuple(elemental.is_diagonal for elemental in chain.elementals))


def range_contents(chain: HessianChain) -> list[list[int]]:
    """`[i][j]`: the content of `H(i, j)`."""
    q = len(chain)
    if all(e.tensor == "dense" and not e.is_diagonal for e in chain.elementals):
        return [[DENSE] * (q + 1) for _ in range(q + 1)]
    table = [[NONE] * (q + 1) for _ in range(q + 1)]
    for i in range(q):
        content, is_diagonal = NONE, True
        for j in range(i + 1, q + 1):
            elemental = chain.elementals[j - 1]
            content = next_content(content, is_diagonal, elemental)
            is_diagonal = is_diagonal and elemental.is_diagonal
            table[i][j] = content
    return table


def sweep_lacks(chain: HessianChain) -> list[list[int]]:
    """How many of the first elementals cannot be part of a sweep; of one in rows."""
    lacks: list[list[int]] = [[0], [0]]
    for e in chain.elementals:
        cannot = not e.given and (
            e.adjoint_cost is None or (e.second_cost is None and not e.is_linear)
        )
        lacks[0].append(lacks[0][-1] + (cannot or (not e.given and e.tangent_cost is None)))
        lacks[1].append(lacks[1][-1] + cannot)
    return lacks


def apply_weights(chain: HessianChain, objective: str) -> list[list[int]]:
    """`[j][k]`: what applying the Jacobian `(k, j)` to one column costs."""
    per_fma, per_entry, _ = WEIGHTS[objective]
    d, q, diagonal = chain.sizes, len(chain), diagonal_table(chain)
    return [
        [
            0 if k >= j else d[j] * (per_fma * (1 if diagonal[j][k] else d[k]) + per_entry)
            for k in range(q + 1)
        ]
        for j in range(q + 1)
    ]


def is_mixed(chain: HessianChain) -> bool:
    """Whether any Jacobian or tensor is diagonal."""
    return any(e.is_diagonal or e.tensor == "diagonal" for e in chain.elementals)
