"""The operations that a plan can be made of, range by range: what they take, what they need.

Range `(i, j)` of a chain is the sub-Jacobian `d x_j / d x_i`. An operation makes one range of at
most two shorter ones, and every range is used once: the operations of a plan are a tree, whose
root makes the whole Jacobian. Pushes and pulls go through one elemental at a time here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from ..compiled import INT64_SAFE
from ..plans.prices import StepPrices
from ..plans.steps import ACCUMULATE, ADJOINT, MULTIPLY, TANGENT

NOTHING = -1
"""In place of a range: a matrix that is given, and need not be made."""


class Columns(NamedTuple):
    """Operations as columns for kernels; those that make range `r` start at `first[r]`.

    `cost[o]` is how long operation `o` takes, `left[o]` and `right[o]` are the ranges that it
    needs, `NOTHING` for none; where there is one, it is `left`. `length[r]` counts the elementals
    of range `r` that an operation makes a matrix of: no more operations can wait at once. Ranges
    are numbered such that what an operation needs comes before what it makes.
    """

    first: Any
    cost: Any
    left: Any
    right: Any
    length: Any


@dataclass(frozen=True, eq=False)
class Operations:
    """Operations of a chain: all that there are, or those of one plan.

    `ranges` are `(i, j)` by their number, the whole Jacobian last; `steps[o]` is operation `o` as
    `(kind, i, k, j)`.
    """

    ranges: list[tuple[int, int]]
    steps: list[tuple[int, int, int, int]]
    columns: Columns

    def __len__(self) -> int:
        return len(self.steps)

    @cached_property
    def fits_64_bits(self) -> bool:
        """Whether sums of energies, machines times makespan, stay in 64 bits."""
        return int(sum(self.columns.cost)) < INT64_SAFE >> 16

    @cached_property
    def most_in_a_plan(self) -> int:
        """No plan has more operations."""
        c = self.columns
        most: list[int] = []
        for first, end in pairwise(c.first):
            most.append(
                1
                + max(
                    sum(most[r] for r in (c.left[o], c.right[o]) if r != NOTHING)
                    for o in range(first, end)
                )
            )
        return most[-1]

    @property
    def work_of_a_move(self) -> int:
        """Inner iterations, about, that it takes to choose a plan and to schedule it."""
        return self.most_in_a_plan * (60 + 10 * len(self) // max(len(self.ranges), 1))

    @cached_property
    def arrays(self) -> Columns:
        """The columns as compiled kernels take them."""
        return Columns(*(np.array(column, dtype=np.int64) for column in self.columns))


def all_operations(prices: StepPrices, is_given: Sequence[bool]) -> Operations:
    """Every operation that can be in a plan of the whole chain, O(q^3) of them.

    An elemental that is not given and cannot become a matrix is not a range: tangents or
    adjoints may still pass it.
    """
    q = len(prices.leaf)
    planes = [prices.products(i) for i in range(q)] if prices.products else None
    found = _Collected()
    for j in range(1, q + 1):
        for i in range(j - 1, -1, -1):
            found.open(i, j)
            if j - i == 1:
                price = prices.leaf[i]
                if is_given[i]:
                    found.has_matrix.add((i, j))
                elif price is not None:
                    found.add(price, ACCUMULATE, i, i, j)
                continue
            for k in range(i + 1, j):
                if planes is None:
                    price = prices.outer[i] * prices.middle[k] * prices.outer[j]
                else:
                    price = int(planes[i][j][k])
                found.add(price, MULTIPLY, i, k, j)
            tangent, adjoint = prices.tangent[j - 1], prices.adjoint[i]
            if tangent is not None:
                found.add(prices.columns[i] * tangent, TANGENT, i, j - 1, j)
            if adjoint is not None:
                found.add(prices.columns[j] * adjoint, ADJOINT, i, i + 1, j)
    return found.operations((0, q))


def operations_of(
    steps: Iterable[tuple[int, int, int, int]], costs: Iterable[int], q: int
) -> Operations:
    """The operations that are single steps `(kind, i, k, j)`, and what each takes.

    What no step makes is a matrix that is given.
    """
    rows = sorted(
        zip(steps, costs, strict=True), key=lambda row: (row[0][3] - row[0][1], row[0][1])
    )
    found = _Collected()
    made = {(i, j) for (_, i, _, j), _ in rows}
    for (kind, i, k, j), cost in rows:
        found.has_matrix.update(r for r in _operands(kind, i, k, j) if r not in made)
        found.open(i, j)
        found.add(cost, kind, i, k, j)
    return found.operations((0, q))


def _operands(kind: int, i: int, k: int, j: int) -> list[tuple[int, int]]:
    operands = []
    if kind in (MULTIPLY, TANGENT):
        operands.append((i, k))
    if kind in (MULTIPLY, ADJOINT):
        operands.append((k, j))
    return operands


class _Collected:
    """Operations while they are found, range after range."""

    def __init__(self) -> None:
        self.has_matrix: set[tuple[int, int]] = set()
        self.number: dict[tuple[int, int], int] = {}
        self.ranges: list[tuple[int, int]] = []
        self.steps: list[tuple[int, int, int, int]] = []
        self.columns = Columns([0], [], [], [], [])
        self.current = (0, 0)

    def open(self, i: int, j: int) -> None:
        """Begin with the operations that make `(i, j)`."""
        self.current = (i, j)

    def add(self, cost: int, kind: int, i: int, k: int, j: int) -> None:
        """One operation, if its operands can be had."""
        needed = []
        for operand in _operands(kind, i, k, j):
            if operand in self.number:
                needed.append(self.number[operand])
            elif operand not in self.has_matrix:
                return
        c = self.columns
        at_once = max(1, sum(c.length[r] for r in needed))
        if self.current not in self.number:
            self.number[self.current] = len(self.ranges)
            self.ranges.append(self.current)
            c.first.append(c.first[-1])
            c.length.append(at_once)
        needed += [NOTHING] * (2 - len(needed))
        c.length[-1] = max(c.length[-1], at_once)
        c.first[-1] += 1
        c.cost.append(cost)
        c.left.append(needed[0])
        c.right.append(needed[1])
        self.steps.append((kind, i, k, j))

    def operations(self, whole: tuple[int, int]) -> Operations:
        """All of them; none where the whole Jacobian is given."""
        assert not self.ranges or self.ranges[-1] == whole
        return Operations(self.ranges, self.steps, self.columns)
