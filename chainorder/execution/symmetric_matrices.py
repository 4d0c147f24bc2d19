"""Products of matrices that are known to be symmetric: one half is multiplied, the other copied.

Strips of rows are multiplied as far as the diagonal; the square that a strip has on the diagonal is
multiplied whole, as are the tiles of BLAS's syrk, and what of it lies above the diagonal is counted
no more than there: nobody needs it. A strip is made in memory of its own and copied into the result
twice, as rows and as columns, since columns of a large matrix are far apart in memory, and where
they are a power of two apart they push each other out of the cache.

Where the left operand is the right one, transposed, NumPy takes syrk by itself, at once for all.
"""

from __future__ import annotations

import numpy as np

from .dense import Array, product

STRIP = 128
"""Rows that are multiplied together: few enough for half the work, enough for BLAS."""

COPIED = 64
"""Columns of a strip that are copied together, transposed."""

ALIGNED = 2048
"""Bytes of a row of which no multiple is well copied in columns, as NumPy does after syrk."""


def symmetric_product(left: Array, right: Array, out: Array | None = None) -> Array:
    """`left @ right`, which is known to be symmetric, in little more than half the work.

    Args:
        left, right: matrices of shapes `(n, m)` and `(m, n)`; all of a subclass is multiplied.
        out: where to write the result, as for `product`.

    >>> import numpy as np
    >>> h = np.arange(6.0).reshape(3, 2)
    >>> symmetric_product(h.T, h).tolist()
    [[20.0, 26.0], [26.0, 35.0]]
    """
    if type(left) is not np.ndarray or type(right) is not np.ndarray:
        return product(left, right, out)
    n = len(left)
    dtype = np.result_type(left, right)
    by_blas = dtype.char in "fdFD"
    strip = STRIP if by_blas else 1
    if n <= strip or (by_blas and is_transpose(left, right) and n * dtype.itemsize % ALIGNED):
        return product(left, right, out)
    left, right = left.astype(dtype, copy=False), right.astype(dtype, copy=False)
    is_overwritten = out is not None and (
        np.may_share_memory(out, left) or np.may_share_memory(out, right)
    )
    result: Array = np.empty((n, n), dtype=dtype) if out is None or is_overwritten else out
    rows = np.empty((strip, n + 8), dtype=dtype)
    for start in range(0, n, strip):
        stop = min(start + strip, n)
        made = rows[: stop - start, :stop]
        np.matmul(left[start:stop], right[:, :stop], out=made)
        result[start:stop, :stop] = made
        for first in range(0, start, COPIED):
            last = min(first + COPIED, start)
            result[first:last, start:stop] = made[:, first:last].T
    if out is None or result is out:
        return result
    out[:] = result
    return out


def is_transpose(left: Array, right: Array) -> bool:
    """Whether two matrices are one in memory, but for being transposed."""
    return (
        left.shape == right.shape[::-1]
        and left.strides == right.strides[::-1]
        and left.dtype == right.dtype
        and left.__array_interface__["data"] == right.__array_interface__["data"]
    )
