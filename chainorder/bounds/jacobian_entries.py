"""What the entries of the Jacobian cost together, and how windows are told.

Take an input `i` and an output `o` that no order eliminates. On every path from `i` to `o` one of
the vertices in between is eliminated last, and then it sees both: a product `(i, v, o)`. These last
vertices lie on all paths, so they are a vertex cut between `i` and `o`, and by Menger's theorem

    Σ_v size(v)·[i and o are seen by v]  >=  the minimum vertex cut between i and o.

Summed over all `i` and `o`, with sizes, this is a number T of multiplications that end in the
Jacobian, and every order takes them: `Σ_v size(v)·I(v)·O(v) >= T`, where `I(v)` and `O(v)` are the
sizes of the inputs and outputs among what `v` sees at its turn.

Where the graph is narrow, windows know nothing of that: each vertex can cost little for itself, as
each sees the narrow place on one side or the other. So windows are told by a Lagrange multiplier:
for any rate `0 <= r <= 1`,

    Σ_v cost(v) >= r·T + Σ_v (cost(v) - r·size(v)·I(v)·O(v)),

and the terms of the second sum are bounded by windows in place of the costs. A vertex that sees
little sees few inputs and outputs, and loses nothing; one that sees all inputs and outputs has paid
for them before.

How few of what `v` sees, other than inputs, there can be when it sees inputs of total size `x`
follows from minimum cuts in which inputs count less; that, and the minimum cut under a window's
assumptions, leave a region whose corners are looked at, the cost being linear in either direction.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from ..compiled import compile_kernel
from ..elimination.live_graph import Indices, LiveGraph
from ..elimination.remaining import RemainingGraph
from ..elimination.vertex_cost import CostForm, vertex_cost
from .flows import cut_weight, flow_network, flow_work
from .windows import Windows

UNIT = 32
"""Rates, and with them costs, are multiples of one over this."""

COUNTED = (32, 16, 8, 4, 2, 1)
"""What terminals count in a cut, in units, where other vertices count 1."""

WIDEST = 1000
"""Total size of the inputs, or outputs, up to which the least that is seen is tabulated."""

Corners = list[tuple[int, int]]
"""Sizes (terminals, other vertices) that a vertex may see in one direction."""


def plain_costs(live: LiveGraph, windows: Windows, form: CostForm) -> Indices:
    """What every member costs at least for every subset that is gone, seeing what it sees least."""
    product = windows.low.astype(np.int64) * windows.high
    in_edges = np.where(live.is_output[windows.members][:, :, None], 0, windows.low)
    size = live.sizes[windows.members][:, :, None]
    costs: Indices = size * (form.product * product - form.edge * (in_edges + windows.high))
    return costs


@dataclass(slots=True)
class JacobianEntries:
    """What all entries of the Jacobian take, and what each vertex sees when it helps to make them.

    `total` are multiplications times `form.product`; `before[v][x]` is how much `v` sees besides
    inputs of total size `x`, at least, and `behind` the same towards the outputs.
    """

    form: CostForm
    total: int
    before: list[list[int]]
    behind: list[list[int]]
    _corners: dict[tuple[bool, int, int], Corners] = field(default_factory=dict)

    def costs(self, live: LiveGraph, windows: Windows, rate: int) -> Indices:
        """`plain_costs`, less the multiplications of entries at a rate; all in units.

        Args:
            live: the graph that this was made from.
            windows: any windows of it.
            rate: what a multiplication of an entry counts less, in units.
        """
        costs = np.zeros(windows.low.shape, np.int64)
        known: dict[tuple[int, int, int], int] = {}
        for window, row in enumerate(windows.members.tolist()):
            for w, v in enumerate(row):
                both = windows.low[window, w].astype(np.int64) << 32 | windows.high[window, w]
                found, inverse = np.unique(both, return_inverse=True)
                values = []
                for pair in found.tolist():
                    key = (v, pair >> 32, pair & 2**32 - 1)
                    if key not in known:
                        known[key] = self._least_cost(live, *key, rate)
                    values.append(known[key])
                costs[window, w] = np.array(values)[inverse]
        return costs

    def _least_cost(self, live: LiveGraph, v: int, low: int, high: int, rate: int) -> int:
        """The least over the corners of what `v` can see, at least `low` and `high` of it."""
        size, stays = int(live.sizes[v]), bool(live.is_output[v])
        product, edge = self.form.product, self.form.edge
        return min(
            UNIT * int(vertex_cost(product, edge, size, i + p, o + s, stays))
            - rate * product * size * i * o
            for i, p in self._seen(v, low, is_behind=False)
            for o, s in self._seen(v, high, is_behind=True)
        )

    def _seen(self, v: int, least: int, *, is_behind: bool) -> Corners:
        key = (is_behind, v, least)
        if key not in self._corners:
            table = (self.behind if is_behind else self.before)[v]
            points = [(x, max(rest, least - x)) for x, rest in enumerate(table)]
            self._corners[key] = lower_corners(points)
        return self._corners[key]


def lower_corners(points: Corners) -> Corners:
    """The corners of the lower convex hull of points with increasing first coordinates.

    >>> lower_corners([(0, 4), (1, 3), (2, 3), (3, 1), (4, 1)])
    [(0, 4), (3, 1), (4, 1)]
    """
    corners: Corners = []
    for x, y in points:
        while len(corners) > 1:
            (x0, y0), (x1, y1) = corners[-2:]
            if (y1 - y0) * (x - x0) < (y - y0) * (x1 - x0):
                break
            corners.pop()
        corners.append((x, y))
    return corners


def jacobian_entries(
    live: LiveGraph, form: CostForm, is_time_up: Callable[[], bool] = lambda: False
) -> JacobianEntries | None:
    """What the entries take; None where sizes are too large, nothing is taken or the time is up.

    Args:
        live: a graph that can have windows.
        form: the objective.
        is_time_up: asked now and then.
    """
    # Edges from inputs to outputs are there already.
    _, live = RemainingGraph(live).live()
    n, m = len(live), live.intermediates
    terminal = np.arange(n) >= m
    inputs = np.flatnonzero(terminal & (np.diff(live.pred_at) == 0))
    outputs = np.flatnonzero(terminal & live.is_output & (np.diff(live.pred_at) > 0))
    widths = [int(live.sizes[ends].sum()) for ends in (inputs, outputs)]
    if 0 in widths or max(widths) > WIDEST:
        return None
    tables = []
    for backwards, ends, width in ((False, inputs, widths[0]), (True, outputs, widths[1])):
        rows = _rest_seen(live, backwards, ends, width, is_time_up)
        if rows is None:
            return None
        tables.append(rows)
    total = _all_entries(live, inputs, outputs, is_time_up)
    before, behind = tables
    return JacobianEntries(form, form.product * total, before, behind) if total > 0 else None


def _rest_seen(
    live: LiveGraph, backwards: bool, ends: Indices, width: int, is_time_up: Callable[[], bool]
) -> list[list[int]] | None:
    """For every vertex, how much it sees besides terminals of total size 0 … width, at least."""
    n, m = len(live), live.intermediates
    network = flow_network(live, backwards=backwards)
    kernel, work, nothing = compile_kernel(cut_weight), flow_work(live), np.zeros(n, np.int64)
    x = np.arange(width + 1)
    least = np.zeros((m, width + 1), np.int64)
    for counted in COUNTED:
        sizes = UNIT * live.sizes
        sizes[ends] = counted * live.sizes[ends]
        weighed = network._replace(sizes=sizes)
        infinite = int(sizes.sum()) + 1
        for v in range(m):
            cut = kernel(v, nothing, infinite, backwards, weighed, work)
            # counted·x + UNIT·rest >= cut
            least[v] = np.maximum(least[v], -((counted * x - cut) // UNIT))
        if is_time_up():
            return None
    rows: list[list[int]] = least.tolist()
    return rows


def _all_entries(
    live: LiveGraph, inputs: Indices, outputs: Indices, is_time_up: Callable[[], bool]
) -> int:
    """The sum over inputs and outputs of their sizes times the minimum cut between them.

    Less than that if the time is up meanwhile.
    """
    n = len(live)
    network = flow_network(live, backwards=True)
    kernel, work, nothing = compile_kernel(cut_weight), flow_work(live), np.zeros(n, np.int64)
    infinite = int(live.sizes.sum()) + 1
    total = 0
    for o in outputs.tolist():
        if is_time_up():
            break
        is_end = np.zeros(n, np.int64)
        is_end[o] = 1
        sizes = live.sizes.copy()
        sizes[o] = infinite
        between = network._replace(is_end=is_end, sizes=sizes)
        for i in inputs.tolist():
            cut = kernel(i, nothing, infinite, True, between, work)
            total += int(live.sizes[i]) * int(live.sizes[o]) * int(cut)
    return total
