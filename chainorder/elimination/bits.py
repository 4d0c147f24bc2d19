"""Sets as the bits of integers: 62 to a word, for int64 and Python integers alike."""

from __future__ import annotations

WORD = 62
"""Bits of a word: what int64 and Python integers both hold without a sign."""

_POSITION = {(1 << position) % 67: position for position in range(WORD)}

BIT_OF = tuple(_POSITION.get(remainder, -1) for remainder in range(67))
"""The position of a single bit, by its remainder modulo 67, of which 2 is a primitive root."""
