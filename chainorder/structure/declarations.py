"""What an elemental Jacobian looks like: which of its entries can be non-zero.

A structure is a declaration: it says something about a matrix whose shape the chain knows. What
it means for a shape is a *pattern* (`chainorder.structure.patterns`), and patterns are closed under
product, so the structure of every sub-Jacobian follows from those of the elementals.

A new structure subclasses `Structure` and provides

- `pattern(shape)`: its pattern in a matrix of that shape, or a `ChainOrderError` that says why
  there is none. Return a `Band` (by `band`) where a closed form exists; it is never written out;
- `to_json()` and, in `written`, the way back: what a chain file holds;
- `__str__`: how the command line and messages write it; `written` reads that too.

Products, costs, estimates, colourings and execution need nothing more.
"""

from __future__ import annotations

import operator
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt

from ..checks import reject_masked, shown
from ..errors import ChainOrderError

if TYPE_CHECKING:
    import scipy.sparse

    from .patterns import Band, Pattern, Shape

MAX_STORED = 2**31 - 1
"""The largest index of an explicit pattern: SciPy's 32-bit indices."""


class Structure(ABC):
    """The pattern of a matrix, for any shape that it can have.

    >>> import chainorder as co
    >>> [isinstance(kind, co.Structure) for kind in (co.Dense(), co.Banded(2, 0))]
    [True, True]
    """

    __slots__ = ()

    is_derived: ClassVar[bool] = False
    """Whether it is made from another structure: an inverse or a transpose."""

    @abstractmethod
    def pattern(self, shape: Shape) -> Pattern:
        """Which entries of a matrix of this shape can be non-zero.

        Raises:
            ChainOrderError: no matrix of this shape has the structure.
        """

    @abstractmethod
    def to_json(self) -> Any:
        """The structure as a chain file writes it."""


class _Named(Structure):
    """A structure without parameters: its name is all there is to write."""

    __slots__ = ()

    def to_json(self) -> Any:
        return type(self).__name__.lower()

    def __str__(self) -> str:
        return type(self).__name__.lower()


@dataclass(frozen=True, slots=True)
class Dense(_Named):
    """Every entry may be non-zero.

    >>> import chainorder as co
    >>> co.Elemental(structure=co.Dense()) == co.Elemental()
    True
    """

    __str__ = _Named.__str__

    def pattern(self, shape: Shape) -> Pattern:
        """The full matrix."""
        return _band(shape, shape[0], shape[1])


@dataclass(frozen=True, slots=True)
class Diagonal(_Named):
    """Entries `(r, r)` only: what a function applied entry by entry has.

    >>> import chainorder as co
    >>> scaled = co.Chain([100, 100, 5], [co.Elemental(structure=co.Diagonal()), co.Elemental()])
    >>> co.plan(scaled).fma
    500
    """

    __str__ = _Named.__str__

    def pattern(self, shape: Shape) -> Pattern:
        """The main diagonal; of a rectangular matrix, as far as it goes."""
        return _band(shape, 0, 0)


@dataclass(frozen=True, slots=True)
class Identity(_Named):
    """The identity matrix: its entries are known, and a product with it is free.

    >>> import chainorder as co
    >>> same = co.Chain([100, 100, 5], [co.Elemental(structure=co.Identity()), co.Elemental()])
    >>> co.plan(same).fma
    0
    """

    __str__ = _Named.__str__

    def pattern(self, shape: Shape) -> Pattern:
        """The main diagonal of a square matrix."""
        if shape[0] != shape[1]:
            raise ChainOrderError(
                f"an identity of shape ({shape[0]}, {shape[1]}): expected equal sizes"
            )
        return _band(shape, 0, 0, is_identity=True)


@dataclass(frozen=True, slots=True)
class Zero(_Named):
    """No entry: the output does not depend on the input.

    >>> import chainorder as co
    >>> cut = co.Chain([100, 100, 5], [co.Elemental(structure=co.Zero()), co.Elemental()])
    >>> co.plan(cut).fma
    0
    """

    __str__ = _Named.__str__

    def pattern(self, shape: Shape) -> Pattern:
        """The empty pattern."""
        return _band(shape, 0, 0, rows=0)


