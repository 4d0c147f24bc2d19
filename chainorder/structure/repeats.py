"""Sub-Jacobians that are one and the same matrix: equal words over elementals with labels.

An elemental is a *letter*: its label, and whether the matrix of that label is inverted or
transposed. A sub-Jacobian is the word of its letters, and equal words are one matrix. The mirror
image of a word, each letter transposed, is the transpose of the matrix; so a word and its mirror
image are one *class*: who has made the one has the other.

Classes are found by their hash: the letters as digits of a number modulo the prime 2^61 - 1, so
that any range is looked up in constant time, and nothing is held for each of the q²/2 ranges. A
class is only trusted after its letters have been compared.

A word that is its own mirror image is a symmetric matrix. Those are palindromes, but for each
letter being opposite its transpose, and are found as such: the longest around every centre.

References: R. M. Karp, M. O. Rabin, Efficient randomized pattern-matching algorithms, IBM J. Res.
Dev. 31 (1987); G. Manacher, A new linear-time on-line algorithm for finding the smallest initial
palindrome of a string, J. ACM 22 (1975).
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

PRIME = 2**61 - 1
BASE = 0x1B873593CC9E2D51 % PRIME
"""Any number will do; this one is fixed, so that plans are the same on every run."""


class Letter(NamedTuple):
    """The matrix of a label, and what of it is meant; a matrix that is symmetric has no transpose.

    >>> Letter("A", inverted=True).mirrored()
    Letter(label='A', inverted=True, transposed=True, symmetric=False)
    """

    label: Hashable
    inverted: bool = False
    transposed: bool = False
    symmetric: bool = False

    def mirrored(self) -> Letter:
        """The letter of the transpose."""
        return self._replace(transposed=not self.transposed and not self.symmetric)


class Class(NamedTuple):
    """What all ranges of one matrix have in common; two are equal if and only if these are."""

    key: int
    length: int


class Repeats:
    """The classes of the ranges of a chain.

    Args:
        letters: one per elemental, first applied first.

    >>> repeats = Repeats([Letter("A"), Letter("B"), Letter("A"), Letter("B")])
    >>> repeats.of(0, 2) == repeats.of(2, 4), repeats.of(0, 2) == repeats.of(1, 3)
    (True, False)
    >>> gram = Repeats([Letter("H"), Letter("H", transposed=True)])
    >>> gram.of(0, 1) == gram.of(1, 2), gram.is_flipped(0, 1), gram.is_flipped(1, 2)
    (True, False, True)
    """

    def __init__(self, letters: Sequence[Letter]) -> None:
        self.letters = tuple(letters)
        codes: dict[Letter, int] = {}
        for letter in self.letters:
            codes.setdefault(letter, len(codes) + 1)
        self._mirrors = any(
            letter.mirrored() in codes for letter in codes if not letter.symmetric
        ) or any(letter.symmetric for letter in codes)
        for letter in self.letters:
            codes.setdefault(letter.mirrored(), len(codes) + 1)
        self._code = [codes[letter] for letter in self.letters]
        self._mirrored = [codes[letter.mirrored()] for letter in self.letters]
        self._powers, self._up, self._down = [1], [0], [0]
        for code, mirrored in zip(self._code, self._mirrored, strict=True):
            self._up.append((self._up[-1] * BASE + code) % PRIME)
            # Read downwards, an earlier letter is a higher digit: the sum grows by its power.
            self._down.append((self._down[-1] + mirrored * self._powers[-1]) % PRIME)
            self._powers.append(self._powers[-1] * BASE % PRIME)
        self._inverse_powers: list[int] | None = None
        self._first: dict[Class, tuple[int, int, bool]] = {}
        self._known: dict[tuple[int, int], Class] = {}

    def __len__(self) -> int:
        """The number of elementals, q."""
        return len(self.letters)

    @property
    def is_needed(self) -> bool:
        """Whether any two elementals are one matrix, or a matrix and its transpose."""
        return len({self.of(l, l + 1) for l in range(len(self))}) < len(self)

    def of(self, i: int, j: int) -> Class:
        """The class of the range `(i, j)`."""
        known = self._known.get((i, j))
        if known is None:
            known = self._known[i, j] = self._found(i, j)
        return known

    def _found(self, i: int, j: int) -> Class:
        key = self._upward(i, j)
        flipped = False
        if self._mirrors:
            mirrored = self._downward(i, j)
            flipped = mirrored < key
            key = min(key, mirrored)
        found = Class(key, j - i)
        first = self._first.setdefault(found, (i, j, flipped))
        if first != (i, j, flipped) and self._word(*first) != self._word(i, j, flipped):
            raise AssertionError("two different words have the same hash")
        return found

    def is_flipped(self, i: int, j: int) -> bool:
        """Whether the matrix of the range is the transpose of what its class stands for.

        Two ranges of one class are the same matrix if both are flipped or neither is.
        """
        return self._mirrors and self._downward(i, j) < self._upward(i, j)

    def is_symmetric(self, i: int, j: int) -> bool:
        """Whether the word of the range is its own mirror image, as that of `HᵀH` is."""
        return self._mirrors and j - i <= self._longest_symmetric[i + j]

    def symmetric_ends(self, i: int) -> npt.NDArray[np.int64]:
        """The `j`, rising, for which the word of `(i, j)`, of two letters or more, is symmetric.

        >>> a = Letter("A", symmetric=True)
        >>> Repeats([Letter("H"), a, a, Letter("H", transposed=True)]).symmetric_ends(0)
        array([4])
        """
        j = np.arange(i + 2, len(self) + 1)
        if not self._mirrors:
            return j[:0]
        return j[j - i <= self._longest_by_ends[i + j]]

    def is_inside_symmetric(self) -> list[bool]:
        """For every variable from 0 to q, whether it is inside a range that is symmetric.

        >>> letters = [Letter("A"), Letter("H"), Letter("H", transposed=True)]
        >>> Repeats(letters).is_inside_symmetric()
        [False, False, True, False]
        """
        q = len(self)
        if not self._mirrors:
            return [False] * (q + 1)
        length = self._longest_by_ends
        ends = np.flatnonzero(length >= 2)
        # From the variable behind the first to the one before the last.
        changes = np.zeros(q + 2, dtype=np.int64)
        np.add.at(changes, (ends - length[ends]) // 2 + 1, 1)
        np.add.at(changes, (ends + length[ends]) // 2, -1)
        inside: list[bool] = (np.cumsum(changes)[: q + 1] > 0).tolist()
        return inside

    @property
    def longest_symmetric(self) -> tuple[int, int]:
        """The longest range whose word is symmetric, the first of them; `(0, 0)` if there is none.

        >>> letters = [Letter("A"), Letter("H"), Letter("H", transposed=True)]
        >>> Repeats(letters).longest_symmetric
        (1, 3)
        """
        if not self._mirrors:
            return 0, 0
        ends = int(np.argmax(self._longest_by_ends))
        length = self._longest_symmetric[ends]
        return (ends - length) // 2, (ends + length) // 2

    @cached_property
    def _longest_by_ends(self) -> npt.NDArray[np.int64]:
        return np.array(self._longest_symmetric, dtype=np.int64)

    @cached_property
    def _longest_symmetric(self) -> list[int]:
        """By `i + j`, the length of the longest range `(i, j)` that is symmetric; O(q).

        All shorter ones of the same centre are symmetric too. Where the letter in the middle is
        not, the length is -1. What lies inside a symmetric range is mirrored in it (Manacher).
        """
        q = len(self)
        longest = [0] * (2 * q + 1)
        centre = 0  # of the range that reaches furthest
        for ends in range(1, 2 * q):
            length = -(ends % 2)
            reach = centre + longest[centre] - ends
            if reach > 0:
                length = min(longest[2 * centre - ends], reach)
            i, j = (ends - length) // 2, (ends + length) // 2
            while i > 0 and j < q and self._code[i - 1] == self._mirrored[j]:
                i, j = i - 1, j + 1
            longest[ends] = j - i
            if j - i >= reach:
                centre = ends
        return longest

    def _upward(self, i: int, j: int) -> int:
        return (self._up[j] - self._up[i] * self._powers[j - i]) % PRIME

    def _downward(self, i: int, j: int) -> int:
        if self._inverse_powers is None:
            unit = pow(BASE, -1, PRIME)
            self._inverse_powers = [1]
            for _ in self.letters:
                self._inverse_powers.append(self._inverse_powers[-1] * unit % PRIME)
        return (self._down[j] - self._down[i]) * self._inverse_powers[i] % PRIME

    def _word(self, i: int, j: int, flipped: bool) -> list[int]:
        return self._mirrored[i:j][::-1] if flipped else self._code[i:j]
