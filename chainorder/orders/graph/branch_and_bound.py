"""Branch and bound over who goes first: closes what windows leave open between bound and cost.

A branch is a part of all orders: a graph from which some vertices have been eliminated, as some
best order does, and what is known of the order of the others. Its windows give a bound, and say by
how much it rises if one vertex comes before another. Where that makes it meet the best cost, the
other one comes first in every better order, by which windows know more, and vertices that come
before all their neighbours, or otherwise may go first, are eliminated. Where it nearly does, that
case is looked at for itself ("probing"). When nothing more follows, the branch is divided into two
at the pair of vertices that says most. The branch with the least bound is next, so that the least
of all bounds, which is the bound of the whole, rises all the time.

A. H. Land, A. G. Doig, An automatic method of solving discrete programming problems, Econometrica
28 (1960); probing: M. W. P. Savelsbergh, ORSA Journal on Computing 6 (1994).
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Iterator

import numpy as np

from ...bounds.ascent import Ascent
from ...bounds.jacobian_entries import plain_costs
from ...bounds.reductions import reduce_graph
from ...bounds.windows import Before, Windows, balls, edge_neighbours, make_windows
from ...elimination.remaining import RemainingGraph
from ...elimination.vertex_cost import CostForm
from .subset_program import cheapest_order

WINDOW_SIZES = (8, 10, 12)
"""Members of the windows of a branch: larger ones when smaller ones say nothing new."""

ITERATIONS = 60
"""Steps on the shares and prices of a branch's windows."""

PROBES, PROBE_ITERATIONS = 24, 15
"""Pairs that are looked at for themselves at a time, and the steps for each."""

FEW = 16
"""Vertices up to which what is left of a branch is solved exactly."""

NEWS = 4
"""Pairs that must be new for another turn with windows of the same size."""


class Branch:
    """Some orders: `done` first, then those of what is left that agree with `before`."""

    def __init__(self, graph: RemainingGraph, before: Before, done: list[int]) -> None:
        self.graph = graph
        self.before = before
        self.done = done
        self.bound = 0
        self.level = 0
        self.ascent: Ascent | None = None
        self.inner = np.zeros(0, dtype=np.int64)
        self.losses = np.zeros((0, 0))

    def with_pair(self, u: int, v: int) -> Branch:
        """The orders among these that have `u` before `v`."""
        before = self.before.copy()
        before[u, v] = True
        twin = Branch(self.graph.copy(), closed(before), list(self.done))
        twin.bound, twin.level = self.bound, self.level
        twin.ascent, twin.inner = self.ascent, self.inner
        return twin


