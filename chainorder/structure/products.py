"""The Boolean product of any two patterns, in the form that is smallest for what comes out.

Bands have formulas. Where one factor is a block, so is the product. Entries are multiplied by
SciPy, or as bits where that is faster and its kernels have been paid for; and where few entries
meet a large size, as tiles, so that nothing is as long as the matrix.
"""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from ..compiled import compile_kernel, runner
from .explicit import Bits, Block, Entries
from .line_counts import inner_product
from .patterns import (
    Band,
    Mask,
    Pattern,
    PatternsTooLarge,
    Shape,
    band,
    band_product,
    zero_pattern,
)
from .tiles import Tiles, product_of_tiles, tiles_of_block, tiles_of_entries

OR_WORDS = 16
"""Words of 64 bits that are ORed in the time that SciPy takes for one index of a product."""

INDICES_PER_ITERATION = 10
"""Indices of a product that SciPy finds in the time of one iteration of plain Python."""

SMALL_SIZES = 2**16
"""Rows and columns up to which nobody minds arrays as long as the matrix."""

SIZE_PER_PIECE = 64
"""Rows and columns for each entry, or run of entries, up to which such arrays are in proportion."""

BAND_PER_SIZE = 16
"""Entries of a band that take the place of one of its rows or columns in that proportion."""

BITS_BYTES = 2**28
"""The most memory that a bitset pattern may take."""


def explicit_pattern(
    rows: npt.NDArray[np.int64], cols: npt.NDArray[np.int64], shape: Shape
) -> Pattern:
    """The pattern with these entries, sorted by row and without duplicates."""
    if _is_vast(len(rows), *shape):
        return tiles_of_entries(rows, cols, shape)
    return _simplest(_entries(rows, cols, shape))


def selection_pattern(
    rows: npt.NDArray[np.int64], cols: npt.NDArray[np.int64], shape: Shape
) -> Pattern:
    """Ones at `(rows[t], cols[t])`, no two in one row or column; sorted by row."""
    if shape[0] == shape[1] == len(rows) and np.array_equal(rows, cols):
        return band(shape, 0, 0, is_identity=True)
    if len(rows) == 0:
        return zero_pattern(shape)
    return replace(_entries(rows, cols, shape), is_selection=True)


def _entries(rows: npt.NDArray[np.int64], cols: npt.NDArray[np.int64], shape: Shape) -> Entries:
    import scipy.sparse

    starts = np.searchsorted(rows, np.arange(shape[0] + 1)).astype(np.int32)
    return Entries(
        scipy.sparse.csr_array(
            (np.ones(len(cols), dtype=bool), cols.astype(np.int32), starts), shape=shape
        )
    )


def transposed(pattern: Pattern) -> Pattern:
    """The pattern of the transpose."""
    if isinstance(pattern, Band | Tiles):
        return pattern.transposed
    if isinstance(pattern, Block):
        return Block(pattern.cols, pattern.rows)
    matrix = pattern.csr().T.tocsr()
    matrix.sort_indices()
    return Entries(matrix, is_selection=pattern.is_selection)


def product(left: Pattern, right: Pattern, limit: int = sys.maxsize) -> Pattern:
    """The pattern of `left·right`: the Boolean product, in the smallest form.

    Raises:
        PatternsTooLarge: it could take more than `limit` bytes.
    """
    if isinstance(left, Band) and isinstance(right, Band):
        return band_product(left, right)
    if left.nnz == 0 or right.nnz == 0:
        return zero_pattern((left.shape[0], right.shape[1]))
    if isinstance(left, Band) and left.is_whole_diagonal:
        return right if left.is_identity else _of_any_values(right)
    if isinstance(right, Band) and right.is_whole_diagonal:
        return left if right.is_identity else _of_any_values(left)
    if left.is_selection and right.is_selection:
        made = (left.csr() @ right.csr()).tocoo()
        return selection_pattern(made.row.astype(np.int64), made.col.astype(np.int64), made.shape)
    pieces = _pieces(left) + _pieces(right)
    sizes = (left.shape[0], *right.shape)
    if not _is_vast(pieces, *sizes):
        left, right = _written_out(left, pieces), _written_out(right, pieces)
    if _is_tiled(left, right, pieces, sizes):
        tiles = product_of_tiles(_as_tiles(left), _as_tiles(right), limit)
        return tiles if tiles.matrix.nnz else zero_pattern(tiles.shape)
    outer_left, outer_right = _as_block(left), _as_block(right)
    if outer_left is not None or outer_right is not None:
        if left.shape[0] + right.shape[1] > limit:
            raise PatternsTooLarge
        return _block_product(left, right, outer_left, outer_right)
    return _boolean_product(left, right, limit)


def _of_any_values(pattern: Pattern) -> Pattern:
    """The same entries, of which nothing is known."""
    return _simplest(Entries(pattern.csr())) if pattern.is_selection else pattern


def _is_vast(pieces: int, *sizes: int) -> bool:
    """Whether what is as long as the matrix would be out of proportion to what it holds."""
    return sum(sizes) > SMALL_SIZES + SIZE_PER_PIECE * pieces


