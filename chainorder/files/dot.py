"""DOT files as networkx graphs: subgraphs, ports and strict graphs as the language has them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

from ..errors import ChainOrderError

if TYPE_CHECKING:
    import networkx as nx

END = '"end of the file"'
KEYWORDS = ("node", "edge", "graph", "digraph", "subgraph", "strict")
VERTEX_ATTRIBUTES = ("size", "input", "output", "column", "row")


def read_dot(path: str) -> nx.DiGraph[Any]:
    """The directed graph in a DOT file, with the attributes of its nodes.

    A vertex of a subgraph is one of the graph; an edge from or to a subgraph is one from or to each
    of its vertices; ports do not count. Unless it is `strict` it is a multigraph.

    Raises:
        ChainOrderError: no graph or several, an undirected one, or what would be misread.
        ImportError: no pydot, or one before version 4.
        ValueError: text that is not DOT.
    """
    import networkx as nx

    pydot = import_module("pydot")
    if int(pydot.__version__.partition(".")[0]) < 4:
        raise ImportError("pydot 3 loses what is in a subgraph that ends an edge, and `strict`")
    with open(path, encoding="utf-8-sig") as file:
        text = file.read()
    # pydot ends without a word where it understands no more. Whether it came to the end of the
    # text shows in an empty graph that stands there.
    found = pydot.graph_from_dot_data(f"{text}\ndigraph {END} {{}}\n")
    if not found:
        raise ValueError("not DOT")
    if found[-1].get_name() != END:
        raise ValueError("what stands behind the first graph is not DOT")
    if len(found) != 2:
        raise ChainOrderError(f"{len(found) - 1} graphs of DOT: expected one")
    top = found[0].obj_dict
    if top["type"] != "digraph":
        raise ChainOrderError("an undirected graph of DOT: expected a digraph")
    graph: nx.DiGraph[Any] = nx.DiGraph() if top["strict"] else nx.MultiDiGraph()
    _Reader(graph, Counter(_subgraph_names(top))).read(top)
    return graph


def _subgraph_names(part: Mapping[str, Any]) -> Iterator[str]:
    """The names of all subgraphs, as often as they are there."""
    parts, seen = [part], set()
    while parts:
        part = parts.pop()
        if id(part) in seen:
            continue
        seen.add(id(part))
        if part["type"] == "subgraph" and part["name"]:
            yield part["name"]
        for _, statement in _statements(part):
            ends = statement.get("points", (statement,))
            parts += [end for end in ends if isinstance(end, Mapping) and "nodes" in end]


def _statements(part: Mapping[str, Any]) -> list[tuple[int, Mapping[str, Any]]]:
    """The nodes, edges and subgraphs of a graph, in the order of the text."""
    found = [
        (statement["sequence"], statement)
        for kind in ("nodes", "edges", "subgraphs")
        for same in part[kind].values()
        for statement in same
    ]
    return sorted(found, key=lambda pair: pair[0])


class _Reader:
    """Adds what pydot has parsed to a graph."""

    def __init__(self, graph: nx.DiGraph[Any], names: Counter[str]) -> None:
        self.graph = graph
        self.names = names
        self.vertices_of: dict[int, dict[str, None]] = {}

    def read(self, part: Mapping[str, Any]) -> dict[str, None]:
        """The vertices of a graph or subgraph, once all it says is added."""
        if id(part) in self.vertices_of:  # in a -> {b} -> c it ends two edges
            return self.vertices_of[id(part)]
        vertices: dict[str, None] = {}
        for _, statement in _statements(part):
            if "points" in statement:
                tails, heads = (self.ends(point) for point in statement["points"])
                self.graph.add_edges_from((u, v) for u in tails for v in heads)
                vertices |= tails | heads
            elif "nodes" in statement:
                vertices |= self.read(statement)
            elif statement["name"] in ("node", "edge", "graph"):
                self.refuse_defaults(statement)
            else:
                name = _vertex(statement["name"])
                self.graph.add_node(name, **statement["attributes"])
                vertices[name] = None
        self.vertices_of[id(part)] = vertices
        return vertices

    def ends(self, point: str | Mapping[str, Any]) -> dict[str, None]:
        if isinstance(point, str):
            name = _vertex(point)
            self.graph.add_node(name)
            return {name: None}
        if self.names[point["name"]] > 1:
            raise ChainOrderError(
                f"subgraph {point['name']} ends an edge and is there more than once: expected once"
            )
        return self.read(point)

    def refuse_defaults(self, statement: Mapping[str, Any]) -> None:
        for attribute in VERTEX_ATTRIBUTES:
            if statement["name"] == "node" and attribute in statement["attributes"]:
                raise ChainOrderError(
                    f"node [{attribute}={statement['attributes'][attribute]}] sets a default: "
                    f"expected {attribute} at each vertex that it is for"
                )


def _vertex(text: str) -> str:
    """The name of a vertex, without its quotes and without the port that may follow."""
    quoted = re.match(r'"((?:[^"\\]|\\.)*)"', text, re.DOTALL)
    if quoted:
        return quoted[1].replace('\\"', '"')
    if text.startswith("<"):
        return _html(text)
    name = text.partition(":")[0]
    if name.lower() in KEYWORDS:
        raise ChainOrderError(f"vertex {name!r} is a keyword of DOT: expected it in quotes")
    return name


def _html(text: str) -> str:
    depth = 0
    for at, character in enumerate(text):
        depth += {"<": 1, ">": -1}.get(character, 0)
        if depth == 0:
            return text[: at + 1]
    return text
