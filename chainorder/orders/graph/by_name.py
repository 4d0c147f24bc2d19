"""The orders of a graph, by the names that users give them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ...plans.plan import Plan
from .markowitz import markowitz, relative_markowitz
from .optimal import optimal_elimination
from .search import search
from .topological import forward_elimination, reverse_elimination

GRAPH_ORDERS: Mapping[str, Callable[..., Plan]] = {
    "forward": forward_elimination,
    "reverse": reverse_elimination,
    "markowitz": markowitz,
    "relative-markowitz": relative_markowitz,
    "search": search,
    "optimal": optimal_elimination,
}
"""Each is called with the graph and the objective."""

ANYTIME = ("search", "optimal")
"""Those that also take `seed`, `time_limit` and `on_progress`."""
