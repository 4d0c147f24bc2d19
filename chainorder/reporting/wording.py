"""How remarks become sentences, and long texts short ones."""

from __future__ import annotations


def sentence(text: str) -> str:
    """A remark with a capital and a full stop.

    >>> sentence("no order takes fewer than 56 fma")
    'No order takes fewer than 56 fma.'
    """
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith('.') else '.'}"


def cut(text: str, characters: int) -> str:
    """Text that is no longer than so many characters, its end replaced where it was.

    >>> cut("accumulate", 5)
    'accu…'
    """
    return text if len(text) <= characters else text[: characters - 1] + "…"
