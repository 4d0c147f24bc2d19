"""What solving with a matrix takes, found by running the textbook's loops and counting.

Each count is `(multiplications, unpaired)`: multiplications and divisions, and those of them that
no addition goes with. Nothing is taken from the library's formulas.
"""

from functools import cache
from typing import NamedTuple

import numpy as np
from inverses import pattern_of
from structures import as_matrix

import chainorder as co


class Counted(NamedTuple):
    """What factoring a matrix takes, a solve with one vector, and the inverse as a matrix."""

    setup: tuple[int, int]
    solve: tuple[int, int]
    explicit: tuple[int, int]


def columns(n, solve):
    """`n` solves, one after another."""
    return n * solve[0], n * solve[1]


def substitution(n, reach):
    """A vector through a triangle that reaches `reach` entries from its diagonal."""
    return sum(0 <= r - c <= reach for r in range(n) for c in range(n)), n


def triangular_inverse(n):
    """The inverse of a full triangle: column c begins at its own row."""
    return sum((n - c) * (n - c + 1) // 2 for c in range(n)), sum(n - c for c in range(n))


@cache
def counted_diagonal(n):
    """A diagonal: reciprocals."""
    return Counted((0, 0), (n, n), (n, n))


@cache
def counted_triangle(n, reach):
    """A triangle that reaches `reach` entries from its diagonal."""
    solve = substitution(n, reach)
    return Counted((0, 0), solve, triangular_inverse(n) if reach == n - 1 else columns(n, solve))


@cache
def counted_cholesky(n):
    """A Cholesky factorization, two substitutions, and one half of L^-T L^-1."""
    fma, unpaired = 0, 0
    for k in range(n):
        fma += 1  # the root
        unpaired += 1
        for r in range(k + 1, n):
            fma += 1
            unpaired += 1
            for _ in range(k + 1, r + 1):
                fma += 1
    inverse_fma, inverse_unpaired = triangular_inverse(n)
    for r in range(n):
        for _ in range(r + 1):
            inverse_fma += n - r
            inverse_unpaired += 1
    solve = columns(2, substitution(n, n - 1))
    return Counted((fma, unpaired), solve, (inverse_fma, inverse_unpaired))


@cache
def counted_banded(n, lower, upper):
    """Elimination within a band, which exchanging rows makes wider above the diagonal."""
    wide = min(lower + upper, n - 1)
    fma, unpaired, solve = 0, 0, 0
    for k in range(n):
        for _ in range(k + 1, min(k + lower, n - 1) + 1):
            fma += 1
            unpaired += 1
            for _ in range(k + 1, min(k + wide, n - 1) + 1):
                fma += 1
        solve += min(lower, n - 1 - k) + min(wide, n - 1 - k) + 1
    return Counted((fma, unpaired), (solve, n), columns(n, (solve, n)))


@cache
def counted_lu(n):
    """Elimination of a full matrix; U^-1, then its product with L^-1 by substitution."""
    setup, solve, _ = counted_banded(n, n - 1, n - 1)
    fma, unpaired = triangular_inverse(n)
    return Counted(setup, solve, (fma + sum(n * (n - 1 - c) for c in range(n)), unpaired))


def counted_inverse(factor):
    """What a factor's matrix takes that is inverted: by what its pattern looks like."""
    structure, n = factor.matrix.structure, factor.matrix.value.shape[0]
    pattern = pattern_of(structure, (n, n))
    rows, cols = np.nonzero(pattern)
    lower, upper = int(max(0, (rows - cols).max())), int(max(0, (cols - rows).max()))
    is_dense = 3 * pattern.sum() >= n * n
    if lower == upper == 0:
        return counted_diagonal(n)
    if isinstance(structure, co.Symmetric) and structure.positive_definite:
        return counted_cholesky(n)
    if lower == 0 or upper == 0:
        return counted_triangle(n, n - 1 if is_dense else lower + upper)
    full = counted_lu(n)
    if pattern.sum() == as_matrix(co.Banded(lower, upper), (n, n)).sum():
        banded = counted_banded(n, lower, upper)
        return banded if banded.setup[0] < full.setup[0] else full
    return full


def is_sparse_lu(factor):
    """Whether the counts depend on the ordering of a sparse factorization."""
    structure, n = factor.matrix.structure, factor.matrix.value.shape[0]
    return isinstance(structure, co.Sparse) and 3 * len(structure.rows) < n * n
