"""Patterns as text: a dot for every entry, or for every part of the matrix that has one."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from .patterns import Shape

LARGE = 24
"""Rows or columns from which a picture is made of small dots, eight to a character."""

WIDEST, TALLEST = 96, 64
"""Small dots across and down; of larger matrices each stands for a part."""

BRAILLE = 0x2800
_BITS = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]])
"""The bit of each of the dots of a character, four rows of two (Unicode, chapter 21)."""


def picture(rows: npt.ArrayLike, cols: npt.ArrayLike, shape: Shape) -> str:
    """The entries `(rows[t], cols[t])` of a matrix as lines of text.

    >>> print(picture([0, 1, 1, 2], [0, 1, 2, 2], (3, 3)))
    ● · ·
    · ● ●
    · · ●
    """
    height, width = shape
    r, c = (np.asarray(index, dtype=np.int64) for index in (rows, cols))
    if max(shape) <= LARGE:
        marks = np.full(shape, "·")
        marks[r, c] = "●"
        return "\n".join(" ".join(line) for line in marks)
    down, across = _parts(height, width)
    mask = np.zeros((-(-down // 4) * 4, -(-across // 2) * 2), dtype=bool)
    mask[r * down // height, c * across // width] = True
    blocks = mask.reshape(mask.shape[0] // 4, 4, mask.shape[1] // 2, 2)
    codes: Any = BRAILLE + (blocks * _BITS[None, :, None, :]).sum(axis=(1, 3))
    return "\n".join("".join(map(chr, line)) for line in codes.tolist())


def _parts(height: int, width: int) -> tuple[int, int]:
    """How many dots a picture has down and across, in the proportions of the matrix."""
    scale = min(1.0, WIDEST / width, TALLEST / height)
    return max(1, round(height * scale)), max(1, round(width * scale))
