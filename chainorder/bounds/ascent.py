"""Windows that share costs: Lagrangian decomposition, and what it rules out.

Windows may overlap if they share costs: with shares `λ(v, W) >= 0` that sum to 1 over the windows
of `v`, and a price `μ(u, v, W)` for "u before v" that sums to 0 over the windows of the pair, any
one order satisfies

    cost = Σ_W ( Σ_v λ(v, W)·cost(v) + Σ_{u before v in W} μ(u, v, W) ) >= Σ_W f_W(λ, μ),

f_W being the least value that the dynamic program of W finds. This is Lagrangian decomposition (M.
Guignard, S. Kim, Lagrangean decomposition, Math. Programming 39 (1987)); shares and prices are
improved by subgradient steps (B. T. Polyak 1969). They are integers, multiples of one over
`scale`, so that the bound is exact whatever the steps were; it is rounded up, costs being integers.

The least value of a window over those of its orders that have `u` before `v` comes with the program
for all pairs at once, from a second sweep over the subsets. By as much as these exceed f_W the
bound rises if `u` is before `v`; where it rises to a cost that is reached, every better order has
`v` before `u`. (Fixing variables by their reduced costs: G. Dantzig, R. Fulkerson, S. Johnson 1954;
E. Balas, N. Christofides, Math. Programming 21 (1981) with Lagrangian bounds.)
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ..compiled import borrowing, compile_kernel
from .windows import Before, Windows

SCALE = 2**20
"""Shares and prices are multiples of one over this, or less where 64 bits ask for it."""

LEAST_SCALE = 16
"""Below this the shares are too coarse to be of use."""

AMBITION, PATIENCE = 0.1, 8
"""How far above the best bound a step aims, and after how many vain steps they are halved."""

IMPOSSIBLE = 2**60
"""The value of what is known not to happen."""

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


class Programs(NamedTuple):
    """The dynamic programs of all windows: `costs[window, member, gone]`, and what is known."""

    costs: Integers
    earlier: Integers
    later: Integers


class Multipliers(NamedTuple):
    """Shares `[window, member]`, and prices `[window, u, v]` for u before v; integers."""

    shares: Integers
    prices: Integers


class Tables(NamedTuple):
    """Room for one window: the least cost to each subset and from it, and last members."""

    to: Integers
    onward: Integers
    last: Integers
    priced: Integers


class Solution(NamedTuple):
    """Per window its least value, what its members cost in that order, and who precedes whom."""

    values: Integers
    paid: Floats
    precedes: Floats


class _Groups:
    """Which of the entries of an array are copies of one and the same thing."""

    def __init__(self, keys: npt.NDArray[Any]) -> None:
        self.keys, inverse = np.unique(keys, return_inverse=True)
        self.of: npt.NDArray[np.intp] = inverse.reshape(keys.shape)
        self.copies = np.bincount(self.of.ravel(), minlength=len(self.keys))
        self.first = np.zeros(len(self.keys), dtype=np.intp)
        self.first[self.of.ravel()[::-1]] = np.arange(keys.size)[::-1]

    def sums(self, values: npt.NDArray[Any]) -> Floats:
        sums: Floats = np.bincount(self.of.ravel(), values.ravel(), len(self.keys)).astype(float)
        return sums

    def centred(self, values: Floats) -> Floats:
        """The values less their mean over the copies."""
        centred: Floats = values - (self.sums(values) / self.copies)[self.of]
        return centred

    def repaired(self, values: Floats, total: int) -> Integers:
        """Integers whose sums over each group are made `total` by changing one of them."""
        integers = values.astype(np.int64)
        flat = integers.ravel()
        sums = np.zeros(len(self.keys), np.int64)
        np.add.at(sums, self.of.ravel(), flat)
        flat[self.first] += total - sums
        return flat.reshape(values.shape)


class Ascent:
    """Subgradient ascent on the shares and prices of some windows; keeps the best bound.

    Args:
        windows: every vertex must be in at least one of them.
        costs: of every member of every window, for every subset that is gone, in units of one
            over `unit`.
        unit: how many units a multiplication has.
        constant: what is to be added to the costs of all vertices, in the same units.
    """

    def __init__(self, windows: Windows, costs: Integers, unit: int = 1, constant: int = 0) -> None:
        count, k = windows.members.shape
        self.windows = windows
        self._programs = Programs(costs, windows.earlier, windows.later)
        self._unit, self._constant = unit, constant
        n = int(windows.members.max()) + 1
        self._owner = _Groups(windows.members)
        self._pair = _Groups(windows.members[:, :, None] * n + windows.members[:, None, :])
        self._vertices = n
        self._shares = 1.0 / self._owner.copies[self._owner.of]
        self._prices = np.zeros((count, k, k))
        largest = max(int(np.abs(costs).max(initial=1)), 1)
        self._scale: int = min(SCALE, 2**58 // (4 * k * k * count * largest))
        self._pace, self._level, self._stalled = 1.0, 0.0, 0
        self._best: tuple[int, Floats, Floats] | None = None
        self._tables = Tables(
            np.zeros(1 << k, np.int64),
            np.zeros(1 << k, np.int64),
            np.zeros(1 << k, np.int64),
            np.zeros((k, 1 << k), np.int64),
        )
        self.bound = 0

    @property
    def is_contradiction(self) -> bool:
        """Whether no order agrees with what is known."""
        return self._best is not None and self._best[0] >= IMPOSSIBLE

    def start_from(self, other: Ascent) -> None:
        """Take over the shares and prices of windows with the same members.

        `other` must be about the same vertices, in the same numbering.
        """
        if other._best is None:
            return
        rows = {tuple(window): at for at, window in enumerate(other.windows.members.tolist())}
        _, shares, prices = other._best
        for at, window in enumerate(self.windows.members.tolist()):
            if tuple(window) in rows:
                self._shares[at] = shares[rows[tuple(window)]]
                self._prices[at] = prices[rows[tuple(window)]]
        sums = self._owner.sums(self._shares)
        even = 1.0 / self._owner.copies
        scaled = self._shares / np.where(sums > 0, sums, 1.0)[self._owner.of]
        self._shares = np.where((sums > 0)[self._owner.of], scaled, even[self._owner.of])
        self._prices = self._pair.centred(self._prices)

    def supposing(self, before: Before) -> Ascent:
        """An ascent from where this one is best, with more known of the order; costs stay."""
        windows = self.windows
        bits = np.int64(1) << np.arange(windows.k)
        inside = before[windows.members[:, :, None], windows.members[:, None, :]]
        twin = copy(self)
        twin._programs = Programs(
            self._programs.costs, (inside * bits[:, None]).sum(axis=1), inside @ bits
        )
        twin._pace, twin._level, twin._stalled = 1.0, 0.0, 0
        if self._best is not None:
            _, twin._shares, twin._prices = self._best
        twin._best = None
        twin.bound = 0
        return twin

    def improve(
        self, iterations: int, target: int, is_time_up: Callable[[], bool] = lambda: False
    ) -> int:
        """Some steps towards `target`, a cost that is reached; the best bound so far."""
        if self._scale < LEAST_SCALE:
            return self.bound
        for _ in range(iterations):
            if self.bound >= target or is_time_up():
                break
            solution = self._solve(self._shares, self._prices)
            total = int(solution.values.sum()) if solution.values.max() < IMPOSSIBLE else IMPOSSIBLE
            if self._best is None or total > self._best[0]:
                self._best = (total, self._shares, self._prices)
            if total >= IMPOSSIBLE:
                break
            self.bound = max(self.bound, self._rounded_up(total))
            paid = self._owner.centred(solution.paid)
            precedes = self._pair.centred(solution.precedes)
            length = float((paid**2).sum() + (precedes**2).sum())
            if length == 0.0:
                break
            step = self._step(total / self._scale, target * self._unit - self._constant) / length
            self._shares = np.maximum(self._shares + step * paid, 0.0)
            self._shares /= self._owner.sums(self._shares)[self._owner.of]
            self._prices = self._prices + step * precedes
        return self.bound

    def _rounded_up(self, total: int) -> int:
        """The bound that a sum of least values proves."""
        return -(-(total + self._constant * self._scale) // int(self._scale * self._unit))

    def _step(self, value: float, target: float) -> float:
        """Polyak's step, times the length: it aims at the optimum, above the best value so far."""
        if value > self._level * (1 + 1e-4):
            self._level, self._stalled = value, 0
        else:
            self._stalled += 1
            if self._stalled == PATIENCE:
                self._pace, self._stalled = self._pace / 2, 0
        # The cost that is reached may be far above the optimum.
        aim = min(target, self._level * (1 + AMBITION))
        return self._pace * max(aim - value, 1e-3 * value)

    def _solve(self, shares: Floats, prices: Floats) -> Solution:
        multipliers = self._integers(shares, prices)
        solution = self._room()
        compile_kernel(solve_windows)(self._programs, multipliers, self._tables, solution)
        return solution

    def _room(self) -> Solution:
        count, k = self.windows.members.shape
        return Solution(np.zeros(count, np.int64), np.zeros((count, k)), np.zeros((count, k, k)))

    def _integers(self, shares: Floats, prices: Floats) -> Multipliers:
        """Shares that sum to one and prices that sum to zero over the copies, exactly."""
        limit = 2.0**58 / (4 * self.windows.k**2 * len(prices))
        return Multipliers(
            self._owner.repaired(np.floor(shares * self._scale), self._scale),
            self._pair.repaired(np.clip(np.round(prices * self._scale), -limit, limit), 0),
        )

    def precedence(self, target: int) -> tuple[Before, Floats]:
        """What every order that costs less than `target` obeys, and how costly it is not to.

        Returns two square arrays: whether `u` comes before `v` in all those orders, as far as one
        can tell from single pairs; and by how much the bound rises if `u` comes before `v`, zero
        where nothing is known.
        """
        n = self._vertices
        certain, losses = np.zeros((n, n), dtype=bool), np.zeros((n, n))
        if self._best is None or self._best[0] >= IMPOSSIBLE:
            return certain, losses
        total, shares, prices = self._best
        solution = self._room()
        count, k = self.windows.members.shape
        forced = np.zeros((count, k, k), np.int64)
        multipliers = self._integers(shares, prices)
        compile_kernel(solve_windows)(self._programs, multipliers, self._tables, solution)
        compile_kernel(force_pairs)(self._programs, multipliers, self._tables, forced)
        gap = (target - 1) * self._unit - self._constant
        # A loss beyond the gap need not be known exactly, and must not overflow in the sum.
        most = max(gap * self._scale - total, 0) + 1
        loss = np.minimum(forced - solution.values[:, None, None], most)
        sums = np.zeros(len(self._pair.keys), np.int64)
        np.add.at(sums, self._pair.of.ravel(), loss.ravel())
        u, v = self._pair.keys // n, self._pair.keys % n
        ruled_out = (sums >= most) & (u != v)
        certain[v[ruled_out], u[ruled_out]] = True
        losses[u, v] = np.where(u != v, sums / (self._scale * self._unit), 0.0)
        return certain, losses


