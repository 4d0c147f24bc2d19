"""How remarks become sentences."""

from __future__ import annotations


def sentence(text: str) -> str:
    """A remark with a capital and a full stop.

    >>> sentence("no order takes fewer than 56 fma")
    'No order takes fewer than 56 fma.'
    """
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith('.') else '.'}"