def _is_tiled(left: Pattern, right: Pattern, pieces: int, sizes: tuple[int, ...]) -> bool:
    if isinstance(left, Tiles) or isinstance(right, Tiles) or _is_vast(pieces, *sizes):
        return True
    bands = [p for p in (left, right) if isinstance(p, Band) and not p.is_full_corner]
    return any(_is_vast(pieces, each.nnz // BAND_PER_SIZE) for each in bands)


def _pieces(pattern: Pattern) -> int:
    """What a pattern consists of: runs of entries, of rows, of columns; nothing for a band."""
    if isinstance(pattern, Block | Tiles):
        return pattern.pieces
    return 0 if isinstance(pattern, Band) else pattern.nnz


def _as_tiles(pattern: Pattern) -> Tiles | Band:
    if isinstance(pattern, Band | Tiles):
        return pattern
    if isinstance(pattern, Block):
        return tiles_of_block(pattern.rows, pattern.cols)
    matrix = pattern.csr()
    rows = np.repeat(np.arange(pattern.shape[0]), np.diff(matrix.indptr))
    return tiles_of_entries(rows, matrix.indices.astype(np.int64), pattern.shape)


def _written_out(pattern: Pattern, pieces: int) -> Pattern:
    """Tiles as a block or as entries, where that is in proportion to the other factor."""
    if not isinstance(pattern, Tiles) or _is_vast(pieces, pattern.nnz):
        return pattern
    return _simplest(Entries(pattern.csr()))


def _block_product(
    left: Pattern, right: Pattern, outer_left: Block | None, outer_right: Block | None
) -> Pattern:
    if outer_left is not None:
        cols = right.columns_from(outer_left.cols)
        return _block_or_zero(outer_left.rows & bool(cols.any()), cols)
    assert outer_right is not None
    rows = left.rows_into(outer_right.rows)
    return _block_or_zero(rows, outer_right.cols & bool(rows.any()))


def _boolean_product(left: Pattern, right: Pattern, limit: int) -> Pattern:
    words = -(-right.shape[1] // 64)
    ors = left.nnz * words
    indices = inner_product(left.column_lines(), right.row_lines())
    if min(5 * indices, max(left.shape[0] * words * 8, 1)) > limit:
        raise PatternsTooLarge
    fits = left.shape[0] * words * 8 <= BITS_BYTES and right.shape[0] * words * 8 <= BITS_BYTES
    if isinstance(right, Bits):
        return _simplest(_bit_product(left, right))
    if not (fits and ors < OR_WORDS * indices):
        return _simplest(Entries(left.csr() @ right.csr()))
    run = runner(or_rows, indices // INDICES_PER_ITERATION)
    if run.is_compiled:
        return _simplest(_bit_product(left, right))
    with run.interpreting():
        return _simplest(Entries(left.csr() @ right.csr()))


def _bit_product(left: Pattern, right: Pattern) -> Bits:
    rows = left.csr()
    operand = right if isinstance(right, Bits) else _bits(right)
    words = np.zeros((left.shape[0], operand.words.shape[1]), dtype=np.uint64)
    compile_kernel(or_rows)(rows.indptr, rows.indices, operand.words, words)
    return _counted(words, (left.shape[0], right.shape[1]))


def _bits(pattern: Pattern) -> Bits:
    matrix = pattern.csr()
    words = np.zeros((pattern.shape[0], -(-pattern.shape[1] // 64)), dtype=np.uint64)
    compile_kernel(set_bits)(matrix.indptr, matrix.indices, words)
    return Bits(words, pattern.shape, pattern.nnz, pattern.row_counts())


def _counted(words: npt.NDArray[np.uint64], shape: Shape) -> Bits:
    per_row = np.bitwise_count(words).sum(axis=1, dtype=np.int64)
    return Bits(words, shape, int(per_row.sum()), per_row)


def _simplest(pattern: Entries | Bits) -> Pattern:
    """A block if the entries fill one, nothing if there are none."""
    if pattern.nnz == 0:
        return zero_pattern(pattern.shape)
    rows = pattern.row_counts()
    filled = np.count_nonzero(rows)
    # Every row that has entries has as many as the fullest: only then can they fill a block.
    if pattern.nnz == filled * int(rows.max()):
        cols = pattern.columns_from(rows > 0)
        if pattern.nnz == filled * np.count_nonzero(cols):
            return Block(rows > 0, cols)
    return pattern


def _as_block(pattern: Pattern) -> Block | None:
    if isinstance(pattern, Block):
        return pattern
    if isinstance(pattern, Band) and pattern.is_full_corner:
        return Block(
            np.arange(pattern.shape[0]) < pattern.rows, np.arange(pattern.shape[1]) < pattern.cols
        )
    return None


def _block_or_zero(rows: Mask, cols: Mask) -> Pattern:
    if not rows.any() or not cols.any():
        return zero_pattern((len(rows), len(cols)))
    return Block(rows, cols)


def or_rows(indptr, indices, operand, words):  # type: ignore[no-untyped-def]
    """Row `r` of the product: the OR of the rows of `operand` that row `r` of the left names."""
    for r in range(len(indptr) - 1):
        row = words[r]
        for p in range(indptr[r], indptr[r + 1]):
            other = operand[indices[p]]
            for w in range(len(row)):
                row[w] |= other[w]


def set_bits(indptr, indices, words):  # type: ignore[no-untyped-def]
    """Set the bit of every entry of a CSR pattern."""
    for r in range(len(indptr) - 1):
        for p in range(indptr[r], indptr[r + 1]):
            c = indices[p]
            words[r, c >> 6] |= np.uint64(1) << np.uint64(c & 63)
