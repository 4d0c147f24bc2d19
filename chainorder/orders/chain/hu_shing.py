"""Hu & Shing: the best bracketing of a chain of matrices, in O(q log q).

Bracketings of `J_q … J_1` are the triangulations of a convex polygon with the vertex weights
`d_0 … d_q`: step `(i, k, j)` is a triangle and costs `d_i·d_k·d_j` fma. In an optimal
triangulation, cut along its *horizontal* arcs (those that join two vertices lighter than all
between them), every region is a fan from its lightest vertex. At most `q - 2` arcs can be
horizontal, they do not cross, and one sweep finds them; what remains is to say which of them are
there. An arc pays if the lightest vertex below it is heavier than the arc's *support weight*

    S = cost of the region above the arc, up to the next arcs / saving per unit of weight below,

and arcs whose support weight is not larger than that of an arc above them stand or fall with it.

For flops the triangles are weighed alike: the additions saved, one for each entry of an
intermediate, are shared by the two triangles at its arc, so that twice the flops are, up to a
constant, the sum over the triangles of `4·x·y·z - (x·y + y·z + z·x)`. Seen from an apex of weight
`m`, a side `(x, y)` of a fan costs `m·slope - offset` for both objectives, and the rest is the
same. Hu and Shing prove the case of fma; for flops the result rests on tests (all chains of up to
five elementals with small sizes, and random longer ones, against the interval program).

References: T. C. Hu, M. T. Shing, Computation of matrix chain products, part I, SIAM J. Comput. 11
(1982), part II, SIAM J. Comput. 13 (1984); the gap in Lemma 1 of part II was closed by O. Schwartz,
E. Weiss, Revisiting "Computation of matrix chain products", SIAM J. Comput. 48 (2019).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ...bounds.chain_cuts import cut_bound
from ...compiled import INT64_SAFE, runner
from ...plans.plan import Plan
from ...plans.prices import prices_of
from ...plans.product_tree import depth_first_order
from ...plans.steps import Steps
from ...problems.chain import Chain

TRIANGLES = {"fma": (1, 0), "flops": (4, 1)}
"""What a triangle costs for each objective: `cubic` and `quadratic` of `triangulate`."""


def hu_shing(chain: Chain, objective: str = "fma", memory: int | None = None) -> Plan:
    """The optimal plan of a chain of given, dense elementals.

    Args:
        chain: q elementals, all given and dense.
        objective: "fma" or "flops".
        memory: for tapes; matrices have none, and the plan only says what was allowed.

    Returns:
        A plan, for fma with proof "optimal"; O(q log q) time, O(q) memory.
    """
    i, k, j = bracketing(chain.size_array, objective)
    steps = Steps(i, k, j)
    if objective != "fma":
        bound = cut_bound(chain, objective)
        return Plan(chain, steps, "optimal", objective, bound, memory=memory)
    if isinstance(i, np.ndarray):
        least = prices_of(chain).total(steps, "fma")
    else:
        d = chain.sizes
        least = sum(d[a] * d[b] * d[c] for a, b, c in zip(i, k, j, strict=True))
    return Plan(chain, steps, "optimal", "fma", least, "optimal", memory)


def bracketing(sizes: Any, objective: str = "fma") -> tuple[Any, Any, Any]:
    """The steps of an optimal bracketing as columns `i, k, j`, operands before use.

    Args:
        sizes: `d_0 … d_q`, at least 1 each: an int64 array or a list.
        objective: "fma" or "flops".

    Returns:
        Three arrays where compiling pays, else three lists.
    """
    i, k, j = _triangles(sizes, *TRIANGLES[objective])
    order = depth_first_order(sizes, i, k, j)
    if isinstance(order, np.ndarray):
        i, k, j = (np.asarray(column) for column in (i, k, j))
        return i[order], k[order], j[order]
    return [i[t] for t in order], [k[t] for t in order], [j[t] for t in order]


def _triangles(sizes: Any, cubic: int, quadratic: int) -> tuple[Any, Any, Any]:
    """The triangles `i < k < j` of an optimal triangulation, as three columns in any order."""
    q = len(sizes) - 1
    if q == 1:
        return [], [], []
    run = runner(triangulate, 60 * q, fits=lambda: _products_fit(sizes))
    corners = Corners(run.zeros(q - 1), run.zeros(q - 1), run.zeros(q - 1))
    if run.is_compiled:
        weights = run.column(sizes)
        lightest = int(np.argmin(weights))
        weights = np.concatenate([weights[lightest:], weights[: lightest + 1]])
        run(weights, cubic, quadratic, corners)
        sorted_corners = (np.stack(corners) + lightest) % (q + 1)
        sorted_corners.sort(axis=0)
        return sorted_corners[0], sorted_corners[1], sorted_corners[2]
    weights = run.column(sizes)
    lightest = weights.index(min(weights))
    run(weights[lightest:] + weights[: lightest + 1], cubic, quadratic, corners)
    triangles = [
        sorted(((a + lightest) % (q + 1), (b + lightest) % (q + 1), (c + lightest) % (q + 1)))
        for a, b, c in zip(*corners, strict=True)
    ]
    i, k, j = zip(*triangles, strict=True)
    return i, k, j


def _products_fit(sizes: Any) -> bool:
    """Whether a size times a sum of q products of two sizes stays within 64 bits."""
    return bool(4 * int(np.max(sizes)) ** 3 < INT64_SAFE // len(sizes))


class Corners(NamedTuple):
    """The corners of triangles."""

    first: Any
    second: Any
    third: Any


def triangulate(w, cubic, quadratic, corners):  # type: ignore[no-untyped-def]
    """Fill three columns with the corners of an optimal triangulation.

    A triangle with the weights x, y, z costs `cubic·x·y·z - quadratic·(x·y + y·z + z·x)`.
    `w` are the weights around the polygon, from a lightest vertex to the same vertex again; a
    corner numbered `n = len(w) - 1` is that vertex too, and is written as 0.
    """
    arc_u, arc_v = possible_arcs(w)
    fallen = fallen_arcs(w, arc_u, arc_v, cubic, quadratic)
    fill_fans(w, arc_u, arc_v, fallen, corners)


def possible_arcs(w):  # type: ignore[no-untyped-def]
    """The possible horizontal arcs (u, v), inner ones first, the whole polygon (0, n) last."""
    n = len(w) - 1
    arc_u = [0 for _ in range(0)]
    arc_v = [0 for _ in range(0)]
    rising = [0]
    for v in range(1, n):
        while len(rising) > 1 and w[rising[-1]] > w[v]:
            rising.pop()
            if len(rising) > 1:
                arc_u.append(rising[-1])
                arc_v.append(v)
        rising.append(v)
    arc_u.append(0)
    arc_v.append(n)
    return arc_u, arc_v


def fallen_arcs(w, arc_u, arc_v, cubic, quadratic):  # type: ignore[no-untyped-def]
    """Which of the possible arcs do not pay."""
    n, count = len(w) - 1, len(arc_u)
    # side[v]: the sum of the slopes of the polygon's sides from 0 to v.
    zero = 0 * w[0]
    side = [zero] * (n + 1)
    for v in range(1, n + 1):
        side[v] = side[v - 1] + slope(w[v - 1], w[v], cubic, quadratic)

    # An arc's region is what lies between it and the arcs above it. `cost` is what the region
    # costs with the arc there; `saving` times the weight below is what the arc saves.
    cost = [zero] * count
    saving = [zero] * count
    # A skew heap of the arcs that stand above each arc, largest support weight on top.
    heap_left = [-1] * count
    heap_right = [-1] * count
    # The outermost standing arc that starts (ends) at a vertex, and the one above each arc.
    starts = [-1] * (n + 1)
    ends = [-1] * (n + 1)
    above_u = [-1] * count
    above_v = [-1] * count
    # An arc joined to another stands or falls with it.
    joined_to = [-1] * count
    fallen = [False] * count

    tops = [0 for _ in range(0)]  # heaps of the arcs that still wait for the arc below them
    bases = [0 for _ in range(0)]  # and those arcs themselves
    for arc in range(count):
        u, v = arc_u[arc], arc_v[arc]
        along = slope(w[u], w[v], cubic, quadratic)
        own_saving = side[v] - side[u] - along
        heap = -1
        while len(bases) > 0 and arc_u[bases[-1]] >= u:
            inner = bases.pop()
            inner_u, inner_v = arc_u[inner], arc_v[inner]
            own_saving -= (
                side[inner_v] - side[inner_u] - slope(w[inner_u], w[inner_v], cubic, quadratic)
            )
            heap = meld(heap, tops.pop(), cost, saving, heap_left, heap_right)
        lighter = min(w[u], w[v])
        # The arcs above that do not pay over a vertex as light as this region's fall.
        while heap >= 0 and cost[heap] >= lighter * saving[heap]:
            own_saving += saving[heap]
            fallen[heap] = True
            starts[arc_u[heap]] = above_u[heap]
            ends[arc_v[heap]] = above_v[heap]
            heap = meld(heap_left[heap], heap_right[heap], cost, saving, heap_left, heap_right)
        if arc == count - 1:
            break
        # The fan from the lighter end has no triangle at the region's other side at that end.
        if w[u] <= w[v]:
            beside = w[u + 1] if starts[u] < 0 else w[arc_v[starts[u]]]
        else:
            beside = w[v - 1] if ends[v] < 0 else w[arc_u[ends[v]]]
        own_cost = lighter * (own_saving + along - slope(lighter, beside, cubic, quadratic))
        # The offsets of the fan's sides, less those that the arc saves below: all but two cancel.
        own_cost += quadratic * (lighter * beside - w[u] * w[v])
        while heap >= 0 and not ratio_less(cost[heap], saving[heap], own_cost, own_saving):
            own_cost += cost[heap]
            own_saving += saving[heap]
            joined_to[heap] = arc
            starts[arc_u[heap]] = above_u[heap]
            ends[arc_v[heap]] = above_v[heap]
            heap = meld(heap_left[heap], heap_right[heap], cost, saving, heap_left, heap_right)
        cost[arc] = own_cost
        saving[arc] = own_saving
        above_u[arc] = starts[u]
        above_v[arc] = ends[v]
        starts[u] = arc
        ends[v] = arc
        tops.append(meld(arc, heap, cost, saving, heap_left, heap_right))
        bases.append(arc)

    for arc in range(count - 2, -1, -1):
        if joined_to[arc] >= 0 and fallen[joined_to[arc]]:
            fallen[arc] = True
    return fallen


def fill_fans(w, arc_u, arc_v, fallen, corners):  # type: ignore[no-untyped-def]
    """The triangles of the fans between the arcs that stand, inner regions first."""
    first, second, third = corners
    n = len(w) - 1
    # The next vertex of the region's border after each.
    onward = [v + 1 for v in range(n + 1)]
    place = 0
    for arc in range(len(arc_u)):
        if fallen[arc]:
            continue
        u, v = arc_u[arc], arc_v[arc]
        apex = u if w[u] <= w[v] else v
        a = u
        while a < v:
            b = onward[a]
            # The border's sides at the apex span no triangle; 0 and n are one vertex.
            if apex not in (a, b) and not (apex == 0 and b == n):
                first[place] = apex
                second[place] = a
                third[place] = b
                place += 1
            a = b
        onward[u] = v


def slope(x, y, cubic, quadratic):  # type: ignore[no-untyped-def]
    """What the triangle on the side `(x, y)` costs per unit of its apex's weight."""
    return cubic * x * y - quadratic * (x + y)


def meld(a, b, cost, saving, heap_left, heap_right):  # type: ignore[no-untyped-def]
    """The root of two skew heaps merged, largest support weight on top (Sleator & Tarjan 1986)."""
    if a < 0:
        return b
    if b < 0:
        return a
    root = -1
    parent = -1
    while a >= 0 and b >= 0:
        if ratio_less(cost[a], saving[a], cost[b], saving[b]):
            a, b = b, a
        if parent < 0:
            root = a
        else:
            heap_left[parent] = a
        parent = a
        below = heap_right[a]
        heap_right[a] = heap_left[a]
        heap_left[a] = -1
        a = below
    heap_left[parent] = a if a >= 0 else b
    return root


def ratio_less(a, b, c, d):  # type: ignore[no-untyped-def]
    """Whether a/b < c/d, exactly, for a, c of at least 0 and b, d above 0.

    By continued fractions: the cross products could leave 64 bits, the quotients cannot.
    """
    while True:
        whole_a = a // b
        whole_c = c // d
        if whole_a != whole_c:
            return whole_a < whole_c
        a -= whole_a * b
        c -= whole_c * d
        if c == 0:
            return False
        if a == 0:
            return True
        a, b, c, d = d, c, b, a
