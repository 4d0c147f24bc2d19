"""How remarks become sentences, and long texts short ones."""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from itertools import accumulate


def sentence(text: str) -> str:
    """A remark with a capital and a full stop.

    >>> sentence("no order takes fewer than 56 fma")
    'No order takes fewer than 56 fma.'
    """
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith('.') else '.'}"


def columns(text: str) -> int:
    """How many columns of a terminal text takes: two for a wide sign, none for what joins another.

    >>> columns("plan"), columns("計画"), columns("e\u0301")
    (4, 4, 1)
    """
    return len(text) if text.isascii() else sum(map(_columns, text))


def cut(text: str, room: int) -> str:
    """Text that takes no more than so many columns, its end replaced where it did.

    >>> cut("accumulate", 5), cut("計画計画", 5)
    ('accu…', '計画…')
    """
    if columns(text) <= room:
        return text
    taken = list(accumulate(map(_columns, text[:room])))
    return text[: bisect_right(taken, room - 1)] + "…"


def _columns(sign: str) -> int:
    if unicodedata.combining(sign) or unicodedata.category(sign) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(sign) in "WF" else 1
