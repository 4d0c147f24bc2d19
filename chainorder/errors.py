"""The errors that a user can cause: each message is one line that names the item."""

from __future__ import annotations


class ChainOrderError(ValueError):
    """Input that cannot be used; the message names the item and what was expected.

    The message is one line: the command prints it as it stands and exits with 2.
    """


class InfeasibleOrderError(ChainOrderError):
    """An order that the memory, or a product that does not exist, rules out.

    `order` is its name, `elemental` the position of the elemental that rules it out, and `memory`
    the least that would do; None if no memory would, because a product is missing.
    """

    def __init__(self, message: str, order: str, elemental: int, memory: int | None) -> None:
        super().__init__(message)
        self.order = order
        self.elemental = elemental
        self.memory = memory
