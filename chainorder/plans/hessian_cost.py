"""What one step costs on a chain of second derivatives: formulas for scalars, in one place.

Each takes weights: `per_fma` for a scalar multiplication of a contraction, `per_entry` for an
entry that a contraction writes; `(1, 0)` counts fma and `(2, -1)` counts flops, additions between
contractions apart. `m`, `s` and `n` are the sizes of output, middle and input; a symmetric slice of
size `n` is kept as `n(n+1)/2` numbers. All integers, compiled or not.

A tensor has a *content*: DENSE, SLICES (every output's slice is diagonal), POINTS (only the entries
`(r, r, r)`), or NONE (no term of the sum is in it).
"""

from __future__ import annotations

from typing import Any, NamedTuple

from .hessian_kinds import CONGRUENCE, SQUARE, TRIANGLE

DENSE, SLICES, POINTS, NONE = range(4)
"""The contents of a tensor."""


def triangle(n):  # type: ignore[no-untyped-def]
    """Entries of a symmetric matrix that are kept."""
    return n * (n + 1) >> 1


def kept_columns(n, content):  # type: ignore[no-untyped-def]
    """Numbers that are kept of a slice of size `n`; of POINTS, those of one slice."""
    if content == DENSE:
        return n * (n + 1) >> 1
    return 1 if content == POINTS else n


def product_cost(m, s, n, left_diagonal, right_diagonal, per_fma, per_entry):  # type: ignore[no-untyped-def]
    """A product of Jacobians `(m, s)·(s, n)`, either of which may be diagonal."""
    if left_diagonal and right_diagonal:
        return m * (per_fma + per_entry)
    if left_diagonal or right_diagonal:
        return m * n * (per_fma + per_entry)
    return m * n * (per_fma * s + per_entry)


def apply_cost(m, s, n, diagonal, content, per_fma, per_entry):  # type: ignore[no-untyped-def]
    """A Jacobian `(m, s)` applied to a tensor of `s` outputs over inputs of size `n`."""
    kept = kept_columns(n, content)
    if diagonal:
        return m * kept * (per_fma + per_entry)
    if content == POINTS:
        return m * s * (per_fma + per_entry)
    return m * kept * (per_fma * s + per_entry)


def congruence_cost(m, s, n, diagonal, content, per_fma, per_entry):  # type: ignore[no-untyped-def]
    """`Bᵀ S B` for every one of `m` slices `S` of size `s`, one half of the result.

    `S B` is whole, `(s, n)`. Where `B` is diagonal its products in pairs are made once, for all.
    """
    once = per_fma + per_entry
    half = n * (n + 1) >> 1
    if diagonal:
        kept = (s * (s + 1) >> 1) if content == DENSE else s
        return (1 if content == POINTS else m) * kept * once + kept * once
    if content == DENSE:
        return m * (s * n + half) * (per_fma * s + per_entry)
    if content == SLICES:
        return m * (s * n * once + half * (per_fma * s + per_entry))
    return s * (n + half) * once


def triangle_cost(m, s, n, diagonal, content, per_fma, per_entry):  # type: ignore[no-untyped-def]
    """The same by one half of `S`: `Bᵀ S B = Z + Zᵀ` with `Z = Bᵀ (L B)`.

    `L` is the lower triangle with half of the diagonal. `Z` is whole, but `L B` takes half of the
    products that `S B` takes: worth it where `n` is less than `s`.
    """
    if diagonal or content != DENSE:
        return congruence_cost(m, s, n, diagonal, content, per_fma, per_entry)
    once = per_fma + per_entry
    half = n * (n + 1) >> 1
    halved = m * s * once
    below = m * n * (per_fma * (s * (s + 1) >> 1) + per_entry * s)
    sums = (per_fma - once) * m * half
    return halved + below + m * n * n * (per_fma * s + per_entry) + sums