@borrowing
def solve_windows(programs, multipliers, tables, solution):  # type: ignore[no-untyped-def]
    """The least value of every window, and its order: fills `solution`."""
    k = len(tables.priced)
    full = (1 << k) - 1
    to, last = tables.to, tables.last
    for window in range(len(programs.costs)):
        price_members(window, programs, multipliers, tables)
        solve_forwards(window, programs, tables)
        solution.values[window] = to[full]
        if to[full] >= IMPOSSIBLE:
            continue
        members = full
        while members != 0:
            w = last[members]
            members ^= 1 << w
            solution.paid[window, w] = programs.costs[window, w, members]
            for u in range(k):
                if members >> u & 1 != 0:
                    solution.precedes[window, u, w] = 1.0


@borrowing
def force_pairs(programs, multipliers, tables, forced):  # type: ignore[no-untyped-def]
    """The least value of every window with member u before member w, for all pairs."""
    k = len(tables.priced)
    full = (1 << k) - 1
    to, onward = tables.to, tables.onward
    for window in range(len(programs.costs)):
        price_members(window, programs, multipliers, tables)
        solve_forwards(window, programs, tables)
        for u in range(k):
            for w in range(k):
                forced[window, u, w] = IMPOSSIBLE
        onward[full] = 0
        for gone in range(full - 1, -1, -1):
            best = IMPOSSIBLE
            for w in range(k):
                if gone >> w & 1 != 0 or not may_follow(programs, window, w, gone):
                    continue
                value = tables.priced[w, gone] + onward[gone | 1 << w]
                best = min(best, value)
                value += to[gone]
                for u in range(k):
                    if gone >> u & 1 != 0 and value < forced[window, u, w]:
                        forced[window, u, w] = value
            onward[gone] = best


