"""Powers of one factor: the shortest addition chains.

A product of two powers of a matrix is a power whose exponent is the sum of theirs, so the fewest
products that make `A^n` are as many as the shortest addition chain of `n` has steps. There is no
formula for them, and no polynomial algorithm is known; those of small numbers are.

References: D. E. Knuth, *The Art of Computer Programming*, volume 2, section 4.6.3 (below 12,509 a
shortest chain is a *star chain*, in which every step adds to the one before it); OEIS A003313 for
the lengths; A. Schönhage, A lower bound for the length of addition chains, Theor. Comput. Sci. 1
(1975); P. Downey, B. Leong, R. Sethi, Computing sequences with addition chains, SIAM J. Comput. 10
(1981), by which the same for several numbers at once is NP-complete.
"""

from __future__ import annotations

import itertools
from functools import lru_cache

LENGTHS = (
    "0122334344545554556566656666767566767776777777867777878788878886"
    "77878897888888978888889898989997888898989998999899999998999999a7"
    "8898999899a9aaa8999999a999a9aaa8999999a9a9a9aaa9aaa9aaa9aaaaaab8"
    "9999a9a9aaa9aaa9aaaaaaa9aaaaaab9aaaaaaaaaababab9aaaaaabaaababba8"
    "99a9aab9aababab9aababbbaabbbbbb9aaaaaabaaababbbabababbbabbbbbbb9"
    "aaaaaababababbbabbbabbbabbbbbbbabbbbbbbabbbbbbbabbbbbbbbbbcbbbc9"
    "aaaabababbbabbbabbbbbbcabbbbbbbabbbbbbbbbbcbbbcabbbbbbcbbbcbccba"
    "bbbbbbbbbbbbcbcbcbcbcccbcccbcccabbbbbbcbbbcbccbbcbcbcccbcccccbc9"
    "aababbcabbcbcccabbcbcccbcccbcccabbcbcccbbccccccbbbccccccccccccca"
    "bbbbbbcbbbcbcccbcbcbcccbccccccdbcccbcccbcccccccbccccccccccdcccca"
    "bbbbbbcbcbcbcccbcccbcccbccccccdbcccccccbcccccccbccccccdcccccdcdb"
    "ccccccccccccccdbccccccdcccccdccbccccccdcccccccdcdcdcddccdcdccdda"
    "bbbbcbcbcccbcccbccccdcdbccccdcdbccccccdcccdccdcbccccdcdcccdcdcdb"
    "ccccccccccccccdcccdcdddcdcdcdddbccccccdcccdcddccdcdcdddcddcddcdb"
    "ccccccccccdcdcdcdcdcdcdcdddcdddcdddcdddcdddddddcdddddddcdddddddb"
    "ccccccdcccdcddccdcdcdddcdddddcdcdddcdddcdddddddcdddddddddddcddda"
)
"""The length of a shortest addition chain of 1, 2, 3, …, as hexadecimal digits."""


@lru_cache(maxsize=1024)
def addition_chain(n: int) -> tuple[tuple[int, int], ...]:
    """The steps `(a, b)`, each of which makes `a + b` from what is there, from 1 to `n`.

    As few as there can be for `n` up to 1024; from there on those of the binary method with up to
    four binary digits at once.

    >>> [a + b for a, b in addition_chain(100)]
    [2, 4, 8, 16, 32, 64, 96, 100]
    """
    if n <= len(LENGTHS):
        return _star_chain(n, int(LENGTHS[n - 1], 16))
    return min((_windowed(n, width) for width in range(1, 5)), key=len)


def fewest_steps(n: int) -> int:
    """How many steps no addition chain of `n` can do without.

    The least number for `n` up to 1024; beyond, Schönhage's bound
    `log2 n + log2(ones of n in binary) - 2.13`, in integers.
    """
    if n <= len(LENGTHS):
        return int(LENGTHS[n - 1], 16)
    # Not below log2 n either: a step doubles at most.
    doubled = (n - 1).bit_length()
    # 2^(s + 2.13) >= n·ones, and 2^2.13 < 4.38.
    ones, steps = n.bit_count(), doubled
    while 438 * 2**steps < 100 * n * ones:
        steps += 1
    return steps


def _star_chain(n: int, length: int) -> tuple[tuple[int, int], ...]:
    """The first star chain of so many steps, larger summands tried first."""
    chain, tried = [1], [0]
    while chain[-1] != n:
        depth = len(chain) - 1
        other = tried[-1]
        is_hopeless = chain[-1] << (length - depth) < n
        if depth == length or other < 0 or is_hopeless:
            chain.pop()
            tried.pop()
            continue
        tried[-1] -= 1
        total = chain[-1] + chain[other]
        if total <= n:
            chain.append(total)
            tried.append(len(chain) - 1)
    sums = set(chain)
    steps = []
    for before, after in itertools.pairwise(chain):
        assert after - before in sums
        steps.append((before, after - before))
    return tuple(steps)


def _windowed(n: int, width: int) -> tuple[tuple[int, int], ...]:
    """Double, and add an odd number below `2^width` where a run of digits ends."""
    digits = bin(n)[2:]
    windows: list[tuple[int, int]] = []  # the odd number, and how often to double after it
    at = 0
    while at < len(digits):
        if digits[at] == "0":
            at += 1
            continue
        end = min(at + width, len(digits))
        while digits[end - 1] == "0":
            end -= 1
        windows.append((int(digits[at:end], 2), len(digits) - end))
        at = end
    largest = max(odd for odd, _ in windows)
    steps = [(1, 1)] if largest > 1 else []
    steps += [(odd, 2) for odd in range(1, largest - 1, 2)]
    value = 0
    position = windows[0][1]
    for odd, behind in windows:
        for _ in range(position - behind if value else 0):
            steps.append((value, value))
            value *= 2
        if value:
            steps.append((value, odd))
        value += odd
        position = behind
    for _ in range(position):
        steps.append((value, value))
        value *= 2
    return tuple(dict.fromkeys(steps))
