"""Graphs from files of other programs, by suffix: GraphML, DOT, edge lists.

A new format is one file beside this one, with a function from content to `Described`, and one row
in `READERS`.
"""

from __future__ import annotations

import os
from collections.abc import Callable

from ..errors import ChainOrderError
from ..problems.graph import Graph
from .described import Described

LONGEST_REASON = 200
"""Characters of what a library has to say about a file."""


def is_graph_file(path: str) -> bool:
    """Whether the suffix of a path says that it holds a graph of one of these formats."""
    return _suffix(path) in READERS and os.path.isfile(path)


def read_graph_file(path: str) -> Graph:
    """The graph in a GraphML (`.graphml`), DOT (`.dot`, `.gv`) or edge list (`.edgelist`) file.

    Node attributes `size`, `input`, `output`, `column` and `row` count, see
    `Graph.from_networkx`; vertices that are all named by numbers become numbers.

    Raises:
        ChainOrderError: a file that cannot be read as what its suffix says, or is no graph.
    """
    try:
        with open(path, "rb") as file:
            content = file.read()
    except OSError as error:
        raise ChainOrderError(f"{path} cannot be read: {error.strerror or error}") from None
    return parse_graph_file(content, path)


def parse_graph_file(content: bytes, path: str) -> Graph:
    """The graph in the content of a file; the suffix of `path` says which format it has.

    Raises:
        ChainOrderError: opens with `path`.
    """
    name, reader = READERS[_suffix(path)]
    try:
        described = reader(content)
    except ChainOrderError as error:
        raise ChainOrderError(f"{path}: {error}") from None
    except Exception as error:  # each format fails in ways of its own
        reason = " ".join(str(error).split()) or type(error).__name__
        if "integer string conversion" in reason:  # Python's advice to its programmers
            reason = "a number has thousands of digits, expected at most 10^18"
        if isinstance(error, UnicodeDecodeError):
            reason = "expected UTF-8"
        if len(reason) > LONGEST_REASON:
            reason = reason[: LONGEST_REASON - 1] + "…"
        raise ChainOrderError(f"{path} is no {name} that can be read: {reason}") from None
    try:
        return described.graph()
    except ChainOrderError as error:
        raise ChainOrderError(f"{path}: {error}") from None


def _suffix(path: str) -> str:
    return os.path.splitext(path)[1].lower()


def _graphml(content: bytes) -> Described:
    from .graphml import read_graphml

    return read_graphml(content)


def _dot(content: bytes) -> Described:
    from .dot import read_dot

    return read_dot(content.decode("utf-8-sig"))


def _edge_list(content: bytes) -> Described:
    from .edge_list import read_edge_list

    return read_edge_list(content.decode("utf-8-sig"))


READERS: dict[str, tuple[str, Callable[[bytes], Described]]] = {
    ".graphml": ("GraphML", _graphml),
    ".dot": ("DOT", _dot),
    ".gv": ("DOT", _dot),
    ".edgelist": ("edge list", _edge_list),
    ".edges": ("edge list", _edge_list),
}
