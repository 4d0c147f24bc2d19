"""The one error that a user can cause."""

from __future__ import annotations


class ChainOrderError(ValueError):
    """Input that cannot be used; the message names the item and what was expected.

    The message is one line: the command prints it as it stands and exits with 2.
    """
