"""What the steps of a chain cost, and what every step that is possible would cost, found once.

Two kinds of chain are priced: of dense elementals, by formulas over columns; and of elementals with
structure, by the patterns of their sub-Jacobians. `prices_of` picks; whoever plans, walks or
reports asks the prices and no longer what the chain is made of. A new kind of elemental that is
priced in another way is one more class here, and one more case in `prices_of`.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..compiled import INT64_SAFE
from ..problems.chain import Chain
from .applied import Applied, applied
from .cost import Column, exact_sizes, exact_sum, prefix_sums, product_price, running_sum
from .shared_held import shared_held
from .steps import ACCUMULATE, ADJOINT, MULTIPLY, TANGENT, Steps

if TYPE_CHECKING:
    from ..structure.ranges import Ranges


@dataclass(frozen=True, slots=True)
class StepPrices:
    """What each step of a chain with q elementals costs, in any unit; integers, None if impossible.

    A product `(k, j)·(i, k)` costs `outer[i]·middle[k]·outer[j]` or, where `products` is there,
    `products(i)[j][k]`, an array or nested lists. `leaf[l]` is the price of having elemental
    `l + 1` as a matrix; `tangent[l]` of one tangent of it, of which a push from `i` needs
    `columns[i]`; `adjoint[l]` of one adjoint, of which a pull from `j` needs `columns[j]`.
    """

    outer: Sequence[int]
    middle: Sequence[int]
    leaf: Sequence[int | None]
    tangent: Sequence[int | None]
    adjoint: Sequence[int | None]
    columns: Sequence[int]
    products: Callable[[int], Any] | None = None
    largest_product: int | None = None
    is_exact: bool = True
    """Whether the prices are known, not estimated."""
    setup: int = 0
    """What every plan pays besides: the factorizations of the inverses."""

    def bound(self) -> int:
        """No plan that is possible at all costs more than this, however bad its order."""
        product = self.largest_product
        if product is None:
            product = max(self.outer) ** 2 * max(self.middle)
        per_elemental = max(
            max((price or 0 for price in self.tangent), default=0),
            max((price or 0 for price in self.adjoint), default=0),
        )
        leaves = sum(price or 0 for price in self.leaf)
        return leaves + len(self.leaf) * (product + max(self.columns) * per_elemental)


class Prices:
    """The prices of a chain of dense elementals; what all chains share."""

    ranges: Ranges | None = None
    """The patterns of the sub-Jacobians, where elementals have structure."""

    def __init__(self, chain: Chain) -> None:
        self.chain = chain
        self._applied: dict[str, list[Applied]] = {}

    def step_costs(self, steps: Steps, objective: str) -> Column:
        """What each step costs in fma, flops, or (objective "seconds") picoseconds.

        A tangent or adjoint has its declared cost; where that is a time, it adds no fma or flops.
        """
        costs = self._products(steps, *product_price(self.chain, objective))
        if steps.only_multiply:
            return costs
        pushed, pulled = steps.pushes, steps.pulls
        d = exact_sizes(self.chain, 1)
        tangent, adjoint = self._product_cost_sums(objective)
        if max(int(tangent[-1]), int(adjoint[-1])) * int(d.max()) >= INT64_SAFE:
            costs, d = costs.astype(object), d.astype(object)
            tangent, adjoint = tangent.astype(object), adjoint.astype(object)
        i, k, j = (column[pushed] for column in (steps.i, steps.k, steps.j))
        costs[pushed] = d[i] * (tangent[j] - tangent[k])
        i, k, j = (column[pulled] for column in (steps.i, steps.k, steps.j))
        costs[pulled] = d[j] * (adjoint[k] - adjoint[i])
        return self._with_accumulations(costs, steps, objective)

    def total(self, steps: Steps, objective: str) -> int:
        """What all steps cost together."""
        return exact_sum(self.step_costs(steps, objective))

    def vectors_to_accumulate(self, l: int) -> tuple[int, int]:
        """How many tangents, and how many adjoints, make a matrix of elemental `l` (from 0)."""
        return self.chain.sizes[l], self.chain.sizes[l + 1]

    def entries(self, i: Column, j: Column) -> Column:
        """Entries of each sub-Jacobian `(i, j)` when it is held as a matrix."""
        d = exact_sizes(self.chain, 2)
        held: Column = d[i] * d[j]
        return held

    def elemental_entries(self) -> int:
        """Entries of all elementals when they are held as matrices."""
        l = np.arange(len(self.chain))
        return exact_sum(self.entries(l, l + 1))

    def peak_entries(self, steps: Steps, kept: Sequence[tuple[int, int]] = ()) -> int:
        """The most entries that intermediates and result occupy at once.

        While a step runs, its operands and its result are held; an operand is freed when the step
        is done, since on a chain every sub-Jacobian is used once. Elementals that are given are
        not counted: they are the caller's. A push or pull through several elementals makes a
        matrix at each of them. What is `kept` is not freed. `shared_held` has the rest: inverses,
        and elementals that repeat.
        """
        return 0 if len(steps) == 0 else int(self.held_over_steps(steps, kept).max())

    def held_over_steps(self, steps: Steps, kept: Sequence[tuple[int, int]] = ()) -> Column:
        """What is held while each step runs, every tangent and adjoint through one elemental."""
        if kept or self.chain.repeats is not None or self._has_factors:
            return np.array(shared_held(self, steps.single(), kept), dtype=object)
        return self._held(steps.single())

    def factor_costs(self, factors: list[tuple[int, int]]) -> tuple[int, int]:
        """Fma of one product of the factors with a vector, and the entries that they hold."""
        d = self.chain.sizes
        held = sum(d[i] * d[j] for i, j in factors)
        return held, held

    def is_exact(self, steps: Steps) -> bool:
        """Whether the figures of the steps are exact, not estimated."""
        return True

    def table(self, objective: str, memory: int | None) -> StepPrices:
        """What every step costs that the memory allows."""
        return self.without_products(objective, memory)

    def without_products(self, objective: str, memory: int | None) -> StepPrices:
        """The same, with every elemental taken for dense when it is multiplied; O(q)."""
        d = self.chain.sizes
        per_fma, per_entry = product_price(self.chain, objective)
        tangent: list[int | None] = []
        adjoint: list[int | None] = []
        leaf: list[int | None] = []
        for e, a in zip(self.chain.elementals, self.applied(objective), strict=True):
            pushes, pulls = e.has_tangent(memory), e.has_adjoint(memory)
            tangent.append(a.tangent if pushes else None)
            adjoint.append(a.adjoint if pulls else None)
            ways = (a.by_tangents if pushes else None, a.by_adjoints if pulls else None)
            leaf.append(0 if e.is_matrix else least(*ways))
        middle = [per_fma * k + per_entry for k in d]
        return StepPrices(
            d, middle, leaf, tangent, adjoint, d, setup=sum(self.setups(objective).values())
        )

    def applied(self, objective: str) -> list[Applied]:
        """What each elemental costs in an objective, whatever the memory."""
        if objective not in self._applied:
            chain = self.chain
            price = product_price(chain, objective)
            declared = (chain.timing is not None) == (objective == "seconds")
            self._applied[objective] = [
                applied(
                    elemental,
                    (chain.sizes[l + 1], chain.sizes[l]),
                    (0, 0) if elemental.is_matrix else self.vectors_to_accumulate(l),
                    price,
                    declared=declared,
                )
                for l, elemental in enumerate(chain.elementals)
            ]
        return self._applied[objective]

    def setups(self, objective: str) -> dict[Hashable, int]:
        """What each factorization costs, by the matrix that is factored."""
        return {}

    def applied_entries(self) -> Any:
        """`[i][j]`: what a product of `(i, j)` with a vector takes; nothing for an identity."""
        d = self.chain.sizes
        return [[m * n for m in d] for n in d]

    def is_halved(self, i: int, k: int, j: int) -> bool:
        """Whether one half of the product `(k, j)·(i, k)` is multiplied, as it is symmetric."""
        return False

    def product_bounds(self, objective: str, variables: list[int]) -> list[int]:
        """Costs that products which eliminate these variables cannot be below."""
        prices = self.without_products(objective, None)
        left = np.minimum.accumulate(np.array(prices.outer, dtype=object))
        right = np.minimum.accumulate(np.array(prices.outer[::-1], dtype=object))[::-1]
        return [int(left[k - 1] * prices.middle[k] * right[k + 1]) for k in variables]

    def _products(self, steps: Steps, per_fma: int, per_entry: int) -> Column:
        """The cost of every product; of other steps, anything."""
        d = exact_sizes(self.chain, 3)
        if int(d.max()) ** 3 * (per_fma + max(per_entry, 0)) >= 2 * INT64_SAFE:
            d = d.astype(object)
        costs: Column = d[steps.i] * (per_fma * d[steps.k] + per_entry) * d[steps.j]
        return costs

    def _with_accumulations(self, costs: Column, steps: Steps, objective: str) -> Column:
        return costs

    def _held(self, steps: Steps) -> Column:
        made = self.entries(steps.i, steps.j)
        freed = self._operand_entries(steps, left=True) + self._operand_entries(steps, left=False)
        held: Column = running_sum(made - freed) + freed
        return held

    def _operand_entries(self, steps: Steps, *, left: bool) -> Column:
        """Entries of the left (or right) operand of each step, 0 if it is no intermediate."""
        low, high = (steps.k, steps.j) if left else (steps.i, steps.k)
        uses_it = (steps.kind == MULTIPLY) | (steps.kind == (ADJOINT if left else TANGENT))
        is_made = (high - low > 1) | ~self._given[low]
        return np.where(uses_it & is_made, self.entries(low, high), 0)

    @cached_property
    def _has_factors(self) -> bool:
        """Whether an elemental is inverted: then it has structure."""
        return self.ranges is not None and any(e.is_solved for e in self.chain.elementals)

    @cached_property
    def _given(self) -> npt.NDArray[np.bool_]:
        if self.chain.is_given_dense:
            return np.ones(len(self.chain) + 1, dtype=bool)
        return np.array([*(e.is_matrix for e in self.chain.elementals), True])

    def _product_cost_sums(self, objective: str) -> tuple[Column, Column]:
        """Prefix sums over the elementals of the cost of one tangent, and of one adjoint.

        An elemental without the product adds nothing: no plan asks for it.
        """
        found = self.applied(objective)
        return prefix_sums([a.tangent or 0 for a in found]), prefix_sums(
            [a.adjoint or 0 for a in found]
        )


class PatternPrices(Prices):
    """The prices of a chain whose elementals have structure, by the patterns of its ranges."""

    ranges: Ranges

    def __init__(self, chain: Chain, ranges: Ranges) -> None:
        super().__init__(chain)
        self.ranges = ranges

    def vectors_to_accumulate(self, l: int) -> tuple[int, int]:
        """As many as colours: structurally independent columns (rows) share a vector."""
        from ..structure.coloring import column_colors, row_colors

        pattern = self.ranges.patterns[l]
        return column_colors(pattern), row_colors(pattern)

    def entries(self, i: Column, j: Column) -> Column:
        """Entries that each sub-Jacobian takes in memory: its pattern's, or all."""
        pairs = zip(np.asarray(i).tolist(), np.asarray(j).tolist(), strict=True)
        return np.array([self.ranges.counts(a, b).stored for a, b in pairs], dtype=object)

    def factor_costs(self, factors: list[tuple[int, int]]) -> tuple[int, int]:
        """A factor that is an identity is neither applied nor held, unless it is all there is."""
        if len(factors) == 1:
            counts = self.ranges.counts(*factors[0])
            return (0 if counts.is_free else counts.nnz), counts.stored
        kept = [self.ranges.counts(i, j) for i, j in factors]
        kept = [counts for counts in kept if not counts.is_identity]
        applied = sum(counts.nnz for counts in kept if not counts.is_free)
        return applied, sum(counts.stored for counts in kept)

    def is_exact(self, steps: Steps) -> bool:
        """False where patterns did not fit into their memory, and were estimated."""
        self.ranges.follow(steps.triples())
        return all(self.ranges.is_exact(i, j) for i, _, j in steps.triples())

    def table(self, objective: str, memory: int | None) -> StepPrices:
        """As for dense elementals, but for the products."""
        from dataclasses import replace

        from .structured_prices import StructuredProducts

        per_fma, per_entry = product_price(self.chain, objective)
        products = StructuredProducts(self.price_table, per_fma, per_entry, self.chain.repeats)
        return replace(
            self.without_products(objective, memory),
            products=products,
            largest_product=products.largest,
            is_exact=products.is_exact,
        )

    @cached_property
    def price_table(self) -> Any:
        """The prices of all products, in parts from which every objective's are made."""
        from .structured_prices import price_table

        return price_table(self.ranges)

    def applied_entries(self) -> Any:
        """As many multiplications as entries that can be non-zero."""
        return self.price_table.applied_entries()

    def is_halved(self, i: int, k: int, j: int) -> bool:
        """Of full matrices alone: what a product of others leaves out is not known."""
        counts = self.ranges.counts
        return self.chain.is_symmetric(i, j) and counts(i, k).is_dense and counts(k, j).is_dense

    def product_bounds(self, objective: str, variables: list[int]) -> list[int]:
        """By the entries of each variable that an input reaches and that reach an output.

        Of full matrices, whose products are full: as of dense ones, or half where it may be that.
        """
        from .structured_cost import fewest_fma, halved_bounds

        price = per_fma, per_entry = product_price(self.chain, objective)
        if all(self.ranges.counts(l, l + 1).is_dense for l in self.chain.distinct):
            bounds = super().product_bounds(objective, variables)
            return halved_bounds(self.chain, price, variables, bounds)
        per_fma += min(per_entry, 0)
        return [per_fma * fma for fma in fewest_fma(self.ranges, variables)]

    def _products(self, steps: Steps, per_fma: int, per_entry: int) -> Column:
        from .structured_cost import product_costs

        return np.array(
            product_costs(self.chain, self.ranges, steps, per_fma, per_entry), dtype=object
        )

    def _with_accumulations(self, costs: Column, steps: Steps, objective: str) -> Column:
        found, pushed = self.applied(objective), steps.pushes
        for t in np.flatnonzero(steps.kind == ACCUMULATE).tolist():
            a = found[int(steps.i[t])]
            costs[t] = (a.by_tangents if pushed[t] else a.by_adjoints) or 0
        unpaid = self.setups(objective)
        if unpaid:
            # Whoever needs a factorization first makes it.
            for t in np.flatnonzero(steps.kind != MULTIPLY).tolist():
                for l in steps[t].passes:
                    costs[t] += unpaid.pop(self.chain.matrix_at(l), 0)
        return costs

    def setups(self, objective: str) -> dict[Hashable, int]:
        """One for each matrix that is inverted, however many elementals it is."""
        found = self.applied(objective)
        return {
            self.chain.matrix_at(l): found[l].setup
            for l, elemental in enumerate(self.chain.elementals)
            if elemental.is_solved
        }

    def _held(self, steps: Steps) -> Column:
        from .structured_cost import held_over_steps

        return np.array(held_over_steps(self.ranges, steps), dtype=object)


def prices_of(chain: Chain, pattern_memory: int | None = None) -> Prices:
    """The prices of the steps of a chain.

    Args:
        chain: what is planned.
        pattern_memory: bytes that patterns of sparse sub-Jacobians may take; None for 1 GiB.
    """
    return Prices(chain) if chain.ranges is None else _pattern_prices(chain, pattern_memory)


@lru_cache(maxsize=2)
def _pattern_prices(chain: Chain, pattern_memory: int | None) -> PatternPrices:
    ranges = chain.ranges
    assert ranges is not None
    if pattern_memory is not None and pattern_memory != ranges.memory:
        ranges = ranges.within(pattern_memory)
    return PatternPrices(chain, ranges)


def least(*ways: int | None) -> int | None:
    """The least of the prices that there are; None if there is none."""
    return min((price for price in ways if price is not None), default=None)