def square_cost(m, s, n, diagonal, content, per_fma, per_entry):  # type: ignore[no-untyped-def]
    """The same from the other side: the symmetric square of `B` first, then one product.

    Row `(a, c)` and column `(b, d)` of the square hold `B_ab B_cd + B_cb B_ad`; of slices that are
    diagonal only the rows `(a, a)` are met. Worth it where `n` is small, or `m` large.
    """
    half = n * (n + 1) >> 1
    if diagonal or content == POINTS:
        return congruence_cost(m, s, n, diagonal, content, per_fma, per_entry)
    once = per_fma + per_entry
    if content == SLICES:
        return s * half * once + m * half * (per_fma * s + per_entry)
    rows = s * (s + 1) >> 1
    # In flops, the sum of two products, or the doubling of one, is an addition in each entry.
    sums = (per_fma - once) * (s * (s - 1) >> 1) * half
    products = (s * half + (s * (s - 1) >> 1) * n * n) * once
    return products + sums + m * half * (per_fma * rows + per_entry)


def cheapest_congruence(m, s, n, diagonal, content, per_fma, per_entry):  # type: ignore[no-untyped-def]
    """The cost of `Bᵀ S B` in the way that is cheapest."""
    return min(
        congruence_cost(m, s, n, diagonal, content, per_fma, per_entry),
        triangle_cost(m, s, n, diagonal, content, per_fma, per_entry),
        square_cost(m, s, n, diagonal, content, per_fma, per_entry),
    )


def cheapest_kind(m, s, n, diagonal, content, per_fma, per_entry):  # type: ignore[no-untyped-def]
    """The kind of step that is that way."""
    least = cheapest_congruence(m, s, n, diagonal, content, per_fma, per_entry)
    if congruence_cost(m, s, n, diagonal, content, per_fma, per_entry) == least:
        return CONGRUENCE
    if triangle_cost(m, s, n, diagonal, content, per_fma, per_entry) == least:
        return TRIANGLE
    return SQUARE


class SweepColumns(NamedTuple):
    """Prefix sums over the elementals of what a sweep asks of them, in the objective."""

    tangents: Any
    """Of a tangent."""
    adjoints: Any
    """Of an adjoint."""
    seconds: Any
    """Of a second-order adjoint."""
    seeds: Any
    """Of what each output takes before: `λ·T`, where `T` is given."""
    given: Any
    """1 for an elemental that is given: its products with the identity are free."""
    transposed: Any
    """Of a tangent had from the adjoint, where that is all there is."""


def sweep_cost(i, k, j, size, tail, sums, in_rows, per_fma, per_entry):  # type: ignore[no-untyped-def]
    """Second-order adjoints from `k` back to `i` for every output of `j` and every input of `i`.

    The columns of the identity at `i` are pushed to `k`, the rows `J(k, j)` are pulled back, and
    on the way back each elemental adds its second-order adjoint. `tail` is the content of
    `H(k, j)`, which is what the way back begins with; NONE where there is nothing. A row at a time,
    tangents are had from adjoints, and every output does its own.
    """
    n, m = size[i], size[j]
    adjoints, seconds, seeds, given = sums.adjoints, sums.seconds, sums.seeds, sums.given
    pushed = sums.transposed if in_rows else sums.tangents
    has_tail = k < j and tail != NONE
    last = k if has_tail else k - 1
    is_first_given, is_last_given = given[i + 1] > given[i], given[k] > given[k - 1]
    total = pushed[last] - pushed[i]
    if last > i and is_first_given:
        total -= pushed[i + 1] - pushed[i]
    total *= n * m if in_rows else n
    total += m * (adjoints[k] - adjoints[i + 1] + seeds[k] - seeds[i])
    if k == j and is_last_given:
        total -= m * (seeds[k] - seeds[k - 1])
        if k - 1 > i:
            total -= m * (adjoints[k] - adjoints[k - 1])
    total += m * n * (seconds[k] - seconds[i] + adjoints[last] - adjoints[i])
    if is_first_given:
        total -= m * n * (seconds[i + 1] - seconds[i])
    if has_tail:
        once = per_fma * size[k] + per_entry if tail == DENSE else per_fma + per_entry
        total += m * n * size[k] * once
    return total
