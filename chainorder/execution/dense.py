"""Running a plan on NumPy arrays: what each product calls, and which memory it writes to.

Two things cost as much as the arithmetic of a thin product. A BLAS call on an inner dimension of 1
is several times slower than an outer product written into a buffer; and memory that is touched for
the first time has to be mapped page by page. So outer products are multiplications with broadcast,
and large buffers are used again: those of intermediates that are done with, and the result's own,
for intermediates that are done with before the last step.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

WORTH_REUSING = 16_384
"""Entries from which a buffer is kept for reuse; below, the allocator is as good."""


class Counts(NamedTuple):
    """What was really multiplied and held."""

    fma: int
    flops: int
    peak_entries: int


def product(left: Array, right: Array, out: Array | None = None) -> Array:
    """`left @ right` of two matrices, written to `out` if given (C order, exact dtype)."""
    if left.shape[1] == 1:
        return np.multiply(left, right, out=out)
    return np.dot(left, right, out=out)


def multiply_all(
    triples: Sequence[tuple[int, int, int]],
    jacobians: Sequence[Array],
    out: Array | None = None,
) -> tuple[Array, Counts]:
    """Form the products `(k, j)·(i, k)` one after another and return the last.

    Args:
        triples: `(i, k, j)` of each step, operands before use, the whole Jacobian last.
        jacobians: at least two matrices; `jacobians[l]` is `d x_{l+1} / d x_l`, of shape
            `(d_{l+1}, d_l)`. Shapes must have been checked.
        out: where to write the result, a C-contiguous matrix of the right shape and dtype.

    Returns:
        The Jacobian, and what was counted from the operands.
    """
    q = len(jacobians)
    last_k = triples[-1][1]
    held: dict[tuple[int, int], tuple[Array, Array | None]] = {}
    buffers = _Buffers(jacobians, out)
    fma = flops = occupied = peak = 0
    result = None
    for i, k, j in triples:
        left, left_buffer = (jacobians[k], None) if j - k == 1 else held.pop((k, j))
        right, right_buffer = (jacobians[i], None) if k - i == 1 else held.pop((i, k))
        m, n = left.shape
        p = right.shape[1]
        if j - i == q:
            target, buffer = buffers.result, None
        else:
            # What the last step reads must not lie where it writes.
            read_last = (i == 0 and j == last_k) or (i == last_k and j == q)
            target, buffer = buffers.take(m, p, in_result=not read_last)
        result = product(left, right, target)
        fma += m * n * p
        flops += m * p * (2 * n - 1)
        occupied += m * p
        peak = max(peak, occupied)
        if j - k > 1:
            occupied -= m * n
            buffers.give(left_buffer)
        if k - i > 1:
            occupied -= n * p
            buffers.give(right_buffer)
        held[i, j] = result, buffer
    assert result is not None
    return result, Counts(fma, flops, peak)


class _Buffers:
    """The memory that products write to: new, used again, or the result's own."""

    def __init__(self, jacobians: Sequence[Array], out: Array | None) -> None:
        first, last = jacobians[0], jacobians[-1]
        self.dtype = first.dtype
        self.is_reusing = all(type(a) is np.ndarray and a.dtype == self.dtype for a in jacobians)
        self.result = out
        self.result_shape = (last.shape[0], first.shape[1])
        self.inside_result: Array | None = None
        self.free: list[Array] = []

    def take(self, m: int, p: int, *, in_result: bool) -> tuple[Array | None, Array | None]:
        """Where to write an `(m, p)` product, and the flat buffer to give back after its use."""
        size = m * p
        if size < WORTH_REUSING or not self.is_reusing:
            return None, None
        buffer = self._smallest_free(size, in_result)
        if buffer is None:
            rows, columns = self.result_shape
            if in_result and self.result is None and rows * columns >= size:
                self.result = np.empty(self.result_shape, dtype=self.dtype)
                buffer = self.inside_result = self.result.reshape(-1)
            else:
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

    def give(self, buffer: Array | None) -> None:
        """Take back the buffer of an operand that is not needed any more."""
        if buffer is not None:
            self.free.append(buffer)
