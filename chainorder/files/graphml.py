"""GraphML files, read by networkx once it is sure that the text means what it says."""

from __future__ import annotations

import io
import warnings
from typing import Any
from xml.parsers import expat

from ..errors import ChainOrderError
from .described import Described


def read_graphml(content: bytes) -> Described:
    """The directed graph in a GraphML file, with the attributes of its nodes.

    What a key has for a default is the attribute of every node that says nothing else.

    Raises:
        ChainOrderError: an undirected graph, several graphs, or a document that declares entities:
            a few of them can stand for any amount of text.
        Exception: text that is no GraphML, as networkx finds it.
    """
    import networkx as nx

    _look_through(content)
    # What networkx has to say is said by the error that follows.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        graph: Any = nx.read_graphml(io.BytesIO(content), force_multigraph=True)
    if not graph.is_directed():
        raise ChainOrderError("an undirected graph of GraphML: expected edgedefault='directed'")
    defaults = graph.graph.get("node_default", {})
    return Described(
        {node: {**defaults, **attributes} for node, attributes in graph.nodes(data=True)},
        [(u, v) for u, v in graph.edges()],
    )


def _look_through(content: bytes) -> None:
    """Raise for what would take more than its length to read, or be read in part."""
    graphs = 0

    def begin(name: str, attributes: Any) -> None:
        nonlocal graphs
        graphs += name.rpartition("}")[2].rpartition(":")[2] == "graph"

    def entity(name: str, *rest: Any) -> None:
        raise ChainOrderError(f"entity {name!r} is declared: expected text without entities")

    parser = expat.ParserCreate()
    parser.StartElementHandler = begin
    parser.EntityDeclHandler = entity
    parser.Parse(content, True)
    if graphs > 1:
        raise ChainOrderError(f"{graphs} graphs of GraphML: expected one")
