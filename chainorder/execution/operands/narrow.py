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

AT_ONCE = 4
"""Columns that are multiplied together as far as they reach: BLAS has kernels for so few."""


def is_narrow(dense: Array, sparse: Any) -> bool:
    """Whether `dense @ sparse` is better done by BLAS."""
    return sparse.shape[1] <= NARROW <= len(dense) and not dense.flags.f_contiguous


def dense_by_narrow(dense: Array, sparse: Any) -> Array:
    """`dense @ sparse`."""
    written: Array = sparse.toarray()
    inner, columns = written.shape
    starts = np.arange(0, columns, AT_ONCE)
    reached = np.logical_or.reduceat(written != 0, starts, axis=1)
    low = np.argmax(reached, axis=0)
    high = np.where(reached.any(axis=0), inner - np.argmax(reached[::-1], axis=0), low)
    if int((high - low).sum()) > 2 * inner:
        return product(written.T, dense.T).T
    made = np.empty((len(dense), columns), dtype=np.result_type(dense, written))
    for start, a, b in zip(starts.tolist(), low.tolist(), high.tolist(), strict=True):
        columns_here = slice(start, start + AT_ONCE)
        np.matmul(dense[:, a:b], written[a:b, columns_here], out=made[:, columns_here])
    return made