def price_members(window, programs, multipliers, tables):  # type: ignore[no-untyped-def]
    """What it costs in this window to eliminate each member when a subset is gone."""
    k = len(tables.priced)
    sums = tables.to
    for w in range(k):
        share = multipliers.shares[window, w]
        # The prices of all subsets that are gone: those without a member, then those with it.
        sums[0] = 0
        for u in range(k):
            price = multipliers.prices[window, u, w]
            for gone in range(1 << u):
                sums[gone + (1 << u)] = sums[gone] + price
        for gone in range(1 << k):
            tables.priced[w, gone] = share * programs.costs[window, w, gone] + sums[gone]


def solve_forwards(window, programs, tables):  # type: ignore[no-untyped-def]
    """The least cost of eliminating each subset, and who is last in it."""
    k = len(tables.priced)
    to, last = tables.to, tables.last
    to[0] = 0
    for gone in range(1, 1 << k):
        to[gone] = IMPOSSIBLE
    for gone in range((1 << k) - 1):
        base = to[gone]
        if base >= IMPOSSIBLE:
            continue
        for w in range(k):
            if gone >> w & 1 != 0 or not may_follow(programs, window, w, gone):
                continue
            value = base + tables.priced[w, gone]
            if value < to[gone | 1 << w]:
                to[gone | 1 << w] = value
                last[gone | 1 << w] = w


def may_follow(programs, window, w, gone):  # type: ignore[no-untyped-def]
    """Whether member w may have its turn when just these are gone, by what is known."""
    earlier = programs.earlier[window, w]
    return gone & earlier == earlier and gone & programs.later[window, w] == 0
