"""What the files of graphs have in common: nodes with attributes, and edges between them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ..problems.graph import Graph
from ..problems.node_attributes import ends_of_nodes


@dataclass(slots=True)
class Described:
    """Nodes by their names, in the order of the file, with what it says of them; and the edges."""

    nodes: dict[str, dict[str, Any]] = field(default_factory=dict)
    edges: list[tuple[str, str]] = field(default_factory=list)

    def graph(self) -> Graph:
        """The graph; if all vertices are named by numbers, they become numbers.

        Raises:
            ChainOrderError: attributes that make no sense, or what is no graph.
        """
        nodes: dict[Any, dict[str, Any]] = self.nodes
        edges: list[tuple[Any, Any]] = self.edges
        if all(map(_is_number, nodes)):
            nodes = {int(name): attributes for name, attributes in nodes.items()}
            edges = [(int(u), int(v)) for u, v in edges]
        return Graph(edges, *ends_of_nodes(nodes, edges))


def _is_number(name: str) -> bool:
    return name.isascii() and name.isdigit() and len(name) < 19 and str(int(name)) == name
