"""The problem on a DAG: variables with sizes, edges that are elemental Jacobians."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from .chain import FORMAT, _integer, _reject_unknown
from .compiled import INT64_SAFE, compile_kernel, worth_compiling
from .errors import ChainOrderError

if TYPE_CHECKING:
    import networkx as nx

Vertex = Hashable
"""The label of a vertex; an integer or text where it is to be written to a file."""

Indices = npt.NDArray[np.int64]


class Graph:
    """A linearized computational graph. Immutable.

    A vertex is a variable with a size; an edge `(u, v)` is the elemental Jacobian `dv/du`, a dense
    matrix of shape `(size v, size u)`. Every vertex that is neither an input nor without
    successors is eliminated on the way to the Jacobian of the outputs by the inputs (Griewank &
    Walther, *Evaluating Derivatives*, chapter 9). What lies on no path from an input to an output
    has no part in it and is left out of every plan: see `dropped`.

    Args:
        edges: pairs `(u, v)` of vertex labels, each pair at most once.
        inputs: the independent variables, in the order of the Jacobian's columns; the vertices
            without predecessors if left out.
        outputs: the dependent variables, in the order of the Jacobian's rows; the vertices
            without successors if left out. An output may have successors.
        sizes: entries of each variable, from 1 to 10^18; 1 where nothing is said.

    Raises:
        ChainOrderError: names the edge, vertex, size or cycle that does not fit.
    """

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
        pairs = _checked_edges(edges)
        ends = None if inputs is None else _listed("inputs", inputs)
        labels = dict.fromkeys(vertex for pair in pairs for vertex in pair)
        if all(type(label) is int for label in labels):
            labels = dict.fromkeys(sorted(labels))  # type: ignore[type-var]
        elif ends is not None:
            known = [vertex for vertex in ends if vertex in labels]
            labels = dict.fromkeys([*known, *labels])
        self._vertices: tuple[Vertex, ...] = tuple(labels)
        self._index = {label: x for x, label in enumerate(self._vertices)}
        at = self._index
        self._tail = np.fromiter((at[u] for u, _ in pairs), dtype=np.int64, count=len(pairs))
        self._head = np.fromiter((at[v] for _, v in pairs), dtype=np.int64, count=len(pairs))
        self._reject_duplicates(pairs)
        self._topological = self._topological_order()
        no_preds = np.bincount(self._head, minlength=len(at)) == 0
        no_succs = np.bincount(self._tail, minlength=len(at)) == 0
        self._inputs = self._chosen("inputs", ends, no_preds)
        named = None if outputs is None else _listed("outputs", outputs)
        self._outputs = self._chosen("outputs", named, no_succs)
        for x in self._inputs.tolist():
            if not no_preds[x]:
                u = self._tail[np.flatnonzero(self._head == x)[0]]
                raise ChainOrderError(
                    f"input {self._vertices[x]!r} has a predecessor, {self._vertices[u]!r}: "
                    f"expected none"
                )
        self._sizes = self._checked_sizes(sizes)
        self.remembered: dict[str, int] = {}  # lower bounds by objective, see orders/graph_plan

    def _reject_duplicates(self, pairs: Sequence[tuple[Vertex, Vertex]]) -> None:
        loops = np.flatnonzero(self._tail == self._head)
        if len(loops):
            at = int(loops[0])
            raise ChainOrderError(
                f"edges[{at}] is ({pairs[at][0]!r}, {pairs[at][1]!r}): "
                f"a vertex cannot be its own successor"
            )
        key = self._tail * len(self._vertices) + self._head
        _, first = np.unique(key, return_index=True)
        if len(first) < len(key):
            again = np.ones(len(key), dtype=bool)
            again[first] = False
            at = int(np.flatnonzero(again)[0])
            raise ChainOrderError(
                f"edges[{at}] is ({pairs[at][0]!r}, {pairs[at][1]!r}): that edge is there already"
            )

    def _topological_order(self) -> Indices:
        n = len(self._vertices)
        pointer, heads = grouped(self._tail, self._head, n)
        waiting = np.bincount(self._head, minlength=n)
        order = np.zeros(n, dtype=np.int64)
        done = _run(_sort_topologically, n + len(heads), pointer, heads, waiting, order)
        if done < n:
            raise ChainOrderError(f"the edges form a cycle: {self._cycle(order[:done])}")
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
        names = [repr(self._vertices[x]) for x in [*cycle, cycle[0]]]
        return " -> ".join(names if len(names) <= 12 else [*names[:6], "…", *names[-5:]])

    def _chosen(
        self, what: str, named: list[Vertex] | None, default: npt.NDArray[np.bool_]
    ) -> Indices:
        if named is None:
            return np.flatnonzero(default)
        for at, vertex in enumerate(named):
            if vertex not in self._index:
                raise ChainOrderError(f"{what}[{at}] is {vertex!r}: no edge has that vertex")
        chosen = np.array([self._index[vertex] for vertex in named], dtype=np.int64)
        if len(set(named)) < len(named):
            twice = next(v for at, v in enumerate(named) if v in named[:at])
            raise ChainOrderError(f"{what} names {twice!r} twice")
        return chosen

    def _checked_sizes(self, sizes: Mapping[Any, int] | None) -> Indices:
        checked = np.ones(len(self._vertices), dtype=np.int64)
        if sizes is None:
            return checked
        if not isinstance(sizes, Mapping):
            raise ChainOrderError(f"sizes is {sizes!r}: expected a mapping from vertex to size")
        for vertex, size in sizes.items():
            if vertex not in self._index:
                raise ChainOrderError(f"sizes has {vertex!r}: no edge has that vertex")
            checked[self._index[vertex]] = _integer(f"sizes[{vertex!r}]", size, least=1)
        return checked

    @property
    def vertices(self) -> tuple[Vertex, ...]:
        """All vertices: by number if all are integers, else as they first appear."""
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
        return _live(self)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Graph):
            return NotImplemented
        return self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

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
            ChainOrderError: a vertex that is neither an integer nor text.
        """
        names: dict[str, Vertex] = {}
        for vertex in self._vertices:
            if type(vertex) is not int and not isinstance(vertex, str):
                raise ChainOrderError(
                    f"vertex {vertex!r} cannot be written to a file: expected an integer or text"
                )
            if names.setdefault(str(vertex), vertex) != vertex:
                raise ChainOrderError(
                    f"vertices {vertex!r} and {names[str(vertex)]!r} cannot be told apart in a file"
                )
        fields: dict[str, Any] = {
            "format": FORMAT,
            "kind": "graph",
            "edges": [list(edge) for edge in self.edges],
            "inputs": list(self.inputs),
            "outputs": list(self.outputs),
        }
        sizes = {str(vertex): size for vertex, size in self.sizes.items() if size != 1}
        if sizes:
            fields["sizes"] = sizes
        return fields

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Graph:
        """The graph that a graph file's object describes.

        Raises:
            ChainOrderError: a field that is missing, unknown or of the wrong type, or a graph
                that is none.
        """
        if fields.get("format") != FORMAT:
            raise ChainOrderError(f"format is {fields.get('format')!r}: expected {FORMAT!r}")
        if fields.get("kind") != "graph":
            raise ChainOrderError(f"kind is {fields.get('kind')!r}: expected 'graph'")
        known = ("format", "kind", "edges", "inputs", "outputs", "sizes")
        _reject_unknown(fields, known, "graph")
        for key in ("edges", "inputs", "outputs"):
            if not isinstance(fields.get(key), list):
                raise ChainOrderError(f"{key}: expected a list")
        for at, edge in enumerate(fields["edges"]):
            if not isinstance(edge, list) or len(edge) != 2:
                raise ChainOrderError(f"edges[{at}] is {edge!r}: expected a pair of vertices")
            for vertex in edge:
                _check_label(f"edges[{at}]", vertex)
        for key in ("inputs", "outputs"):
            for at, vertex in enumerate(fields[key]):
                _check_label(f"{key}[{at}]", vertex)
        sizes = fields.get("sizes")
        if sizes is not None:
            if not isinstance(sizes, dict):
                raise ChainOrderError("sizes: expected an object from vertex to size")
            names: dict[str, Vertex] = {}
            for edge in fields["edges"]:
                for vertex in edge:
                    if names.setdefault(str(vertex), vertex) != vertex:
                        raise ChainOrderError(
                            f"sizes cannot tell vertices {vertex!r} and "
                            f"{names[str(vertex)]!r} apart"
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
        inputs (outputs), those without edges left aside.

        Raises:
            ChainOrderError: an undirected graph, a parallel edge, an attribute that makes no
                sense, or whatever `Graph` raises.
        """
        if not getattr(graph, "is_directed", lambda: False)():
            raise ChainOrderError(f"{type(graph).__name__} has no directions: expected a DiGraph")
        nodes = dict(graph.nodes(data=True))
        if inputs is None:
            inputs = _marked(nodes, "input")
        if outputs is None:
            outputs = _marked(nodes, "output")
        sizes = {
            node: _integer_attribute(node, attributes["size"])
            for node, attributes in nodes.items()
            if "size" in attributes and graph.degree(node)
        }
        edges = [(edge[0], edge[1]) for edge in graph.edges()]
        return cls(edges, inputs, outputs, sizes)

    def to_networkx(self) -> nx.DiGraph[Any]:
        """A `networkx.DiGraph` with node attributes `size`, `input` and `output`."""
        import networkx as nx

        inputs, outputs = set(self.inputs), set(self.outputs)
        graph: nx.DiGraph[Any] = nx.DiGraph()
        for vertex, size in self.sizes.items():
            graph.add_node(vertex, size=size, input=vertex in inputs, output=vertex in outputs)
        graph.add_edges_from(self.edges)
        return graph


@dataclass(frozen=True, slots=True)
class LiveGraph:
    """What lies on a path from an input to an output, renumbered for the algorithms.

    Vertices `0 … intermediates - 1` are those to eliminate, in the order of `Graph.vertices`; the
    others, the terminals, follow. `pred[pred_at[x]:pred_at[x + 1]]` are the predecessors of `x`
    in ascending order, `succ` and `succ_at` likewise. `is_output` marks outputs: one of them that
    has successors keeps its in-edges when it is eliminated.
    """

    labels: tuple[Vertex, ...]
    intermediates: int
    sizes: Indices
    pred_at: Indices
    pred: Indices
    succ_at: Indices
    succ: Indices
    is_output: npt.NDArray[np.bool_]
    topological: Indices

    def __len__(self) -> int:
        return len(self.labels)


def fits_int64(live: LiveGraph) -> bool:
    """Whether no count of any elimination order of the graph can leave 64 bits."""
    total: int = sum(live.sizes.tolist())
    widest = int(live.sizes.max(initial=1))
    return 2 * total * total * widest * (live.intermediates + 1) < INT64_SAFE


def _live(graph: Graph) -> LiveGraph:
    n, order, tail, head = len(graph), graph._topological, graph._tail, graph._head
    succ_at, succ = grouped(tail, head, n)
    pred_at, pred = grouped(head, tail, n)
    reached = np.zeros(n, dtype=np.int64)
    reaching = np.zeros(n, dtype=np.int64)
    reached[graph._inputs] = 1
    reaching[graph._outputs] = 1
    _run(_spread, n + len(tail), succ_at, succ, order, reached)
    _run(_spread, n + len(tail), pred_at, pred, order[::-1].copy(), reaching)
    live = (reached & reaching).astype(bool)
    kept = live[tail] & live[head]
    tail, head = tail[kept], head[kept]
    eliminated = np.zeros(n, dtype=bool)
    eliminated[tail] = True
    eliminated[graph._inputs] = False
    old = np.concatenate((np.flatnonzero(eliminated), np.flatnonzero(live & ~eliminated)))
    new = np.zeros(n, dtype=np.int64)
    new[old] = np.arange(len(old))
    is_output = np.zeros(n, dtype=bool)
    is_output[graph._outputs] = True
    pred_at, pred = grouped(new[head], new[tail], len(old))
    succ_at, succ = grouped(new[tail], new[head], len(old))
    return LiveGraph(
        labels=tuple(graph.vertices[x] for x in old.tolist()),
        intermediates=int(eliminated.sum()),
        sizes=graph._sizes[old],
        pred_at=pred_at,
        pred=pred,
        succ_at=succ_at,
        succ=succ,
        is_output=is_output[old],
        topological=new[order[live[order]]],
    )


def grouped(by: Indices, values: Indices, n: int) -> tuple[Indices, Indices]:
    """Compressed rows: where each row of `by` begins, and its values in ascending order."""
    pointer = np.zeros(n + 1, dtype=np.int64)
    np.cumsum(np.bincount(by, minlength=n), out=pointer[1:])
    return pointer, values[np.lexsort((values, by))]


def _run(kernel: Any, work: int, *columns: Indices) -> Any:
    """Run a kernel on arrays, compiled where that repays; plain Python works on lists."""
    if worth_compiling(kernel, work):
        return compile_kernel(kernel)(*columns)
    lists = [column.tolist() for column in columns]
    result = kernel(*lists)
    columns[-1][:] = lists[-1]
    return result


def _sort_topologically(pointer, heads, waiting, order):  # type: ignore[no-untyped-def]
    """Kahn's algorithm: fills `order`, returns how many vertices lie on or behind no cycle."""
    filled = 0
    for x in range(len(waiting)):
        if waiting[x] == 0:
            order[filled] = x
            filled += 1
    done = 0
    while done < filled:
        x = order[done]
        done += 1
        for at in range(pointer[x], pointer[x + 1]):
            y = heads[at]
            waiting[y] -= 1
            if waiting[y] == 0:
                order[filled] = y
                filled += 1
    return filled


def _spread(pointer, heads, order, mark):  # type: ignore[no-untyped-def]
    """Mark all vertices behind a marked one; `order` is topological."""
    for x in order:
        if mark[x] != 0:
            for at in range(pointer[x], pointer[x + 1]):
                mark[heads[at]] = 1


def _checked_edges(edges: object) -> list[tuple[Vertex, Vertex]]:
    if isinstance(edges, np.ndarray):
        if edges.ndim != 2 or edges.shape[1:] != (2,) or edges.dtype.kind not in "iu":
            raise ChainOrderError(
                f"edges has shape {edges.shape} and type {edges.dtype}: expected integers (m, 2)"
            )
        edges = edges.tolist()
    if isinstance(edges, (str, bytes, Mapping)) or not isinstance(edges, Iterable):
        raise ChainOrderError(f"edges is {edges!r}: expected pairs of vertices")
    pairs: list[tuple[Vertex, Vertex]] = []
    for at, edge in enumerate(edges):
        try:
            if isinstance(edge, str):
                raise ValueError
            u, v = edge
        except (TypeError, ValueError):
            raise ChainOrderError(f"edges[{at}] is {edge!r}: expected a pair of vertices") from None
        try:
            hash(u), hash(v)
        except TypeError:
            raise ChainOrderError(
                f"edges[{at}] is ({u!r}, {v!r}): a vertex must be hashable"
            ) from None
        pairs.append((u, v))
    if not pairs:
        raise ChainOrderError("a graph has at least one edge: none given")
    return pairs


def _listed(what: str, vertices: object) -> list[Vertex]:
    if isinstance(vertices, (str, bytes)) or not isinstance(vertices, Iterable):
        raise ChainOrderError(f"{what} is {vertices!r}: expected a list of vertices")
    if isinstance(vertices, np.ndarray):
        vertices = vertices.tolist()
        if not isinstance(vertices, list):
            raise ChainOrderError(f"{what} is {vertices!r}: expected a list of vertices")
    listed = list(vertices)
    if not listed:
        raise ChainOrderError(f"{what} is empty: expected at least one vertex")
    for at, vertex in enumerate(listed):
        try:
            hash(vertex)
        except TypeError:
            raise ChainOrderError(f"{what}[{at}] is {vertex!r}: no edge has that vertex") from None
    return listed


def _check_label(item: str, vertex: object) -> None:
    if type(vertex) is not int and not isinstance(vertex, str):
        raise ChainOrderError(f"{item} has vertex {vertex!r}: expected an integer or text")


def _marked(nodes: Mapping[Any, Mapping[str, Any]], attribute: str) -> list[Vertex] | None:
    truth = {"true": True, "1": True, "false": False, "0": False}
    marked = []
    for node, attributes in nodes.items():
        if attribute in attributes:
            value = attributes[attribute]
            text = str(value).strip('"').lower()
            if text not in truth:
                raise ChainOrderError(
                    f"node {node!r} has {attribute}={value!r}: expected true or false"
                )
            if truth[text]:
                marked.append(node)
    return marked or None


def _integer_attribute(node: Any, value: object) -> int:
    if isinstance(value, str):
        with suppress(ValueError):
            value = int(value.strip('"'))
    return _integer(f"size of node {node!r}", value, least=1)
