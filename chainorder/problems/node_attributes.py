"""What the nodes of a networkx graph say: which are inputs and outputs, in which order; sizes."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, NamedTuple

from ..checks import checked_integer, shown
from ..elimination.live_graph import Vertex
from ..errors import ChainOrderError

Nodes = Mapping[Any, Mapping[str, Any]]
"""The attributes of each node."""


class Ends(NamedTuple):
    """What `Graph` wants to know besides its edges; None where nothing is said."""

    inputs: list[Vertex] | None
    outputs: list[Vertex] | None
    sizes: dict[Any, int]


def ends_of_nodes(
    nodes: Nodes,
    edges: list[tuple[Any, Any]],
    inputs: list[Vertex] | None = None,
    outputs: list[Vertex] | None = None,
) -> Ends:
    """Inputs, outputs and sizes, as far as the attributes of the nodes say them.

    Args:
        nodes: what is said of each of them; `Graph.from_networkx` has which attributes count.
        edges: pairs of nodes.
        inputs, outputs: whatever the nodes say; None for what they say.

    Raises:
        ChainOrderError: an attribute that makes no sense.
    """
    first = marked_nodes(nodes, "input", "column") if inputs is None else inputs
    last = marked_nodes(nodes, "output", "row") if outputs is None else outputs
    used = {vertex for edge in edges for vertex in edge}.union(first or (), last or ())
    sizes = {
        node: integer_attribute(f"size of node {shown(node)}", attributes["size"], "a size", 1)
        for node, attributes in nodes.items()
        if "size" in attributes and node in used
    }
    return Ends(first, last, sizes)


def marked_nodes(nodes: Nodes, mark: str, place: str) -> list[Vertex] | None:
    """The nodes whose attribute `mark` is true, in the order of `place` if all have that.

    None if there are none.

    Raises:
        ChainOrderError: a mark that is neither true nor false, a place that is no integer of at
            least 0 or that two of the nodes have.
    """
    marked = _marked(nodes, mark)
    places = _places(nodes, marked, place)
    if len(places) == len(marked):
        marked.sort(key=places.__getitem__)
    return marked or None


def _marked(nodes: Nodes, attribute: str) -> list[Vertex]:
    truth = {"true": True, "1": True, "false": False, "0": False}
    marked = []
    for node, attributes in nodes.items():
        if attribute in attributes:
            value = attributes[attribute]
            text = str(value).strip('"').lower()
            if text not in truth:
                raise ChainOrderError(
                    f"node {shown(node)} has {attribute}={shown(value)}: expected true or false"
                )
            if truth[text]:
                marked.append(node)
    return marked


def _places(nodes: Nodes, marked: list[Vertex], attribute: str) -> dict[Vertex, int]:
    places: dict[Vertex, int] = {}
    node_at: dict[int, Vertex] = {}
    for node in marked:
        if attribute not in nodes[node]:
            continue
        item = f"{attribute} of node {shown(node)}"
        place = integer_attribute(item, nodes[node][attribute], f"a {attribute}", 0)
        if place in node_at:
            raise ChainOrderError(
                f"{item} is {place}, as of node {shown(node_at[place])}: expected another"
            )
        places[node], node_at[place] = place, node
    return places


def integer_attribute(item: str, value: object, kind: str, least: int) -> int:
    """The integer that an attribute is, perhaps as text.

    Raises:
        ChainOrderError: names `item`, and says what its `kind` must be.
    """
    if isinstance(value, str):
        text = value.strip('"')
        digits = text.removeprefix("-")
        if digits.isdigit() and len(digits) > 60:
            raise ChainOrderError(f"{item} has {len(digits)} digits: {kind} is at most 10^18")
        with suppress(ValueError):
            value = int(text)
    return checked_integer(item, value, kind, least=least)