@dataclass(frozen=True, slots=True)
class Banded(Structure):
    """Entries `(r, c)` with `r - c <= lower` and `c - r <= upper`; at the edges, what fits.

    Raises:
        ChainOrderError: a bandwidth that is not an integer of at least 0.

    >>> import chainorder as co
    >>> stencil = co.Elemental(structure=co.Banded(1, 1))
    >>> co.plan(co.Chain([100, 100, 100], [stencil, stencil])).fma
    890
    """

    lower: int
    upper: int

    def __post_init__(self) -> None:
        for field in ("lower", "upper"):
            object.__setattr__(self, field, _bandwidth(field, getattr(self, field)))

    def __str__(self) -> str:
        return f"banded({self.lower},{self.upper})"

    def to_json(self) -> Any:
        """The structure as a chain file writes it."""
        return {"banded": {"lower": self.lower, "upper": self.upper}}

    def pattern(self, shape: Shape) -> Pattern:
        """The band, clipped to the shape."""
        return _band(shape, self.lower, self.upper)


class Sparse(Structure):
    """The entries that a pattern stores, wherever they are. Immutable.

    Args:
        pattern: a SciPy sparse array or matrix, whose stored entries count (a stored zero too),
            or a two-dimensional NumPy array, whose non-zeros count.

    Raises:
        ChainOrderError: something else.

    >>> import chainorder as co
    >>> import numpy as np
    >>> arrow = co.Sparse(np.array([[1, 1, 1], [1, 1, 0], [1, 0, 1]]))
    >>> print(arrow)
    sparse(7 entries)
    ● ● ●
    ● ● ·
    ● · ●
    """

    __slots__ = ("_hash", "_pattern", "cols", "rows", "shape")

    rows: npt.NDArray[np.int64]
    cols: npt.NDArray[np.int64]
    shape: Shape | None

    def __init__(self, pattern: scipy.sparse.coo_array | npt.NDArray[Any]) -> None:
        if isinstance(pattern, np.ndarray):
            reject_masked("a sparse pattern", pattern)
            if pattern.ndim != 2:
                raise ChainOrderError(
                    f"a sparse pattern of {pattern.ndim} dimensions: expected two"
                )
            rows, cols = (np.asarray(index) for index in np.nonzero(pattern))
        elif hasattr(pattern, "tocoo"):
            entries: Any = pattern.tocoo()
            rows, cols = entries.row, entries.col
        else:
            raise ChainOrderError(
                f"a sparse pattern is {type(pattern).__name__}: "
                "expected a SciPy sparse array or a NumPy array"
            )
        self._set(rows, cols, (int(pattern.shape[0]), int(pattern.shape[1])))

    @classmethod
    def from_coordinates(
        cls, rows: npt.ArrayLike, cols: npt.ArrayLike, shape: Shape | None = None
    ) -> Sparse:
        """The structure with entries `(rows[t], cols[t])`; the shape may be left to the chain.

        Raises:
            ChainOrderError: columns of different lengths, or an index that is not an integer of
                at least 0.
        """
        made = cls.__new__(cls)
        made._set(_indices("rows", rows), _indices("cols", cols), shape)
        return made

    def _set(self, rows: npt.NDArray[Any], cols: npt.NDArray[Any], shape: Shape | None) -> None:
        if len(rows) != len(cols):
            raise ChainOrderError(
                f"a sparse pattern has {len(rows)} rows and {len(cols)} cols: "
                "expected one of each for every entry"
            )
        from .patterns import distinct

        place = distinct(rows.astype(np.int64) * (MAX_STORED + 1) + cols)
        self.rows, self.cols = place // (MAX_STORED + 1), place % (MAX_STORED + 1)
        self.rows.setflags(write=False)
        self.cols.setflags(write=False)
        self.shape = shape
        self._pattern: Pattern | None = None
        self._hash = hash(place.tobytes())

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sparse):
            return NotImplemented
        return self is other or (
            self._hash == other._hash
            and np.array_equal(self.rows, other.rows)
            and np.array_equal(self.cols, other.cols)
        )

    def __hash__(self) -> int:
        return self._hash

    def __str__(self) -> str:
        """A line on what it is, then a picture of dots: one for each entry, or for each part."""
        from .dots import picture

        line = f"sparse({len(self.rows):,} entries)"
        if len(self.rows) == 0:
            return line
        shape = self.shape or (int(self.rows.max()) + 1, int(self.cols.max()) + 1)
        return f"{line}\n{picture(self.rows, self.cols, shape)}"

    def __repr__(self) -> str:
        shape = "" if self.shape is None else f", shape={self.shape}"
        return f"Sparse({len(self.rows)} entries{shape})"

    def to_json(self) -> Any:
        """The structure as a chain file writes it."""
        return {"sparse": {"rows": self.rows.tolist(), "cols": self.cols.tolist()}}

    def pattern(self, shape: Shape) -> Pattern:
        """The stored entries; in closed form where they happen to fill a band."""
        if self.shape is not None and self.shape != shape:
            raise ChainOrderError(
                f"a sparse pattern of shape {self.shape}: the sizes make it {shape}"
            )
        if self._pattern is None or self._pattern.shape != shape:
            self._pattern = self._made_for(shape)
        return self._pattern

    def _made_for(self, shape: Shape) -> Pattern:
        outside = (self.rows >= shape[0]) | (self.cols >= shape[1])
        if outside.any():
            t = int(np.argmax(outside))
            raise ChainOrderError(
                f"a sparse entry at ({self.rows[t]}, {self.cols[t]}): outside the shape {shape}"
            )
        if len(self.rows) == 0:
            return _band(shape, 0, 0, rows=0)
        offsets = self.rows - self.cols
        hull = _band(shape, max(int(offsets.max()), 0), max(-int(offsets.min()), 0))
        if hull.nnz == len(self.rows):
            return hull
        from .products import explicit_pattern

        return explicit_pattern(self.rows, self.cols, shape)


