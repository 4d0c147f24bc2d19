"""Where a program can be cut: sets of variables that part it into a before and an after.

Every such set is a possible state of a chain. The narrowest are minimum vertex cuts, weighted by
the entries of the variables: the minimum cut of a network in which

- an equation on the left whose result is used on the right pays for that result, once;
- an equation on the left has all that it needs on the left, be it values without derivatives.

All minimum cuts follow from one maximum flow: they are the sets closed under the arcs of the
residual network (J.-C. Picard, M. Queyranne, On the structure of all minimum cuts in a network,
Mathematical Programming Study 13, 1980), and one nested sequence of them orders the equations. In
that order the variables that are alive between two equations are further cuts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from .activity import Activity

MAX_STATES = 32
"""Cuts of one program that the planner is asked about: the narrowest."""

INT32 = 2**30
"""What capacities may add up to: SciPy's maximum flow counts in 32 bits."""


@dataclass(frozen=True, eq=False)
class Cuts:
    """States between inputs and outputs, and the equations between neighbouring states.

    `states[l]` are the active variables of state `l`; the first are the inputs and the last the
    outputs. `between[l]` are the numbers of the active equations from state `l` to state `l + 1`.
    `width` is the most entries that are alive at once between two equations.
    """

    states: list[tuple[int, ...]]
    between: list[tuple[int, ...]]
    width: int


def cuts(
    live: Activity, is_allowed: Callable[[int], bool], alone: frozenset[int] = frozenset()
) -> Cuts:
    """Nested states of a program, narrow ones first of all.

    Args:
        live: the part of the program that derivatives flow through.
        is_allowed: whether a variable may be part of a state.
        alone: equations to be between states of one variable each, where that is possible.
    """
    order, waists = _ordered(live, is_allowed)
    frontiers = _frontiers(live, order)
    weights = [sum(live.program.size(v) for v in frontier) for frontier in frontiers]
    allowed = [all(map(is_allowed, frontier)) for frontier in frontiers]
    ends = [at + 1 for at, number in enumerate(order) if number in alone]
    ends = [at for at in ends if len(frontiers[at - 1]) == len(frontiers[at]) == 1]
    beside = {at for end in ends[:MAX_STATES] for at in (end - 1, end) if 0 < at < len(order)}
    chosen = sorted({*_chosen(weights, allowed, waists), *(at for at in beside if allowed[at])})
    bounds = [0, *chosen, len(order)]
    states = [live.inputs, *(frontiers[at] for at in chosen), live.outputs]
    between = [tuple(order[a:b]) for a, b in pairwise(bounds)]
    return Cuts(states, between, max(weights))


def _chosen(weights: list[int], allowed: list[bool], waists: Sequence[int]) -> list[int]:
    """Positions of the states: waists and local minima of the width, the narrowest of them."""
    inner = range(1, len(weights) - 1)
    candidates = [at for at in inner if allowed[at]]
    found = set()
    last = weights[0]
    falling = False
    for before, at in zip([0, *candidates], candidates, strict=False):
        if weights[at] < last:
            falling = True
        elif weights[at] > last and falling and before:
            found.add(before)
            falling = False
        last = weights[at]
    if falling and candidates:
        found.add(candidates[-1])
    found.update(at for at in waists if allowed[at] and 0 < at < len(weights) - 1)
    # Where several equations leave the width as it is, one position will do.
    narrowest = sorted(found, key=lambda at: (weights[at], at))
    if len(narrowest) > MAX_STATES:
        limit = weights[narrowest[MAX_STATES - 1]]
        kept = [at for at in narrowest if weights[at] < limit]
        tied = [at for at in narrowest if weights[at] == limit]
        places = np.linspace(0, len(tied) - 1, MAX_STATES - len(kept)).round().astype(int)
        narrowest = [*kept, *(tied[place] for place in sorted(set(places.tolist())))]
    return sorted(narrowest)


def _frontiers(live: Activity, order: Sequence[int]) -> list[tuple[int, ...]]:
    """The active variables that are alive before, between and after the equations."""
    uses: dict[int, int] = dict.fromkeys(live.outputs, 1)
    for number in order:
        for v in live.operands(number):
            uses[v] = uses.get(v, 0) + 1
    alive = dict.fromkeys(v for v in live.inputs)
    frontiers = [tuple(alive)]
    for number in order:
        for v in live.operands(number):
            uses[v] -= 1
            if uses[v] == 0:
                alive.pop(v, None)
        alive.update((v, None) for v in live.results(number) if uses.get(v))
        frontiers.append(tuple(alive))
    return frontiers


