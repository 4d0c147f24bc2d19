"""A drawing: marks at places, each with an ink by the role that it plays, not by its colour.

One unit is a CSS pixel on a phone, and somewhat more on a desk; `y` grows downwards. Whoever
renders a drawing (`svg`, `files`) decides what an ink looks like, and takes it from `PALETTE`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ..wording import columns

PALETTE: Mapping[str, tuple[str, str]] = {
    "ink": ("#1b1f24", "#e8ecf1"),
    "muted": ("#57606a", "#a9b4c0"),
    "line": ("#8c959f", "#7d8894"),
    "grid": ("#d5dae0", "#39424c"),
    "surface": ("#ffffff", "#14181d"),
    "shade": ("#e9edf2", "#262d35"),
    "best": ("#0b6b3a", "#56d08e"),
    "multiply": ("#0072b2", "#56b4e9"),
    "tangent": ("#00795a", "#2fc79a"),
    "adjoint": ("#c25100", "#f59a4c"),
    "accumulate": ("#9c4f80", "#dd9ac2"),
}
"""Ink: on light and on dark ground. The kinds of steps: Okabe & Ito's colours, which those who see
no red or green tell apart, deepened for contrast."""

WIDTH = 440.0
"""How wide drawings are that could have any width."""

TEXT = 12
"""Height of text."""

NARROW = 0.56
"""Width of a character, as a part of its height: most are narrower, in most fonts."""


@dataclass(frozen=True)
class Mark:
    """Something to be drawn; `title` says what it is to those who ask.

    `data` is for a page that brings the drawing to life: attributes by name.
    """

    ink: str
    title: str = ""
    data: Mapping[str, str] = field(default_factory=dict, kw_only=True)


@dataclass(frozen=True)
class Box(Mark):
    """A filled rectangle, or its outline."""

    x: float = 0.0
    y: float = 0.0
    width: float = 0.0
    height: float = 0.0
    filled: bool = True
    dashed: bool = False


@dataclass(frozen=True)
class Stroke(Mark):
    """A line through points."""

    points: Sequence[tuple[float, float]] = ()
    width: float = 1.5
    dashed: bool = False
    arrow: bool = False


@dataclass(frozen=True)
class Dot(Mark):
    """A filled circle, or its outline."""

    x: float = 0.0
    y: float = 0.0
    radius: float = 4.0
    filled: bool = True


@dataclass(frozen=True)
class Cells(Mark):
    """Many equal squares, by their upper left corners."""

    corners: Sequence[tuple[float, float]] = ()
    side: float = 1.0


@dataclass(frozen=True)
class Label(Mark):
    """Text; `y` is the base line, `anchor` the end that lies at `x`."""

    text: str = ""
    x: float = 0.0
    y: float = 0.0
    anchor: str = "start"
    bold: bool = False
    size: float = TEXT


@dataclass(frozen=True)
class Symbol(Mark):
    """The sign of a kind of step: what tells kinds apart besides the colour."""

    kind: str = "multiply"
    x: float = 0.0
    y: float = 0.0
    size: float = 10.0

    def outline(self) -> list[tuple[float, float]]:
        """The corners of the sign."""
        return [(self.x + self.size * u, self.y + self.size * v) for u, v in _OUTLINES[self.kind]]


_OUTLINES: Mapping[str, Sequence[tuple[float, float]]] = {
    "multiply": ((0, 0), (1, 0), (1, 1), (0, 1)),
    "tangent": ((0, 0), (1, 0.5), (0, 1)),
    "adjoint": ((1, 0), (0, 0.5), (1, 1)),
    "accumulate": ((0.5, -0.05), (1.05, 0.5), (0.5, 1.05), (-0.05, 0.5)),
}
"""A square for a product of matrices, arrows for what goes forward or back, a diamond for what
becomes a matrix."""


@dataclass(frozen=True)
class Drawing:
    """Marks on a ground of so many units; `title` and `description` are its alternative text."""

    name: str
    width: float
    height: float
    title: str
    description: str
    marks: tuple[Mark, ...]


def text_width(text: str, size: float = TEXT) -> float:
    """About how wide text is."""
    return columns(text) * size * NARROW
