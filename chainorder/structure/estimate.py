"""Estimates of how many entries the products of a chain have, in little memory.

Every entry of `x_i` draws `ROUNDS` labels from the exponential distribution with mean 1, and every
later entry takes the least of the labels that reach it. The least of `n` such labels has mean
`1/n`, so `(ROUNDS - 1) / Σ labels` estimates without bias how many entries of `x_i` reach an entry:
the entries in its row of `(i, j)`. The same from the outputs back gives the columns.

Reference: E. Cohen, Structure prediction and multiplication optimization, J. Combinatorial
Optimization 2 (1998); the method of Size-estimation framework, J. Comput. Syst. Sci. 55 (1997).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ..compiled import runner
from .patterns import Band, Counts, Pattern

ROUNDS = 32
"""Labels per entry: the relative standard error of an estimate is `1/√(ROUNDS - 2)`, 18 %."""

Labels = npt.NDArray[np.float32]


def estimated_counts(
    patterns: Sequence[Pattern],
) -> Iterator[tuple[tuple[int, int], Counts, Counts]]:
    """`(i, j)` and the estimated entries of each row and column, for every range.

    Deterministic. Time is the entries of all elementals times `ROUNDS` times q.
    """
    q = len(patterns)
    rows: dict[tuple[int, int], Counts] = {}
    for i in range(q):
        labels = _drawn(patterns[i].shape[1], i)
        for j in range(i + 1, q + 1):
            labels = _least_into_rows(patterns[j - 1], labels)
            rows[i, j] = _estimate(labels, patterns[i].shape[1])
    for j in range(q, 0, -1):
        labels = _drawn(patterns[j - 1].shape[0], q + j)
        for i in range(j - 1, -1, -1):
            labels = _least_into_columns(patterns[i], labels)
            yield (i, j), rows.pop((i, j)), _estimate(labels, patterns[j - 1].shape[0])


def _drawn(size: int, seed: int) -> Labels:
    return np.random.default_rng(seed).exponential(size=(size, ROUNDS)).astype(np.float32)


def _estimate(labels: Labels, most: int) -> Counts:
    total = labels.sum(axis=1, dtype=np.float64)
    reached = np.isfinite(total)
    counts = np.zeros(len(labels), dtype=np.int64)
    counts[reached] = np.clip(np.rint((ROUNDS - 1) / total[reached]), 1, most)
    return counts


def _least_into_rows(pattern: Pattern, labels: Labels) -> Labels:
    """For each row, the least labels of the columns that it has."""
    out = np.full((pattern.shape[0], ROUNDS), np.inf, dtype=np.float32)
    if isinstance(pattern, Band):
        if pattern.is_full_corner:
            out[: pattern.rows] = labels[: pattern.cols].min(axis=0, initial=np.inf)
        else:
            out[: pattern.rows] = _least_in_windows(pattern, labels)
        return out
    return _least(pattern.csr(), labels, out)


def _least_into_columns(pattern: Pattern, labels: Labels) -> Labels:
    """For each column, the least labels of the rows that it has."""
    if isinstance(pattern, Band):
        return _least_into_rows(pattern.transposed, labels)
    out = np.full((pattern.shape[1], ROUNDS), np.inf, dtype=np.float32)
    return _least(pattern.csr().T.tocsr(), labels, out)


def _least_in_windows(pattern: Band, labels: Labels) -> Labels:
    """For each row of a band, the least labels from `row - lower` to `row + upper`.

    Runs of a power of two are least over two runs of half the length, and a window is covered by
    two runs: work for `log(lower + upper)` passes, however wide the band is.
    """
    rows = np.arange(pattern.rows)
    first = np.maximum(rows - pattern.lower, 0)
    length = np.minimum(rows + pattern.upper + 1, pattern.cols) - first
    least = np.empty((pattern.rows, ROUNDS), dtype=np.float32)
    runs, power = labels[: pattern.cols].copy(), 1
    longest = int(length.max(initial=0))
    while power <= longest:
        fits = (length >= power) & (length < 2 * power)
        at = first[fits]
        least[fits] = np.minimum(runs[at], runs[at + length[fits] - power])
        runs[:-power] = np.minimum(runs[:-power], runs[power:])
        power *= 2
    return least


def _least(matrix: Any, labels: Labels, out: Labels) -> Labels:
    run = runner(least_labels, matrix.nnz * 4)
    if run.is_compiled:
        run(matrix.indptr, matrix.indices, labels, out)
        return out
    with run.interpreting():
        filled = np.flatnonzero(np.diff(matrix.indptr))
        if len(filled):
            out[filled] = np.minimum.reduceat(labels[matrix.indices], matrix.indptr[filled], axis=0)
    return out


def least_labels(indptr, indices, labels, out):  # type: ignore[no-untyped-def]
    """`out[r]`: the least of `labels[c]` over the entries `c` of row `r`."""
    for r in range(len(indptr) - 1):
        row = out[r]
        for p in range(indptr[r], indptr[r + 1]):
            other = labels[indices[p]]
            for t in range(len(row)):
                row[t] = min(row[t], other[t])
