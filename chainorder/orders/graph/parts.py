"""One component of a graph while it is worked on: the best order so far, and the best bound."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import overload

import numpy as np

from ...bounds.reductions import reduce_graph
from ...bounds.vertex_cuts import vertex_bounds
from ...bounds.windows import can_have_windows
from ...clock import Clock
from ...elimination.bits import WORD
from ...elimination.components import components
from ...elimination.live_graph import Indices, LiveGraph, fits_int64
from ...elimination.remaining import RemainingGraph
from ...elimination.totals import NEVER, WalkTotals, topological_fma, walk_totals
from ...elimination.vertex_cost import cost_form
from ...problems.chain import Chain
from ...problems.graph import Graph
from ..chain.optimal import optimal as optimal_bracketing
from .annealing import Annealing, Cooling
from .markowitz import markowitz_order, relative_markowitz_order
from .subset_program import cheapest_order
from .topological import forward_order

SMALL = 12
"""Vertices up to which the exact order of a part is found at once."""

MOVES_PER_VERTEX, LEAST_MOVES, MOST_MOVES = 1000, 20_000, 200_000
"""Moves of one round of annealing."""

ROUND_WORK = 2_000_000_000
"""Moves times words of all sets, up to which a round is short: some tenths of a second."""

HEAT = (1.0, 1.0, 0.3, 10.0, 1.0, 1.0, 3.0, 10.0)
"""How hot the rounds start, by turns: some keep what a start is good for, some forget it."""

HASTY = 200
"""Moves per vertex below which a round does not start hot."""

MOST_WORDS = 400_000
"""Words of one set for every vertex, up to which a part is annealed: some 5,000 vertices."""

INEXACT_MOVES = 500
"""Moves of a round where 64 bits do not do, and nothing is compiled."""


class Part:
    """A component, in its own numbering; `cost` and `bound` are without the form's constant."""

    def __init__(self, positions: Indices, live: LiveGraph, objective: str, seed: int) -> None:
        self.positions = positions
        self.live = live
        self.objective = objective
        self.form = cost_form(live, objective)
        self.bounds = vertex_bounds(live, self.form)
        self.bound = sum(self.bounds)
        self._starts: list[Indices] = []
        self._whole: tuple[LiveGraph, Indices] | None = None
        self._rounds = 0
        self._seed = 1 + seed % 2147483646
        self._annealing: Annealing | None = None
        forward = forward_order(live)
        self.order, self.cost = forward, self._cost_of(forward)
        self.offer(forward[::-1].copy())

    def __len__(self) -> int:
        return self.live.intermediates

    @property
    def gap(self) -> float:
        """How far the cost is above the bound, as a share of the cost."""
        return (self.cost - self.bound) / self.cost if self.cost > self.bound else 0.0

    @property
    def is_proved(self) -> bool:
        """Whether no order of this part can be better."""
        return bool(self.cost == self.bound)

    def _cost_of(self, order: Indices) -> int:
        if self.objective == "fma":
            fma = topological_fma(self.live, order)
            if fma is not None:
                return fma
        return self._cost_in(walk_totals(self.live, order))

    def _cost_in(self, totals: WalkTotals) -> int:
        return (totals.fma if self.objective == "fma" else totals.flops) - self.form.constant

    def offer(self, order: Indices, totals: WalkTotals | None = None) -> None:
        """Keep an order as a start, and as the best one if it is."""
        self._starts.append(order)
        cost = self._cost_of(order) if totals is None else self._cost_in(totals)
        if cost < self.cost:
            self.order, self.cost = order, cost

    def remember_whole(self, live: LiveGraph, kept: Indices) -> None:
        """Note the component that this was a part of, and which of its vertices are left."""
        self._whole = live, kept

    def offer_greedy(self, clock: Clock) -> None:
        """Try the greedy orders, here and in the whole component, as far as the time allows."""
        for greedy in (markowitz_order, relative_markowitz_order):
            if not clock.is_up():
                order, totals = greedy(self.live, self.objective, clock.stop)
                if clock.stop[0] == 0:
                    self.offer(order, totals)
            if self._whole is not None and not clock.is_up():
                live, kept = self._whole
                order, _ = greedy(live, self.objective, clock.stop)
                if clock.stop[0] == 0:
                    # Who goes first may do so in any order, at no cost for the others.
                    number = np.full(live.intermediates, -1)
                    number[kept] = np.arange(len(kept))
                    self.offer(number[order][number[order] >= 0])

    def raise_bound(self, bound: int) -> None:
        """Note a bound that was proved."""
        assert bound <= self.cost, "a lower bound above a cost that is reached"
        self.bound = max(self.bound, bound)

    def solve_exactly(self) -> None:
        """Find the best order by dynamic programming."""
        order, cost = cheapest_order(self.live, range(len(self)), self.form)
        self.order, self.cost = np.array(order, dtype=np.int64), cost
        self.bound = cost

    def solve_path(self) -> bool:
        """Find the best order of a path, which is a chain; False if this part is none."""
        live, m = self.live, len(self)
        one = np.ones(m, dtype=np.int64)
        is_path = (
            not live.is_output[:m].any()
            and np.array_equal(np.diff(live.pred_at)[:m], one)
            and np.array_equal(np.diff(live.succ_at)[:m], one)
        )
        if not is_path:
            return False
        inner = forward_order(live).tolist()
        first = live.pred[live.pred_at[inner[0]]]
        last = live.succ[live.succ_at[inner[-1]]]
        chain = Chain(live.sizes[[first, *inner, last]])
        best = optimal_bracketing(chain, self.objective)
        self.order = np.array([inner[k - 1] for k in best.order], dtype=np.int64)
        self.cost = self._cost_of(self.order)
        self.bound = self.cost
        return True

    @property
    def can_anneal(self) -> bool:
        """Whether the sets that annealing keeps fit into memory."""
        return len(self) * (len(self.live) // WORD + 1) <= MOST_WORDS

    def moves(self) -> int:
        """Moves of one round of annealing."""
        if not fits_int64(self.live):
            return INEXACT_MOVES
        moves = min(max(MOVES_PER_VERTEX * len(self), LEAST_MOVES), MOST_MOVES)
        words = len(self.live) // WORD + 1
        return min(moves, ROUND_WORK // (len(self) * words) + 1)

    def anneal(self, moves: int, stop: Indices = NEVER) -> None:
        """One round of simulated annealing, from the best order or from one of the starts.

        It ends when `stop[0]` is no longer 0.
        """
        turn, self._rounds = self._rounds, self._rounds + 1
        start = self.order if turn % 2 == 0 else self._starts[turn // 2 % len(self._starts)]
        hot = HEAT[turn % len(HEAT)] * max(1.0, float(sum(self.bounds)) / len(self))
        cold = 0.05 * max(1.0, float(statistics.median(self.bounds)))
        if moves < HASTY * len(self):
            # Too few to cool down in: improve the start, do not shake it.
            hot = 2 * cold
        if self._annealing is None:
            self._annealing = Annealing(self.live, self.form, self._seed)
        cooling = Cooling(moves, max(hot, 2 * cold), cold, self.bound)
        found = self._annealing.run(start, cooling, stop)
        cost = self._cost_of(found)
        if cost < self.cost:
            self.order, self.cost = found, cost


Progress = Callable[[int, int], None]
"""Called with the best cost so far and the best bound so far."""


@dataclass
class Parts(Sequence[Part]):
    """What is left of a graph when some vertices have gone first: one part per component.

    `first` are those that have gone, in order, `spent` is what they cost, with whatever every
    order costs.
    """

    first: list[int] = field(default_factory=list)
    spent: int = 0
    parts: list[Part] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.parts)

    @overload
    def __getitem__(self, index: int) -> Part: ...
    @overload
    def __getitem__(self, index: slice) -> list[Part]: ...
    def __getitem__(self, index: int | slice) -> Part | list[Part]:
        return self.parts[index]

    def __bool__(self) -> bool:
        return bool(self.parts or self.first)

    @property
    def cost(self) -> int:
        """The cost of the best order so far."""
        return self.spent + sum(part.cost for part in self.parts)

    @property
    def bound(self) -> int:
        """What no order can beat, as far as is proved."""
        return self.spent + sum(part.bound for part in self.parts)

    @property
    def order(self) -> Indices:
        """The best order so far: those that go first, then the parts, one after another."""
        first = np.array(self.first, dtype=np.int64)
        return np.concatenate([first, *(part.positions[part.order] for part in self.parts)])


def split(graph: Graph, objective: str, seed: int) -> Parts:
    """The parts of a graph, each with its first orders and its bound from vertex cuts."""
    split_up = Parts(spent=cost_form(graph.live, objective).constant)
    for positions, live in components(graph.live):
        if not can_have_windows(live):
            split_up.parts.append(Part(positions, live, objective, seed + len(split_up)))
            continue
        remaining = RemainingGraph(live)
        first = reduce_graph(remaining, cost_form(live, objective))
        split_up.first += positions[first].tolist()
        split_up.spent += remaining.spent
        whole = live if first else None
        inner, left = remaining.live()
        for places, component in components(left):
            kept = inner[places]
            part = Part(positions[kept], component, objective, seed + len(split_up))
            if whole is not None:
                part.remember_whole(whole, kept)
            split_up.parts.append(part)
    return split_up
