"""Elimination orders of graphs: how good, how far from the bound at most, and how long they take.

python benchmarks/graphs.py [--small] [--json PATH] [--html PATH]
"""

from __future__ import annotations

import itertools
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import measuring
import numpy as np

import chainorder as co
from chainorder.bounds.ascent import Ascent
from chainorder.bounds.jacobian_entries import UNIT, jacobian_entries, plain_costs
from chainorder.bounds.reductions import reduce_graph
from chainorder.bounds.vertex_cuts import vertex_bounds
from chainorder.bounds.windows import balls, edge_neighbours, make_windows
from chainorder.elimination.live_graph import LiveGraph
from chainorder.elimination.remaining import RemainingGraph
from chainorder.elimination.vertex_cost import cost_form

PUBLISHED = Path(__file__).parent.parent / "examples" / "graphs"

Figures = dict[str, Any]


def timed(call: Callable[[], co.Plan]) -> tuple[co.Plan, float]:
    """A plan and the seconds that it took."""
    start = time.perf_counter()
    plan = call()
    return plan, time.perf_counter() - start


def fresh(graph: co.Graph) -> co.Graph:
    """The same graph, with nothing remembered from earlier plans."""
    return co.Graph(graph.edges, graph.inputs, graph.outputs, graph.sizes)


