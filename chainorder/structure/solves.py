"""What an inverse costs: factoring a matrix once, a solve per column, an explicit inverse.

| matrix | method | factoring | a solve | explicit inverse | Golub & Van Loan |
| --- | --- | --- | --- | --- | --- |
| diagonal | reciprocals | 0 | n | n | |
| triangular, t entries | substitution | 0 | t | n(n+1)(n+2)/6 | 3.1 |
| full | LU, partial pivoting | (n³-n)/3 | n² | (2n³+n)/3 | 3.2, 3.4 |
| symmetric positive definite | Cholesky | n(n+1)(n+2)/6 | n²+n | n(n+1)(n+2)/3 | 4.2 |
| band | band LU, partial pivoting | Σ l_k(1 + u_k) | Σ (l_k + u_k + 1) | n solves | 4.3 |
| sparse | sparse LU | Σ l_k(1 + u_k) | Σ (l_k + u_k + 1) | n solves | 11.1 |

In the field's unit, fma: multiplications, divisions and square roots count one each. `l_k` are the
entries below the diagonal in column k of L, `u_k` those right of it in row k of U; partial pivoting
makes U of a band as wide as both bandwidths together, and that is what is stored and applied. A
solve with the transpose costs as much as one with the matrix. An LU factorization and the explicit
inverse together take exactly n³.

The counts for a sparse matrix are those of its factors when no rows are exchanged beyond what puts
entries on the diagonal; where values ask for other pivots, execution counts what it really did.

Reference: G. H. Golub, C. F. Van Loan, *Matrix Computations*, 4th edition (2013).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from .declarations import Structure
from .derived import check_regular, reach, unwrapped
from .patterns import Band, Pattern, Shape, band_entries
from .special import Symmetric

DENSE_SHARE = 3
"""As for products: a matrix is held dense if at least one entry in three can be non-zero."""


class Work(NamedTuple):
    """Scalar multiplications, and those of them that no addition goes with.

    >>> Work(fma=100, unpaired=10).price(2, -1)  # in flops
    190
    """

    fma: int = 0
    unpaired: int = 0

    def price(self, per_fma: int, per_entry: int) -> int:
        """The work in an objective, which has a price for each of the two."""
        return per_fma * self.fma + per_entry * self.unpaired

    def times(self, count: int) -> Work:
        """The work, done so often."""
        return Work(count * self.fma, count * self.unpaired)

    def plus(self, other: Work) -> Work:
        """Both."""
        return Work(self.fma + other.fma, self.unpaired + other.unpaired)


class Solves(NamedTuple):
    """How a matrix is inverted, and what that takes.

    `entries` is what the factors hold in memory, beyond the matrix itself.
    """

    method: str
    setup: Work
    solve: Work
    """Of one column, or of one row by the transpose."""
    explicit: Work
    """Of the inverse as a matrix, once the matrix is factored."""
    entries: int


def solves_of(structure: Structure, shape: Shape) -> Solves:
    """What solving with a matrix of the structure takes.

    Args:
        structure: of the matrix that the caller has; inverses and transposes around it make no
            difference.
        shape: `(n, n)`.

    Raises:
        ChainOrderError: every matrix of that pattern is singular.

    >>> from chainorder import Banded, Dense
    >>> solves_of(Dense(), (10, 10))
    Solves(method='lu', setup=Work(fma=330, unpaired=45), solve=Work(fma=100, unpaired=10), \
explicit=Work(fma=670, unpaired=55), entries=100)
    >>> solves_of(Banded(1, 1), (1000, 1000)).solve.fma
    3996
    """
    return _solves(unwrapped(structure).of, shape)


@lru_cache(maxsize=256)
def _solves(of: Structure, shape: Shape) -> Solves:
    pattern, n = of.pattern(shape), shape[0]
    check_regular(pattern)
    if pattern.is_selection:
        return Solves("known", Work(), Work(), Work(), 0)
    if isinstance(pattern, Band) and pattern.is_diagonal:
        return Solves("diagonal", Work(), Work(n, n), Work(n, n), 0)
    if isinstance(of, Symmetric) and of.positive_definite:
        return cholesky_work(n)
    below, above = reach(pattern)
    is_held_dense = DENSE_SHARE * pattern.nnz >= n * n
    if is_held_dense and 0 in (below, above):
        return triangular_work(n)
    if not isinstance(pattern, Band):
        return lu_work(n) if is_held_dense else _sparse_work(pattern)
    if 0 in (below, above):
        solve = Work(pattern.nnz, n)
        return Solves("banded triangular", Work(), solve, solve.times(n), pattern.nnz)
    banded, dense = banded_work(n, below, above), lu_work(n)
    return banded if banded.setup.fma < dense.setup.fma else dense


def triangular_work(n: int) -> Solves:
    """Substitution with a full triangle."""
    columns = Work(n * (n + 1) * (n + 2) // 6, n * (n + 1) // 2)
    return Solves("triangular", Work(), Work(n * (n + 1) // 2, n), columns, 0)


def lu_work(n: int) -> Solves:
    """LU with partial pivoting; the explicit inverse from U⁻¹, by columns (LAPACK's getri)."""
    return Solves(
        "lu",
        Work((n**3 - n) // 3, n * (n - 1) // 2),
        Work(n * n, n),
        Work((2 * n**3 + n) // 3, n * (n + 1) // 2),
        n * n,
    )


def cholesky_work(n: int) -> Solves:
    """L·Lᵀ; the explicit inverse as L⁻ᵀ·L⁻¹, of which one half is formed (LAPACK's potri)."""
    return Solves(
        "cholesky",
        Work(n * (n + 1) * (n + 2) // 6, n * (n + 1) // 2),
        Work(n * (n + 1), 2 * n),
        Work(n * (n + 1) * (n + 2) // 3, n * (n + 1)),
        n * n,
    )


def banded_work(n: int, lower: int, upper: int) -> Solves:
    """LU of a band with partial pivoting (LAPACK's gbtrf): U is `lower + upper` wide."""
    wide = min(lower + upper, n - 1)
    l_entries = int(band_entries(lower, 0, n, n)) - n
    u_entries = int(band_entries(0, wide, n, n))
    # Σ_k l_k·u_k with l_k = min(lower, n-1-k) and u_k = min(wide, n-1-k), by what lies behind k.
    behind = n - 1
    short = min(lower, behind)
    middle = min(wide, behind)
    products = short * (short + 1) * (2 * short + 1) // 6
    products += lower * (middle * (middle + 1) - short * (short + 1)) // 2
    products += lower * wide * (behind - middle)
    solve = Work(l_entries + u_entries, n)
    rows = 2 * lower + upper + 1
    return Solves(
        "banded lu", Work(l_entries + products, l_entries), solve, solve.times(n), rows * n
    )


@lru_cache(maxsize=16)
def _sparse_work(pattern: Pattern) -> Solves:
    import scipy.sparse
    from scipy.sparse.csgraph import maximum_bipartite_matching

    # A matrix of the pattern that needs no other pivots than these: they outweigh all else.
    matrix = pattern.csr().astype(np.float64)
    n = pattern.shape[0]
    matrix.data[:] = np.random.default_rng(0).uniform(0.5, 1.5, len(matrix.data))
    cols = maximum_bipartite_matching(pattern.csr(), perm_type="column")
    heavy = scipy.sparse.coo_array(
        (np.full(n, 4.0 * len(matrix.data)), (np.arange(n), cols)), shape=(n, n)
    )
    return sparse_work(sparse_lu(matrix + heavy.tocsr()))


def sparse_lu(matrix: Any) -> Any:
    """SciPy's SuperLU factorization."""
    from scipy.sparse.linalg import splu

    return splu(matrix.tocsc(), permc_spec="COLAMD")


def sparse_work(factors: Any) -> Solves:
    """What the factors of a sparse matrix took, and what solving with them takes."""
    lower, upper = factors.L.tocsc(), factors.U.tocsr()
    n = lower.shape[0]
    below = (np.diff(lower.indptr) - 1).astype(np.int64)
    right = (np.diff(upper.indptr) - 1).astype(np.int64)
    solve = Work(int(below.sum() + right.sum()) + n, n)
    setup = Work(int(below @ (1 + right)), int(below.sum()))
    entries = int(lower.nnz + upper.nnz) - n
    return Solves("sparse lu", setup, solve, solve.times(n), entries)
