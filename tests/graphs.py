"""Graphs for the tests, and what is true of them by the most direct means."""

import itertools
import json
import random
from pathlib import Path

import numpy as np

import chainorder as co

PUBLISHED = Path(__file__).parent.parent / "examples" / "graphs"

PATH = {
    "format": "chainorder/1",
    "kind": "graph",
    "edges": [[0, 1], [1, 2], [2, 3]],
    "inputs": [0],
    "outputs": [3],
}
"""A graph as a file holds it."""


def published(name):
    """One of the computational graphs of published test functions."""
    return co.Graph.from_dict(json.loads((PUBLISHED / f"{name}.json").read_text()))


def random_graph(seed, intermediates, sized=None, most_preds=3):
    """A random DAG with about so many intermediates, some of them outputs as well."""
    rng = random.Random(seed)
    inputs = rng.randint(1, 4)
    vertices = inputs + intermediates + rng.randint(1, 4)
    edges = {
        (rng.randrange(max(0, v - rng.choice([3, 6, 50])), v), v)
        for v in range(inputs, vertices)
        for _ in range(rng.randint(1, most_preds))
    }
    used = {vertex for edge in edges for vertex in edge}
    tails = {u for u, _ in edges}
    outputs = [v for v in sorted(used) if v not in tails]
    outputs += [v for v in sorted(used & tails) if v >= inputs and rng.random() < 0.15]
    if sized is None:
        sized = rng.random() < 0.5
    sizes = {vertex: rng.randint(1, 6) for vertex in sorted(used)} if sized else None
    return co.Graph(sorted(edges), [i for i in range(inputs) if i in used], outputs, sizes)


def cost_of_order(graph, order, objective="fma"):
    """The cost of an elimination order, by eliminating with sets of edges."""
    kept = set(graph.vertices) - set(graph.dropped)
    edges = {(u, v) for u, v in graph.edges if u in kept and v in kept}
    size = graph.sizes
    cost = 0
    for v in order:
        preds = [p for p, head in edges if head == v]
        succs = [s for tail, s in edges if tail == v]
        for p, s in itertools.product(preds, succs):
            depth = size[v] if objective == "fma" else 2 * size[v] - 1
            if objective == "flops" and (p, s) in edges:
                depth += 1
            cost += size[p] * depth * size[s]
            edges.add((p, s))
        edges -= {(v, s) for s in succs}
        if v not in graph.outputs:
            edges -= {(p, v) for p in preds}
    return cost


def least_cost(graph, objective="fma"):
    """The least cost over every order of the intermediates."""
    return min(
        cost_of_order(graph, order, objective)
        for order in itertools.permutations(graph.intermediates)
    )


def jacobian_by_paths(graph, partials):
    """The Jacobian as the sum over all paths of the products along them."""
    sizes = graph.sizes
    succs = {}
    for u, v in graph.edges:
        succs.setdefault(u, []).append(v)

    def derivative(output, vertex):
        total = np.zeros((sizes[output], sizes[vertex]))
        if output == vertex:
            total += np.eye(sizes[output])
        for v in succs.get(vertex, []):
            total += derivative(output, v) @ np.reshape(
                partials[vertex, v], (sizes[v], sizes[vertex])
            )
        return total

    return np.block([[derivative(o, i) for i in graph.inputs] for o in graph.outputs])


def random_partials(graph, seed):
    """A block with entries from -1 to 1 for every edge."""
    rng = np.random.default_rng(seed)
    return {(u, v): rng.uniform(-1, 1, (graph.sizes[v], graph.sizes[u])) for u, v in graph.edges}
