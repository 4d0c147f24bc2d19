"""Reading problems: sizes as text, files, standard input. Every error names the place."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Any

from .chain import MAX_SIZE, Chain
from .errors import ChainOrderError

if TYPE_CHECKING:
    from .graph import Graph


def read_problem(source: str) -> Chain | Graph:
    """The problem that a command-line argument stands for.

    Args:
        source: sizes such as `1000,1,1000`; the path of a file; or `-` for standard input.

    Raises:
        ChainOrderError: no such file, or text that is no problem; names the item.
    """
    if source == "-":
        return parse_problem(_decoded(sys.stdin.buffer.read(), "standard input"), "standard input")
    if os.path.exists(source):
        from .graph_files import is_graph_file, read_graph_file

        if is_graph_file(source):
            return read_graph_file(source)
        return parse_problem(_read_file(source), source)
    if _looks_like_sizes(source):
        return parse_sizes(source)
    raise ChainOrderError(
        f"{_short(source)!r} is neither a file nor sizes: expected sizes such as 1000,1,1000, "
        "a file, or - for standard input"
    )


def parse_problem(text: str, where: str) -> Chain | Graph:
    """The problem in the text of a file: a JSON object, or sizes.

    Raises:
        ChainOrderError: opens with `where`.
    """
    try:
        if text.lstrip().startswith("{"):
            return _from_json(text)
        return parse_sizes(text)
    except ChainOrderError as error:
        raise ChainOrderError(f"{where}: {error}") from None


def parse_sizes(text: str) -> Chain:
    """The chain of given, dense elementals whose sizes are listed, with commas between.

    Raises:
        ChainOrderError: names the entry that is no size.
    """
    if not text.strip():
        raise ChainOrderError("no sizes: expected at least two, such as 1000,1,1000")
    return Chain([_size(l, entry.strip()) for l, entry in enumerate(text.split(","))])


def _size(l: int, entry: str) -> int:
    # Longer runs of digits than any size has would be slow to convert, and to print.
    digits = entry.removeprefix("-").removeprefix("+")
    if not (digits.isascii() and digits.isdigit()):
        raise ChainOrderError(
            f"sizes[{l}] is {_short(entry)!r}: a size must be an integer of at least 1"
        )
    if len(digits) > len(str(MAX_SIZE)) + 20:
        raise ChainOrderError(f"sizes[{l}] has {len(digits)} digits: a size is at most 10^18")
    return int(entry)


def _from_json(text: str) -> Chain | Graph:
    try:
        fields: Any = json.loads(text)
    except json.JSONDecodeError as error:
        raise ChainOrderError(
            f"not JSON at line {error.lineno}, column {error.colno}: {error.msg}"
        ) from None
    except (ValueError, RecursionError) as error:
        raise ChainOrderError(f"not JSON that can be read: {error}") from None
    # What `plan --json` prints and what a report holds has the problem inside.
    for kind in ("chain", "graph"):
        if "kind" not in fields and isinstance(fields.get(kind), dict):
            fields = fields[kind]
    if fields.get("kind") == "graph":
        from .graph import Graph

        return Graph.from_dict(fields)
    if fields.get("kind") != "chain":
        raise ChainOrderError(f"kind is {fields.get('kind')!r}: expected 'chain' or 'graph'")
    return Chain.from_dict(fields)


def _read_file(path: str) -> str:
    if os.path.isdir(path):
        raise ChainOrderError(f"{path} is a directory: expected a file")
    try:
        with open(path, "rb") as file:
            return _decoded(file.read(), path)
    except OSError as error:
        raise ChainOrderError(f"{path} cannot be read: {error.strerror}") from None


def _decoded(content: bytes, where: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ChainOrderError(f"{where} is not text: expected UTF-8") from None


def _looks_like_sizes(text: str) -> bool:
    """Whether somebody meant sizes: a list, a number, or nothing at all."""
    stripped = text.strip()
    return not stripped or "," in stripped or stripped[0] in "+-.0123456789"


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:59] + "…"