def _band(
    shape: Shape, lower: int, upper: int, rows: int | None = None, *, is_identity: bool = False
) -> Band:
    # Patterns are loaded when a structure is looked at: chains of dense elementals never do.
    from .patterns import band

    return band(shape, lower, upper, rows, is_identity=is_identity)


DENSE = Dense()


def one_line(structure: Structure) -> str:
    """A structure as messages and tables write it, without a picture.

    >>> one_line(Banded(1, 1)), one_line(Sparse(np.eye(3)))
    ('banded(1,1)', 'sparse(3 entries)')
    """
    return str(structure).partition("\n")[0]


def _bandwidth(field: str, value: object) -> int:
    expected = "a bandwidth must be an integer from 0 to 10^18"
    if isinstance(value, (bool, np.bool_)):
        raise ChainOrderError(f"{field} is {value!r}: {expected}")
    try:
        number = operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        raise ChainOrderError(f"{field} is {shown(value)}: {expected}") from None
    if not 0 <= number <= 10**18:
        raise ChainOrderError(f"{field} is {shown(number)}: {expected}")
    return number


def _indices(field: str, values: npt.ArrayLike) -> npt.NDArray[np.int64]:
    expected = "expected a list of integers from 0 to 2^31 - 1"
    reject_masked(field, values)
    if isinstance(values, list) and not all(isinstance(v, (int, np.integer)) for v in values):
        # An array of texts has the longest for each.
        raise ChainOrderError(f"{field}: {expected}")
    try:
        array = np.asarray(values)
    except ValueError:
        raise ChainOrderError(f"{field}: {expected}") from None
    if array.ndim != 1 or (array.size and array.dtype.kind not in "iu"):
        raise ChainOrderError(f"{field}: {expected}")
    wrong = (array < 0) | (array > MAX_STORED)
    if wrong.any():
        t = int(np.argmax(wrong))
        raise ChainOrderError(f"{field}[{t}] is {array[t]}: {expected}")
    return array.astype(np.int64)
