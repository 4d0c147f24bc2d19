"""Graphs from the files that networkx reads: GraphML, DOT, edge lists."""

from __future__ import annotations

import io
import os
import warnings
from collections.abc import Callable
from contextlib import redirect_stdout
from typing import Any

from ..errors import ChainOrderError
from ..problems.graph import Graph


def is_graph_file(path: str) -> bool:
    """Whether the suffix of a path says that networkx is to read it."""
    return _suffix(path) in _READERS and os.path.isfile(path)


def read_graph_file(path: str) -> Graph:
    """The graph in a GraphML (`.graphml`), DOT (`.dot`, `.gv`) or edge list (`.edgelist`) file.

    Node attributes `size`, `input`, `output`, `column` and `row` count, see
    `Graph.from_networkx`; vertices that are all named by numbers become numbers.

    Raises:
        ChainOrderError: a file that cannot be read as what its suffix says, or is no graph.
    """
    name, reader = _READERS[_suffix(path)]
    try:
        # What readers have to say is said by the error below.
        with warnings.catch_warnings(), redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            graph = _numbered(reader(path))
    except ChainOrderError as error:
        raise ChainOrderError(f"{path}: {error}") from None
    except OSError as error:
        raise ChainOrderError(f"{path} cannot be read: {error.strerror or error}") from None
    except ImportError:
        raise ChainOrderError(
            f"{path}: reading {name} needs the package pydot, 4 or later: pip install 'pydot>=4'"
        ) from None
    except Exception as error:  # each format fails in ways of its own
        reason = " ".join(str(error).split()) or type(error).__name__
        if "integer string conversion" in reason:  # Python's advice to its programmers
            reason = "a number has thousands of digits, expected at most 10^18"
        raise ChainOrderError(f"{path} is no {name} that can be read: {reason}") from None
    try:
        return Graph.from_networkx(graph)
    except ChainOrderError as error:
        raise ChainOrderError(f"{path}: {error}") from None


def _suffix(path: str) -> str:
    return os.path.splitext(path)[1].lower()


def _graphml(path: str) -> Any:
    import networkx as nx

    return nx.read_graphml(path, force_multigraph=True)


def _edge_list(path: str) -> Any:
    import networkx as nx

    return nx.read_edgelist(path, create_using=nx.MultiDiGraph)


def _dot(path: str) -> Any:
    from .dot import read_dot

    return read_dot(path)


_READERS: dict[str, tuple[str, Callable[[str], Any]]] = {
    ".graphml": ("GraphML", _graphml),
    ".dot": ("DOT", _dot),
    ".gv": ("DOT", _dot),
    ".edgelist": ("edge list", _edge_list),
    ".edges": ("edge list", _edge_list),
}


def _numbered(graph: Any) -> Any:
    """The graph with numbers for vertices, if all their names are numbers."""
    import networkx as nx

    def is_number(node: Any) -> bool:
        text = str(node)
        return text.isascii() and text.isdigit() and len(text) < 19 and str(int(text)) == text

    if all(isinstance(node, str) and is_number(node) for node in graph):
        return nx.relabel_nodes(graph, {node: int(node) for node in graph})
    return graph
