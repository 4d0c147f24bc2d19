"""Reading and writing problems: sizes, files, standard input. Every error names the place."""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from ..checks import MAX_SIZE, shown
from ..errors import ChainOrderError
from ..json_text import read_json
from ..problems.by_kind import KINDS, problem_class, problem_from_dict
from ..problems.chain import Chain
from ..problems.elemental import Elemental
from .text_format import chain_text, is_text_format, parse_text


def read_problem(source: str) -> Any:
    """The problem that a command-line argument stands for.

    Args:
        source: sizes such as `1000,1,1000`; the path of a file; or `-` for standard input.

    Raises:
        ChainOrderError: no such file, or text that is no problem; names the item.
    """
    if source == "-":
        return parse_problem(_read_standard_input(), "standard input")
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


def parse_problem(text: str, where: str) -> Any:
    """The problem in the text of a file: a JSON object, sizes, or the plain text format.

    Raises:
        ChainOrderError: opens with `where`.
    """
    try:
        if text.lstrip().startswith("{"):
            return _from_json(text)
        if _is_other_json(text):
            raise ChainOrderError(
                f"the text is {_short(' '.join(text.split()))}: expected a JSON object "
                "(a chain or a graph), or sizes such as 1000,1,1000"
            )
        if is_text_format(text):
            return parse_text(text)
        return parse_sizes(text)
    except ChainOrderError as error:
        raise ChainOrderError(f"{where}: {error}") from None


def parse_sizes(text: str) -> Chain:
    """The chain of given elementals whose sizes are listed, with commas between.

    After a size and a colon stands the structure of the elemental that leads to it, dense if
    nothing does: `64,64:banded(1,1),8`. Behind either, `^-1` is the inverse, `^T` the transpose
    and `^-T` both: `64,64^-1,64:spd^-1`.

    Raises:
        ChainOrderError: names the entry that is no size, or has no such structure.
    """
    if not text.strip():
        raise ChainOrderError("no sizes: expected at least two, such as 1000,1,1000")
    if ":" not in text and "^" not in text:
        return Chain([_size(l, entry.strip()) for l, entry in enumerate(text.split(","))])
    listed = _split_outside_parentheses(text)
    entries = [_size_and_structure(l, entry) for l, entry in enumerate(listed)]
    sizes = [_size(l, size.strip()) for l, (size, _, _) in enumerate(entries)]
    return Chain(sizes, _elementals(entries))


def _size_and_structure(l: int, entry: str) -> tuple[str, str, str]:
    """The size, a colon if there is more, and the structure: `64^-1` is `64:dense^-1`."""
    size, colon, structure = entry.partition(":")
    size, power, suffix = size.partition("^")
    if power and colon:
        raise ChainOrderError(
            f"sizes[{l}] is {_short(entry.strip())!r}: expected ^{suffix} behind the structure, as "
            f"in 64:spd^-1"
        )
    return (size, ":", f"dense^{suffix}") if power else (size, colon, structure)


def _split_outside_parentheses(text: str) -> list[str]:
    """The text between commas, but for those that stand between parentheses."""
    parts: list[list[str]] = []
    depth = 0
    for part in text.split(","):
        if depth > 0:
            parts[-1].append(part)
        else:
            parts.append([part])
            depth = 0
        depth += part.count("(") - part.count(")")
    return [",".join(pieces) for pieces in parts]


def _elementals(entries: list[tuple[str, str, str]]) -> list[Elemental]:
    from ..structure.written import structure_from_text

    elementals = []
    for l, (_, colon, structure) in enumerate(entries):
        if l == 0:
            if colon:
                raise ChainOrderError(
                    f"sizes[0] has a structure, {_short(structure)!r}: no elemental leads to x_0"
                )
            continue
        try:
            elementals.append(Elemental(structure=structure_from_text(structure or "dense")))
        except ChainOrderError as error:
            raise ChainOrderError(f"sizes[{l}]: {error}") from None
        if colon and not structure.strip():
            raise ChainOrderError(f"sizes[{l}] ends in a colon: expected a structure after it")
    return elementals


