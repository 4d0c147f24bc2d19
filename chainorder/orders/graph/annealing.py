"""Simulated annealing over elimination orders: kernels.

A move takes one vertex to another place in the order. For a vertex `w` between the two places the
set that is gone when its turn comes gains or loses just the moved vertex `v`; the cost of `w` is
counted again only if `w` sees `v`, or sees through it. For every vertex the sets that it sees when
its turn comes, and that it sees through, are kept.

S. Kirkpatrick, C. D. Gelatt, M. P. Vecchi, Optimization by simulated annealing, Science 220 (1983);
for elimination orders U. Naumann, P. Gottschling, Simulated annealing for optimal pivot selection
in Jacobian accumulation, SAGA 2003.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from ...compiled import Runner, runner
from ...elimination.bits import BIT_OF, WORD
from ...elimination.live_graph import Indices, LiveGraph, fits_int64
from ...elimination.vertex_cost import CostForm, as_sets, see, set_weight, vertex_cost

MOVE_WORK = 300
"""About how many iterations of inner loops a move takes."""

COOLING_STEPS = 64
"""Moves at one temperature."""


class Line(NamedTuple):
    """An order, the place of every vertex in it, and for every place the set that is gone there."""

    order: Any
    place: Any
    gone: Any


class Views(NamedTuple):
    """For every view the set that is seen, the one seen through, and the size of the former.

    View `2 v` is what `v` sees at its turn towards the inputs, view `2 v + 1` towards the outputs;
    `cost` has what every vertex costs.
    """

    seen: Any
    through: Any
    weight: Any
    cost: Any


class Move(NamedTuple):
    """Which views a move touches, and what they would be; `gone` is the set in hand."""

    touched: Any
    seen: Any
    through: Any
    weight: Any
    gone: Any


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

    def run(self, start: Indices, cooling: Cooling) -> Indices:
        """The best order of one round from `start`."""
        run = runner(anneal, MOVE_WORK * cooling.moves, fits=self._fits)
        line, best = self._line(run, start), run.column(start.copy())
        random = run.column(np.array([self._random]))
        run(run.columns(self._sets), line, best, self._views(run), self._move(run), random, cooling)
        self._random = int(random[0])
        return np.array(best, dtype=np.int64)

    def _line(self, run: Runner, start: Indices) -> Line:
        m, words = self._live.intermediates, self._sets.words
        return Line(run.column(start.copy()), run.zeros(m), run.zeros((m + 1) * words))

    def _views(self, run: Runner) -> Views:
        m, words = self._live.intermediates, self._sets.words
        seen, through = run.zeros(2 * m * words), run.zeros(2 * m * words)
        return Views(seen, through, run.zeros(2 * m), run.zeros(m))

    def _move(self, run: Runner) -> Move:
        m, words = self._live.intermediates, self._sets.words
        seen, through = run.zeros(2 * m * words), run.zeros(2 * m * words)
        return Move(run.zeros(2 * m), seen, through, run.zeros(2 * m), run.zeros(words))


def anneal(sets, line, best, views, move, random, cooling):  # type: ignore[no-untyped-def]
    """Run the moves of a cooling; `best` becomes the best order, and its cost is returned.

    `line` starts with an order and ends with the last one; `random[0]` is the state of the random
    numbers.
    """
    m = len(line.order)
    total = see_all(sets, line, views, move)
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
        state = following(state)
        v = state % m
        i = line.place[v]
        j, state = other_place(sets.words, line.place, views, v, state)
        if j < 0 or i == j:
            continue
        change, touched = price_move(sets, line, views, move, v, i, j)
        if change > 0:
            state = following(state)
            if not is_accepted(change, temperature, state):
                continue
        update_views(sets, views, move, touched)
        shift(sets.words, line, v, i, j)
        total += change
        if total < best_total:
            best_total = total
            for t in range(m):
                best[t] = line.order[t]
    random[0] = state
    return best_total


def following(state):  # type: ignore[no-untyped-def]
    """The next random number (S. Park, K. Miller 1988)."""
    return state * 48271 % 2147483647


def is_accepted(change, temperature, number):  # type: ignore[no-untyped-def]
    """Whether to go up that much, by a random number (N. Metropolis et al. 1953)."""
    if change >= 40.0 * temperature:
        return False
    return number < 2147483647.0 * math.exp(-change / temperature)


def see_all(sets, line, views, move):  # type: ignore[no-untyped-def]
    """Fill in what follows from the order alone; returns its cost."""
    words = sets.words
    total = sets.sizes[0] * 0
    for t in range(len(line.order)):
        v = line.order[t]
        line.place[v] = t
        for k in range(words):
            line.gone[(t + 1) * words + k] = line.gone[t * words + k]
            move.gone[k] = line.gone[t * words + k]
        line.gone[(t + 1) * words + v // WORD] |= 1 << (v % WORD)
        look(sets, move, 2 * v, 0)
        look(sets, move, 2 * v + 1, 1)
        update_views(sets, views, move, 2)
        total += views.cost[v]
    return total


def look(sets, move, view, at):  # type: ignore[no-untyped-def]
    """Note at `at` what is seen when `move.gone` is gone; returns its size."""
    touched, seen, through, weight, gone = move
    words, rows, always_seen, sizes, _, _, _ = sets
    touched[at] = view
    see(words, rows, always_seen, view, gone, seen, through, at)
    weight[at] = set_weight(words, seen, at * words, sizes)
    return weight[at]


def update_views(sets, views, move, touched):  # type: ignore[no-untyped-def]
    """Make the first so many touched views what they would be."""
    words = sets.words
    seen, through, weight, cost = views
    for at in range(touched):
        view = move.touched[at]
        weight[view] = move.weight[at]
        for k in range(words):
            seen[view * words + k] = move.seen[at * words + k]
            through[view * words + k] = move.through[at * words + k]
        v = view // 2
        cost[v] = cost_of(sets, v, weight[2 * v], weight[2 * v + 1])


def cost_of(sets, v, before, after):  # type: ignore[no-untyped-def]
    """What it costs to eliminate `v` when it sees so much."""
    keeps = sets.keeps_in_edges[v]
    return vertex_cost(sets.product, sets.edge, sets.sizes[v], before, after, keeps)


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
        rest = related[base + k]
        while rest != 0:
            rest &= rest - 1
            count += 1
    if count == 0:
        return -1, state
    state = following(state)
    chosen = state % count
    u = 0
    for k in range(words):
        rest = related[base + k]
        while rest != 0:
            bit = rest & -rest
            if chosen == 0:
                u = k * WORD + BIT_OF[bit % 67]
            chosen -= 1
            rest ^= bit
    return (place[u] if u < m else -1), state


def price_move(sets, line, views, move, v, i, j):  # type: ignore[no-untyped-def]
    """What it changes to move `v` from place `i` to `j`, and how many views it touches."""
    words = sets.words
    seen, through, weight, cost = views
    order, gone = line.order, move.gone
    change = sets.sizes[0] * 0
    touched = 0
    v_before, v_after = False, False
    word, bit = v // WORD, 1 << (v % WORD)
    forward = j > i
    for k in range(words):
        gone[k] = line.gone[min(i, j) * words + k]
    if not forward:
        gone[word] |= bit
    # A vertex that v leaves behind saw through v, one that v passes on its way back saw v.
    affected = through if forward else seen
    for t in range(i + 1 if forward else j, j + 1 if forward else i):
        w = order[t]
        at = 2 * w * words + word
        if affected[at] & bit != 0:
            low, high = look(sets, move, 2 * w, touched), weight[2 * w + 1]
            v_after = True
        elif affected[at + words] & bit != 0:
            low, high = weight[2 * w], look(sets, move, 2 * w + 1, touched)
            v_before = True
        else:
            low, high = 0, 0
        if low != 0:
            change += cost_of(sets, w, low, high) - cost[w]
            touched += 1
        gone[w // WORD] |= 1 << (w % WORD)
    if not forward:
        for k in range(words):
            gone[k] = line.gone[j * words + k]
    # v sees another set if it has passed a vertex that sees it, or an output seen for ever.
    low, high = weight[2 * v], weight[2 * v + 1]
    if v_before or not forward:
        low = look(sets, move, 2 * v, touched)
        touched += 1
    if v_after or not forward:
        high = look(sets, move, 2 * v + 1, touched)
        touched += 1
    return change + cost_of(sets, v, low, high) - cost[v], touched


def shift(words, line, v, i, j):  # type: ignore[no-untyped-def]
    """Move `v` from place `i` to `j` in the line."""
    order, place, gone = line
    t = i
    while t != j:
        following = t + 1 if j > i else t - 1
        order[t] = order[following]
        place[order[t]] = t
        t = following
    order[j] = v
    place[v] = j
    for t in range(min(i, j), max(i, j)):
        w = order[t]
        for k in range(words):
            gone[(t + 1) * words + k] = gone[t * words + k]
        gone[(t + 1) * words + w // WORD] |= 1 << (w % WORD)
