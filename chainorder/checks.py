"""What every door checks: integers, fields of JSON objects; values as messages show them."""

from __future__ import annotations

import operator
import sys
from collections.abc import Mapping, Sequence
from numbers import Real
from typing import Any, TypeGuard, cast

import numpy as np

from .errors import UNFIT, ChainOrderError

FORMAT = "chainorder/1"
"""The name of the file format, for problems of every kind."""

MAX_SIZE = 10**18
"""The largest size of a variable: what fits, with room for one addition, in 64 bits."""

LONGEST_SHOWN = 60
"""Characters of a value that a message shows."""


def checked_integer(item: str, value: object, kind: str, *, least: int) -> int:
    """`value` as a Python integer.

    Raises:
        ChainOrderError: names `item`, and says what its `kind` must be.
    """
    expected = f"{kind} must be an integer of at least {least}"
    if isinstance(value, (bool, np.bool_)):
        raise ChainOrderError(f"{item} is {value!r}: {expected}")
    try:
        number = operator.index(cast(Any, value))
    except TypeError:
        raise ChainOrderError(f"{item} is {shown(value)}: {expected}") from None
    if number < least:
        raise ChainOrderError(f"{item} {_is_shown(number)}: {expected}")
    if number > MAX_SIZE:
        raise ChainOrderError(f"{item} {_is_shown(number)}: {kind} is at most 10^18")
    return number


def checked_seconds(item: str, value: object) -> float | None:
    """`value` as seconds, at least 0; None is no limit.

    Raises:
        ChainOrderError: names `item`: what is no number, below 0, or not finite.
    """
    if value is None:
        return None
    is_number = isinstance(value, Real) and not isinstance(value, bool)
    if not is_number or not 0 <= cast(float, value) < float("inf"):
        raise ChainOrderError(f"{item} is {shown(value)}: expected seconds, at least 0")
    return float(cast(float, value))


def checked_name(item: str, value: object) -> str:
    """`value` as a name: text in one line, without control codes; it may be empty.

    Raises:
        ChainOrderError: names `item`, and what in it no name has.
    """
    if not isinstance(value, str):
        raise ChainOrderError(f"{item} is {shown(value)}: expected text")
    wrong = UNFIT.search(value)
    if wrong is not None:
        raise ChainOrderError(
            f"{item} is {shown(value)}: expected one line of text without control codes, "
            f"such as {wrong[0]!r}"
        )
    return value


def _is_shown(number: int) -> str:
    # Python refuses to print integers of thousands of digits.
    return f"is {number}" if abs(number) < 10**60 else "has more than 60 digits"


def reject_masked(item: str, values: object) -> None:
    """Raise where an entry of an array is masked: what stands behind the mask is no number.

    An array of NumPy's masked kind in which nothing is masked is an array.
    """
    if is_of_masked_kind(values) and np.ma.is_masked(values):
        hidden = np.ma.getmaskarray(values)
        at = [int(position) for position in np.argwhere(hidden)[0]]
        where = f" at {at}" if at else ""
        raise ChainOrderError(f"{item} is masked{where}: expected numbers without a mask")


def is_of_masked_kind(values: object) -> TypeGuard[np.ma.MaskedArray[Any, Any]]:
    """Whether an array is of NumPy's masked kind, which nobody has who has not loaded it."""
    masked = sys.modules.get("numpy.ma")
    return masked is not None and isinstance(values, masked.MaskedArray)


def reject_unknown(fields: Mapping[str, Any], known: Sequence[str], what: str) -> None:
    """Raise for the first field that is none of those known."""
    for key in fields:
        if key not in known:
            raise ChainOrderError(
                f"{shown(key)} is no field of a {what}: expected {', '.join(known)}"
            )


def check_kind(fields: Mapping[str, Any], kind: str) -> None:
    """Raise unless an object says that it is of this format, and of this kind."""
    if fields.get("format") != FORMAT:
        raise ChainOrderError(f"format is {shown(fields.get('format'))}: expected {FORMAT!r}")
    if fields.get("kind") != kind:
        raise ChainOrderError(f"kind is {shown(fields.get('kind'))}: expected {kind!r}")


def shown(value: object) -> str:
    """A value as messages show it: its `repr`, shortened."""
    try:
        return shortened(repr(value))
    except ValueError:  # an integer of thousands of digits, perhaps inside
        return f"a {type(value).__name__} with a number of thousands of digits"
    except RecursionError:
        return f"a {type(value).__name__} of great depth"


def shortened(text: str) -> str:
    """The text, or its beginning if it is long."""
    return text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 1] + "…"
