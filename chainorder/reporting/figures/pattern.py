"""Patterns of matrices as pictures: which entries can be non-zero, in as many cells as fit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .. import numbers
from ..wording import cut
from .drawing import Box, Cells, Drawing, Label, Mark

if TYPE_CHECKING:
    from ...structure.patterns import Pattern

CELLS = 40
"""Cells along the longer side of a picture."""

MOST_ENTRIES = 2_000_000
"""Patterns of more entries are not written out to be drawn."""


def occupied(pattern: Any, rows: int, columns: int) -> Any:
    """A mask of cells, `(rows, columns)`: whether an entry lies in the part that each stands for.

    None where the pattern has too many entries to be looked at.
    """
    height, width = pattern.shape
    if hasattr(pattern, "lower"):
        return _band_cells(pattern, rows, columns)
    if pattern.nnz > MOST_ENTRIES or max(height, width) > MOST_ENTRIES:
        return None
    entries = pattern.csr().tocoo()
    mask = np.zeros((rows, columns), dtype=bool)
    r = entries.row.astype(np.int64) * rows // height
    c = entries.col.astype(np.int64) * columns // width
    mask[r, c] = True
    return mask


def _band_cells(pattern: Any, rows: int, columns: int) -> Any:
    """Which cells a band goes through, without writing out its entries."""
    height, width = pattern.shape
    mask = np.zeros((rows, columns), dtype=bool)
    if pattern.nnz == 0:
        return mask
    # Entry r belongs to part r·rows // height: parts start at the quotients, rounded up.
    downs = [-(-a * height // rows) for a in range(rows + 1)]
    acrosses = [-(-b * width // columns) for b in range(columns + 1)]
    for a in range(rows):
        first, last = downs[a], min(downs[a + 1], pattern.rows) - 1
        for b in range(columns):
            left, right = acrosses[b], min(acrosses[b + 1], pattern.cols) - 1
            if first > last or left > right:
                continue
            # Offsets r - c in the cell go from first - right to last - left.
            mask[a, b] = first - right <= pattern.lower and last - left >= -pattern.upper
    return mask


def cell_counts(height: int, width: int, most: int = CELLS) -> tuple[int, int]:
    """How many cells down and across a picture of such a matrix has."""
    longest = max(height, width)
    if longest <= most:
        return height, width
    return (
        max(1, -(-height * most // longest)),
        max(1, -(-width * most // longest)),
    )


def pattern_marks(
    pattern: Pattern, x: float, y: float, width: float, height: float
) -> list[Mark] | None:
    """The cells of a pattern inside a rectangle; None where they cannot be had, or all are full."""
    smallest = 3.0
    rows = min(pattern.shape[0], max(1, int(height / smallest)), CELLS)
    columns = min(pattern.shape[1], max(1, int(width / smallest)), CELLS)
    mask = occupied(pattern, rows, columns)
    if mask is None or mask.all():
        return None
    return _boxes(mask, x, y, width / columns, height / rows)


def _boxes(mask: Any, x: float, y: float, across: float, down: float) -> list[Mark]:
    """A box for each run of cells in a row, which are `across` wide and `down` high."""
    return [
        Box(
            "multiply",
            x=x + first * across,
            y=y + r * down,
            width=(last - first) * across,
            height=down,
        )
        for r, row in enumerate(mask)
        for first, last in _runs(row)
    ]


def _runs(row: Any) -> list[tuple[int, int]]:
    """Where a row of cells is occupied, as half-open intervals."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], row, [False])).astype(np.int8)))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def pattern_drawing(items: list[tuple[str, Any, int]], per_row: int = 3) -> Drawing:
    """Patterns side by side, each with its name, shape and entries.

    Args:
        items: name, pattern (None where it is only counted), and entries of each.
        per_row: how many stand in a row.
    """
    room, gap, side = 128.0, 14.0, 108.0
    marks: list[Mark] = []
    parts = []
    for at, (name, pattern, entries) in enumerate(items):
        x = 8 + (at % per_row) * (room + gap)
        y = 8 + (at // per_row) * (side + 60)
        height, width = pattern.shape
        longest = max(height, width)
        w, h = (max(4.0, side * part / longest) for part in (width, height))
        marks.append(Box("shade", x=x, y=y, width=w, height=h))
        rows, columns = cell_counts(height, width)
        mask = occupied(pattern, rows, columns)
        if mask is not None:
            marks += _squares(mask, x, y, w, h)
        marks.append(Box("line", x=x, y=y, width=w, height=h, filled=False))
        base = y + side + 16
        share = numbers.share(entries, height * width)
        marks += [
            Label("ink", name, text=cut(name, 20), x=x, y=base, bold=True),
            Label(
                "muted",
                text=cut(numbers.compact_shape(height, width), 24),
                x=x,
                y=base + 14,
                size=11,
            ),
            Label("muted", text=f"{numbers.compact(entries)} ({share})", x=x, y=base + 27, size=11),
        ]
        parts.append(f"{name}: {numbers.integer(entries)} entries of {height} × {width}")
    rows_needed = -(-len(items) // per_row)
    across = min(len(items), per_row)
    return Drawing(
        "patterns",
        16 + across * room + (across - 1) * gap,
        12 + rows_needed * (side + 60),
        "Which entries can be non-zero",
        "; ".join(parts),
        tuple(marks),
    )


def _squares(mask: Any, x: float, y: float, w: float, h: float) -> list[Mark]:
    rows, columns = mask.shape
    across, down = w / columns, h / rows
    if abs(across - down) < 0.2 * across and across > 4:
        side = 0.8 * min(across, down)
        corners = [
            (x + c * across + 0.1 * across, y + r * down + 0.1 * down)
            for r, c in np.argwhere(mask).tolist()
        ]
        return [Cells("multiply", corners=corners, side=side)]
    return _boxes(mask, x, y, across, down)
