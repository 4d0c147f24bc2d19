"""Matrices that are factored once and solved with, by LAPACK and SuperLU.

What is counted follows from the factors that were made: their method, size and bandwidths, and of
sparse factors their entries. A matrix that is singular, or so nearly that a solution would have no
correct digit, is refused with an estimate of its condition.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from ...errors import ChainOrderError
from ...structure import solves
from ...structure.patterns import Band
from ...structure.solves import Solves, Work
from ..dense import Array
from ..one_thread import one_thread_if_small
from .forms import DiagonalMatrix, has_entries_above
from .given import check_symmetric
from .substitution import MANY, SMALL_TRIANGLE, Substitution


class _Factors(NamedTuple):
    """A matrix, factored: `solve(block, transposed)`, the inverse, and the reciprocal condition."""

    solve: Callable[[Array, bool], Array]
    explicit: Callable[[], Any]
    rcond: float
    work: Solves


@dataclass(frozen=True, slots=True, eq=False)
class Factorization:
    """A factored matrix.

    `work` is what factoring it took and what solves take, from the factors as they are.
    """

    _factors: _Factors
    dtype: np.dtype[Any]

    @property
    def work(self) -> Solves:
        """What was done, and what a solve and an explicit inverse take."""
        return self._factors.work

    @property
    def condition(self) -> float:
        """An estimate of the condition number in the 1-norm."""
        return 1.0 / self._factors.rcond if self._factors.rcond else float("inf")

    def solve(self, block: Array, *, transposed: bool = False) -> Array:
        """`A⁻¹ B`, or `A⁻ᵀ B`, for columns `B` of shape `(n, p)`."""
        if block.dtype.kind == "c" and self.dtype.kind != "c":
            real, imaginary = (
                self.solve(p, transposed=transposed) for p in (block.real, block.imag)
            )
            return np.asarray(real + 1j * imaginary)
        columns = block.astype(self.dtype, copy=False)
        with one_thread_if_small(self.work.solve.fma * block.shape[1]):
            solved = self._factors.solve(columns, transposed)
        return solved.astype(np.result_type(block, solved), copy=False)

    def explicit(self) -> Any:
        """The inverse as a matrix, in a form of `operands.forms`."""
        with one_thread_if_small(self.work.explicit.fma):
            return self._factors.explicit()


def factored(matrix: Any, method: str, item: str) -> Factorization:
    """The matrix, factored by the method that its structure asks for (`structure.solves`).

    Args:
        matrix: square: an array, a SciPy sparse array or a diagonal.
        method: one of the names in `structure.solves`.
        item: what messages call the matrix.

    Raises:
        ChainOrderError: a matrix that is singular to working precision, not positive definite, or
            not symmetric, although it was declared to be.
    """
    kind = np.result_type(matrix.dtype, np.float32)
    if kind.kind == "f" and kind.itemsize > 8:
        kind = np.dtype(np.float64)
    if kind.kind == "c" and kind.itemsize > 16:
        kind = np.dtype(np.complex128)
    n = matrix.shape[0]
    with one_thread_if_small(n * n * n // 3):
        factors = _METHODS[method](matrix, kind, item)
    if not factors.rcond >= np.finfo(kind).eps:
        _refuse(item, factors.rcond)
    return Factorization(factors, kind)


def _refuse(item: str, rcond: float) -> None:
    if not rcond > 0:
        raise ChainOrderError(f"{item} is singular, its condition infinite: expected an inverse")
    raise ChainOrderError(
        f"{item} is singular to working precision: its condition is about {1 / rcond:.1e}, so that "
        f"no digit of its inverse would be right"
    )


@cache
def _lapack(name: str, kind: np.dtype[Any]) -> Any:
    from scipy.linalg import get_lapack_funcs

    functions: Any = get_lapack_funcs((name,), dtype=kind)
    return functions[0]


def _by_columns(matrix: Any, kind: np.dtype[Any]) -> tuple[Array, bool]:
    """The matrix as LAPACK reads it, by columns, and whether that is its transpose.

    What lies in rows is the transpose to LAPACK, and is left where it is.
    """
    array = np.asarray(matrix if isinstance(matrix, np.ndarray) else matrix.toarray(), dtype=kind)
    if array.flags.f_contiguous:
        return array, False
    return np.ascontiguousarray(array).T, True


def _diagonal(matrix: Any, kind: np.dtype[Any], item: str) -> _Factors:
    values = matrix.values if isinstance(matrix, DiagonalMatrix) else matrix.diagonal()
    values = values.astype(kind)
    n = len(values)
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        reciprocals = 1 / values
    if not np.isfinite(reciprocals).all():
        _refuse(item, 0.0)
    # Each entry has its own digits: what is small beside another is none the worse for it.
    return _Factors(
        lambda block, _: (block.T / values).T,
        lambda: DiagonalMatrix(reciprocals, (n, n)),
        1.0,
        Solves("diagonal", Work(), Work(n, n), Work(n, n), 0),
    )


def _triangular(matrix: Any, kind: np.dtype[Any], item: str) -> _Factors:
    held, is_turned = _by_columns(matrix, kind)
    lower = has_entries_above(held.T, 0)
    trtrs, trcon, trtri = (_lapack(name, kind) for name in ("trtrs", "trcon", "trtri"))
    if not held.diagonal().all():
        _refuse(item, 0.0)
    rcond, _ = trcon(held, norm="I" if is_turned else "1", uplo="L" if lower else "U")

    @cache
    def by_blocks() -> Substitution:
        return Substitution(held, trtri(held, lower=lower)[0], lower=lower)

    def solve(block: Array, transposed: bool) -> Array:
        if MANY * len(held) <= block.shape[1] and len(held) <= SMALL_TRIANGLE:
            return by_blocks().solve(block, transposed=transposed != is_turned)
        trans = int(transposed != is_turned)
        return np.asarray(trtrs(held, block, lower=lower, trans=trans)[0])

    def explicit() -> Array:
        inverse = np.asarray(trtri(held, lower=lower)[0])
        return inverse.T if is_turned else inverse

    return _Factors(solve, explicit, float(rcond), solves.triangular_work(len(held)))


def _lu(matrix: Any, kind: np.dtype[Any], item: str) -> _Factors:
    held, is_turned = _by_columns(matrix, kind)
    getrf, getrs, getri, gecon, lange = (
        _lapack(name, kind) for name in ("getrf", "getrs", "getri", "gecon", "lange")
    )
    norm = "I" if is_turned else "1"
    factors, pivots, info = getrf(held)
    rcond = 0.0 if info > 0 else float(gecon(factors, lange(norm, held), norm=norm)[0])

    def solve(block: Array, transposed: bool) -> Array:
        return np.asarray(getrs(factors, pivots, block, trans=int(transposed != is_turned))[0])

    def explicit() -> Array:
        inverse = np.asarray(getri(factors, pivots)[0])
        return inverse.T if is_turned else inverse

    return _Factors(solve, explicit, rcond, solves.lu_work(len(held)))


def _cholesky(matrix: Any, kind: np.dtype[Any], item: str) -> _Factors:
    if kind.kind == "c":
        raise ChainOrderError(f"{item} has complex entries: a positive definite matrix is real")
    array, _ = _by_columns(matrix, kind)
    check_symmetric(array, item)
    potrf, potrs, potri, pocon, lange = (
        _lapack(name, kind) for name in ("potrf", "potrs", "potri", "pocon", "lange")
    )
    norm = float(lange("1", array))
    factor, info = potrf(array, lower=True, clean=True)
    if info > 0:
        raise ChainOrderError(
            f"{item} is not positive definite: its leading minor of order {info} is not positive"
        )

    def explicit() -> Array:
        lower, _ = potri(factor, lower=True)
        inverse = np.tril(lower)
        return np.asarray(inverse + np.tril(inverse, -1).T)

    return _Factors(
        lambda block, _: potrs(factor, block, lower=True)[0],
        explicit,
        float(pocon(factor, norm, uplo="L")[0]),
        solves.cholesky_work(len(array)),
    )


def _diagonals(matrix: Any, kind: np.dtype[Any]) -> tuple[Array, int, int]:
    """`ab[above + r - c, c] = matrix[r, c]`, and the bandwidths below and above."""
    import scipy.sparse

    entries = scipy.sparse.coo_array(matrix)
    entries.eliminate_zeros()
    apart = entries.row.astype(np.int64) - entries.col
    below = max(int(apart.max(initial=0)), 0)
    above = max(-int(apart.min(initial=0)), 0)
    ab = np.zeros((below + above + 1, matrix.shape[1]), dtype=kind, order="F")
    ab[above + apart, entries.col] = entries.data
    return ab, below, above


def _banded_triangular(matrix: Any, kind: np.dtype[Any], item: str) -> _Factors:
    ab, below, above = _diagonals(matrix, kind)
    n = matrix.shape[0]
    if not ab[above].all():
        _refuse(item, 0.0)
    tbtrs = _lapack("tbtrs", kind)
    uplo = "L" if above == 0 else "U"

    def solve(block: Array, transposed: bool) -> Array:
        return np.asarray(tbtrs(ab, block, uplo=uplo, trans="T" if transposed else "N")[0])

    pattern = Band((n, n), below, above, n, n)
    one = Work(pattern.nnz, n)
    work = Solves("banded triangular", Work(), one, one.times(n), pattern.nnz)
    norm = float(np.abs(ab).sum(axis=0).max())
    return _with_estimate(solve, n, kind, norm, work)


def _banded_lu(matrix: Any, kind: np.dtype[Any], item: str) -> _Factors:
    ab, below, above = _diagonals(matrix, kind)
    n = matrix.shape[0]
    gbtrf, gbtrs = _lapack("gbtrf", kind), _lapack("gbtrs", kind)
    stored = np.zeros((2 * below + above + 1, n), dtype=kind, order="F")
    stored[below:] = ab
    factors, pivots, info = gbtrf(stored, below, above)

    def solve(block: Array, transposed: bool) -> Array:
        return np.asarray(gbtrs(factors, below, above, block, pivots, trans=int(transposed))[0])

    if info > 0:
        _refuse(item, 0.0)
    norm = float(np.abs(ab).sum(axis=0).max())
    return _with_estimate(solve, n, kind, norm, solves.banded_work(n, below, above))


def _sparse_lu(matrix: Any, kind: np.dtype[Any], item: str) -> _Factors:
    import scipy.sparse

    held = scipy.sparse.csc_array(matrix).astype(kind)
    try:
        factors = solves.sparse_lu(held)
    except RuntimeError:  # SuperLU: "Factor is exactly singular"
        _refuse(item, 0.0)
        raise

    def solve(block: Array, transposed: bool) -> Array:
        columns = np.asarray(block, order="F")
        return np.asarray(factors.solve(columns, trans="T" if transposed else "N"))

    norm = float(abs(held).sum(axis=0).max())
    return _with_estimate(solve, held.shape[0], kind, norm, solves.sparse_work(factors))


def _with_estimate(
    solve: Callable[[Array, bool], Array], n: int, kind: np.dtype[Any], norm: float, work: Solves
) -> _Factors:
    """Factors whose condition has no routine in LAPACK: the same estimate, from solves."""
    with np.errstate(all="ignore"):
        estimate = norm * _inverse_norm(solve, n, kind)
    rcond = 1.0 / estimate if np.isfinite(estimate) and estimate > 0 else 0.0
    return _Factors(solve, lambda: solve(np.eye(n, dtype=kind), False), rcond, work)


def _inverse_norm(solve: Callable[[Array, bool], Array], n: int, kind: np.dtype[Any]) -> float:
    """A lower bound of `‖A⁻¹‖₁` that is rarely far from it.

    Reference: N. J. Higham, FORTRAN codes for estimating the one-norm of a matrix, ACM Trans. Math.
    Softw. 14 (1988), algorithm 4.1 (LAPACK's lacn2).
    """
    column = np.full((n, 1), 1.0 / n, dtype=kind)
    estimate = 0.0
    for _ in range(5):
        solved = solve(column, False)
        norm = float(np.abs(solved).sum())
        if norm <= estimate:
            break
        estimate = norm
        signs = np.where(solved == 0, 1, solved / np.where(solved == 0, 1, np.abs(solved)))
        gradient = solve(signs.conj().astype(kind), True).conj()
        steepest = int(np.argmax(np.abs(gradient)))
        column = np.zeros((n, 1), dtype=kind)
        column[steepest] = 1
    rows = np.arange(n)
    alternating = np.where(rows % 2, -1.0, 1.0) * (1 + rows / max(n - 1, 1))
    other = np.abs(solve(alternating.reshape(n, 1).astype(kind), False)).sum()
    return max(estimate, 2 * float(other) / (3 * n))


_METHODS: dict[str, Callable[[Any, np.dtype[Any], str], _Factors]] = {
    "diagonal": _diagonal,
    "triangular": _triangular,
    "banded triangular": _banded_triangular,
    "lu": _lu,
    "cholesky": _cholesky,
    "banded lu": _banded_lu,
    "sparse lu": _sparse_lu,
}
