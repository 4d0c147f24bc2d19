"""Vertices that may be eliminated first: some best order does, so the graph can be reduced.

`P` and `Q` are what `v` sees now, towards the inputs and towards the outputs, and their sizes; `v`
is no output, as an output would stay visible. To move `v` to the front of an order changes what a
vertex `u` before it costs only if `u` sees `v`: it then sees what `v` sees on the other side.
Costs grow with what is seen. Three cases in which that never hurts (those with the roles of inputs
and outputs exchanged are proved alike):

**An end behind it.** The only successor of `v` is a terminal `s`, `size(s) <= size(v)`, and P is
as small as the minimum cut of `v` towards the inputs. Who sees `v` is before it and sees `s`
instead; nobody behind `s` sees anything through it. And `v` itself can never cost less.

**In series.** The only successor of `p` is `v`, and the only predecessor of `v` is `p`; both are
to be eliminated, neither is an output, `size(v) <= size(p)`. The predecessors of `p` are as small
as its minimum cut towards the inputs, `a`, and `a` is at most the minimum cut of `v` towards the
outputs. Then `p` may go first. In an order that has `p` before `v`, until `p` goes others see `v`
instead of `p`, and `p` costs least. In an order that has `v` first, let `p` go at the front and `v`
where `p` was: others see `v` wherever they saw `p`, and the two cost, for fma,
`size(p)·a·size(v) + size(v)·N·T` instead of `size(v)·size(p)·S + size(p)·N·T`, S being what `v` saw
towards the outputs at its turn, so at least `a`. For flops, with `2xy - x - y` in place of `x·y`,
the difference is at least `(S - a)·size(v)·(2·size(p) - 1) + a·(size(p) - size(v)) >= 0`.

**Before its only successor.** As in the first case, but `s` is to be eliminated, and known to come
after `v`: until `v` goes nobody sees it through `s`, so the same holds.

**Before all its neighbours.** If that is known, nobody sees `v` before it goes, and it sees just
them. The same if it has no neighbours but terminals.

What is known of the order of the other vertices stays true: they keep their order, save that in
series `v` may come later than it did, so there nothing must be known to come after `v`.

(A vertex with one predecessor and one successor may *not* always go first, nor one whose
elimination costs no more than its cut: with `v` kept, others pay for one vertex where they would
pay for all that it sees.)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..elimination.remaining import RemainingGraph
from ..elimination.vertex_cost import CostForm
from .vertex_cuts import minimum_cuts


@dataclass(frozen=True, slots=True)
class _Side:
    """One direction: what vertices see towards the ends, and away from them."""

    near: list[set[int]]
    far: list[set[int]]
    near_cut: dict[int, int]
    far_cut: dict[int, int]


def reduce_graph(
    graph: RemainingGraph, form: CostForm, before: npt.NDArray[np.bool_] | None = None
) -> list[int]:
    """Eliminate all vertices that may go first; returns them in order.

    Args:
        graph: is changed.
        form: the objective.
        before: `before[u, v]` says that `u` is known to come before `v`.
    """
    done: list[int] = []
    while graph.inner:
        inner, live = graph.live()
        towards_inputs, towards_outputs = (
            dict(zip(inner.tolist(), cuts, strict=True)) for cuts in minimum_cuts(live)
        )
        sides = (
            _Side(graph.pred, graph.succ, towards_inputs, towards_outputs),
            _Side(graph.succ, graph.pred, towards_outputs, towards_inputs),
        )
        # Eliminating one leaves the cuts of the others true, though perhaps not the largest.
        found = False
        for v in sorted(graph.inner):
            if may_go_first(graph, v, sides, before):
                graph.eliminate(v, form)
                done.append(v)
                found = True
        if not found:
            break
    return done


def may_go_first(
    graph: RemainingGraph,
    v: int,
    sides: tuple[_Side, _Side],
    before: npt.NDArray[np.bool_] | None,
) -> bool:
    """Whether one of the reasons above holds for `v`, in one direction or the other."""
    neighbours = graph.neighbours(v)
    if not neighbours or (before is not None and all(before[v, x] for x in neighbours)):
        return True
    if graph.is_output[v]:
        return False
    for side in sides:
        if len(side.far[v]) > 1:
            continue
        (s,) = side.far[v]
        seen = graph.weight(side.near[v])
        if seen != side.near_cut[v] or graph.sizes[s] > graph.sizes[v]:
            continue
        if s not in graph.inner or (before is not None and before[v, s]):
            return True
        in_series = side.near[s] == {v} and not graph.is_output[s]
        if in_series and seen <= side.far_cut[s] and not _is_known_early(graph, s, v, before):
            return True
    return False


def _is_known_early(
    graph: RemainingGraph, s: int, v: int, before: npt.NDArray[np.bool_] | None
) -> bool:
    """Whether `s` is known to come before some other vertex than `v`."""
    return before is not None and any(before[s, x] for x in graph.inner if x != v)
