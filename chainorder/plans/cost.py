"""What a step costs: fma, flops, entries held. Exact integers, for all steps of a plan at once.

A step's operands are named by the variables that they connect, so its cost follows from the
problem and the four columns of the step. Columns are int64 arrays; where a value could leave 64
bits they become arrays of Python integers, and nothing else changes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..compiled import INT64_SAFE
from ..problems.chain import Chain
from .kinds import ACCUMULATE, ADJOINT, MULTIPLY, TANGENT

if TYPE_CHECKING:
    from ..problems.graph import Graph
    from .steps import Steps

Column = npt.NDArray[Any]
"""One exact integer per step: int64, or object where 64 bits do not do."""


def exact_sum(column: Column) -> int:
    """The sum of a column as a Python integer, never wrapped."""
    if column.dtype == object or len(column) == 0:
        return int(sum(column.tolist()))
    if int(np.abs(column).max()) < INT64_SAFE // len(column):
        return int(column.sum())
    return sum(column.tolist())


def running_sum(column: Column) -> Column:
    """The prefix sums of a column, never wrapped."""
    is_plain = column.dtype != object and len(column) > 0
    if is_plain and int(np.abs(column).max()) >= INT64_SAFE // len(column):
        column = column.astype(object)
    return np.cumsum(column)


def exact_sizes(chain: Chain, degree: int) -> Column:
    """The sizes, as Python integers if a product of `degree` of them could leave 64 bits."""
    sizes = chain.size_array
    return sizes if int(sizes.max()) ** degree < INT64_SAFE else sizes.astype(object)


def objectives(problem: Chain | Graph) -> tuple[str, ...]:
    """What the orders of a problem can make small; where costs are times, only those."""
    return ("fma", "flops") if problem.timing is None else ("seconds",)


def product_price(chain: Chain, objective: str) -> tuple[int, int]:
    """`(per_fma, per_entry)`: a product `(m, k)·(k, n)` costs `m·n·(k·per_fma + per_entry)`."""
    if objective == "seconds":
        assert chain.timing is not None
        return chain.timing.per_fma, chain.timing.per_entry
    return (1, 0) if objective == "fma" else (2, -1)


def step_fma(chain: Chain, steps: Steps) -> Column:
    """Scalar multiplications of each step; a tangent or adjoint at its declared cost."""
    return step_costs(chain, steps, "fma")


def step_flops(chain: Chain, steps: Steps) -> Column:
    """Multiplications and additions of each step; a tangent or adjoint at its declared cost."""
    return step_costs(chain, steps, "flops")


def step_costs(chain: Chain, steps: Steps, objective: str) -> Column:
    """What each step costs in fma, flops, or (objective "seconds") picoseconds.

    A tangent or adjoint has its declared cost; where that is a time, it adds no fma or flops.
    """
    per_fma, per_entry = product_price(chain, objective)
    costs: Column
    if chain.ranges is None:
        d = exact_sizes(chain, 3)
        if int(d.max()) ** 3 * (per_fma + max(per_entry, 0)) >= 2 * INT64_SAFE:
            d = d.astype(object)
        costs = d[steps.i] * (per_fma * d[steps.k] + per_entry) * d[steps.j]
    else:
        from .structured_cost import product_costs

        d = exact_sizes(chain, 1)
        costs = np.array(product_costs(chain.ranges, steps, per_fma, per_entry), dtype=object)
    pushed = (steps.kind == TANGENT) | ((steps.kind == ACCUMULATE) & (steps.k == steps.i))
    pulled = (steps.kind != MULTIPLY) & ~pushed
    if not (pushed.any() or pulled.any()):
        return costs
    if (chain.timing is not None) != (objective == "seconds"):
        costs[pushed | pulled] = 0
        return costs
    tangent, adjoint = product_cost_sums(chain)
    if max(int(tangent[-1]), int(adjoint[-1])) * int(d.max()) >= INT64_SAFE:
        costs, d = costs.astype(object), d.astype(object)
        tangent, adjoint = tangent.astype(object), adjoint.astype(object)
    i, k, j = (column[pushed] for column in (steps.i, steps.k, steps.j))
    costs[pushed] = d[i] * (tangent[j] - tangent[k])
    i, k, j = (column[pulled] for column in (steps.i, steps.k, steps.j))
    costs[pulled] = d[j] * (adjoint[k] - adjoint[i])
    if chain.ranges is not None:
        for t in np.flatnonzero(steps.kind == ACCUMULATE).tolist():
            costs[t] = _accumulation_cost(chain, int(steps.i[t]), by_tangents=bool(pushed[t]))
    return costs


def vectors_to_accumulate(chain: Chain, l: int) -> tuple[int, int]:
    """How many tangents, and how many adjoints, make a matrix of elemental `l` (from 0)."""
    if chain.ranges is None:
        return chain.sizes[l], chain.sizes[l + 1]
    from ..structure.coloring import column_colors, row_colors

    pattern = chain.ranges.patterns[l]
    return column_colors(pattern), row_colors(pattern)


def _accumulation_cost(chain: Chain, l: int, *, by_tangents: bool) -> int:
    """The cost of making a matrix of elemental `l`, as many products as its pattern needs."""
    tangents, adjoints = vectors_to_accumulate(chain, l)
    elemental = chain.elementals[l]
    if by_tangents:
        return tangents * (elemental.tangent_cost or 0)
    return adjoints * (elemental.adjoint_cost or 0)


def product_cost_sums(chain: Chain) -> tuple[Column, Column]:
    """Prefix sums over the elementals of the cost of one tangent, and of one adjoint.

    An elemental without the product adds nothing: no plan asks for it.
    """
    tangent = [0, *(elemental.tangent_cost or 0 for elemental in chain.elementals)]
    adjoint = [0, *(elemental.adjoint_cost or 0 for elemental in chain.elementals)]
    return _prefix_sums(tangent), _prefix_sums(adjoint)


def _prefix_sums(values: list[int]) -> Column:
    return np.cumsum(np.array(values, dtype=np.int64 if sum(values) < INT64_SAFE else object))


def entries(chain: Chain, i: Column, j: Column) -> Column:
    """Entries of each sub-Jacobian `(i, j)` when it is held as a matrix."""
    if chain.ranges is not None:
        from .structured_cost import stored_entries

        return stored_entries(chain.ranges, i, j)
    d = exact_sizes(chain, 2)
    held: Column = d[i] * d[j]
    return held


def peak_entries(chain: Chain, steps: Steps) -> int:
    """The most entries that intermediates and result occupy at once.

    While a step runs, its operands and its result are held; an operand is freed when the step is
    done, since on a chain every sub-Jacobian is used once. Elementals that are given are not
    counted: they are the caller's. A push or pull through several elementals makes a matrix at
    each of them.
    """
    if len(steps) == 0:
        return 0
    steps = single_steps(steps)
    if chain.ranges is not None:
        from .structured_cost import structured_peak_entries

        return structured_peak_entries(chain, steps)
    made = entries(chain, steps.i, steps.j)
    freed = _operand_entries(chain, steps, left=True) + _operand_entries(chain, steps, left=False)
    return int((running_sum(made - freed) + freed).max())


def factor_costs(chain: Chain, factors: list[tuple[int, int]]) -> tuple[int, int]:
    """Fma of one product of the factors with a vector, and the entries that they hold.

    A factor that is an identity takes nothing and need not be held, unless it is all there is.
    """
    if chain.ranges is None:
        held = sum(chain.sizes[i] * chain.sizes[j] for i, j in factors)
        return held, held
    if len(factors) == 1:
        counts = chain.ranges.counts(*factors[0])
        return (0 if counts.is_identity else counts.nnz), counts.stored
    kept = [chain.ranges.counts(i, j) for i, j in factors]
    kept = [counts for counts in kept if not counts.is_identity]
    return sum(counts.nnz for counts in kept), sum(counts.stored for counts in kept)


def single_steps(steps: Steps) -> Steps:
    """The same steps, with every tangent and adjoint through one elemental only."""
    is_tangent, is_adjoint = steps.kind == TANGENT, steps.kind == ADJOINT
    length = np.where(is_tangent, steps.j - steps.k, np.where(is_adjoint, steps.k - steps.i, 1))
    if (length == 1).all():
        return steps
    ends = np.cumsum(length)
    done = np.arange(ends[-1]) - np.repeat(ends - length, length)
    kind, i, k, j = (
        np.repeat(column, length) for column in (steps.kind, steps.i, steps.k, steps.j)
    )
    k = np.where(kind == TANGENT, k + done, np.where(kind == ADJOINT, k - done, k))
    i = np.where(kind == ADJOINT, k - 1, i)
    j = np.where(kind == TANGENT, k + 1, j)
    return type(steps)(i, k, j, kind)


def _operand_entries(chain: Chain, steps: Steps, *, left: bool) -> Column:
    """Entries of the left (or right) operand of each step, 0 where it is not an intermediate."""
    low, high = (steps.k, steps.j) if left else (steps.i, steps.k)
    uses_it = (steps.kind == MULTIPLY) | (steps.kind == (ADJOINT if left else TANGENT))
    is_made = (high - low > 1) | ~_given(chain)[low]
    return np.where(uses_it & is_made, entries(chain, low, high), 0)


def _given(chain: Chain) -> npt.NDArray[np.bool_]:
    if chain.is_given_dense:
        return np.ones(len(chain) + 1, dtype=bool)
    return np.array([*(e.given for e in chain.elementals), True])


def cut_bound(chain: Chain, objective: str) -> int:
    """A cost that no bracketing of a chain of given, dense elementals can beat, in O(q).

    When variable `k` is eliminated, its neighbours are some `i < k` and some `j > k`, so that
    step costs at least `min(d_0 … d_{k-1}) · d_k · min(d_{k+1} … d_q)` fma. (The weighted vertex
    cuts of a graph, on a path.)
    """
    if len(chain) == 1:
        return 0
    d = exact_sizes(chain, 3)
    before = np.minimum.accumulate(d)[:-2]
    after = np.minimum.accumulate(d[::-1])[::-1][2:]
    inner = d[1:-1] if objective == "fma" else 2 * d[1:-1] - 1
    return exact_sum(before * inner * after)