def _ordered(live: Activity, is_allowed: Callable[[int], bool]) -> tuple[list[int], list[int]]:
    """The equations, left of each minimum cut first, and the positions of the cuts."""
    order = list(live.equations)
    widths = [sum(map(live.program.size, end)) for end in (live.inputs, live.outputs)]
    if min(widths) <= 1 or len(order) < 2:
        return order, []
    rank = _sides(live, is_allowed)
    order.sort(key=lambda number: (rank[number], number))
    waists = [at for at in range(1, len(order)) if rank[order[at]] != rank[order[at - 1]]]
    return order, waists


def _sides(live: Activity, is_allowed: Callable[[int], bool]) -> dict[int, int]:
    """For each equation how many minimum cuts of a nested sequence it lies behind."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components, maximum_flow

    program = live.program
    node_of: dict[tuple[str, int], int] = {}

    def node(kind: str, number: int) -> int:
        return node_of.setdefault((kind, number), len(node_of) + 2)

    most = sum(program.size(v) for v in (*live.inputs, *live.outputs))
    unit = max(1, -(-4 * most // INT32))
    endless = -(-most // unit) + 1
    arcs: dict[tuple[int, int], int] = {}
    maker: dict[int, int] = {}
    for number in live.needed:
        equation = program.equations[number]
        for v in equation.variables:
            if v in maker:
                arcs[node("equation", number), node("equation", maker[v])] = endless
        maker.update(dict.fromkeys(equation.results, number))
    for number in live.equations:
        for v in live.operands(number):
            arcs[node("variable", v), node("equation", number)] = endless
    for v in live.variables:
        size = -(-program.size(v) // unit) if is_allowed(v) or v in live.inputs else endless
        origin = node("equation", maker[v]) if v in maker and v not in live.inputs else 0
        arcs[origin, node("variable", v)] = min(size, endless)
    for v in live.outputs:
        arcs[node("variable", v), 1] = endless
    count = len(node_of) + 2
    tails, heads = (np.array(ends, dtype=np.int32) for ends in zip(*arcs, strict=True))
    capacity = csr_array(
        (np.fromiter(arcs.values(), dtype=np.int32), (tails, heads)), shape=(count, count)
    )
    flow = maximum_flow(capacity, 0, 1).flow
    residual = csr_array(capacity - flow)
    residual.data = (residual.data > 0).astype(np.int8)
    residual.eliminate_zeros()
    parts, part_of = connected_components(residual, directed=True, connection="strong")
    rank = _nested(residual.tocoo(), parts, part_of, _first_equations(node_of, live, part_of))
    return {number: rank[part_of[node("equation", number)]] for number in live.equations}


def _first_equations(
    node_of: dict[tuple[str, int], int], live: Activity, part_of: npt.NDArray[np.int32]
) -> dict[int, int]:
    """The first equation of each strongly connected part: what the program does first, first."""
    first: dict[int, int] = {}
    for number in live.equations:
        first.setdefault(int(part_of[node_of["equation", number]]), number)
    return first


def _nested(
    residual: object, parts: int, part_of: npt.NDArray[np.int32], first: dict[int, int]
) -> list[int]:
    """A rank for each part, such that those up to each rank are closed under residual arcs.

    Each rank that holds an equation is one more minimum cut; the sink's part comes last.
    """
    import heapq

    tails, heads = part_of[residual.row], part_of[residual.col]  # type: ignore[attr-defined]
    before: list[set[int]] = [set() for _ in range(parts)]
    after: list[list[int]] = [[] for _ in range(parts)]
    for tail, head in set(zip(tails.tolist(), heads.tolist(), strict=True)):
        if tail != head:
            before[tail].add(head)
            after[head].append(tail)
    source, sink = int(part_of[0]), int(part_of[1])
    reach = {source}
    stack = [source]
    while stack:
        for head in before[stack.pop()]:
            if head not in reach:
                reach.add(head)
                stack.append(head)
    waiting = [len(heads) for heads in before]
    rank = [0] * parts
    late = len(first) + 1

    def key(part: int) -> tuple[bool, bool, int, int]:
        return (part == sink, part not in reach, first.get(part, -1), part)

    heap = [key(part) for part in range(parts) if not waiting[part]]
    heapq.heapify(heap)
    current, behind_sink = 0, False
    while heap:
        _, outside, _, part = heapq.heappop(heap)
        behind_sink = behind_sink or part == sink
        if behind_sink:
            rank[part] = late
        else:
            if outside and part in first:
                current += 1
            rank[part] = current if part not in reach else 0
        for tail in after[part]:
            waiting[tail] -= 1
            if not waiting[tail]:
                heapq.heappush(heap, key(tail))
    return rank
