"""Products of a dense array and a sparse matrix with few columns: BLAS, as far as entries reach.

SciPy's kernels go over the dense array by columns, and copy it first if it lies in rows; that takes
longer than BLAS takes for all zeros of some columns. Where the entries of neighbouring columns lie
in few rows, as those of an interpolation do, most of the zeros are left out as well.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..dense import Array, product

NARROW = 32
"""Columns up to which writing them out is worth it."""

AT_ONCE = 6
"""Columns that are multiplied together as far as they reach."""


def is_narrow(dense: Array, sparse: Any) -> bool:
    """Whether `dense @ sparse` is better done by BLAS, which has the numbers for it."""
    is_few = sparse.shape[1] <= NARROW <= len(dense) and not dense.flags.f_contiguous
    return is_few and np.result_type(dense.dtype, sparse.dtype).char in "fdFD"


def dense_by_narrow(dense: Array, sparse: Any) -> Array:
    """`dense @ sparse`."""
    written: Array = sparse.toarray()
    inner, columns = written.shape
    reached = np.logical_or.reduceat(written != 0, np.arange(0, columns, AT_ONCE), axis=1)
    first, last = reached.argmax(axis=0), inner - reached[::-1].argmax(axis=0)
    ends = np.where(reached.any(axis=0), (first, last), 0).T.tolist()
    if sum(high - low for low, high in ends) > 2 * inner:
        return product(written.T, dense.T).T
    made = np.empty((len(dense), columns), dtype=np.result_type(dense, written))
    for t, (low, high) in enumerate(ends):
        at = slice(t * AT_ONCE, (t + 1) * AT_ONCE)
        np.matmul(dense[:, low:high], written[low:high, at], out=made[:, at])
    return made
