"""Running a plan on NumPy arrays: what each product calls, and which memory it writes to.

Memory that is touched for the first time has to be mapped page by page, which costs as much as the
arithmetic of a thin product. So large buffers are used again: those of intermediates that are done
with, and the result's own, for intermediates that are done with before the last step. A large
outer product is bound by memory too, and BLAS goes over its result more than once: it is compiled
where the compiler is there anyway, else taken in blocks that stay in the cache between the passes.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ..compiled import compile_kernel, compiler_is_loaded
from .run import OnStep

Array = npt.NDArray[Any]

WORTH_REUSING = 2**21
"""Entries from which a buffer is kept for reuse: the allocator gives larger ones back at once."""

LARGE_OUTER = 750_000
"""Entries from which an outer product is too large for one core's caches."""

OUTER_BLOCK = 2**17
"""Entries of an outer product that are not."""


class Counts(NamedTuple):
    """What was really multiplied and held."""

    fma: int
    flops: int
    peak_entries: int


def product(left: Array, right: Array, out: Array | None = None) -> Array:
    """`left @ right` of two matrices, written to `out` if given (C order, exact dtype)."""
    if left.shape[1] == 1 and left.shape[0] * right.shape[1] >= LARGE_OUTER:
        is_plain = type(left) is np.ndarray and type(right) is np.ndarray
        if is_plain and left.dtype == right.dtype and left.dtype.kind in "iufc":
            return _outer(left, right, out)
    return np.dot(left, right, out)


def _outer(column: Array, row: Array, out: Array | None) -> Array:
    """A large outer product, written in one pass over memory or as nearly so as can be had."""
    rows, columns = len(column), row.shape[1]
    if out is None:
        out = np.empty((rows, columns), dtype=column.dtype)
    # Blocks are no plain Python, and what they take in vain would not pay for importing numba.
    if compiler_is_loaded():
        compile_kernel(fill_outer)(np.ravel(column), np.ravel(row), out)
        return out
    block = max(1, OUTER_BLOCK // columns)
    for start in range(0, rows, block):
        np.dot(column[start : start + block], row, out[start : start + block])
    return out


def fill_outer(column, row, out):  # type: ignore[no-untyped-def]
    """`out[i, j] = column[i]·row[j]`."""
    for i in range(len(column)):
        for j in range(len(row)):
            out[i, j] = column[i] * row[j]


def multiply_all(
    triples: Sequence[tuple[int, int, int]],
    jacobians: Sequence[Array],
    out: Array | None = None,
    on_step: OnStep | None = None,
) -> tuple[Array, Counts]:
    """Form the products `(k, j)·(i, k)` one after another and return the last.

    Args:
        triples: `(i, k, j)` of each step, operands before use, the whole Jacobian last.
        jacobians: at least two matrices; `jacobians[l]` is `d x_{l+1} / d x_l`, of shape
            `(d_{l+1}, d_l)`. Shapes must have been checked.
        out: where to write the result, a C-contiguous matrix of the right shape and dtype.
        on_step: told of each product when it is done.

    Returns:
        The Jacobian, and what was counted from the operands.
    """
    q = len(jacobians)
    last_k = triples[-1][1]
    held: dict[tuple[int, int], tuple[Array, Array | None]] = {}
    buffers = _Buffers(jacobians, out)
    fma = flops = occupied = peak = 0
    start = time.perf_counter()
    result = buffer = left_buffer = right_buffer = None
    for i, k, j in triples:
        left, left_buffer = (jacobians[k], None) if j - k == 1 else held.pop((k, j))
        right, right_buffer = (jacobians[i], None) if k - i == 1 else held.pop((i, k))
        m, n = left.shape
        p = right.shape[1]
        size = m * p
        if j - i == q:
            target, buffer = buffers.result, None
        elif size < WORTH_REUSING:
            target = buffer = None
        else:
            # What the last step reads must not lie where it writes.
            is_read_last = (i == 0 and j == last_k) or (i == last_k and j == q)
            target, buffer = buffers.take(m, p, in_result=not is_read_last)
        result = product(left, right, target)
        fma += size * n
        flops += size * (2 * n - 1)
        occupied += size
        peak = max(peak, occupied)
        if j - k > 1:
            occupied -= m * n
            if left_buffer is not None:
                buffers.free.append(left_buffer)
        if k - i > 1:
            occupied -= n * p
            if right_buffer is not None:
                buffers.free.append(right_buffer)
        held[i, j] = result, buffer
        if on_step is not None:
            on_step(fma, flops, time.perf_counter() - start)
    assert result is not None
    return result, Counts(fma, flops, peak)


class _Buffers:
    """The memory that large products write to: new, used again, or the result's own."""

    def __init__(self, jacobians: Sequence[Array], out: Array | None) -> None:
        self.jacobians = jacobians
        self.result = out
        self.inside_result: Array | None = None
        self.free: list[Array] = []

    @cached_property
    def dtype(self) -> np.dtype[Any] | None:
        """The one dtype of all products; None if operands differ, and nothing is shared."""
        dtype = self.jacobians[0].dtype
        is_one = all(type(a) is np.ndarray and a.dtype == dtype for a in self.jacobians)
        return dtype if is_one else None

    def take(self, m: int, p: int, *, in_result: bool) -> tuple[Array | None, Array | None]:
        """Where to write an `(m, p)` product, and the flat buffer that is free after its use."""
        if self.dtype is None:
            return None, None
        size = m * p
        buffer = self._smallest_free(size, in_result)
        if buffer is None and in_result and self.result is None:
            shape = (self.jacobians[-1].shape[0], self.jacobians[0].shape[1])
            if shape[0] * shape[1] >= size:
                self.result = np.empty(shape, dtype=self.dtype)
                buffer = self.inside_result = self.result.reshape(-1)
        if buffer is None:
            buffer = np.empty(size, dtype=self.dtype)
        return buffer[:size].reshape(m, p), buffer

    def _smallest_free(self, size: int, in_result: bool) -> Array | None:
        fitting = [
            t
            for t, buffer in enumerate(self.free)
            if buffer.size >= size and (in_result or buffer is not self.inside_result)
        ]
        if not fitting:
            return None
        return self.free.pop(min(fitting, key=lambda t: self.free[t].size))