class BranchAndBound:
    """The search for a better order than the best one known, and for a proof that there is none.

    Args:
        graph: a reduced graph that can have windows; `done` are the vertices eliminated before.
        form: the objective.
        best: the cost of the best order known.
        on_order: called with an order that is better, and its cost.
    """

    def __init__(
        self,
        graph: RemainingGraph,
        done: list[int],
        form: CostForm,
        best: int,
        on_order: Callable[[list[int], int], None],
    ) -> None:
        n = len(graph.sizes)
        root = Branch(graph, np.zeros((n, n), dtype=bool), done)
        self.form = form
        self.best = best
        self._on_order = on_order
        self._number = itertools.count()
        self._open = [(0, next(self._number), root)]

    @property
    def bound(self) -> int:
        """What no order can beat."""
        return min(self.best, *(branch.bound for _, _, branch in self._open), self.best)

    def run(self, is_time_up: Callable[[], bool]) -> Iterator[bool]:
        """Work until it is proved or the time is up; yields between branches."""
        while self._open and self.bound < self.best and not is_time_up():
            branch = heapq.heappop(self._open)[2]
            # Until it is done, the branch stands for all its orders.
            heapq.heappush(self._open, (branch.bound, -1, branch))
            for _ in self._explore(branch, is_time_up):
                yield True
            if not is_time_up():
                self._open = [entry for entry in self._open if entry[2] is not branch]
                heapq.heapify(self._open)
                for part in self._divided(branch):
                    heapq.heappush(self._open, (part.bound, next(self._number), part))
            yield True

    def _divided(self, branch: Branch) -> list[Branch]:
        """The two halves of a branch that is explored, or nothing if it is closed."""
        if branch.bound >= self.best:
            return []
        u, v = dividing_pair(branch)
        return [branch.with_pair(u, v), branch.with_pair(v, u)]

    def _solve(self, branch: Branch) -> None:
        """Find the best order of what is left, whatever is known."""
        inner, live = branch.graph.live()
        order, cost = cheapest_order(live, range(len(inner)), self.form)
        cost += branch.graph.spent
        branch.bound = max(branch.bound, min(cost, self.best))
        if cost < self.best:
            self.best = cost
            self._on_order([*branch.done, *inner[order].tolist()], cost)

    def _explore(self, branch: Branch, is_time_up: Callable[[], bool]) -> Iterator[bool]:
        """Learn from windows and probes until nothing new follows."""
        while branch.bound < self.best:
            if len(branch.graph.inner) <= FEW:
                self._solve(branch)
                branch.bound = self.best
                break
            windows = self._bounded(branch, is_time_up)
            yield True
            if windows is None or branch.bound >= self.best or is_time_up():
                break
            known = int(branch.before.sum())
            eliminated = len(branch.done)
            self._learn(branch)
            if branch.bound < self.best and len(branch.done) == eliminated:
                for _ in self._probe(branch, windows, is_time_up):
                    yield True
            if len(branch.done) > eliminated:
                continue
            if int(branch.before.sum()) - known < NEWS:
                if branch.level + 1 == len(WINDOW_SIZES):
                    break
                branch.level += 1

    def _bounded(self, branch: Branch, is_time_up: Callable[[], bool]) -> Windows | None:
        """Windows of what is left, and the bound that they give."""
        inner, live = branch.graph.live()
        k = min(WINDOW_SIZES[branch.level], len(inner))
        chosen = balls(edge_neighbours(live), k)
        windows = make_windows(live, chosen, branch.before[np.ix_(inner, inner)], is_time_up)
        if windows is None:
            return None
        ascent = Ascent(windows, plain_costs(live, windows, self.form))
        if branch.ascent is not None and np.array_equal(branch.inner, inner):
            ascent.start_from(branch.ascent)
        target = self.best - branch.graph.spent
        found = ascent.improve(ITERATIONS, target, is_time_up) + branch.graph.spent
        branch.bound = self.best if ascent.is_contradiction else max(branch.bound, found)
        branch.ascent, branch.inner = ascent, inner
        return windows

    def _learn(self, branch: Branch) -> None:
        """Note who comes first in every better order, and eliminate who may go."""
        assert branch.ascent is not None
        certain, branch.losses = branch.ascent.precedence(self.best - branch.graph.spent)
        branch.before[np.ix_(branch.inner, branch.inner)] |= certain
        self._conclude(branch)

    def _conclude(self, branch: Branch) -> None:
        branch.before = closed(branch.before)
        if branch.before.diagonal().any():
            branch.bound = self.best
            return
        branch.done += reduce_graph(branch.graph, self.form, branch.before)

    def _probe(
        self, branch: Branch, windows: Windows, is_time_up: Callable[[], bool]
    ) -> Iterator[bool]:
        """Look at some pairs for themselves: if one way leads to nothing, it is the other."""
        assert branch.ascent is not None
        inner = branch.inner
        live_before = branch.before[np.ix_(inner, inner)]
        losses = np.where(live_before | live_before.T, 0.0, branch.losses)
        target = self.best - branch.graph.spent
        for at in np.argsort(-losses, axis=None, kind="stable")[:PROBES].tolist():
            u, v = divmod(at, len(inner))
            known = branch.before[np.ix_(inner, inner)]
            if losses[u, v] <= 0 or known[u, v] or known[v, u] or is_time_up():
                continue
            trial = known.copy()
            trial[u, v] = True
            ascent = branch.ascent.supposing(closed(trial))
            ascent.improve(PROBE_ITERATIONS, target, is_time_up)
            if ascent.is_contradiction or ascent.bound >= target:
                branch.before[inner[v], inner[u]] = True
                branch.before = closed(branch.before)
            yield True
        self._conclude(branch)


def dividing_pair(branch: Branch) -> tuple[int, int]:
    """The pair of vertices whose order says most, the more costly way first."""
    inner, losses = branch.inner, branch.losses
    known = branch.before[np.ix_(inner, inner)]
    decided = known | known.T | np.eye(len(inner), dtype=bool)
    assert not decided.all(), "the first vertex of a branch that is all decided is eliminated"
    score = np.minimum(losses, losses.T) + 1e-3 * np.maximum(losses, losses.T)
    score[decided] = -1.0
    u, v = divmod(int(np.argmax(score)), len(inner))
    pair = (int(inner[u]), int(inner[v]))
    return pair if losses[u, v] >= losses[v, u] else pair[::-1]


def closed(before: Before) -> Before:
    """All that follows from what is known, by transitivity (S. Warshall 1962)."""
    reach = before.copy()
    for x in np.flatnonzero(reach.any(axis=0) & reach.any(axis=1)):
        reach |= np.outer(reach[:, x], reach[x])
    return reach
