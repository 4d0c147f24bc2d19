"""A chain as it is multiplied: the elemental Jacobians in a row, their sides to scale."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ...problems.chain import Chain
from .. import numbers
from ..wording import cut
from .drawing import TEXT, WIDTH, Box, Drawing, Label, Mark, text_width
from .pattern import pattern_marks

LONGEST = 96.0
"""The longest side of a rectangle."""

SHORTEST = 3.0
GAP = 16.0
READABLE_RATIO = 32.0
"""Sides whose ratio is larger are drawn by a power of the size."""


def chain_row(chain: Chain, elementals_drawn: int) -> Drawing | None:
    """The chain in a row, or in several; None where it is too long for that."""
    q = len(chain)
    if q > elementals_drawn:
        return None
    d = chain.sizes
    power = _power(d)
    side = {size: max(SHORTEST, LONGEST * (size / max(d)) ** power) for size in set(d)}
    marks: list[Mark] = []
    x, y, row_height = 8.0, 8.0, 0.0
    width = 0.0
    texts = {l: _texts(chain, l) for l in range(q)}
    columns = [*range(q - 1, -1, -1)]
    rows: list[list[int]] = [[]]
    for l in columns:
        needed = _column(side, d, l, texts[l])
        if rows[-1] and x + needed > WIDTH:
            rows.append([])
            x = 8.0
        rows[-1].append(l)
        x += needed + GAP
    for row in rows:
        row_height = max(side[d[l + 1]] for l in row)
        x = 8.0
        for l in row:
            column = _column(side, d, l, texts[l])
            w, h = side[d[l]], side[d[l + 1]]
            left, top = x + (column - w) / 2, y + (row_height - h) / 2
            marks += _matrix(chain, l, left, top, w, h)
            for at, (text, ink, bold) in enumerate(texts[l]):
                base = y + row_height + 17 + 15 * at
                marks.append(
                    Label(ink, text=text, x=x + column / 2, y=base, anchor="middle", bold=bold)
                )
            x += column
            if l != row[-1]:
                dot = x + GAP / 2
                marks.append(
                    Label(
                        "muted",
                        text="·",
                        x=dot,
                        y=y + row_height / 2 + 5,
                        anchor="middle",
                        bold=True,
                        size=18,
                    )
                )
            x += GAP
        width = max(width, x - GAP + 8)
        y += row_height + 15 * max(len(texts[l]) for l in row) + 20
    return Drawing(
        "chain",
        max(width, 240.0),
        y,
        f"The chain of {numbers.count(q, 'elemental Jacobian', 'elemental Jacobians')}",
        _described(chain, power),
        tuple(marks),
    )


def scale_caption(chain: Chain) -> str:
    """How the sides of the rectangles come about."""
    power = _power(chain.sizes)
    if power == 1.0:
        return "each rectangle is an elemental Jacobian, rows down, columns across, sides to scale"
    return (
        "each rectangle is an elemental Jacobian, rows down, columns across; sides grow with the "
        f"size to the power {power:.2f}, so that small ones can be seen beside large ones"
    )


def _power(d: Sequence[int]) -> float:
    ratio = max(d) / min(d)
    return 1.0 if ratio <= READABLE_RATIO else math.log(READABLE_RATIO) / math.log(ratio)


def _texts(chain: Chain, l: int) -> list[tuple[str, str, bool]]:
    elemental = chain.elementals[l]
    name = f"J{l + 1}"
    texts = [(name, "ink", True)]
    if elemental.name:
        texts.append((cut(" ".join(elemental.name.split()), 16), "ink", False))
    texts.append((numbers.compact_shape(chain.sizes[l + 1], chain.sizes[l]), "muted", False))
    if not elemental.given:
        texts.append(("products only", "muted", False))
    return texts


def _column(side: dict[int, float], d: Sequence[int], l: int, texts: Sequence[tuple]) -> float:  # type: ignore[type-arg]
    return max(side[d[l]], *(text_width(text, TEXT) for text, _, _ in texts))


def _matrix(chain: Chain, l: int, x: float, y: float, w: float, h: float) -> list[Mark]:
    elemental = chain.elementals[l]
    shape = numbers.shape(chain.sizes[l + 1], chain.sizes[l])
    title = f"J{l + 1}, {shape}" + (f": {elemental.name}" if elemental.name else "")
    if not elemental.given:
        return [
            Box("shade", title, x=x, y=y, width=w, height=h),
            Box("ink", x=x, y=y, width=w, height=h, filled=False, dashed=True),
        ]
    if chain.ranges is not None:
        pattern = chain.ranges.patterns[l]
        cells = pattern_marks(pattern, x, y, w, h)
        outline = Box("line", title, x=x, y=y, width=w, height=h, filled=False)
        if cells is not None:
            return [Box("surface", x=x, y=y, width=w, height=h), *cells, outline]
    return [Box("multiply", title, x=x, y=y, width=w, height=h)]


def _described(chain: Chain, power: float) -> str:
    shapes = ", ".join(
        f"J{l + 1} {numbers.shape(chain.sizes[l + 1], chain.sizes[l])}"
        for l in range(len(chain) - 1, -1, -1)
    )
    return f"From left to right, as they are multiplied: {shapes}. {scale_caption(chain)}."
