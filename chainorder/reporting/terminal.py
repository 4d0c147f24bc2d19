"""A terminal: how wide it is, what it can show, and text laid out for it."""

from __future__ import annotations

import os
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, TextIO

COLUMNS = 80
"""How wide a page of text is, and a terminal that does not say."""

GAP = "   "
"""What stands between two columns of a table."""

_STYLES: Mapping[str, str] = {"bold": "1", "dim": "2", "green": "32", "yellow": "33"}
"""The parameters of SGR (ECMA-48, 8.3.117) that turn a style on."""

_BRANCHES = ("├── ", "└── ", "│   ", "─"), ("|-- ", "`-- ", "|   ", "-")
"""A child with others behind it, the last one, what passes both by, and a rule; without Unicode."""


class Terminal(NamedTuple):
    """So many columns; whether it shows styles, and the signs of which lines are drawn."""

    width: int = COLUMNS
    has_styles: bool = False
    has_lines: bool = True

    def styled(self, text: str, styles: str) -> str:
        """The text in styles such as "bold green"; as it is where there are none."""
        codes = ";".join(_STYLES[style] for style in styles.split())
        return f"\x1b[{codes}m{text}\x1b[0m" if self.has_styles and codes and text else text

    def wrapped(self, text: str) -> list[str]:
        """The text in lines that fit, broken between words."""
        return [
            line
            for paragraph in text.splitlines()
            for line in textwrap.wrap(paragraph, self.width, break_on_hyphens=False) or [""]
        ]

    def rule(self, length: int) -> str:
        """A line across."""
        return self._signs[3] * length

    def branch(self, follows: Sequence[bool]) -> str:
        """What stands before a node of a tree.

        Args:
            follows: for each node from the root's child down to this one, whether it has another
                sibling below.
        """
        if not follows:
            return ""
        child, last, passing, _ = self._signs
        above = "".join(passing if more else " " * len(passing) for more in follows[:-1])
        return above + (child if follows[-1] else last)

    @property
    def _signs(self) -> tuple[str, str, str, str]:
        return _BRANCHES[0 if self.has_lines else 1]


def terminal_behind(stream: TextIO) -> Terminal:
    """The terminal that a stream writes to; 80 columns without colour where it is none.

    `COLUMNS` says how wide it is, whatever it is; `NO_COLOR` and `FORCE_COLOR` whether it has
    styles.
    """
    is_styled = stream.isatty() and os.environ.get("TERM", "") not in ("dumb", "unknown")
    return Terminal(
        width=_width(),
        has_styles=not os.environ.get("NO_COLOR")
        and bool(os.environ.get("FORCE_COLOR") or is_styled),
        has_lines=(stream.encoding or "utf-8").lower().startswith("utf"),
    )


def _width() -> int:
    columns = os.environ.get("COLUMNS", "")
    if columns.isdecimal() and int(columns) > 0:
        return int(columns)
    for descriptor in (1, 2, 0):  # a pager that is piped to shows on the terminal of the others
        try:
            return os.get_terminal_size(descriptor).columns or COLUMNS
        except OSError:
            continue
    return COLUMNS


class Grid(NamedTuple):
    """Cells in columns; `numeric` says which of these are flush right.

    >>> grid = Grid(("order", "fma"), (False, True), (("forward", "60"), ("best", "5")))
    >>> print(*grid.lines(Terminal(), ["", ""]), sep="\\n")
    order     fma
    ─────────────
    forward    60
    best        5
    """

    headings: Sequence[str]
    numeric: Sequence[bool]
    rows: Sequence[Sequence[str]]

    @property
    def widths(self) -> list[int]:
        """The columns of the terminal that each column takes."""
        return [max(map(len, column)) for column in zip(self.headings, *self.rows, strict=True)]

    @property
    def width(self) -> int:
        """The columns of the terminal that all take."""
        return sum(self.widths) + len(GAP) * (len(self.headings) - 1)

    def lines(self, terminal: Terminal, styles: Iterable[str]) -> list[str]:
        """The headings, a rule, and the rows, each in its style; the first column is bold."""
        widths = self.widths

        def line(cells: Sequence[str], cell_styles: Sequence[str]) -> str:
            padded = []
            for cell, style, width, numeric in zip(
                cells, cell_styles, widths, self.numeric, strict=True
            ):
                space = " " * (width - len(cell))
                text = terminal.styled(cell, style)
                padded.append(space + text if numeric else text + space)
            return GAP.join(padded).rstrip()

        rest = len(widths) - 1
        return [
            line(self.headings, ["bold"] * (rest + 1)),
            terminal.rule(self.width),
            *(
                line(row, [f"bold {style}", *[style] * rest])
                for row, style in zip(self.rows, styles, strict=True)
            ),
        ]
