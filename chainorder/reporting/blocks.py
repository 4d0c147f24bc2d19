"""What pages are made of: headings, tables, notes, code and figures, as data.

Named tuples: a dozen data classes take 5 ms to make, in every command.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal, NamedTuple

from . import numbers

if TYPE_CHECKING:
    from .figures.drawing import Drawing

LONGEST_NAME = 320
"""Characters of a name on a page; what is longer is cut."""

Where = Literal["everywhere", "terminal", "document"]
"""A terminal shows the summary alone, so some of what a document says elsewhere stands there."""


class Cell(NamedTuple):
    """What a table shows at a place, and the number behind it, for those who sort.

    `detail` stands below the text in a document; `tip` is said to those who ask.
    """

    text: str
    value: int | float | None = None
    detail: str = ""
    tip: str = ""


class Column(NamedTuple):
    """A column of a table: its heading, whether it holds numbers, and where it is shown."""

    heading: str
    numeric: bool = True
    where: Where = "everywhere"


class Row(NamedTuple):
    """The cells of a row; `mark` is "best", "impossible", "rest", or the kind of a step."""

    cells: tuple[Cell, ...]
    mark: str = ""


class Table(NamedTuple):
    """Rows under headings; `name` says which table it is, whatever the format."""

    name: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    caption: str = ""


class Note(NamedTuple):
    """A remark without a capital and a full stop, which are the format's business."""

    text: str
    where: Where = "everywhere"


class Code(NamedTuple):
    """Text that is shown letter by letter, such as a bracketing."""

    text: str


class Figure(NamedTuple):
    """A picture that is drawn when somebody wants to see it; None where it cannot be drawn.

    `frames` says what is to be seen after each of the changes that the marks of the drawing tell
    of by `data-from` and `data-to`: a page can play them.
    """

    name: str
    caption: str
    draw: Callable[[], Drawing | None]
    frames: tuple[str, ...] = ()


Block = Table | Note | Code | Figure


class Section(NamedTuple):
    """Blocks under a heading."""

    title: str
    blocks: tuple[Block, ...]


def share_cell(part: int, whole: int) -> Cell:
    """A part of a whole; its value is in per cent."""
    return Cell(numbers.share(part, whole), 100 * (part / whole) if whole else 0.0)


def number_cell(number: int) -> Cell:
    """An exact count."""
    return Cell(numbers.integer(number), number)
