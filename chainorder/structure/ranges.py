"""Patterns of the sub-Jacobians `(i, j)` of a chain, as far as costs need them.

The pattern of a range does not depend on the bracketing, so it is found once. What is kept of it
is the number of entries in each row and column: a product `(k, j)·(i, k)` takes
`Σ_s (column s of (k, j))·(row s of (i, k))` scalar multiplications.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np

from ..errors import ChainOrderError
from .declarations import Structure
from .patterns import Band, Counts, Pattern, Shape, band_fma, band_product

PATTERN_BYTES = 2**30
"""Memory for patterns and counts, unless somebody asks for more or less."""

DENSE_SHARE = 3
"""A matrix is held dense when at least one entry in three can be non-zero.

Below that a CSR array (a value and an index per entry) is smaller, above it a BLAS product is
faster by more than what it multiplies in vain.
"""


class PatternsTooLarge(Exception):
    """The patterns do not fit into the memory that they were given."""


@dataclass(frozen=True, slots=True, eq=False)
class RangeCounts:
    """What is kept of the pattern of a sub-Jacobian.

    `rows` and `columns` are the entries of each row and column; both None where `band` has them
    by formula. `stored` is the number of entries that the matrix holds in memory.
    """

    shape: Shape
    nnz: int
    band: Band | None
    rows: Counts | None
    columns: Counts | None

    @property
    def is_identity(self) -> bool:
        """Whether products with this range are free."""
        return self.band is not None and self.band.is_identity

    @property
    def is_diagonal(self) -> bool:
        """Whether the range is held as its diagonal."""
        return self.band is not None and self.band.is_diagonal and self.nnz > 0

    @property
    def is_full(self) -> bool:
        """Whether every entry can be non-zero."""
        return self.nnz == self.shape[0] * self.shape[1]

    @property
    def is_held_dense(self) -> bool:
        """Whether the range is held as a two-dimensional array."""
        is_filled = DENSE_SHARE * self.nnz >= self.shape[0] * self.shape[1]
        return self.is_full or (is_filled and not self.is_diagonal)

    @property
    def stored(self) -> int:
        """Entries in memory: the diagonal, all, or those that can be non-zero."""
        return self.shape[0] * self.shape[1] if self.is_held_dense else self.nnz

    def row_counts(self) -> Counts:
        """Entries of each row, written out."""
        if self.rows is not None:
            return self.rows
        assert self.band is not None
        return self.band.row_counts()

    def column_counts(self) -> Counts:
        """Entries of each column, written out."""
        if self.columns is not None:
            return self.columns
        assert self.band is not None
        return self.band.column_counts()


def product_fma(left: RangeCounts, right: RangeCounts) -> int:
    """The scalar multiplications of `left·right`, exact; none with an identity."""
    if left.is_identity or right.is_identity:
        return 0
    if left.band is not None and right.band is not None:
        return band_fma(left.band, right.band)
    columns, rows = left.column_counts(), right.row_counts()
    if int(columns.max()) * int(rows.max()) * len(rows) < 2**63:
        return int(columns.astype(np.int64) @ rows.astype(np.int64))
    return sum(c * r for c, r in zip(columns.tolist(), rows.tolist(), strict=True))


class Ranges:
    """The counts of the sub-Jacobians of one chain, found when first asked for.

    Args:
        sizes: `d_0 … d_q`.
        structures: one per elemental.
        memory: bytes that patterns and counts may take together.

    Raises:
        ChainOrderError: names the elemental whose structure does not fit its sizes.
    """

    def __init__(
        self, sizes: Sequence[int], structures: Sequence[Structure], memory: int = PATTERN_BYTES
    ) -> None:
        self.sizes = sizes
        self.memory = memory
        self.patterns: list[Pattern] = []
        for l, structure in enumerate(structures):
            try:
                self.patterns.append(structure.pattern((sizes[l + 1], sizes[l])))
            except ChainOrderError as error:
                raise ChainOrderError(f"elementals[{l}]: {error}") from None
        self._structures = structures
        # Equal structures of equal shape have one pattern, whoever made them.
        self._kinds = [
            pattern if isinstance(pattern, Band) else (structure, pattern.shape)
            for pattern, structure in zip(self.patterns, structures, strict=True)
        ]
        self.is_closed_form = all(isinstance(pattern, Band) for pattern in self.patterns)
        self._counts: dict[tuple[int, int], RangeCounts] = {}
        self._estimates: dict[tuple[int, int], RangeCounts] = {}
        self._pool: dict[tuple[int, bytes], Counts] = {}
        self._pool_bytes = 0

    def __len__(self) -> int:
        """The number of elementals, q."""
        return len(self.patterns)

    def within(self, memory: int) -> Ranges:
        """The same ranges, found within so many bytes."""
        return Ranges(self.sizes, self._structures, memory)

    def counts(self, i: int, j: int) -> RangeCounts:
        """The counts of `(i, j)`; from the elementals if nothing is known of it."""
        if (i, j) not in self._counts:
            self._counts[i, j] = self._kept(i, j, self._pattern(i, j))
        return self._counts[i, j]

    def planning_counts(self, i: int, j: int) -> RangeCounts:
        """The counts of `(i, j)`, estimated if `estimate` was called and no more is known."""
        return self._counts.get((i, j)) or self._estimates[i, j]

    def follow(self, steps: Iterable[tuple[int, int, int]]) -> None:
        """Find the counts of `(i, j)` for steps `i, k, j`, made one after another.

        Each pattern is made from those of the operands and dropped with them, so this takes less
        memory than the products themselves. What does not fit all the same is estimated.
        """
        held: dict[tuple[int, int], Pattern | None] = {}

        def taken(i: int, j: int) -> Pattern | None:
            return held.pop((i, j)) if (i, j) in held else self._pattern(i, j)

        for i, k, j in steps:
            if (i, j) in self._counts or j - i == 1:
                continue
            left, right = taken(k, j), taken(i, k)
            try:
                held[i, j] = left and right and self._product(left, right)
            except PatternsTooLarge:
                held[i, j] = None
            self._counts[i, j] = self._kept(i, j, held[i, j])

    def _pattern(self, i: int, j: int) -> Pattern | None:
        """The pattern of a range by itself; None if it does not fit into the memory."""
        try:
            return reduce(lambda right, left: self._product(left, right), self.patterns[i:j])
        except PatternsTooLarge:
            return None

    def complete(self) -> None:
        """Find the counts of every range.

        Ranges over equal elementals in equal order have one pattern, and a diagonal changes none:
        the ranges are walked as a trie of what follows each variable, so that what repeats (time
        steps) is found once, and only the patterns on the way to a leaf are held.

        Raises:
            PatternsTooLarge: the memory does not do.
        """
        trie = _Trie(self.patterns, self._kinds)
        found: dict[int, RangeCounts] = {}
        live = 0
        stack: list[tuple[int, Pattern | None]] = [(node, None) for node in trie.children(_ROOT)]
        waiting: dict[int, int] = {}
        while stack:
            node, parent = stack.pop()
            elemental = self.patterns[trie.last[node]]
            if parent is None:
                pattern = elemental
            else:
                pattern = self._product(elemental, parent, live)
                waiting[id(parent)] -= 1
                if waiting[id(parent)] == 0:
                    live -= _nbytes(parent)
            found[node] = self._counted(pattern)
            children = trie.children(node)
            if children:
                waiting[id(pattern)] = len(children)
                live += _nbytes(pattern)
                stack.extend((child, pattern) for child in children)
            if live + self._pool_bytes > self.memory:
                raise PatternsTooLarge
        for i in range(len(self)):
            for j, node in enumerate(trie.nodes[i], start=i + 1):
                self._counts[i, j] = found[node]

    def estimate(self) -> None:
        """Estimate the counts of every range (Cohen 1998), for `planning_counts`."""
        from .estimate import estimated_counts

        if self._estimates:
            return
        for (i, j), rows, columns in estimated_counts(self.patterns):
            shape = (len(rows), len(columns))
            self._estimates[i, j] = RangeCounts(shape, int(rows.sum()), None, rows, columns)

    def is_exact(self, i: int, j: int) -> bool:
        """Whether the counts of `(i, j)` are exact; false where its pattern did not fit."""
        return self.counts(i, j) is not self._estimates.get((i, j))

    def _product(self, left: Pattern, right: Pattern, live: int = 0) -> Pattern:
        if isinstance(left, Band) and isinstance(right, Band):
            return band_product(left, right)
        from .explicit import product, product_bytes

        fma = int(left.column_counts() @ right.row_counts())
        if product_bytes(left, right, fma) + live + self._pool_bytes > self.memory:
            raise PatternsTooLarge
        return product(left, right)

    def _kept(self, i: int, j: int, pattern: Pattern | None) -> RangeCounts:
        if pattern is None:
            self.estimate()
            return self._estimates[i, j]
        return self._counted(pattern)

    def _counted(self, pattern: Pattern) -> RangeCounts:
        if isinstance(pattern, Band):
            return RangeCounts(pattern.shape, pattern.nnz, pattern, None, None)
        rows, columns = self._pooled(pattern.row_counts()), self._pooled(pattern.column_counts())
        return RangeCounts(pattern.shape, pattern.nnz, None, rows, columns)

    def _pooled(self, counts: Counts) -> Counts:
        """The same counts in the least space; long products have equal ones."""
        small: Any = counts.astype(np.min_scalar_type(int(counts.max(initial=0))))
        key = (len(small), small.tobytes()) if len(small) <= 4096 else (len(small), _digest(small))
        if key not in self._pool:
            self._pool[key] = small
            self._pool_bytes += small.nbytes
        return self._pool[key]


_ROOT = -1


class _Trie:
    """What follows each variable, as words over the elementals; a node is a distinct range.

    `nodes[i][j - i - 1]` is the node of range `(i, j)`, `last[node]` an elemental that ends it.
    Whole diagonals are no letters, except where there is nothing else.
    """

    def __init__(self, patterns: Sequence[Pattern], kinds: Sequence[Hashable]) -> None:
        self.last: list[int] = []
        self._follow: dict[int, dict[int, int]] = {_ROOT: {}}
        letters: dict[Hashable, int] = {}
        letter = [letters.setdefault(kind, l) for l, kind in enumerate(kinds)]
        diagonal = [isinstance(p, Band) and p.is_whole_diagonal for p in patterns]
        self.nodes: list[list[int]] = []
        for i in range(len(patterns)):
            row: list[int] = []
            node, is_diagonal = _ROOT, True
            for l in range(i, len(patterns)):
                if not diagonal[l]:
                    node = self._next(_ROOT if is_diagonal else node, letter[l])
                    is_diagonal = False
                elif node == _ROOT or (is_diagonal and patterns[self.last[node]].is_identity):
                    node = self._next(_ROOT, letter[l])
                row.append(node)
            self.nodes.append(row)

    def children(self, node: int) -> list[int]:
        """The ranges that are one elemental longer."""
        return list(self._follow[node].values())

    def _next(self, node: int, letter: int) -> int:
        follow = self._follow[node]
        if letter not in follow:
            follow[letter] = len(self.last)
            self._follow[len(self.last)] = {}
            self.last.append(letter)
        return follow[letter]


def _nbytes(pattern: Pattern) -> int:
    return int(getattr(pattern, "nbytes", 0))


def _digest(array: Counts) -> bytes:
    import hashlib

    return array.dtype.str.encode() + hashlib.blake2b(array.tobytes(), digest_size=16).digest()
