"""A cost that no plan of second derivatives can beat: the best plan if Jacobians were free.

A tensor holds the terms of consecutive curved elementals `a … b` and connects two variables
`(i, j)`. It is the sum of two that hold fewer, or one step made it from a tensor that connects
closer variables. No tensor is used twice, so with Jacobians for nothing the least cost of every one
follows from those of smaller ones, in O(q⁵); what Jacobians cost comes on top. Above `LONGEST`
elementals this is done for some of the terms, and of the others the first step is counted, which no
two share.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate
from typing import Any, NamedTuple

from ..compiled import INT64_SAFE, runner
from ..plans.hessian_cost import (
    DENSE,
    NONE,
    POINTS,
    SLICES,
    SweepColumns,
    apply_cost,
    cheapest_congruence,
    sweep_cost,
)
from ..plans.hessian_figures import (
    WEIGHTS,
    apply_weights,
    curvature_cost,
    diagonal_table,
    is_mixed,
    range_contents,
    sweep_lacks,
    sweep_passes,
)
from ..problems.hessian_chain import HessianChain

LONGEST = 80
"""Elementals up to which the least cost of every tensor is found."""


KEPT = 24
"""Terms whose tensors are looked at together in longer chains."""


LONGEST_TOGETHER = 320
"""Elementals above which only first steps are counted."""


class TermColumns(NamedTuple):
    """What the program reads."""

    size: Any
    diagonal: Any
    """`[j][k]`: 1 where the Jacobian `(k, j)` is diagonal."""
    content: Any
    """`[i][j]`: of `H(i, j)`."""
    weight: Any
    """`[j][k]`: what applying the Jacobian to one column costs."""
    before: Any
    """`[i]`: how many of the first `i` elementals are curved."""
    curved: Any
    """The curved elementals, from 0."""
    pointwise: Any
    """Of each curved elemental, whether its tensor is diagonal."""
    leaf: Any
    """Of each curved elemental, what its tensor costs as an array."""
    offset: Any
    """`[a][b]`: where the costs of the tensors with terms `a … b` begin."""
    lacks: Any
    """`[0]`, `[1]`: how many of the first elementals cannot be swept; cannot be done in rows."""
    weights: Any
    """Per fma, per entry, per addition, infinite."""
    sums: SweepColumns


def term_content(a, b, i, j, c):  # type: ignore[no-untyped-def]
    """The content of the tensor with the terms `a … b` that connects `(i, j)`."""
    for t in range(a, b + 1):
        if c.pointwise[t] == 0:
            return DENSE
    first, last = c.curved[a], c.curved[b]
    if last > i and c.diagonal[last][i] == 0:
        return DENSE
    if j > first + 1 and c.diagonal[j][first + 1] == 0:
        return SLICES
    return POINTS


def fill_terms(c, hop, costs):  # type: ignore[no-untyped-def]
    """The least cost of every tensor, Jacobians for nothing.

    That of the terms `a … b` at `(i, j)`, for `i <= curved[a]` and `j > curved[b]`, is at
    `offset[a][b] + i·(q - curved[b]) + j - curved[b] - 1`. `hop[content][j][i][k]` gets the cost of
    a congruence.
    """
    q, terms = len(c.size) - 1, len(c.curved)
    for content in range(len(hop)):
        for j in range(2, q + 1):
            for i in range(j - 1):
                for k in range(i + 1, j):
                    hop[content][j][i][k] = congruence_hop(j, i, k, content, c)
    for held in range(terms):
        for a in range(terms - held):
            fill_term_set(a, a + held, c, hop, costs)


def congruence_hop(j, i, k, content, c):  # type: ignore[no-untyped-def]
    """From `(k, j)` to `(i, j)`, in the cheapest way."""
    m, s, n, is_diagonal = c.size[j], c.size[k], c.size[i], c.diagonal[k][i] == 1
    return cheapest_congruence(m, s, n, is_diagonal, content, c.weights[0], c.weights[1])


def fill_term_set(a, b, c, hop, costs):  # type: ignore[no-untyped-def]
    """The least cost of the terms `a … b` at every `(i, j)`."""
    size, q = c.size, len(c.size) - 1
    first, last = c.curved[a], c.curved[b]
    width, start = q - last, c.offset[a][b]
    is_pointwise = True
    for t in range(a, b + 1):
        is_pointwise = is_pointwise and c.pointwise[t] == 1
    for i in range(first, -1, -1):
        here = costs[start + i * width : start + (i + 1) * width]
        for j in range(width):
            here[j] = c.weights[3]
        for t in range(a, b):
            one = c.offset[a][t] + i * (q - c.curved[t]) + last - c.curved[t]
            other = c.offset[t + 1][b] + i * width
            ones, others = costs[one : one + width], costs[other : other + width]
            for j in range(width):
                here[j] = min(here[j], ones[j] + others[j])
        if a == b and i == first:
            here[0] = c.leaf[a]
        dense = size[i] * (size[i] + 1) >> 1
        kept = dense
        if is_pointwise and (last == i or c.diagonal[last][i] == 1):
            kept = size[i]
        for j in range(width):
            at = last + 1 + j
            least = here[j]
            if b > a:
                # What is diagonal is added in fewer places, and one number at each is the least.
                least += c.weights[2] * size[at] * (dense if len(hop) == 1 else 1)
            if kept == dense:
                before, weights = here[:j], c.weight[at][last + 1 : at]
                for k in range(j):
                    least = min(least, before[k] + kept * weights[k])
            else:
                for k in range(j):
                    content = term_content(a, b, i, last + 1 + k, c)
                    cost = apply_cost(
                        size[at],
                        size[last + 1 + k],
                        size[i],
                        c.diagonal[at][last + 1 + k] == 1,
                        content,
                        c.weights[0],
                        c.weights[1],
                    )
                    least = min(least, here[k] + cost)
            for k in range(i + 1, first + 1):
                content = term_content(a, b, k, at, c) if is_pointwise else DENSE
                least = min(least, costs[start + k * width + j] + hop[content][at][i][k])
            here[j] = least
            if a == c.before[i] and b == c.before[at] - 1:
                here[j] = swept(a, b, i, at, least, c, costs)
        costs[start + i * width : start + (i + 1) * width] = here


def swept(a, b, i, j, least, c, costs):  # type: ignore[no-untyped-def]
    """The least cost of all of `H(i, j)`, if it may end in a sweep."""
    q = len(c.size) - 1
    for k in range(i + 1, j + 1):
        first = c.before[k]
        if first <= b:
            at = c.offset[first][b] + k * (q - c.curved[b]) + j - c.curved[b] - 1
            rest, tail = costs[at], c.content[k][j]
        else:
            rest, tail = 0, NONE
        for in_rows in (False, True):
            lacks = c.lacks[1] if in_rows else c.lacks[0]
            if lacks[k] == lacks[i]:
                cost = sweep_cost(
                    i, k, j, c.size, tail, c.sums, in_rows, c.weights[0], c.weights[1]
                )
                least = min(least, rest + cost)
    return least


class TermCosts:
    """The least cost of every tensor of a chain if its Jacobians were free."""

    def __init__(
        self, chain: HessianChain, objective: str, kept: Sequence[int] | None = None
    ) -> None:
        per_fma, per_entry, per_sum = WEIGHTS[objective]
        q, d, elementals = len(chain), chain.sizes, chain.elementals
        curved = curved_elementals(chain) if kept is None else list(kept)
        offset, total = [], 0
        for a in range(len(curved)):
            offset.append([0] * len(curved))
            for b in range(a, len(curved)):
                offset[a][b] = total
                total += (curved[a] + 1) * (q - curved[b])
        sums = sweep_passes(chain, per_fma, per_entry)
        leaf = [0 if elementals[l].given else curvature_cost(chain, l) for l in curved]
        infinite = no_plan_costs(chain, per_fma, sums)
        for t, l in enumerate(curved):
            if not elementals[l].given and elementals[l].second_cost is None:
                leaf[t] = infinite
        fits = 8 * infinite < INT64_SAFE
        run = runner(fill_terms, 3 * q**5 / 120 + 10 * q**3, fits=fits)
        diagonal = diagonal_table(chain)
        before, kept_set = [0], set(curved)
        for l in range(q):
            before.append(before[-1] + (l in kept_set))
        self.columns = TermColumns(
            size=run.column(list(d)),
            diagonal=run.column(diagonal),
            weight=run.column(apply_weights(chain, objective)),
            before=run.column(before),
            content=run.column(range_contents(chain)),
            curved=run.column(curved),
            pointwise=run.column([int(elementals[l].tensor == "diagonal") for l in curved]),
            leaf=run.column(leaf),
            offset=run.column(offset),
            lacks=run.column(sweep_lacks(chain)),
            weights=run.column([per_fma, per_entry, per_sum, infinite]),
            sums=run.columns(sums),
        )
        self._costs = run.zeros(total)
        self.terms = len(curved)
        if curved:
            hop = run.zeros(3 if is_mixed(chain) else 1, q + 1, q + 1, q + 1)
            run(self.columns, hop, self._costs)

    def __call__(self, a: int, b: int, i: int, j: int) -> int:
        """The least cost of the tensor with the curved elementals `a … b` at `(i, j)`."""
        last, q = self.columns.curved[b], len(self.columns.size) - 1
        return int(self._costs[self.columns.offset[a][b] + i * (q - last) + j - last - 1])

    @property
    def whole(self) -> int:
        """That of the wanted tensor: a bound for every plan."""
        q = len(self.columns.size) - 1
        return int(self(0, self.terms - 1, 0, q)) if self.terms else 0


def no_plan_costs(chain: HessianChain, per_fma: int, sums: SweepColumns) -> int:
    """More than any plan that is possible at all."""
    q, largest = len(chain), max(chain.sizes)
    swept = largest * largest * sum(column[-1] for column in sums)
    elementals = sum(
        largest * ((e.tangent_cost or 0) + (e.adjoint_cost or 0)) for e in chain.elementals
    )
    most: int = 1 + 8 * q * (
        (per_fma + 1) * largest**4 + swept + q * (per_fma + 1) * (largest**3 + elementals)
    )
    return most


def curved_elementals(chain: HessianChain) -> list[int]:
    """Those that have second derivatives, from 0."""
    return [l for l, elemental in enumerate(chain.elementals) if not elemental.is_linear]


@lru_cache(maxsize=2)
def term_costs(chain: HessianChain, objective: str) -> TermCosts:
    """`TermCosts` of all terms, kept for the next order of the same chain."""
    return TermCosts(chain, objective)


@lru_cache(maxsize=8)
def term_bound(chain: HessianChain, objective: str) -> int:
    """A cost that no plan can beat: of `KEPT` terms together, and of the first step of the others.

    A plan without a term is a plan for the others, and a step that holds one term alone is none of
    theirs.
    """
    curved = curved_elementals(chain)
    if len(chain) == 1 or not curved:
        return 0
    if len(chain) <= LONGEST:
        return term_costs(chain, objective).whole
    first = first_step_costs(chain, objective)
    if len(chain) > LONGEST_TOGETHER:
        return sum(first)
    kept = curved[:: -(-len(curved) // KEPT)]
    bound = TermCosts(chain, objective, kept).whole
    return bound + sum(first) - sum(first[l] for l in kept)


def first_step_costs(chain: HessianChain, objective: str) -> list[int]:
    """The least that the first step on the tensor of each elemental costs.

    Nothing but of given, dense ones. Every step costs more the larger the variable that it leads
    to, so that the smallest behind, or before, will do.
    """
    per_fma, per_entry, _ = WEIGHTS[objective]
    d, elementals = chain.sizes, chain.elementals
    before = list(accumulate(d, min))
    after = list(accumulate(reversed(d), min))[::-1]
    costs = [0] * len(chain)
    for l, elemental in enumerate(elementals):
        if not elemental.given or elemental.tensor != "dense":
            continue
        m, s = d[l + 1], d[l]
        ways = []
        if l + 1 < len(chain):
            is_diagonal = elementals[l + 1].is_diagonal
            ways.append(apply_cost(after[l + 2], m, s, is_diagonal, DENSE, per_fma, per_entry))
        if l > 0:
            n, is_diagonal = before[l - 1], elementals[l - 1].is_diagonal
            shape = (m, s, n, is_diagonal, DENSE, per_fma, per_entry)
            ways.append(cheapest_congruence(*shape))
            # A sweep multiplies the tensor by a vector for every pair of output and input.
            ways.append(after[l + 1] * n * s * (per_fma * s + per_entry))
        costs[l] = int(min(ways, default=0))
    return costs
