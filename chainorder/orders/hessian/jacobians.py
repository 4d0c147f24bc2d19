"""The Jacobians that a plan of second derivatives needs: each is made once, by as little as can be.

With some of them made, one more costs what the interval program says where those are free. Making
a given set at the least cost is a Steiner problem; here each of the set in turn gets the last step
that is cheapest beside all others, what that needs joins the set, and so on until nothing changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from ...compiled import INT64_SAFE, Runner, runner
from ...plans.hessian_cost import product_cost
from ...plans.hessian_figures import accumulation_cost, diagonal_table
from ...plans.hessian_kinds import ACCUMULATE, ADJOINT, MULTIPLY, TANGENT
from ...problems.hessian_chain import HessianChain

Pair = tuple[int, int]
Row = tuple[int, int, int, int]


class JacobianColumns(NamedTuple):
    """What the program of Jacobians reads; a price is `infinite` where there is no such step."""

    size: Any
    diagonal: Any
    """`[j][k]`: 1 where the Jacobian `(k, j)` is diagonal."""
    leaf: Any
    """`[l]`: of having elemental `l + 1` as a matrix."""
    tangent: Any
    """`[l]`: of one tangent of it, where it is not given."""
    adjoint: Any
    """`[l]`: of one adjoint."""
    weights: Any
    """Per fma, per entry, infinite."""


def fill_prices(c, made, best):  # type: ignore[no-untyped-def]
    """`best[i][j] = best[j][i]`: the least price of `(i, j)`, 0 where `made[i][j]` is 1."""
    size, infinite = c.size, c.weights[2]
    for i in range(len(c.leaf) - 1, -1, -1):
        for j in range(i + 1, len(size)):
            if made[i][j] == 1:
                least = 0
            elif j == i + 1:
                least = c.leaf[i]
            else:
                least = cheapest_step(i, j, c, best, False)[0]
            best[i][j] = min(least, infinite)
            best[j][i] = best[i][j]


def fill_last_steps(c, free, last):  # type: ignore[no-untyped-def]
    """`last[i][j] = last[j][i]`: the least price of the last step to `(i, j)`; `free` is zeros."""
    for i in range(len(c.leaf)):
        for j in range(i + 1, len(c.size)):
            least = c.leaf[i] if j == i + 1 else cheapest_step(i, j, c, free, False)[0]
            last[i][j] = min(least, c.weights[2])
            last[j][i] = last[i][j]


def cheapest_step(i, j, c, best, trace):  # type: ignore[no-untyped-def]
    """The least price of making `(i, j)` from smaller ones; if `trace`, its kind and `k`."""
    size, per_fma, per_entry = c.size, c.weights[0], c.weights[1]
    left, right = best[j], best[i]
    least = c.weights[2]
    kind, where = MULTIPLY, 0
    if c.diagonal[j][j - 1] == 1 or c.diagonal[i + 1][i] == 1:
        for k in range(i + 1, j):
            both = c.diagonal[j][k] == 1, c.diagonal[k][i] == 1
            price = product_cost(size[j], size[k], size[i], both[0], both[1], per_fma, per_entry)
            least = min(least, left[k] + right[k] + price)
    else:
        scale = size[i] * size[j]
        for k in range(i + 1, j):
            least = min(least, left[k] + right[k] + scale * (per_fma * size[k] + per_entry))
    if trace:
        for k in range(j - 1, i, -1):
            both = c.diagonal[j][k] == 1, c.diagonal[k][i] == 1
            price = product_cost(size[j], size[k], size[i], both[0], both[1], per_fma, per_entry)
            if left[k] + right[k] + price == least:
                where = k
    if c.tangent[j - 1] < c.weights[2] and right[j - 1] + size[i] * c.tangent[j - 1] < least:
        least = right[j - 1] + size[i] * c.tangent[j - 1]
        kind, where = TANGENT, j - 1
    if c.adjoint[i] < c.weights[2] and left[i + 1] + size[j] * c.adjoint[i] < least:
        least = left[i + 1] + size[j] * c.adjoint[i]
        kind, where = ADJOINT, i + 1
    return least, kind, where


class JacobianPrices:
    """The prices of the Jacobians of a chain, whichever of them are made already."""

    def __init__(self, chain: HessianChain, per_fma: int, per_entry: int) -> None:
        self.chain = chain
        self.q = q = len(chain)
        d = chain.sizes
        elementals = chain.elementals
        products = [
            max(d[l], d[l + 1]) * max(e.tangent_cost or 0, e.adjoint_cost or 0)
            for l, e in enumerate(elementals)
        ]
        self.infinite = 1 + (per_fma + 1) * q * (
            max(d) ** 3 + sum(products) + max(d) * max(products)
        )
        leaf, tangent, adjoint = [], [], []
        for l, elemental in enumerate(elementals):
            leaf.append(0 if elemental.given else self._leaf(l)[0])
            has_tangent = not elemental.given and elemental.tangent_cost is not None
            has_adjoint = not elemental.given and elemental.adjoint_cost is not None
            tangent.append((elemental.tangent_cost or 0) if has_tangent else self.infinite)
            adjoint.append((elemental.adjoint_cost or 0) if has_adjoint else self.infinite)
        self._given = JacobianColumns(
            d, diagonal_table(chain), leaf, tangent, adjoint, [per_fma, per_entry, self.infinite]
        )
        self._fits = 4 * q * self.infinite < INT64_SAFE
        self._run = runner(fill_prices, 10 * q**3 / 6, fits=self._fits)
        self._columns = self._run.columns(self._given)
        # On the tables of the other kernel, so in the same form.
        self._find = Runner(cheapest_step, is_compiled=self._run.is_compiled)

    def _leaf(self, l: int) -> tuple[int, bool]:
        """The price of elemental `l` as a matrix, and whether by tangents."""
        elemental = self.chain.elementals[l]
        ways = [
            (accumulation_cost(self.chain, l, by_tangents=by_tangents), not by_tangents)
            for by_tangents, cost in (
                (True, elemental.tangent_cost),
                (False, elemental.adjoint_cost),
            )
            if cost is not None
        ]
        cost, by_adjoints = min(ways, default=(self.infinite, False))
        return cost, not by_adjoints

    def table(self, made: Iterable[Pair]) -> Any:
        """`[i][j]`, `[j][i]`: the price of `(i, j)` beside those that are made."""
        marks, best = (
            self._run.zeros(self.q + 1, self.q + 1),
            self._run.zeros(self.q + 1, self.q + 1),
        )
        for i, j in made:
            marks[i][j] = 1
        self._run(self._columns, marks, best)
        return best

    def last_steps_alone(self) -> Any:
        """`[i][j]`, `[j][i]`: the price of the last step to `(i, j)`, its operands for nothing."""
        size = self.q + 1
        run = runner(fill_last_steps, 10 * self.q**3 / 6, fits=self._fits)
        last = run.zeros(size, size)
        run(run.columns(self._given), run.zeros(size, size), last)
        return last

    def step(self, pair: Pair, table: Any) -> tuple[int, Row]:
        """The last step of the cheapest way to a Jacobian, what that way costs, and the row."""
        i, j = pair
        if j - i == 1:
            cost, by_tangents = self._leaf(i)
            return cost, (ACCUMULATE, i, i if by_tangents else j, j)
        cost, kind, k = self._find(i, j, self._columns, table, True)
        return int(cost), (int(kind), i, int(k), j)

    def last_steps(self, pair: Pair) -> Iterator[Row]:
        """Every step that can make a Jacobian."""
        i, j = pair
        if j - i == 1:
            elemental = self.chain.elementals[i]
            if elemental.tangent_cost is not None:
                yield ACCUMULATE, i, i, j
            if elemental.adjoint_cost is not None:
                yield ACCUMULATE, i, j, j
            return
        for k in range(i + 1, j):
            yield MULTIPLY, i, k, j
        if self._given.tangent[j - 1] < self.infinite:
            yield TANGENT, i, j - 1, j
        if self._given.adjoint[i] < self.infinite:
            yield ADJOINT, i, i + 1, j

    def needed(self, row: Row) -> list[Pair]:
        """What a step uses and has to be made."""
        kind, i, k, j = row
        used = [] if kind == ACCUMULATE else [(i, k)] if kind == TANGENT else [(k, j)]
        if kind == MULTIPLY:
            used.append((i, k))
        return [(a, b) for a, b in used if self.is_made(a, b)]

    def is_made(self, i: int, j: int) -> bool:
        """Whether a Jacobian is the result of a step, not a given elemental."""
        return j - i > 1 or not self.chain.elementals[i].given

    def own_cost(self, row: Row) -> int:
        """What one step costs by itself."""
        kind, i, k, j = row
        d, weights, diagonal = self.chain.sizes, self._given.weights, self._given.diagonal
        if kind == ACCUMULATE:
            return accumulation_cost(self.chain, i, by_tangents=k == i)
        if kind == TANGENT:
            return int(d[i] * (self.chain.elementals[k].tangent_cost or 0))
        if kind == ADJOINT:
            return int(d[j] * (self.chain.elementals[i].adjoint_cost or 0))
        both = bool(diagonal[j][k] == 1), bool(diagonal[k][i] == 1)
        return int(product_cost(d[j], d[k], d[i], *both, int(weights[0]), int(weights[1])))


class Forest(NamedTuple):
    """Jacobians, each with the step that makes it, and what all steps cost."""

    steps: dict[Pair, Row]
    cost: int


def jacobian_forest(prices: JacobianPrices, wanted: Iterable[Pair]) -> Forest:
    """Steps that make all of the wanted Jacobians, each once."""
    roots = {pair for pair in wanted if prices.is_made(*pair)}
    if not roots:
        return Forest({}, 0)
    made, best = set(roots), None
    while True:
        found = _beside(prices, roots, made)
        if best is not None and found.cost >= best.cost:
            return best
        best, made = found, set(found.steps)


def _beside(prices: JacobianPrices, roots: set[Pair], made: set[Pair]) -> Forest:
    """Every Jacobian by the way that is cheapest if all those that are made are free."""
    table = prices.table(made)
    steps: dict[Pair, Row] = {}
    open_pairs, cost = list(roots), 0
    while open_pairs:
        pair = open_pairs.pop()
        if pair in steps:
            continue
        steps[pair] = row = prices.step(pair, table)[1]
        cost += prices.own_cost(row)
        open_pairs.extend(prices.needed(row))
    return Forest(steps, cost)
