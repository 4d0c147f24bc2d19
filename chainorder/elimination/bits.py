"""Sets as the bits of integers: 62 to a word, for int64 and Python integers alike."""

from __future__ import annotations

WORD = 62
"""Bits of a word: what int64 and Python integers both hold without a sign."""

_POSITION = {(1 << position) % 67: position for position in range(WORD)}

BIT_OF = tuple(_POSITION.get(remainder, -1) for remainder in range(67))
"""The position of a single bit, by its remainder modulo 67, of which 2 is a primitive root."""


def bit_count(members):  # type: ignore[no-untyped-def]
    """The number of bits, added up in pairs, fours and eights."""
    members -= (members >> 1) & 0x5555555555555555
    members = (members & 0x3333333333333333) + ((members >> 2) & 0x3333333333333333)
    members = (members + (members >> 4)) & 0x0F0F0F0F0F0F0F0F
    return (members * 0x0101010101010101 >> 56) & 127
