"""Simulated annealing over elimination orders: kernels.

A move takes one vertex to another place in the order. For a vertex `w` between the two places the
set that is gone when its turn comes gains or loses just the moved vertex `v`; the cost of `w` is
counted again only if `w` sees `v`, or sees through it. The views of every vertex (see `views`) are
changed at once, and changed back where the move is not accepted.

S. Kirkpatrick, C. D. Gelatt, M. P. Vecchi, Optimization by simulated annealing, Science 220 (1983);
for elimination orders U. Naumann, P. Gottschling, Simulated annealing for optimal pivot selection
in Jacobian accumulation, SAGA 2003.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from ...compiled import Runner, borrowing, inlined, runner
from ...elimination.bits import BIT_OF, WORD, bit_count
from ...elimination.live_graph import Indices, LiveGraph, fits_int64
from ...elimination.totals import NEVER
from ...elimination.vertex_cost import CostForm, as_sets, vertex_cost
from ...elimination.views import Undo, Views, look_afresh, look_on, remember, restore

MOVE_WORK = 300
"""About how many iterations of inner loops a move takes."""

COOLING_STEPS = 64
"""Moves at one temperature."""


class Line(NamedTuple):
    """An order, the place of every vertex in it, and for every place the set that is gone there.

    `cost` has what every vertex costs at its turn.
    """

    order: Any
    place: Any
    gone: Any
    cost: Any


class Cooling(NamedTuple):
    """Moves, the temperatures of the first and the last, and the cost at which to stop."""

    moves: int
    hot: float
    cold: float
    target: int


class Annealing:
    """Simulated annealing on one graph, round after round, with its own random numbers.

    Args:
        live: the graph.
        form: the objective.
        seed: of the random moves, at least 1 and less than 2147483647.
    """

    def __init__(self, live: LiveGraph, form: CostForm, seed: int) -> None:
        self._live = live
        self._sets = as_sets(live, form)
        self._random = seed
        self._fits = fits_int64(live)

    def run(self, start: Indices, cooling: Cooling, stop: Indices = NEVER) -> Indices:
        """The best order of one round from `start`, which ends when `stop[0]` is no longer 0."""
        run = runner(anneal, MOVE_WORK * cooling.moves, fits=self._fits)
        m, words = self._live.intermediates, self._sets.words
        best = run.column(start.copy())
        line = Line(
            run.column(start.copy()), run.zeros(m), run.zeros((m + 1) * words), run.zeros(m)
        )
        views = Views(*self._two_sets(run), run.zeros(2 * m), run.zeros(words))
        undo = Undo(*self._two_sets(run), run.zeros(2 * m), run.zeros(2 * m))
        random = run.column(np.array([self._random]))
        run(run.columns(self._sets), line, best, views, undo, random, cooling, stop)
        self._random = int(random[0])
        return np.array(best, dtype=np.int64)

    def _two_sets(self, run: Runner) -> tuple[Any, Any]:
        """Room for two sets for every view."""
        length = 2 * self._live.intermediates * self._sets.words
        return run.zeros(length), run.zeros(length)


@borrowing
def anneal(sets, line, best, views, undo, random, cooling, stop):  # type: ignore[no-untyped-def]
    """Run the moves of a cooling; `best` becomes the best order, and its cost is returned.

    `line` starts with an order and ends with the last one; `random[0]` is the state of the random
    numbers. Ends early when `stop[0]` is no longer 0.
    """
    m = len(line.order)
    total = see_all(sets, line, views)
    best_total = total
    temperature = cooling.hot
    factor = 1.0
    if cooling.moves > 0:
        steps = max(1, cooling.moves // COOLING_STEPS)
        factor = math.exp(math.log(cooling.cold / cooling.hot) / steps)
    state = random[0]
    for step in range(cooling.moves):
        if best_total <= cooling.target:
            break
        if step % COOLING_STEPS == COOLING_STEPS - 1:
            temperature *= factor
            if stop[0] != 0:
                break
        state = following(state)
        v = state % m
        i = line.place[v]
        j, state = other_place(sets.words, line.place, views, v, state)
        if j < 0 or i == j:
            continue
        change, changed = look_again(sets, line, views, undo, v, i, j)
        if change > 0:
            state = following(state)
            if not is_accepted(change, temperature, state):
                restore(sets.words, views, undo, changed)
                continue
        for at in range(changed):
            w = undo.changed[at] // 2
            line.cost[w] = cost_of(sets, views, w)
        shift(sets.words, line, v, i, j)
        total += change
        if total < best_total:
            best_total = total
            for t in range(m):
                best[t] = line.order[t]
    random[0] = state
    return best_total


@inlined
def following(state):  # type: ignore[no-untyped-def]
    """The next random number (S. Park, K. Miller 1988)."""
    return state * 48271 % 2147483647


@inlined
def is_accepted(change, temperature, number):  # type: ignore[no-untyped-def]
    """Whether to go up that much, by a random number (N. Metropolis et al. 1953)."""
    if change >= 40.0 * temperature:
        return False
    return number < 2147483647.0 * math.exp(-change / temperature)


def see_all(sets, line, views):  # type: ignore[no-untyped-def]
    """Fill in what follows from the order alone; returns its cost."""
    words = sets.words
    total = sets.sizes[0] * 0
    for t in range(len(line.order)):
        v = line.order[t]
        line.place[v] = t
        look_afresh(sets, views, 2 * v)
        look_afresh(sets, views, 2 * v + 1)
        line.cost[v] = cost_of(sets, views, v)
        total += line.cost[v]
        views.gone[v // WORD] |= 1 << (v % WORD)
        for k in range(words):
            line.gone[(t + 1) * words + k] = views.gone[k]
    return total


@inlined
def cost_of(sets, views, v):  # type: ignore[no-untyped-def]
    """What it costs to eliminate `v` when it sees so much."""
    before, after = views.weight[2 * v], views.weight[2 * v + 1]
    keeps = sets.keeps_in_edges[v]
    return vertex_cost(sets.product, sets.edge, sets.sizes[v], before, after, keeps)


@inlined
def other_place(words, place, views, v, state):  # type: ignore[no-untyped-def]
    """A place to move `v` to: near, or past a vertex that it sees, or sees through; -1 if none.

    Returns the last random number too.
    """
    m = len(place)
    state = following(state)
    if state % 4 == 0:
        state = following(state)
        distance = 1 + state % 8
        state = following(state)
        j = place[v] + distance if state % 2 == 0 else place[v] - distance
        return min(max(j, 0), m - 1), state
    # Other moves change nothing.
    state = following(state)
    base = (2 * v + state % 2) * words
    related = views.seen if state % 4 < 2 else views.through
    count = 0
    for k in range(words):
        count += bit_count(related[base + k])
    if count == 0:
        return -1, state
    state = following(state)
    chosen = state % count
    k = 0
    while chosen >= bit_count(related[base + k]):
        chosen -= bit_count(related[base + k])
        k += 1
    rest = related[base + k]
    for _ in range(chosen):
        rest &= rest - 1
    u = k * WORD + BIT_OF[(rest & -rest) % 67]
    return (place[u] if u < m else -1), state


@inlined
def look_again(sets, line, views, undo, v, i, j):  # type: ignore[no-untyped-def]
    """Make the views what they are with `v` at place `j` instead of `i`.

    Returns what that changes of the cost, and how many views it changes.
    """
    # The vertices that v passes are in low … high; without v in between.
    low, high = (i + 1, j + 1) if j > i else (j, i)
    changed = look_again_at_mover(sets, line, views, undo, v, i, j)
    change = cost_of(sets, views, v) - line.cost[v]
    words, gone = sets.words, views.gone
    word, bit = v // WORD, 1 << (v % WORD)
    for k in range(words):
        gone[k] = line.gone[low * words + k]
    gone[word] ^= bit
    # A vertex that v leaves behind saw through v, one that v passes on its way back saw v.
    related = views.through if j > i else views.seen
    for t in range(low, high):
        w = line.order[t]
        at = 2 * w * words + word
        view = -1
        if related[at] & bit != 0:
            view = 2 * w
        elif related[at + words] & bit != 0:
            view = 2 * w + 1
        if view >= 0:
            remember(words, views, undo, changed, view)
            changed += 1
            if j > i:
                look_afresh(sets, views, view)
            else:
                look_on(sets, views, view)
            change += cost_of(sets, views, w) - line.cost[w]
        gone[w // WORD] |= 1 << (w % WORD)
    return change, changed


@inlined
def look_again_at_mover(sets, line, views, undo, v, i, j):  # type: ignore[no-untyped-def]
    """Make the two views of `v` what they are at place `j`; returns how many that changes."""
    words, gone = sets.words, views.gone
    # Who goes later sees something else if it sees one of those that it passes; who goes earlier,
    # if it sees through one.
    related = views.seen if j > i else views.through
    low, high = (i + 1) * words if j > i else j * words, (j + 1) * words if j > i else i * words
    for k in range(words):
        gone[k] = line.gone[(high if j > i else low) + k]
    gone[v // WORD] &= ~(1 << (v % WORD))
    changed = 0
    for view in range(2 * v, 2 * v + 2):
        passes = False
        for k in range(words):
            passed = line.gone[low + k] ^ line.gone[high + k]
            passes = passes or related[view * words + k] & passed != 0
        if passes:
            remember(words, views, undo, changed, view)
            changed += 1
            if j > i:
                look_on(sets, views, view)
            else:
                look_afresh(sets, views, view)
    return changed


@inlined
def shift(words, line, v, i, j):  # type: ignore[no-untyped-def]
    """Move `v` from place `i` to `j` in the line."""
    order, place, gone = line.order, line.place, line.gone
    word, bit = v // WORD, 1 << (v % WORD)
    step = 1 if j > i else -1
    for t in range(i, j, step):
        w = order[t + step]
        order[t] = w
        place[w] = t
        # Between the two places either v or w is gone, now the other one.
        start = max(t, t + step) * words
        gone[start + word] ^= bit
        gone[start + w // WORD] ^= 1 << (w % WORD)
    order[j] = v
    place[v] = j
