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
from .line_counts import LineCounts, RunCounts, inner_product
from .patterns import Band, Counts, Pattern, PatternsTooLarge, Shape, band_product

PATTERN_BYTES = 2**30
"""Memory for patterns and counts, unless somebody asks for more or less."""

ESTIMATED_SIZE = 2**24
"""The size up to which patterns are estimated where they do not fit: labels for it take 2 GiB."""

DENSE_SHARE = 3
"""A matrix is held dense when at least one entry in three can be non-zero.

Below that a CSR array (a value and an index per entry) is smaller, above it a BLAS product is
faster by more than what it multiplies in vain.
"""


@dataclass(frozen=True, slots=True, eq=False)
class RangeCounts:
    """What is kept of the pattern of a sub-Jacobian.

    `rows` and `columns` are the entries of each row and column; both the band where it has them by
    formula. `stored` is the number of entries that the matrix holds in memory.
    """

    shape: Shape
    nnz: int
    band: Band | None
    rows: LineCounts
    columns: LineCounts
    is_selection: bool = False

    @classmethod
    def of(cls, pattern: Pattern) -> RangeCounts:
        """What a pattern says by itself."""
        known = pattern if isinstance(pattern, Band) else None
        rows, columns = pattern.row_lines(), pattern.column_lines()
        return cls(pattern.shape, pattern.nnz, known, rows, columns, pattern.is_selection)

    @property
    def is_free(self) -> bool:
        """Whether products with this range multiply nothing."""
        return self.is_selection or self.is_identity

    @property
    def is_identity(self) -> bool:
        """Whether products with this range are the other factor."""
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
    def is_dense(self) -> bool:
        """Whether every entry can be non-zero, and products multiply them."""
        return self.is_full and not self.is_free

    @property
    def is_held_dense(self) -> bool:
        """Whether the range is held as a two-dimensional array."""
        is_filled = DENSE_SHARE * self.nnz >= self.shape[0] * self.shape[1]
        return self.is_full or (is_filled and not self.is_diagonal)

    @property
    def stored(self) -> int:
        """Entries in memory: the diagonal, all, or those that can be non-zero."""
        return self.shape[0] * self.shape[1] if self.is_held_dense else self.nnz


def product_fma(left: RangeCounts, right: RangeCounts) -> int:
    """The scalar multiplications of `left·right`, exact; none with an identity or a selection."""
    if left.is_free or right.is_free:
        return 0
    return inner_product(left.columns, right.rows)


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
        self._pool: dict[Hashable, Counts | RunCounts] = {}
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
        if max(self.sizes) > ESTIMATED_SIZE:
            raise ChainOrderError(
                f"the patterns of this chain take more than {self.memory:,} bytes, and its sizes "
                f"are too large to estimate them: expected a larger pattern_memory"
            )
        for (i, j), rows, columns in estimated_counts(self.patterns):
            shape = (len(rows), len(columns))
            self._estimates[i, j] = RangeCounts(shape, int(rows.sum()), None, rows, columns)

    def is_exact(self, i: int, j: int) -> bool:
        """Whether the counts of `(i, j)` are exact; false where its pattern did not fit."""
        return self.counts(i, j) is not self._estimates.get((i, j))

    def _product(self, left: Pattern, right: Pattern, live: int = 0) -> Pattern:
        if isinstance(left, Band) and isinstance(right, Band):
            return band_product(left, right)
        from .products import product

        return product(left, right, self.memory - live - self._pool_bytes)

    def _kept(self, i: int, j: int, pattern: Pattern | None) -> RangeCounts:
        if pattern is None:
            self.estimate()
            return self._estimates[i, j]
        return self._counted(pattern)

    def _counted(self, pattern: Pattern) -> RangeCounts:
        rows, columns = self._pooled(pattern.row_lines()), self._pooled(pattern.column_lines())
        known = pattern if isinstance(pattern, Band) else None
        return RangeCounts(pattern.shape, pattern.nnz, known, rows, columns, pattern.is_selection)

    def _pooled(self, counts: LineCounts) -> LineCounts:
        """The same counts in the least space; long products have equal ones."""
        if isinstance(counts, Band):
            return counts
        values = counts.values if isinstance(counts, RunCounts) else counts
        small: Any = values.astype(np.min_scalar_type(int(values.max(initial=0))))
        kept: Counts | RunCounts = small
        key: Hashable = _key(small)
        if isinstance(counts, RunCounts):
            kept = RunCounts(counts.cuts, small)
            key = (key, _key(counts.cuts))
        if key not in self._pool:
            self._pool[key] = kept
            self._pool_bytes += kept.nbytes
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
        # A diagonal changes no entry, but it makes a selection of ones one of other numbers.
        changes = any(p.is_selection and not p.is_identity for p in patterns)
        diagonal = [isinstance(p, Band) and p.is_whole_diagonal and not changes for p in patterns]
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


def _key(array: Counts) -> tuple[int, bytes]:
    return len(array), array.tobytes() if len(array) <= 4096 else _digest(array)


def _digest(array: Counts) -> bytes:
    import hashlib

    return array.dtype.str.encode() + hashlib.blake2b(array.tobytes(), digest_size=16).digest()
