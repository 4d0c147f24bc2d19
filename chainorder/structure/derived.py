"""Structures made from another: the transpose and the inverse of a matrix that is there itself.

`Inverse(of)` and `Transpose(of)` may be nested in any order; what counts in the end is the matrix
that the caller has, and whether it is inverted and whether it is transposed (`unwrapped`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np

from ..checks import shown
from ..errors import ChainOrderError
from .declarations import Identity, Structure, one_line
from .special import Selection, Symmetric, square_size

if TYPE_CHECKING:
    from .patterns import Pattern, Shape


@dataclass(frozen=True, slots=True)
class Derived(Structure):
    """A structure made from that of the matrix which the caller has."""

    is_derived: ClassVar[bool] = True

    of: Structure

    def __post_init__(self) -> None:
        if not isinstance(self.of, Structure):
            raise ChainOrderError(f"of is {shown(self.of)}: expected a structure such as Dense()")

    def __str__(self) -> str:
        """As the command line writes it: `dense^-1`, `banded(1,1)^T`, `dense^-T`."""
        of, inverted, transposed = unwrapped(self)
        suffix = ("^-T" if transposed else "^-1") if inverted else ("^T" if transposed else "")
        return f"{one_line(of)}{suffix}"


@dataclass(frozen=True, slots=True)
class Transpose(Derived):
    """The transpose of a matrix; never its conjugate. The operand is the matrix itself.

    Of an elemental of which only products exist, the costs are those of the operand: a tangent of
    the transpose is an adjoint of the operand.

    Raises:
        ChainOrderError: `of` is no structure.

    >>> import chainorder as co
    >>> co.Transpose(co.Triangular(lower=True)).pattern((3, 3)).upper
    2
    """

    def to_json(self) -> Any:
        """The structure as a chain file writes it."""
        return {"transpose": self.of.to_json()}

    def pattern(self, shape: Shape) -> Pattern:
        """The transposed pattern."""
        return _transposed(self.of, shape)


@dataclass(frozen=True, slots=True)
class Inverse(Derived):
    """The inverse of a square matrix. The operand is the matrix itself, not its inverse.

    The matrix is factored once. A tangent of the inverse is then a solve, and an adjoint a
    transposed solve; what they cost follows from the structure of the matrix (`solves`).

    Of an elemental of which only products exist, these are those of the operand: the matrix is
    accumulated, then factored.

    Raises:
        ChainOrderError: `of` is no structure.

    >>> import chainorder as co
    >>> solve = co.Elemental(structure=co.Inverse(co.Banded(1, 1)))
    >>> co.plan(co.Chain([1, 1000, 1000], [co.Elemental(), solve])).fma  # once, and one solve
    6992
    """

    def to_json(self) -> Any:
        """The structure as a chain file writes it."""
        return {"inverse": self.of.to_json()}

    def pattern(self, shape: Shape) -> Pattern:
        """Diagonal of a diagonal, triangular of a triangular matrix; else full.

        Raises:
            ChainOrderError: a matrix that is not square, or whose pattern makes it singular.
        """
        square_size(self, shape)
        return _inverted(self.of, shape)


class Unwrapped(NamedTuple):
    """The matrix that the caller has, and what of it is meant."""

    of: Structure
    inverted: bool
    transposed: bool


def unwrapped(structure: Structure) -> Unwrapped:
    """What a structure is made from.

    >>> from chainorder import Dense, Inverse, Transpose
    >>> unwrapped(Transpose(Inverse(Dense())))
    Unwrapped(of=Dense(), inverted=True, transposed=True)
    """
    inverted = transposed = False
    while structure.is_derived:
        inverted ^= type(structure) is Inverse
        transposed ^= type(structure) is Transpose
        structure = structure.of  # type: ignore[attr-defined]
    return Unwrapped(structure, inverted, transposed)


def is_transposed(structure: Structure) -> bool:
    """Whether the transpose of what the caller has, or of its inverse, is meant."""
    return structure.is_derived and unwrapped(structure).transposed


def is_solved(structure: Structure) -> bool:
    """Whether products with it are solves: those with the inverse of what is known are none."""
    of, inverted, _ = unwrapped(structure)
    return inverted and not isinstance(of, (Identity, Selection))


def is_symmetric(structure: Structure) -> bool:
    """Whether a matrix of the structure is declared to be its own transpose."""
    from .declarations import Diagonal, Identity

    return isinstance(unwrapped(structure).of, (Symmetric, Diagonal, Identity))


def with_dense(structure: Structure) -> Structure:
    """The same inverse or transpose, of a matrix of which nothing is known.

    >>> from chainorder import Banded, Inverse
    >>> with_dense(Inverse(Banded(1, 1)))
    Inverse(of=Dense())
    """
    from .declarations import DENSE

    _, inverted, transposed = unwrapped(structure)
    dense: Structure = Inverse(DENSE) if inverted else DENSE
    return Transpose(dense) if transposed else dense


@lru_cache(maxsize=256)
def _transposed(of: Structure, shape: Shape) -> Pattern:
    from .products import transposed

    return transposed(of.pattern(shape[::-1]))


@lru_cache(maxsize=256)
def _inverted(of: Structure, shape: Shape) -> Pattern:
    from .patterns import Band, band

    pattern = of.pattern(shape)
    check_regular(pattern)
    if pattern.is_identity:
        return pattern
    if pattern.is_selection:  # a permutation
        return _transposed(of, shape)
    n = shape[0]
    below, above = reach(pattern)
    if isinstance(pattern, Band) and pattern.is_diagonal:
        return pattern
    if below == 0 or above == 0:
        return band(shape, n - 1 if below else 0, n - 1 if above else 0)
    return band(shape, n, n)


def reach(pattern: Pattern) -> tuple[int, int]:
    """How far entries lie below the diagonal, and how far above it."""
    from .patterns import Band

    if isinstance(pattern, Band):
        return pattern.lower, pattern.upper
    coordinates = pattern.csr().tocoo()
    apart = coordinates.row.astype(np.int64) - coordinates.col
    return max(int(apart.max()), 0), max(-int(apart.min()), 0)


def check_regular(pattern: Pattern) -> None:
    """Raise for a square pattern of which every matrix is singular.

    Raises:
        ChainOrderError: says so. Entries can be paired so that every row and every column has one,
            or the determinant is zero whatever their values (Frobenius and König).
    """
    from .patterns import Band

    n = pattern.shape[0]
    if isinstance(pattern, Band):
        rank = min(pattern.rows, pattern.cols)
        if rank and not pattern.is_full_corner:
            # The diagonal is there in full, or rows or columns beyond it are empty.
            rank = n if (pattern.rows, pattern.cols) == (n, n) else rank
    else:
        from scipy.sparse.csgraph import structural_rank

        # What has too few entries is not written out: its shape may be that of no memory.
        rank = pattern.nnz if pattern.nnz < n else int(structural_rank(pattern.csr()))
    if rank < n:
        raise ChainOrderError(
            f"the inverse of a matrix of shape {pattern.shape} of rank {rank} at most: "
            f"every such matrix is singular"
        )
