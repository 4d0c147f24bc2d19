"""The problem on a DAG: variables with sizes, edges that are elemental Jacobians."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt

from ..checks import FORMAT, check_kind, checked_integer, reject_unknown, shown
from ..elimination.live_graph import Indices, LiveGraph, Vertex, live_graph, topological_order
from ..errors import ChainOrderError
from .graph_input import check_label_of_file, checked_edges, listed
from .node_attributes import ends_of_nodes

if TYPE_CHECKING:
    import networkx as nx


class Graph:
    """A linearized computational graph. Immutable.

    A vertex is a variable with a size; an edge `(u, v)` is the elemental Jacobian `dv/du`, a dense
    matrix of shape `(size v, size u)`. Every vertex that is neither an input nor without
    successors is eliminated on the way to the Jacobian of the outputs by the inputs (Griewank &
    Walther, *Evaluating Derivatives*, chapter 9). What lies on no path from an input to an output
    has no part in it and is left out of every plan: see `dropped`.

    An input that reaches no output is a column of zeros, an output that no input reaches a row of
    zeros: see `zero_columns` and `zero_rows`. No edge need touch it. A vertex that is an input and
    an output is its own derivative, the identity, whether an edge touches it or not.

    Args:
        edges: pairs `(u, v)` of vertex labels, each pair at most once.
        inputs: the independent variables, in the order of the Jacobian's columns; of the vertices
            that edges touch, those without predecessors, if left out.
        outputs: the dependent variables, in the order of the Jacobian's rows; of the vertices
            that edges touch, those without successors, if left out. An output may have successors.
        sizes: entries of each variable, from 1 to 10^18; 1 where nothing is said.

    Raises:
        ChainOrderError: names the edge, vertex, size or cycle that does not fit.

    >>> import chainorder as co
    >>> graph = co.Graph([("x", "a"), ("a", "y"), ("x", "y")], inputs=["x", "z"])
    >>> graph.intermediates, graph.outputs, graph.zero_columns
    (('a',), ('y',), ('z',))
    """

    kind: ClassVar[str] = "graph"

    is_given = True
    """Every edge is there as a matrix."""

    timing = None
    """Costs are counts, not times."""

    def __init__(
        self,
        edges: Iterable[tuple[Vertex, Vertex]] | npt.NDArray[Any],
        inputs: Iterable[Vertex] | None = None,
        outputs: Iterable[Vertex] | None = None,
        sizes: Mapping[Any, int] | None = None,
    ) -> None:
        pairs = checked_edges(edges)
        first = None if inputs is None else listed("inputs", inputs)
        last = None if outputs is None else listed("outputs", outputs)
        if not pairs and (first is None or last is None):
            raise ChainOrderError(
                "a graph has at least one edge, or inputs and outputs that are named"
            )
        touched = dict.fromkeys(vertex for pair in pairs for vertex in pair)
        labels = dict.fromkeys([*(first or ()), *touched, *(last or ())])
        if all(type(label) is int for label in labels):
            labels = dict.fromkeys(sorted(labels))
        self._vertices: tuple[Vertex, ...] = tuple(labels)
        self._index = {label: x for x, label in enumerate(self._vertices)}
        at = self._index
        self._tail = np.fromiter((at[u] for u, _ in pairs), dtype=np.int64, count=len(pairs))
        self._head = np.fromiter((at[v] for _, v in pairs), dtype=np.int64, count=len(pairs))
        self._reject_duplicates(pairs)
        self._topological = self._topological_order()
        no_preds = np.bincount(self._head, minlength=len(at)) == 0
        no_succs = np.bincount(self._tail, minlength=len(at)) == 0
        # Where nobody says which they are, a vertex without edges is neither input nor output.
        self._inputs = self._positions(first, no_preds & ~no_succs)
        self._outputs = self._positions(last, no_succs & ~no_preds)
        for x in self._inputs.tolist():
            if not no_preds[x]:
                u = self._tail[np.flatnonzero(self._head == x)[0]]
                raise ChainOrderError(
                    f"input {shown(self._vertices[x])} has a predecessor, "
                    f"{shown(self._vertices[u])}: expected none"
                )
        self._sizes = self._checked_sizes(sizes)

    def _reject_duplicates(self, pairs: Sequence[tuple[Vertex, Vertex]]) -> None:
        loops = np.flatnonzero(self._tail == self._head)
        if len(loops):
            at = int(loops[0])
            raise ChainOrderError(
                f"edges[{at}] is {shown(pairs[at])}: a vertex cannot be its own successor"
            )
        key = self._tail * len(self._vertices) + self._head
        _, first = np.unique(key, return_index=True)
        if len(first) < len(key):
            again = np.ones(len(key), dtype=bool)
            again[first] = False
            at = int(np.flatnonzero(again)[0])
            raise ChainOrderError(f"edges[{at}] is {shown(pairs[at])}: that edge is there already")

    def _topological_order(self) -> Indices:
        n = len(self._vertices)
        order = topological_order(self._tail, self._head, n)
        if len(order) < n:
            raise ChainOrderError(f"the edges form a cycle: {self._cycle(order)}")
        return order

    def _cycle(self, done: Indices) -> str:
        """A cycle among the vertices that no topological order reaches, as text."""
        left = np.ones(len(self._vertices), dtype=bool)
        left[done] = False
        inside = left[self._tail] & left[self._head]
        before = dict(zip(self._head[inside].tolist(), self._tail[inside].tolist(), strict=True))
        walk = [next(iter(before))]
        seen = {walk[0]: 0}
        while before[walk[-1]] not in seen:
            seen[before[walk[-1]]] = len(walk)
            walk.append(before[walk[-1]])
        cycle = walk[seen[before[walk[-1]]] :][::-1]
        names = [shown(self._vertices[x]) for x in [*cycle, cycle[0]]]
        return " -> ".join(names if len(names) <= 12 else [*names[:6], "…", *names[-5:]])

    def _positions(self, named: list[Vertex] | None, default: npt.NDArray[np.bool_]) -> Indices:
        if named is None:
            return np.flatnonzero(default)
        return np.array([self._index[vertex] for vertex in named], dtype=np.int64)

    def _checked_sizes(self, sizes: Mapping[Any, int] | None) -> Indices:
        checked = np.ones(len(self._vertices), dtype=np.int64)
        if sizes is None:
            return checked
        if not isinstance(sizes, Mapping):
            raise ChainOrderError(
                f"sizes is {shown(sizes)}: expected a mapping from vertex to size"
            )
        for vertex, size in sizes.items():
            if vertex not in self._index:
                raise ChainOrderError(
                    f"sizes has {shown(vertex)}: no edge, input or output has that vertex"
                )
            checked[self._index[vertex]] = checked_integer(
                f"sizes[{shown(vertex)}]", size, "a size", least=1
            )
        return checked

    @property
    def vertices(self) -> tuple[Vertex, ...]:
        """All vertices: by number if all are integers, else inputs first, as they appear."""
        return self._vertices

    @cached_property
    def edges(self) -> tuple[tuple[Vertex, Vertex], ...]:
        """The edges `(u, v)`, as they were given."""
        at = self._vertices
        return tuple(
            (at[u], at[v]) for u, v in zip(self._tail.tolist(), self._head.tolist(), strict=True)
        )

    @cached_property
    def inputs(self) -> tuple[Vertex, ...]:
        """The independent variables: the columns of the Jacobian."""
        return tuple(self._vertices[x] for x in self._inputs.tolist())

    @cached_property
    def outputs(self) -> tuple[Vertex, ...]:
        """The dependent variables: the rows of the Jacobian."""
        return tuple(self._vertices[x] for x in self._outputs.tolist())

    @cached_property
    def sizes(self) -> dict[Vertex, int]:
        """The size of every vertex."""
        return dict(zip(self._vertices, self._sizes.tolist(), strict=True))

    @cached_property
    def dropped(self) -> tuple[Vertex, ...]:
        """The vertices on no path from an input to an output: no plan touches them."""
        kept = set(self.live.labels)
        return tuple(vertex for vertex in self._vertices if vertex not in kept)

    @cached_property
    def zero_columns(self) -> tuple[Vertex, ...]:
        """The inputs that reach no output: their columns of the Jacobian are zero."""
        kept = set(self.live.labels)
        return tuple(vertex for vertex in self.inputs if vertex not in kept)

    @cached_property
    def zero_rows(self) -> tuple[Vertex, ...]:
        """The outputs that no input reaches: their rows of the Jacobian are zero."""
        kept = set(self.live.labels)
        return tuple(vertex for vertex in self.outputs if vertex not in kept)

    @property
    def intermediates(self) -> tuple[Vertex, ...]:
        """The vertices that are eliminated, in the order of `vertices`."""
        return self.live.labels[: self.live.intermediates]

    def __len__(self) -> int:
        """The number of vertices."""
        return len(self._vertices)

    @cached_property
    def live(self) -> LiveGraph:
        """What lies on a path from an input to an output, as arrays."""
        return live_graph(
            self._vertices,
            self._tail,
            self._head,
            self._inputs,
            self._outputs,
            self._sizes,
            self._topological,
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Graph):
            return NotImplemented
        if self is other:
            return True
        return self._key() == other._key()

    def __hash__(self) -> int:
        # Graphs of a million edges are keys of tables: equal ones agree in this much.
        return hash((len(self), len(self._tail), self.inputs, self.outputs))

    def _key(self) -> tuple[Any, ...]:
        return (frozenset(self.edges), self.inputs, self.outputs, frozenset(self.sizes.items()))

    def __repr__(self) -> str:
        return (
            f"Graph({len(self)} vertices, {len(self._tail)} edges, {len(self._inputs)} inputs, "
            f"{len(self._outputs)} outputs)"
        )

    def to_dict(self) -> dict[str, Any]:
        """The graph as the object that a graph file holds.

        Raises:
            ChainOrderError: a vertex that is neither an integer nor text; sizes of vertices such
                as `1` and `"1"`, which a file cannot tell apart.
        """
        names: dict[str, Vertex] = {}
        sizes = {str(vertex): size for vertex, size in self.sizes.items() if size != 1}
        for vertex in self._vertices:
            if type(vertex) is not int and not isinstance(vertex, str):
                raise ChainOrderError(
                    f"vertex {shown(vertex)} cannot be written to a file: "
                    "expected an integer or text"
                )
            if sizes and names.setdefault(str(vertex), vertex) != vertex:
                raise ChainOrderError(
                    f"vertices {shown(vertex)} and {shown(names[str(vertex)])} "
                    "cannot be told apart in a file"
                )
        fields: dict[str, Any] = {
            "format": FORMAT,
            "kind": "graph",
            "edges": [list(edge) for edge in self.edges],
            "inputs": list(self.inputs),
            "outputs": list(self.outputs),
        }
        if sizes:
            fields["sizes"] = sizes
        return fields

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Graph:
        """The graph that a graph file's object describes.

        Raises:
            ChainOrderError: a field that is missing, unknown or of the wrong type, or a graph
                that is none.

        >>> import chainorder as co
        >>> graph = co.Graph([("x", "a"), ("a", "y")], sizes={"a": 3})
        >>> co.Graph.from_dict(graph.to_dict()) == graph
        True
        """
        check_kind(fields, "graph")
        known = ("format", "kind", "edges", "inputs", "outputs", "sizes")
        reject_unknown(fields, known, "graph")
        for key in ("edges", "inputs", "outputs"):
            if not isinstance(fields.get(key), list):
                raise ChainOrderError(f"{key}: expected a list")
        for at, edge in enumerate(fields["edges"]):
            if not isinstance(edge, list) or len(edge) != 2:
                raise ChainOrderError(f"edges[{at}] is {shown(edge)}: expected a pair of vertices")
            for vertex in edge:
                check_label_of_file(f"edges[{at}]", vertex)
        for key in ("inputs", "outputs"):
            for at, vertex in enumerate(fields[key]):
                check_label_of_file(f"{key}[{at}]", vertex)
        sizes = fields.get("sizes")
        if sizes is not None:
            if not isinstance(sizes, dict):
                raise ChainOrderError("sizes: expected an object from vertex to size")
            names: dict[str, Vertex] = {}
            for vertices in (*fields["edges"], fields["inputs"], fields["outputs"]):
                for vertex in vertices:
                    if names.setdefault(str(vertex), vertex) != vertex:
                        raise ChainOrderError(
                            f"sizes cannot tell vertices {shown(vertex)} and "
                            f"{shown(names[str(vertex)])} apart"
                        )
            sizes = {names.get(key, key): size for key, size in sizes.items()}
        return cls(
            [tuple(edge) for edge in fields["edges"]], fields["inputs"], fields["outputs"], sizes
        )

    @classmethod
    def from_networkx(
        cls,
        graph: nx.DiGraph[Any],
        inputs: Iterable[Vertex] | None = None,
        outputs: Iterable[Vertex] | None = None,
    ) -> Graph:
        """The graph that a `networkx.DiGraph` describes.

        Node attributes `size` (an integer), `input` and `output` (true or false) say what they
        say; without any `input` (`output`) the nodes without predecessors (successors) are the
        inputs (outputs). A node without edges counts if it is an input or an output. Integers
        `column` of all inputs (`row` of all outputs) put them in order, the least first; otherwise
        they are in the order of the nodes. Numbers and truth may be text, as GraphML and DOT have
        it.

        Args:
            graph: the edges, and what its nodes say.
            inputs: the independent variables, whatever the nodes say.
            outputs: the dependent variables, whatever the nodes say.

        Raises:
            ChainOrderError: an undirected graph, a parallel edge, an attribute that makes no
                sense, a column (row) that two inputs (outputs) have, or whatever `Graph` raises.

        >>> import chainorder as co
        >>> import networkx as nx
        >>> drawn = nx.DiGraph([("x", "a"), ("a", "y")])
        >>> drawn.nodes["a"]["size"] = 3
        >>> co.Graph.from_networkx(drawn).sizes
        {'x': 1, 'a': 3, 'y': 1}
        """
        if not getattr(graph, "is_directed", lambda: False)():
            raise ChainOrderError(f"{type(graph).__name__} has no directions: expected a DiGraph")
        nodes = dict(graph.nodes(data=True))
        edges = [(edge[0], edge[1]) for edge in graph.edges()]
        first = None if inputs is None else listed("inputs", inputs)
        last = None if outputs is None else listed("outputs", outputs)
        return cls(edges, *ends_of_nodes(nodes, edges, first, last))

    def to_networkx(self) -> nx.DiGraph[Any]:
        """A `networkx.DiGraph` with node attributes `size`, `input` and `output`.

        An input also has its `column`, an output its `row`: which of them it is, from 0. So
        `from_networkx` gives the same graph back, from GraphML and DOT files too.
        """
        import networkx as nx

        inputs, outputs = set(self.inputs), set(self.outputs)
        graph: nx.DiGraph[Any] = nx.DiGraph()
        for vertex, size in self.sizes.items():
            graph.add_node(vertex, size=size, input=vertex in inputs, output=vertex in outputs)
        for attribute, ends in (("column", self.inputs), ("row", self.outputs)):
            for at, vertex in enumerate(ends):
                graph.nodes[vertex][attribute] = at
        graph.add_edges_from(self.edges)
        return graph
