"""Edge lists: a line `u v` for each edge, as networkx and many collections of graphs have them."""

from __future__ import annotations

from .described import Described


def read_edge_list(text: str) -> Described:
    """The edges, one a line; what stands behind `#` does not count.

    Behind the two vertices may stand attributes of the edge in braces, which are left aside.
    Vertices without edges, inputs, outputs and sizes have no place in this format.

    Raises:
        ValueError: names the line that is none.
    """
    found = Described()
    for number, line in enumerate(text.split("\n"), 1):
        entries = line.partition("#")[0].split(maxsplit=2)
        if not entries:
            continue
        if len(entries) < 2:
            raise ValueError(f"line {number} has one vertex, {entries[0][:60]!r}: expected two")
        if len(entries) == 3 and not _is_braced(entries[2].strip()):
            raise ValueError(
                f"line {number} goes on with {entries[2][:60]!r}: expected two vertices, and "
                "attributes in braces if any"
            )
        u, v = entries[:2]
        found.nodes[u] = found.nodes[v] = {}
        found.edges.append((u, v))
    return found


def _is_braced(text: str) -> bool:
    return text.startswith("{") and text.endswith("}")
