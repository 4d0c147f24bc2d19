"""One elimination order, many samples: the Jacobian of a published function for a whole batch.

python examples/graph_batch.py [--small]
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np

import chainorder as co


def main() -> None:
    samples = 10 if "--small" in sys.argv else 100_000
    path = Path(__file__).parent / "graphs" / "robot_arm.json"
    graph = co.Graph.from_dict(json.loads(path.read_text()))
    rng = np.random.default_rng(0)
    partials = {edge: rng.uniform(-1, 1, samples) for edge in graph.edges}
    for order in ("forward", "reverse", "optimal"):
        plan = co.plan(graph, order)
        run = co.execute(plan, partials)
        proof = " (proved optimal)" if plan.proof else ""
        print(
            f"{order}: {plan.fma} multiplications a sample{proof}, {samples:,} Jacobians of shape "
            f"{run.jacobian.shape[1:]} in {run.seconds:.3f} s"
        )


if __name__ == "__main__":
    main()
