"""What the steps of a chain with structure cost: multiplications by the patterns of the operands.

A product `(k, j)·(i, k)` takes `Σ_s (entries of column s of (k, j))·(entries of row s of (i, k))`
fma. Each entry of the result is a sum, so it takes one addition less than multiplications: flops
are `2·fma - entries of the result`. A product with an identity takes nothing.

Of a product of two full matrices that is known to be symmetric, as `HᵀH` is, one half is multiplied
(`cost.symmetric_price`). Where an operand has structure the price is that of any product.
"""

from __future__ import annotations

from itertools import accumulate

from ..problems.chain import Chain
from ..structure.line_counts import inner_product
from ..structure.patterns import Pattern, band
from ..structure.products import product
from ..structure.ranges import Ranges, product_fma
from .cost import symmetric_price
from .steps import ADJOINT, MULTIPLY, TANGENT, Steps


def product_costs(
    chain: Chain, ranges: Ranges, steps: Steps, per_fma: int, per_entry: int
) -> list[int]:
    """The cost of every multiplication, 0 for other steps."""
    ranges.follow(steps.triples())
    costs = []
    for kind, i, k, j in _rows(steps):
        if kind != MULTIPLY:
            costs.append(0)
            continue
        left, right = ranges.counts(k, j), ranges.counts(i, k)
        if left.is_free or right.is_free:
            costs.append(0)
        elif left.is_full and right.is_full and chain.is_symmetric(i, j):
            costs.append(symmetric_price(chain.sizes[i], chain.sizes[k], (per_fma, per_entry)))
        else:
            fma, made = product_fma(left, right), ranges.counts(i, j).nnz
            costs.append(per_fma * fma + per_entry * made)
    return costs


def fewest_fma(ranges: Ranges, variables: list[int]) -> list[int]:
    """Scalar multiplications that no product can do without that eliminates one of these.

    An entry of variable `k` that depends on an input and has an output depend on it has an entry
    in its row of every `(i, k)` and in its column of every `(k, j)`. Only next to an identity or a
    selection may the product be free.
    """
    # What depends on an input is a row of the product with one full column; so for outputs.
    first: Pattern = band((ranges.sizes[0], 1), ranges.sizes[0], 1)
    last: Pattern = band((1, ranges.sizes[-1]), 1, ranges.sizes[-1])
    reached, reaching = [first], [last]
    for pattern in ranges.patterns:
        reached.append(product(pattern, reached[-1]))
    for pattern in reversed(ranges.patterns):
        reaching.append(product(reaching[-1], pattern))
    reaching.reverse()
    is_free = [pattern.is_selection for pattern in ranges.patterns]
    return [
        0
        if is_free[k - 1] or is_free[k]
        else inner_product(reaching[k].column_lines(), reached[k].row_lines())
        for k in variables
    ]


def halved_bounds(
    chain: Chain, price: tuple[int, int], variables: list[int], bounds: list[int]
) -> list[int]:
    """Bounds on products that eliminate these variables, of which some may be symmetric.

    What is symmetric has as many rows as columns: no fewer than the smallest size before the
    variable, and than the smallest behind it.
    """
    if chain.repeats is None:
        return bounds
    d, inside = chain.sizes, chain.repeats.is_inside_symmetric()
    before = list(accumulate(d, min))
    behind = list(accumulate(reversed(d), min))[::-1]
    halved = [
        symmetric_price(max(before[k - 1], behind[k + 1]), d[k], price) if inside[k] else bound
        for bound, k in zip(bounds, variables, strict=True)
    ]
    return list(map(min, bounds, halved))


def held_over_steps(ranges: Ranges, steps: Steps) -> list[int]:
    """The entries that intermediates and result occupy while each of the single `steps` runs.

    A tangent or adjoint makes a full matrix, whatever the pattern; a product or accumulation makes
    what its pattern says.
    """
    d = ranges.sizes
    ranges.follow(steps.triples())
    held: dict[tuple[int, int], int] = {}
    occupied, over_steps = 0, []
    for kind, i, k, j in _rows(steps):
        is_full = kind in (TANGENT, ADJOINT)
        made = d[i] * d[j] if is_full else ranges.counts(i, j).stored
        occupied += made
        over_steps.append(occupied)
        if kind in (MULTIPLY, TANGENT):
            occupied -= held.pop((i, k), 0)
        if kind in (MULTIPLY, ADJOINT):
            occupied -= held.pop((k, j), 0)
        held[i, j] = made
    return over_steps


def _rows(steps: Steps) -> list[tuple[int, int, int, int]]:
    return list(zip(*(column.tolist() for column in steps.columns()), strict=True))
