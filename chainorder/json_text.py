"""JSON text as objects; an integer that is too long to be read is named by its place."""

from __future__ import annotations

import json
from typing import Any

from .checks import shown
from .errors import ChainOrderError


class _TooLong:
    """Stands for an integer of more digits than Python converts."""

    def __init__(self, digits: int) -> None:
        self.digits = digits


def read_json(text: str) -> Any:
    """What `json.loads` makes of the text.

    Raises:
        ChainOrderError: an integer of thousands of digits, and says where it stands; an object that
            has a field twice.
        ValueError: text that is not JSON.
        RecursionError: text that is nested too deeply.
    """
    try:
        return json.loads(text, object_pairs_hook=_object)
    except (json.JSONDecodeError, ChainOrderError):
        raise
    except ValueError:
        _reject_long(json.loads(text, parse_int=_integer))
        raise


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The fields of an object; which of two with one name was meant nobody knows."""
    fields = dict(pairs)
    if len(fields) < len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                raise ChainOrderError(f"field {shown(name)} is there twice: expected once")
            seen.add(name)
    return fields


def read_object(text: str, what: str) -> dict[str, Any]:
    """The JSON object that the text is.

    Raises:
        ChainOrderError: opens with `what`; says what is no JSON, or no object.
    """
    try:
        fields = read_json(text)
    except ChainOrderError as error:
        raise ChainOrderError(f"{what}: {error}") from None
    except (TypeError, ValueError, RecursionError) as error:
        raise ChainOrderError(f"{what} is not JSON: {error}") from None
    if not isinstance(fields, dict):
        raise ChainOrderError(f"{what}: expected a JSON object")
    return fields


def _integer(digits: str) -> int | _TooLong:
    try:
        return int(digits)
    except ValueError:
        return _TooLong(len(digits.lstrip("-")))


def _reject_long(value: object) -> None:
    """Raise for the first integer that is too long."""
    left: list[tuple[tuple[str | int, ...], object]] = [((), value)]
    while left:
        path, value = left.pop()
        if isinstance(value, _TooLong):
            kind = "a size is" if "sizes" in path else "expected"
            raise ChainOrderError(f"{_place(path)} has {value.digits} digits: {kind} at most 10^18")
        if isinstance(value, (dict, list)):
            items = value.items() if isinstance(value, dict) else enumerate(value)
            left += reversed([((*path, key), item) for key, item in items])


def _place(path: tuple[str | int, ...]) -> str:
    """Where something stands as other errors have it: `sizes[3]`, `sizes['x']`."""
    if len(path) > 1 and path[0] in ("chain", "graph"):
        path = path[1:]
    text = "the number" if not path else ""
    for at, key in enumerate(path):
        if isinstance(key, str) and (at == 0 or path[at - 1] != "sizes"):
            text += f".{key}" if text else key
        else:
            is_number = isinstance(key, int) or key.removeprefix("-").isdigit()
            text += f"[{key}]" if is_number else f"[{key!r}]"
    return text
