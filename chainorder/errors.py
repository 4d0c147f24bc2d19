"""The errors that a user can cause: each message is one line that names the item."""

from __future__ import annotations

import re
from typing import Any

UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""What no line of text holds: line ends and other control codes, of terminals and of directions
of writing, and halves of characters (lone surrogates)."""


def in_one_line(text: str) -> str:
    r"""The text with an escape such as `\n` or `\x1b` for whatever does not fit into a line.

    >>> in_one_line("red \x1b[31m\n")
    'red \\x1b[31m\\n'
    """
    return UNFIT.sub(lambda found: repr(found[0])[1:-1], text)


def told(error: Exception) -> str:
    """What somebody else's error says, with its type, in one line.

    >>> told(TypeError("no matter\\n what"))
    'TypeError: no matter what'
    """
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


class ChainOrderError(ValueError):
    """Input that cannot be used; the message names the item and what was expected.

    The message is one line: the command prints it as it stands and exits with 2.

    >>> import chainorder as co
    >>> co.Chain([3, 0])
    Traceback (most recent call last):
    chainorder.errors.ChainOrderError: sizes[1] is 0: a size must be an integer of at least 1
    """

    def __init__(self, message: str) -> None:
        super().__init__(in_one_line(message))


class InfeasibleOrderError(ChainOrderError):
    """An order that the memory, or a product that does not exist, rules out.

    `order` is its name, `elemental` the position of the elemental that rules it out, and `memory`
    the least that would do; None if no memory would, because a product is missing.

    >>> import chainorder as co
    >>> chain = co.Chain.matrix_free([2, 3, 2], [10, 20])
    >>> try:
    ...     co.plan(chain, "reverse", memory=15)
    ... except co.InfeasibleOrderError as error:
    ...     print(error.order, error.elemental, error.memory)
    reverse 1 20
    """

    def __init__(self, message: str, order: str, elemental: int, memory: int | None) -> None:
        super().__init__(message)
        self.order = order
        self.elemental = elemental
        self.memory = memory

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (str(self), self.order, self.elemental, self.memory)
