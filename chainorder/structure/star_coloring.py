"""Few tangents for a symmetric Jacobian: each entry may be had from its column or from its row.

A colouring of the vertices of a symmetric matrix's graph is a *star colouring* if neighbours differ
and every path of four vertices has at least three colours. Then for each entry `(i, j)` no other
neighbour of `i` has the colour of `j`, or no other neighbour of `j` has that of `i`: it is alone in
the product of one group of columns. An arrow takes two groups, where columns without a common
row would take as many as there are.

Reference: A. H. Gebremedhin, F. Manne, A. Pothen, What color is your Jacobian?, SIAM Review 47
(2005), section 4; SparseMatrixColorings.jl is the model of the field.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ..compiled import runner
from .coloring import Coloring, Lines
from .patterns import Pattern


class StarColoring(NamedTuple):
    """A colouring and where each entry is read, in the order of the pattern's CSR form.

    Entry `t` is `products[places[t], groups[t]]`, with `products = J @ seeds`.
    """

    coloring: Coloring
    places: npt.NDArray[np.int64]
    groups: npt.NDArray[np.int64]


def star_coloring(pattern: Pattern) -> StarColoring:
    """Groups of columns of a symmetric pattern; the better of two greedy searches.

    >>> import numpy as np, scipy.sparse as sp
    >>> from chainorder.structure.explicit import Entries
    >>> arrow = np.eye(6, dtype=bool) | (np.arange(6) == 0) | (np.arange(6) == 0)[:, None]
    >>> star_coloring(Entries(sp.csr_array(arrow))).coloring.count
    2
    """
    matrix = pattern.csr()
    size, degree = matrix.shape[0], np.diff(matrix.indptr)
    filled = np.flatnonzero(degree)
    orders = (filled, filled[np.argsort(-degree[filled], kind="stable")])
    found = min((_colored(order, matrix, size) for order in orders), key=lambda one: one.count)
    rows = np.repeat(np.arange(size), degree)
    columns = matrix.indices.astype(np.int64)
    # By its column, unless another entry of the row has that colour.
    key = rows * (found.count + 1) + found.colors[columns]
    _, at, times = np.unique(key, return_inverse=True, return_counts=True)
    is_alone = times[at] == 1
    places = np.where(is_alone, rows, columns)
    groups = np.where(is_alone, found.colors[columns], found.colors[rows])
    return StarColoring(found, places, groups)


def _colored(order: npt.NDArray[Any], matrix: Any, size: int) -> Coloring:
    degree = np.diff(matrix.indptr).astype(np.int64)
    # Of each path of two edges from a vertex the end is looked at, and perhaps its neighbours.
    run = runner(star_color_in_order, int((degree**2).sum() * 4))
    colors = run.column(np.full(size, -1, dtype=np.int64))
    lines = run.columns(Lines(matrix.indptr, matrix.indices))
    count = run(run.column(order), lines, colors)
    return Coloring(np.array(colors, dtype=np.int64), int(count))


def star_color_in_order(order, lines, colors):  # type: ignore[no-untyped-def]
    """Give each vertex the first colour that leaves a star colouring."""
    start, members = lines.start, lines.members
    forbidden = [-1 for _ in range(len(colors) + 1)]
    seen_by = [-1 for _ in range(len(colors) + 1)]
    twice_by = [-1 for _ in range(len(colors) + 1)]
    count = 0
    for v in order:
        # Colours that two neighbours have in common.
        for p in range(start[v], start[v + 1]):
            w = members[p]
            if w != v and colors[w] >= 0:
                if seen_by[colors[w]] == v:
                    twice_by[colors[w]] = v
                seen_by[colors[w]] = v
        for p in range(start[v], start[v + 1]):
            w = members[p]
            if w == v:
                continue
            if colors[w] >= 0:
                forbidden[colors[w]] = v
            for s in range(start[w], start[w + 1]):
                x = members[s]
                if x in (v, w) or colors[x] < 0 or forbidden[colors[x]] == v:
                    continue
                if colors[w] < 0 or twice_by[colors[w]] == v:
                    forbidden[colors[x]] = v
                    continue
                for t in range(start[x], start[x + 1]):
                    y = members[t]
                    if y not in (w, x) and colors[y] == colors[w]:
                        forbidden[colors[x]] = v
                        break
        color = 0
        while forbidden[color] == v:
            color += 1
        colors[v] = color
        count = max(count, color + 1)
    return count
