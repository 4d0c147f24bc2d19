"""A sharper lower bound: exact dynamic programs over small overlapping windows of the graph.

**One window.** Let W be a set of vertices to eliminate, and T the part of W that is gone when `v`
in W has its turn. What `v` then sees towards the inputs cuts it from them, as in
`vertex_cut_bound`; but now vertices of T are not part of that cut, and a vertex of W that is not
gone ends every path on which it is met. Nothing is assumed of the vertices outside W. The minimum
cut under these conditions, a maximum flow again, gives `c_W(v, T) <= cost(v, S)` for every set S
with S ∩ W = T. The least `Σ c_W(v, T)` over all orders of W, by dynamic programming over the
subsets of W, therefore bounds what the vertices of W cost in any order of the whole graph. A window
of one vertex gives the bound from vertex cuts, a window of all vertices the optimum.

**Many windows.** Windows may overlap if they share costs: with shares `λ(v, W) >= 0` that sum to 1
over the windows of `v`, and a price `μ(u, v, W)` for "u before v" that sums to 0 over the windows
of the pair, any one order satisfies

    cost = Σ_W ( Σ_v λ(v, W)·cost(v) + Σ_{u before v in W} μ(u, v, W) ) >= Σ_W f_W(λ, μ),

f_W being the least value that the dynamic program of W finds. This is Lagrangian decomposition (M.
Guignard, S. Kim, Lagrangean decomposition, Math. Programming 39 (1987)); shares and prices are
improved by subgradient steps (B. T. Polyak 1969). They are integers, multiples of one over
`scale`, so that the bound is exact whatever the steps were; it is rounded up, costs being integers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..compiled import compile_kernel
from ..elimination.bits import BIT_OF
from ..elimination.live_graph import Indices, LiveGraph, fits_int64
from ..elimination.totals import product_columns
from ..elimination.vertex_cost import CostForm
from .vertex_cuts import FLOW_WORK, GONE, KEPT, cut_weight, flow_network

SCALE = 2**20
"""Shares and prices are multiples of one over this, or less where 64 bits ask for it."""


AMBITION, PATIENCE = 0.1, 8
"""How far above the best bound a step aims, and after how many vain steps they are halved."""


@dataclass(frozen=True, slots=True)
class Windows:
    """Windows of `k` vertices each, and what each member costs at least, for every subset."""

    k: int
    members: npt.NDArray[np.int64]
    costs: npt.NDArray[np.int64]


def can_have_windows(live: LiveGraph) -> bool:
    """Whether 64 bits do for a component, and its maximum flows are a matter of seconds."""
    work = live.intermediates * (len(live) + len(live.pred))
    return fits_int64(live) and work <= FLOW_WORK


def make_windows(
    live: LiveGraph,
    near: list[list[int]],
    k: int,
    form: CostForm,
    is_time_up: Callable[[], bool],
) -> Windows | None:
    """A window around every vertex to eliminate; None if the time is up meanwhile.

    Args:
        live: a component with at least `k` vertices to eliminate that can have windows.
        near: for each of them its neighbours, in the order in which they join a window.
        k: vertices of a window.
        form: the objective.
        is_time_up: asked between two windows.
    """
    around = {tuple(_ball(near, v, k)) for v in range(len(near))}
    chosen = np.array(sorted(around), dtype=np.int64)
    towards_inputs = flow_network(live, backwards=False, compiled=True)
    towards_outputs = flow_network(live, backwards=True, compiled=True)
    costs = np.zeros((len(chosen), k << k), dtype=np.int64)
    kernel = compile_kernel(fill_window)
    ancestors = _ancestors(live)
    total = int(live.sizes.sum())
    for window, row in zip(chosen, costs, strict=True):
        if is_time_up():
            return None
        plain = window.tolist()
        masks = np.array(
            [
                [sum(1 << b for b, u in enumerate(plain) if ancestors[w] >> u & 1) for w in plain],
                [sum(1 << b for b, u in enumerate(plain) if ancestors[u] >> w & 1) for w in plain],
            ],
            dtype=np.int64,
        )
        sides = [np.zeros(k << k, np.int64), np.zeros(k << k, np.int64)]
        for side, network in enumerate((towards_inputs, towards_outputs)):
            kernel(
                window,
                masks[side],
                sides[side],
                np.zeros(len(live), np.int64),
                total + 1,
                side == 1,
                network.near_at,
                network.near,
                network.far_at,
                network.far,
                network.edge,
                network.is_end,
                network.sizes,
                *network.scratch,
            )
        low, high = (side.reshape(k, -1) for side in sides)
        size = live.sizes[window][:, None]
        in_edges = np.where(live.is_output[window][:, None], 0, low)
        row[:] = (size * (form.product * low * high - form.edge * (in_edges + high))).ravel()
    return Windows(k, chosen, costs)


def edge_neighbours(live: LiveGraph) -> list[list[int]]:
    """For every vertex to eliminate, those that it shares an edge with."""
    m = live.intermediates
    near: list[list[int]] = [[] for _ in range(m)]
    for v in range(m):
        for at, rows in ((live.pred_at, live.pred), (live.succ_at, live.succ)):
            near[v] += [x for x in rows[at[v] : at[v + 1]].tolist() if x < m]
    return near


def fill_neighbours(live: LiveGraph, order: Indices) -> list[list[int]]:
    """The same, with the edges that eliminating in an order makes; nearest in the order first."""
    m = live.intermediates
    near: list[set[int]] = [set() for _ in range(m)]
    for p, v, s in zip(*product_columns(live, order), strict=True):
        for x in (p, s):
            if x < m:
                near[v].add(x)
                near[x].add(v)
    rank: list[int] = np.argsort(order).tolist()
    by_distance = []
    for v in range(m):
        distances = [(abs(rank[u] - rank[v]), u) for u in near[v]]
        by_distance.append([u for _, u in sorted(distances)])
    return by_distance


def _ball(near: list[list[int]], v: int, k: int) -> list[int]:
    """The `k` vertices nearest to `v`, breadth first."""
    found = [v]
    seen = {v}
    for x in found:
        for y in near[x]:
            if y not in seen:
                seen.add(y)
                found.append(y)
        if len(found) >= k:
            break
    return sorted(found[:k])


def _ancestors(live: LiveGraph) -> list[int]:
    """For every vertex the set of those that reach it, as the bits of one integer."""
    sets = [0] * len(live)
    for x in live.topological.tolist():
        for p in live.pred[live.pred_at[x] : live.pred_at[x + 1]].tolist():
            sets[x] |= sets[p] | 1 << p
    return sets


def fill_window(  # type: ignore[no-untyped-def]
    window,
    related,
    least,
    assumed,
    infinite,
    always_seen,
    near_at,
    near,
    far_at,
    far,
    edge,
    is_end,
    sizes,
    through,
    absorbed,
    along,
    came_from,
    queue,
):
    """For every member and every subset that is gone, the least that the member can see.

    Only those gone vertices matter that lie on a path between the member and the ends: `related`.
    """
    k = len(window)
    for w in range(k):
        row = w << k
        for gone in range(1 << k):
            if gone >> w & 1 != 0:
                continue
            if gone & ~related[w] != 0:
                least[row + gone] = least[row + (gone & related[w])]
                continue
            for x in range(k):
                assumed[window[x]] = GONE if gone >> x & 1 != 0 else KEPT
            least[row + gone] = cut_weight(
                window[w],
                assumed,
                infinite,
                always_seen,
                near_at,
                near,
                far_at,
                far,
                edge,
                is_end,
                sizes,
                through,
                absorbed,
                along,
                came_from,
                queue,
            )
    for x in range(k):
        assumed[window[x]] = 0


class Ascent:
    """Subgradient ascent on the shares and prices of some windows; keeps the best bound.

    Every member must be in at least one window.
    """

    def __init__(self, windows: Windows) -> None:
        count, k = windows.members.shape
        self.windows = windows
        labels, self._owner = np.unique(windows.members, return_inverse=True)
        self._owner = self._owner.reshape(count, k)
        self._copies = np.bincount(self._owner.ravel(), minlength=len(labels))
        key = self._owner[:, :, None] * len(labels) + self._owner[:, None, :]
        pairs, pair = np.unique(key, return_inverse=True)
        self._pair = pair.reshape(count, k, k)
        self._pair_copies = np.bincount(self._pair.ravel(), minlength=len(pairs))
        self._shares = 1.0 / self._copies[self._owner]
        self._prices = np.zeros((count, k, k))
        largest = int(windows.costs.max(initial=1))
        self._scale = min(SCALE, 2**58 // (4 * k * k * count * max(largest, 1)))
        self._pace, self._level, self._stalled = 1.0, 0.0, 0
        self.bound = 0

    def improve(self, iterations: int, target: int, is_time_up: Callable[[], bool]) -> int:
        """Some steps towards `target`, a cost that is reached; the best bound so far."""
        if self._scale < 16:
            return self.bound
        k = self.windows.k
        kernel = compile_kernel(solve_windows)
        table, last = np.zeros(1 << k, np.int64), np.zeros(1 << k, np.int8)
        priced = np.zeros(k << k, np.int64)
        for _ in range(iterations):
            if self.bound >= target or is_time_up():
                break
            shares = self._integer_shares()
            prices = self._integer_prices()
            paid = np.zeros(self._shares.shape)
            earlier = np.zeros(self._prices.shape)
            total = kernel(
                k, self.windows.costs, shares, prices, table, last, priced, paid, earlier
            )
            self.bound = max(self.bound, -(-int(total) // self._scale))
            paid -= _mean(paid, self._owner, self._copies)
            earlier -= _mean(earlier, self._pair, self._pair_copies)
            length = float((paid**2).sum() + (earlier**2).sum())
            if length == 0.0:
                break
            value = total / self._scale
            if value > self._level * (1 + 1e-4):
                self._level, self._stalled = value, 0
            else:
                self._stalled += 1
                if self._stalled == PATIENCE:
                    self._pace, self._stalled = self._pace / 2, 0
            # Polyak's step aims at the optimum; the cost that is reached may be far above it.
            aim = min(float(target), self._level * (1 + AMBITION))
            step = self._pace * max(aim - value, 1e-3 * value) / length
            self._shares = np.maximum(self._shares + step * paid, 0.0)
            sums = np.bincount(self._owner.ravel(), self._shares.ravel())
            self._shares /= sums[self._owner]
            self._prices += step * earlier
        return self.bound

    def _integer_shares(self) -> npt.NDArray[np.int64]:
        """Shares as multiples of 1 / scale that sum to 1 over the copies of a vertex."""
        return self._repaired(np.floor(self._shares * self._scale), self._owner, self._scale)

    def _integer_prices(self) -> npt.NDArray[np.int64]:
        """Prices as multiples of 1 / scale that sum to 0 over the copies of a pair."""
        limit = 2.0**58 / (4 * self.windows.k**2 * len(self._prices))
        rounded = np.clip(np.round(self._prices * self._scale), -limit, limit)
        return self._repaired(rounded, self._pair, 0)

    @staticmethod
    def _repaired(
        values: npt.NDArray[Any], group: npt.NDArray[Any], total: int
    ) -> npt.NDArray[np.int64]:
        """Integers whose sums over each group are made `total` by changing one of them."""
        integers = values.astype(np.int64).ravel()
        flat = group.ravel()
        sums = np.zeros(int(flat.max()) + 1, np.int64)
        np.add.at(sums, flat, integers)
        groups, first = np.unique(flat, return_index=True)
        integers[first] += total - sums[groups]
        return integers.reshape(values.shape)


def _mean(
    values: npt.NDArray[np.float64], group: npt.NDArray[Any], copies: npt.NDArray[Any]
) -> npt.NDArray[np.float64]:
    sums = np.bincount(group.ravel(), values.ravel(), minlength=len(copies))
    means: npt.NDArray[np.float64] = (sums / copies)[group]
    return means


def solve_windows(  # type: ignore[no-untyped-def]
    k, costs, shares, prices, table, last, priced, paid, earlier
):
    """The sum of the least values of all windows.

    Writes what each member costs in the window's best order to `paid`, and 1 to `earlier[u, v]`
    where u comes before v there.
    """
    total = 0
    full = (1 << k) - 1
    for window in range(len(costs)):
        for w in range(k):
            row = w << k
            share = shares[window, w]
            # The prices of all subsets that are gone: those without a member, then those with it.
            table[0] = 0
            for u in range(k):
                price = prices[window, u, w]
                for gone in range(1 << u):
                    table[gone + (1 << u)] = table[gone] + price
            for gone in range(1 << k):
                priced[row + gone] = share * costs[window, row + gone] + table[gone]
        table[0] = 0
        for members in range(1, full + 1):
            best = 1 << 62
            rest = members
            while rest != 0:
                bit = rest & -rest
                rest ^= bit
                w = BIT_OF[bit % 67]
                gone = members ^ bit
                value = table[gone] + priced[(w << k) + gone]
                if value < best:
                    best = value
                    last[members] = w
            table[members] = best
        total += table[full]
        members = full
        while members != 0:
            w = last[members]
            members ^= 1 << w
            paid[window, w] = costs[window, (w << k) + members]
            for u in range(k):
                if members >> u & 1 != 0:
                    earlier[window, u, w] = 1.0
    return total
