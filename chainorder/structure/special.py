"""Structures of matrices as formulas have them: triangular, symmetric, selections of entries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..checks import checked_integer, shown
from ..errors import ChainOrderError
from .declarations import MAX_STORED, Structure

if TYPE_CHECKING:
    from .patterns import Pattern, Shape


@dataclass(frozen=True, slots=True)
class Triangular(Structure):
    """Nothing above the diagonal, or, with `lower=False`, nothing below it.

    Raises:
        ChainOrderError: `lower` is no bool.

    >>> import chainorder as co
    >>> lower = co.Elemental(structure=co.Triangular(lower=True))
    >>> co.plan(co.Chain([100, 100, 100], [lower, lower])).fma  # triangular again
    171700
    """

    lower: bool = True

    def __post_init__(self) -> None:
        if not isinstance(self.lower, bool):
            raise ChainOrderError(f"lower is {shown(self.lower)}: expected true or false")

    def __str__(self) -> str:
        return f"triangular({'lower' if self.lower else 'upper'})"

    def to_json(self) -> Any:
        """The structure as a chain file writes it."""
        return {"triangular": {"lower": self.lower}}

    def pattern(self, shape: Shape) -> Pattern:
        """The triangle, of a square matrix.

        Raises:
            ChainOrderError: the matrix is not square.
        """
        from .patterns import band

        n = square_size(self, shape)
        return band(shape, n - 1, 0) if self.lower else band(shape, 0, n - 1)


@dataclass(frozen=True, slots=True)
class Symmetric(Structure):
    """A matrix that is its own transpose; every entry may be non-zero.

    What that saves is an inverse's: with `positive_definite`, it is factored by Cholesky's method,
    which takes half the multiplications of an LU factorization.

    Raises:
        ChainOrderError: `positive_definite` is no bool.

    >>> import chainorder as co
    >>> spd = co.Elemental(structure=co.Inverse(co.Symmetric(positive_definite=True)))
    >>> co.plan(co.Chain([1, 100, 100], [co.Elemental(), spd])).fma  # factored, then one solve
    181800
    """

    positive_definite: bool = False

    def __post_init__(self) -> None:
        if not isinstance(self.positive_definite, bool):
            raise ChainOrderError(
                f"positive_definite is {shown(self.positive_definite)}: expected true or false"
            )

    def __str__(self) -> str:
        return "spd" if self.positive_definite else "symmetric"

    def to_json(self) -> Any:
        """The structure as a chain file writes it."""
        return {"symmetric": {"positive_definite": self.positive_definite}}

    def pattern(self, shape: Shape) -> Pattern:
        """The full matrix, if it is square.

        Raises:
            ChainOrderError: the matrix is not square.
        """
        from .patterns import band

        square_size(self, shape)
        return band(shape, shape[0], shape[1])


@dataclass(frozen=True, slots=True, init=False)
class Selection(Structure):
    """Zeros and a one in each row: which inputs are taken, in order.

    Products with it multiply nothing, they copy. So do those with products of selections and of
    their transposes.

    Args:
        rows: `rows[r]` is the input that output `r` is; each at most once. (Where an input is
            taken twice, products with the matrix add: declare `Sparse`.)

    Raises:
        ChainOrderError: names the entry that is no index, or that is there twice.

    >>> import chainorder as co
    >>> three_of_nine = co.Elemental(structure=co.Selection([7, 0, 3]))
    >>> co.plan(co.Chain([50, 9, 3], [co.Elemental(), three_of_nine])).fma
    0
    """

    rows: tuple[int, ...]

    def __init__(self, rows: Iterable[int]) -> None:
        if isinstance(rows, (str, bytes)) or not isinstance(rows, Iterable):
            raise ChainOrderError(f"rows is {shown(rows)}: expected a list of integers")
        checked: dict[int, int] = {}
        for r, row in enumerate(rows):
            index = checked_integer(f"rows[{r}]", row, "an index", least=0)
            if index > MAX_STORED:
                raise ChainOrderError(f"rows[{r}] is {index}: an index is at most 2^31 - 1")
            if index in checked:
                raise ChainOrderError(
                    f"rows[{r}] is {index}, and so is rows[{checked[index]}]: a selection takes "
                    f"each input at most once"
                )
            checked[index] = r
        object.__setattr__(self, "rows", tuple(checked))

    def __str__(self) -> str:
        return f"selection({len(self.rows):,} rows)"

    def to_json(self) -> Any:
        """The structure as a chain file writes it."""
        return {"selection": {"rows": list(self.rows)}}

    def pattern(self, shape: Shape) -> Pattern:
        """A one in each row.

        Raises:
            ChainOrderError: another number of rows, or an index beyond the columns.
        """
        from .products import selection_pattern

        if len(self.rows) != shape[0]:
            raise ChainOrderError(
                f"a selection of {len(self.rows)} rows: the sizes make it {shape[0]}"
            )
        cols = np.array(self.rows, dtype=np.int64)
        if int(cols.max()) >= shape[1]:
            r = int(np.argmax(cols >= shape[1]))
            raise ChainOrderError(f"rows[{r}] is {cols[r]}: outside the {shape[1]} columns")
        return selection_pattern(np.arange(shape[0]), cols, shape)


def square_size(structure: Structure, shape: Shape) -> int:
    """The number of rows, and of columns.

    Raises:
        ChainOrderError: the shape is not square.
    """
    if shape[0] != shape[1]:
        raise ChainOrderError(f"{structure} of shape {shape}: expected equal sizes")
    return shape[0]
