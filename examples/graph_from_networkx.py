"""A graph from networkx: which order, how far from the best, and the Jacobian.

    python examples/graph_from_networkx.py

y1 = sin(x1·x2)·x3 and y2 = exp(x1·x2)/x3, one vertex per operation.
"""

from __future__ import annotations

import math

import networkx as nx

import chainorder as co


def main() -> None:
    x1, x2, x3 = 0.5, 1.5, 2.0
    product = x1 * x2
    partials = {
        ("x1", "product"): x2,
        ("x2", "product"): x1,
        ("product", "sin"): math.cos(product),
        ("product", "exp"): math.exp(product),
        ("sin", "y1"): x3,
        ("x3", "y1"): math.sin(product),
        ("exp", "y2"): 1 / x3,
        ("x3", "y2"): -math.exp(product) / x3**2,
    }
    graph = co.Graph.from_networkx(nx.DiGraph(list(partials)))
    comparison = co.compare(graph, ("forward", "reverse", "markowitz", "optimal"))
    print(comparison)

    best = comparison.plans[-1]
    print("\neliminated:", ", ".join(map(str, best.order)))
    run = co.execute(best, partials)
    print(f"{run.fma} multiplications, Jacobian of {graph.outputs} by {graph.inputs}:")
    print(run.jacobian)


if __name__ == "__main__":
    main()
