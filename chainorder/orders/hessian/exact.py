"""Exact search: every plan of a short chain of second derivatives, best first (A*).

What is still to be made is a set of tensors and a set of Jacobians. The tensor that connects the
variables farthest apart goes first, by each of its possible last steps, which leaves what those
use; what is wanted twice is in the set once. When only Jacobians are left, the least cost of making
all of them together is found the same way. Until then it is a bound, together with the tensors'
cost if Jacobians were free (`bounds/term_sets.py`), and the first set with nothing left to bound is
optimal.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

from ...bounds.term_sets import TermCosts, curved_elementals, term_content
from ...plans.hessian_cost import (
    NONE,
    POINTS,
    SLICES,
    apply_cost,
    cheapest_congruence,
    cheapest_kind,
    sweep_cost,
)
from ...plans.hessian_figures import (
    WEIGHTS,
    diagonal_table,
    range_contents,
    sweep_lacks,
    sweep_passes,
    tensor_entries,
)
from ...plans.hessian_kinds import APPLY, CURVATURE, ROWS, SWEEP
from ...problems.hessian_chain import HessianChain
from .jacobians import Forest, JacobianPrices, Pair, Row

TensorName = tuple[int, int, int, int]
"""First and last curved elemental (by number among those), and the variables connected."""


class Production(NamedTuple):
    """One way to make a tensor in a last step."""

    cost: int
    row: Row | None
    """None for the sum of two tensors, which is no step of its own."""
    tensors: tuple[TensorName, ...]
    jacobians: tuple[Pair, ...]


class Proved(NamedTuple):
    """What the search found: the steps on tensors in order, the forest, the cost.

    `rows` is None where the search was given up; then `cost` is a bound that no plan can beat.
    """

    cost: int
    rows: list[Row] | None
    forest: Forest


class ExactSearch:
    """The search on one chain."""

    def __init__(self, chain: HessianChain, objective: str, costs: TermCosts) -> None:
        self.chain = chain
        self.weights = WEIGHTS[objective]
        self.costs = costs
        self.infinite = int(costs.columns.weights[3])
        self.prices = JacobianPrices(chain, *self.weights[:2])
        self.curved = curved_elementals(chain)
        self._forests: dict[frozenset[Pair], Forest | None] = {frozenset(): Forest({}, 0)}
        self._productions: dict[TensorName, list[Production]] = {}

    def run(self, most: int, at_most: int) -> Proved:
        """The optimum, unless `most` sets are not enough, or nothing costs less than `at_most`."""
        whole = (0, len(self.curved) - 1, 0, len(self.chain))
        start: tuple[frozenset[TensorName], frozenset[Pair]] = (
            frozenset([whole]),
            frozenset(),
        )
        came: dict[object, tuple[object, Production] | None] = {start: None}
        spent = {start: 0}
        count = 0
        queue = [(self.costs.whole, 0, start)]
        closed: set[object] = set()
        while queue:
            bound, _, at = heapq.heappop(queue)
            if at in closed:
                continue
            if bound >= at_most or len(closed) + len(self._forests) >= most:
                return Proved(min(bound, at_most), None, Forest({}, 0))
            closed.add(at)
            tensors, jacobians = at
            if not tensors:
                forest = self.forest(jacobians)
                assert forest is not None
                return Proved(bound, self._rows(at, came), forest)
            name = max(tensors, key=lambda one: (one[3] - one[2], one[1] - one[0], one))
            for production in self.productions(name):
                left = (tensors - {name}) | set(production.tensors)
                wanted = jacobians | {p for p in production.jacobians if self.prices.is_made(*p)}
                after = (left, wanted)
                total = spent[at] + production.cost
                if after in closed or spent.get(after, total + 1) <= total:
                    continue
                forest = self.forest(wanted)
                if forest is None:
                    continue
                estimate = total + sum(self.costs(*one) for one in left) + forest.cost
                if estimate >= min(self.infinite, at_most):
                    continue
                spent[after], came[after] = total, (at, production)
                count += 1
                heapq.heappush(queue, (estimate, -count, after))
        return Proved(at_most, None, Forest({}, 0))

    def _rows(self, at: object, came: dict[object, tuple[object, Production] | None]) -> list[Row]:
        rows = []
        step = came[at]
        while step is not None:
            at, production = step
            if production.row is not None:
                rows.append(production.row)
            step = came[at]
        return rows  # nearest variables first: operands before use

    def forest(self, wanted: frozenset[Pair]) -> Forest | None:
        """The cheapest way to make all of these Jacobians; None if there is none."""
        if wanted not in self._forests:
            pair = max(wanted, key=lambda one: (one[1] - one[0], one))
            best: Forest | None = None
            for row in self.prices.last_steps(pair):
                rest = self.forest(wanted - {pair} | set(self.prices.needed(row)))
                if rest is None:
                    continue
                cost = rest.cost + self.prices.own_cost(row)
                if best is None or cost < best.cost:
                    best = Forest({**rest.steps, pair: row}, cost)
            self._forests[wanted] = best
        return self._forests[wanted]

    def productions(self, name: TensorName) -> list[Production]:
        """Every last step of a tensor."""
        if name not in self._productions:
            self._productions[name] = list(self._found(name))
        return self._productions[name]

    @cached_property
    def _diagonal(self) -> list[list[int]]:
        return diagonal_table(self.chain)

    @cached_property
    def _contents(self) -> list[list[int]]:
        return range_contents(self.chain)

    def _content(self, name: TensorName) -> int:
        return int(term_content(*name, self.costs.columns))

    def _found(self, name: TensorName) -> Iterator[Production]:
        a, b, i, j = name
        d, (per_fma, per_entry, per_sum) = self.chain.sizes, self.weights
        first, last = self.curved[a], self.curved[b]
        if a == b and (i, j) == (first, first + 1):
            given = self.chain.elementals[first].given
            cost = self.costs(*name)
            yield Production(cost, None if given else (CURVATURE, i, i, j), (), ())
        for t in range(a, b):
            parts = (a, t, i, j), (t + 1, b, i, j)
            content = max(self._content(part) for part in parts)
            added = tensor_entries(1 if content == POINTS else d[j], d[i], min(content, SLICES))
            yield Production(per_sum * added, None, parts, ())
        for k in range(last + 1, j):
            before = (a, b, i, k)
            is_diagonal = bool(self._diagonal[j][k])
            content = self._content(before)
            cost = apply_cost(d[j], d[k], d[i], is_diagonal, content, per_fma, per_entry)
            yield Production(cost, (APPLY, i, k, j), (before,), ((k, j),))
        for k in range(i + 1, first + 1):
            before = (a, b, k, j)
            is_diagonal = bool(self._diagonal[k][i])
            shape = (d[j], d[k], d[i], is_diagonal, self._content(before), per_fma, per_entry)
            cost, kind = cheapest_congruence(*shape), cheapest_kind(*shape)
            yield Production(cost, (kind, i, k, j), (before,), ((i, k),))
        before_i = sum(l < i for l in self.curved)
        before_j = sum(l < j for l in self.curved)
        if (a, b) == (before_i, before_j - 1):
            yield from self._sweeps(name)

    def _sweeps(self, name: TensorName) -> Iterator[Production]:
        _, b, i, j = name
        per_fma, per_entry, _ = self.weights
        sums, lacks = sweep_passes(self.chain, per_fma, per_entry), sweep_lacks(self.chain)
        for k in range(i + 1, j + 1):
            first = sum(l < k for l in self.curved)
            tail = self._contents[k][j] if k < j else NONE
            if tail == NONE and self.curved[b] != k - 1:
                continue
            rest = ((first, b, k, j),) if tail != NONE else ()
            used = ((k, j),) if k < j else ()
            ways = [
                (
                    sweep_cost(i, k, j, self.chain.sizes, tail, sums, in_rows, per_fma, per_entry),
                    kind,
                )
                for in_rows, kind in ((False, SWEEP), (True, ROWS))
                if lacks[in_rows][k] == lacks[in_rows][i]
            ]
            if ways:
                cost, kind = min(ways)
                yield Production(cost, (kind, i, k, j), rest, used)