def problem_text(chain: Chain, format_name: str | None, path: str | None = None) -> str:
    """The text of a file that holds the chain.

    Args:
        chain: what to write.
        format_name: "text" or "json"; None for what the path ends in, or for the text format
            where that can express the chain.
        path: where the text will be written.

    Raises:
        ChainOrderError: no such format, or a chain that it cannot express.
    """
    if format_name is None:
        is_json = path is not None and path.lower().endswith(".json")
        format_name = "json" if is_json or chain.is_given else "text"
    if format_name == "json":
        return json.dumps(chain.to_dict()) + "\n"
    if format_name == "text":
        return chain_text(chain)
    raise ChainOrderError(f"format is {_short(format_name)!r}: expected text or json")


def suffix_of(path: Any) -> str:
    """What a path ends in: `.html`.

    Raises:
        ChainOrderError: what is no path.
    """
    if not isinstance(path, (str, os.PathLike)) or not isinstance(os.fspath(path), str):
        raise ChainOrderError(f"path is {shown(path)}: expected the path of a file")
    return os.path.splitext(os.fspath(path))[1].lower()


def write_whole(path: str, text: str | bytes) -> None:
    """Write a file whole or not at all; into a device or a pipe, as far as that takes it.

    Raises:
        ChainOrderError: a path that cannot be written.
    """
    if os.path.isdir(path):
        raise ChainOrderError(f"{path} is a directory: expected the path of a file")
    try:
        content = text.encode() if isinstance(text, str) else text
        if os.path.exists(path) and not os.path.isfile(path):
            with open(path, "wb") as device:
                device.write(content)
        else:
            _replace(os.path.realpath(path), content)
    except (OSError, ValueError) as error:  # ValueError: a null byte in the path
        reason = getattr(error, "strerror", None) or error
        raise ChainOrderError(f"{path} cannot be written: {reason}") from None


def _replace(path: str, content: bytes) -> None:
    """Put a file that is finished in the place of the one that is there."""
    import tempfile

    unfinished = None
    try:
        with tempfile.NamedTemporaryFile(
            dir=os.path.dirname(path), prefix=".", suffix=".part", delete=False
        ) as file:
            unfinished = file.name
            file.write(content)
        # A temporary file is private; a report has the permissions of any new file.
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(unfinished, 0o666 & ~mask)
        os.replace(unfinished, path)
        unfinished = None
    finally:
        if unfinished is not None:
            os.unlink(unfinished)


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


def _is_other_json(text: str) -> bool:
    """Whether somebody meant JSON, but no object: a list, text, or a word."""
    stripped = text.strip()
    return stripped.startswith(("[", '"')) or stripped in ("null", "true", "false")


def _from_json(text: str) -> Any:
    try:
        fields: Any = read_json(text)
    except ChainOrderError:
        raise
    except json.JSONDecodeError as error:
        raise ChainOrderError(
            f"not JSON at line {error.lineno}, column {error.colno}: {error.msg}"
        ) from None
    except (ValueError, RecursionError) as error:
        raise ChainOrderError(f"not JSON that can be read: {error}") from None
    # What `plan --json` prints and what a report holds has the problem inside.
    if "kind" not in fields and any(isinstance(fields.get(kind), dict) for kind in KINDS):
        return problem_from_dict(fields, "the file")
    kind = fields.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        expected = " or ".join(map(repr, KINDS))
        raise ChainOrderError(f"kind is {shown(kind)}: expected {expected}")
    return problem_class(kind).from_dict(fields)


def _read_file(path: str) -> str:
    if os.path.isdir(path):
        raise ChainOrderError(f"{path} is a directory: expected a file")
    try:
        with open(path, "rb") as file:
            return _decoded(file.read(), path)
    except OSError as error:
        raise ChainOrderError(f"{path} cannot be read: {error.strerror}") from None


def _read_standard_input() -> str:
    if sys.stdin is None:
        raise ChainOrderError("standard input is closed: expected a problem")
    try:
        return _decoded(sys.stdin.buffer.read(), "standard input")
    except OSError as error:
        raise ChainOrderError(f"standard input cannot be read: {error.strerror}") from None


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