def program_like(rng: np.random.Generator, intermediates: int) -> co.Graph:
    """Straight-line code: binary operations on recent values, now and then on an older one."""
    inputs = max(3, intermediates // 8)
    edges = set()
    # Of so many values about a tenth are used by nobody: outputs.
    for v in range(inputs, inputs + intermediates + max(2, intermediates // 10)):
        for _ in range(2):
            reach = 6 if rng.random() < 0.8 else v
            edges.add((int(rng.integers(max(0, v - reach), v)), v))
    used = {vertex for edge in edges for vertex in edge}
    return co.Graph(sorted(edges), [i for i in range(inputs) if i in used])


def layered(rng: np.random.Generator, intermediates: int) -> co.Graph:
    """Layers of random widths, every vertex with one to three predecessors in the layer before."""
    width = max(3, round(intermediates**0.5))
    layers = [list(range(width))]
    left, label = intermediates, width
    while left > 0:
        count = min(left, int(rng.integers(2, width + 3)))
        layers.append(list(range(label, label + count)))
        label += count
        left -= count
    layers.append(list(range(label, label + width)))
    edges = set()
    for before, after in itertools.pairwise(layers):
        for v in after:
            for u in rng.choice(before, min(len(before), int(rng.integers(1, 4))), replace=False):
                edges.add((int(u), v))
        for u in before:
            # Nothing is computed in vain.
            edges.add((u, int(rng.choice(after))))
    return co.Graph(sorted(edges), layers[0], layers[-1])


def recent_values(rng: np.random.Generator, vertices: int, window: int) -> co.Graph:
    """In-degree at most 2, predecessors among the latest values; what nobody uses is an output."""
    heads = np.repeat(np.arange(10, vertices), 2)
    tails = rng.integers(np.maximum(0, heads - window), heads)
    edges = np.unique(np.stack((tails, heads), axis=1), axis=0)
    return co.Graph(edges)


def published_graphs(small: bool) -> Figures:
    """The computational graphs of test functions that the literature uses."""
    rows, figures = [], {}
    for path in sorted(PUBLISHED.glob("*.json")):
        graph = co.Graph.from_dict(json.loads(path.read_text()))
        names = ("forward", "reverse", "markowitz", "relative-markowitz")
        costs = {name: co.plan(graph, name).fma for name in names}
        for name in ("search", "optimal"):
            co.plan(fresh(graph), name)
        found, search_seconds = timed(lambda graph=graph: co.plan(fresh(graph), "search"))
        best, seconds = timed(lambda graph=graph: co.plan(fresh(graph), "optimal"))
        rows.append(
            [
                path.stem,
                f"{len(graph.intermediates)}",
                *(f"{cost}" for cost in costs.values()),
                f"{found.fma}",
                measuring.duration(search_seconds),
                f"{best.fma}",
                f"{best.lower_bound}",
                best.proof or f"{best.gap:.1f}%",
                measuring.duration(seconds),
            ]
        )
        figures[path.stem] = {
            **costs,
            "search": found.fma,
            "search_seconds": search_seconds,
            "optimal": best.fma,
            "lower_bound": best.lower_bound,
            "proof": best.proof,
            "seconds": seconds,
        }
    headings = ["graph", "vertices", "fwd", "rev", "mark.", "rel. m.", "search", "s"]
    measuring.show(
        "published graphs, fma", [*headings, "optimal", "bound", "proof or gap", "s"], rows
    )
    return figures


def random_graphs(intermediates: int, count: int, time_limit: float | None) -> Figures:
    """Random graphs: how many are proved, the gaps, the times, and the cost of simpler orders."""
    rows, figures = [], {}
    for make in (layered, program_like):
        plans, times, worse = [], [], {"forward": [], "reverse": [], "markowitz": [], "search": []}
        for seed in range(count):
            graph = make(np.random.default_rng(seed), intermediates)
            best, seconds = timed(
                lambda graph=graph: co.plan(fresh(graph), "optimal", time_limit=time_limit)
            )
            plans.append(best)
            times.append(seconds)
            for name, ratios in worse.items():
                ratios.append(co.plan(graph, name).fma / best.fma)
        proved = sum(plan.proof == "optimal" for plan in plans)
        gaps = [plan.gap for plan in plans]
        rows.append(
            [
                make.__name__.replace("_", " "),
                f"{proved} of {count}",
                f"{statistics.mean(gaps):.2f}%",
                f"{max(gaps):.2f}%",
                f"{statistics.median(times):.3f}",
                f"{max(times):.3f}",
                *(f"{measuring.geometric_mean(ratios):.3f}" for ratios in worse.values()),
            ]
        )
        figures[make.__name__] = {
            "graphs": count,
            "proved": proved,
            "gaps_percent": gaps,
            "seconds": times,
            "over_best": {name: measuring.geometric_mean(v) for name, v in worse.items()},
        }
    limit = "no time limit" if time_limit is None else f"{time_limit:g} s at most"
    measuring.show(
        f"random graphs with {intermediates} intermediates, optimal with {limit}; "
        "cost over the best found",
        ["graphs", "proved", "gap", "worst gap", "s", "worst s", "fwd", "rev", "mark.", "search"],
        rows,
    )
    return figures


def bounds(small: bool) -> Figures:
    """What each kind of bound adds: vertex cuts, reductions, windows, the entries' share."""
    k = 4 if small else 8
    roe = co.Graph.from_dict(json.loads((PUBLISHED / "roe_flux_1d.json").read_text()))
    graphs = {"Roe flux": roe}
    for make in (layered, program_like):
        graphs[make.__name__.replace("_", " ")] = make(
            np.random.default_rng(0), 40 if small else 200
        )
    rows, figures = [], {}
    for name, graph in graphs.items():
        form = cost_form(graph.live, "fma")
        remaining = RemainingGraph(graph.live)
        first = reduce_graph(remaining, form)
        best = co.plan(graph, "search").fma
        found = {"vertex cuts": sum(vertex_bounds(graph.live, form))}
        left = remaining.live()[1]
        found["reduced"] = remaining.spent + sum(vertex_bounds(left, form))
        found["windows"] = window_bound(graph.live, k, best, 0)
        found["reduced, windows"] = remaining.spent + window_bound(left, k, best, 0)
        for rate in (16, 24, 28):
            told = remaining.spent + window_bound(left, k, best, rate)
            found["and entries"] = max(found.get("and entries", 0), told)
        rows.append([name, f"{len(first)}", *(f"{bound}" for bound in found.values()), f"{best}"])
        figures[name] = {"eliminated first": len(first), **found, "best": best}
    headings = ["graph", "go first", "vertex cuts", "reduced", f"windows of {k}", "both", "entries"]
    measuring.show("lower bounds, fma", [*headings, "search"], rows)
    return figures


def window_bound(live: LiveGraph, k: int, best: int, rate: int) -> int:
    """The bound from windows around every vertex, told of the entries at a rate."""
    form = cost_form(live, "fma")
    before = np.zeros((live.intermediates, live.intermediates), dtype=bool)
    windows = make_windows(live, balls(edge_neighbours(live), k), before)
    entries = jacobian_entries(live, form)
    if rate == 0 or entries is None:
        return Ascent(windows, plain_costs(live, windows, form)).improve(100, best)
    costs = entries.costs(live, windows, rate)
    return Ascent(windows, costs, UNIT, rate * entries.total).improve(100, best)


def large_graphs(small: bool) -> Figures:
    """Planning a graph with in-degree at most 2 by the orders that scale."""
    vertices = 5_000 if small else 200_000
    rows, figures = [], {}
    for window in (5, 20, 100):
        graph = recent_values(np.random.default_rng(window), vertices, window)
        graph.live  # noqa: B018  (built once for all orders)
        row, part = [f"{window}"], {}
        for name in ("forward", "reverse", "markowitz"):
            plan, seconds = timed(lambda graph=graph, name=name: co.plan(graph, name))
            row += [f"{plan.fma:,}", measuring.duration(seconds)]
            part[name] = {"fma": plan.fma, "seconds": seconds}
        rows.append(row)
        figures[f"window {window}"] = {"edges": len(graph.edges), **part}
    measuring.show(
        f"{vertices:,} vertices, two predecessors each among the latest so many",
        ["window", "forward", "time", "reverse", "time", "markowitz", "time"],
        rows,
    )
    return figures


def main() -> None:
    options = measuring.arguments(__doc__ or "")
    small = options.small
    # Compiling is done once on a machine, and apart from all times.
    co.compare(program_like(np.random.default_rng(1), 40), time_limit=2 if small else None)
    recent = recent_values(np.random.default_rng(1), 30_000, 20)
    for name in ("forward", "reverse", "markowitz"):
        co.plan(recent, name)
    figures = {
        "published": published_graphs(small),
        "random 20": random_graphs(12 if small else 20, 3 if small else 50, None),
        "random 200": random_graphs(40 if small else 200, 1 if small else 5, 1 if small else 20),
        "bounds": bounds(small),
        "large": large_graphs(small),
    }
    measuring.write(options.json, figures)


if __name__ == "__main__":
    main()
