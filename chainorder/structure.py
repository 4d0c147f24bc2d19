"""What an elemental Jacobian looks like: which of its entries can be non-zero."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .errors import ChainOrderError


@dataclass(frozen=True, slots=True)
class Dense:
    """Every entry may be non-zero."""

    def to_json(self) -> Any:
        """The structure as a chain file writes it."""
        return "dense"


Structure = Dense
DENSE = Dense()


def structure_from_json(value: object) -> Structure:
    """The structure that a chain file's `structure` field names.

    Raises:
        ChainOrderError: no structure has that name.
    """
    if value == "dense":
        return DENSE
    raise ChainOrderError(f"structure is {value!r}: expected 'dense'")
