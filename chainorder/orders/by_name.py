"""The orders of each kind of problem, by the names that users give them.

A new order is one file under its textbook name, in the folder of its kind of problem, and one name
in that kind's row here; a new kind of problem is one row. Orders are imported when asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from typing import Any

from ..checks import shown
from ..errors import ChainOrderError
from ..plans.plan import Plan


def _all_names(problem: Any, names: tuple[str, ...]) -> tuple[str, ...]:
    return names


@dataclass(frozen=True)
class Orders:
    """The orders of one kind of problem; each is called with the problem and the objective."""

    homes: Mapping[str, str]
    """For each name the module in this room, and the function there."""
    compared: Callable[[Any], tuple[str, ...]]
    """What is compared by default."""
    fitting: Callable[[Any, tuple[str, ...]], tuple[str, ...]] = _all_names
    """Those of the names that fit a problem."""
    anytime: frozenset[str] = frozenset()
    """The orders that also take `seed`, `time_limit` and `on_progress`."""
    options: frozenset[str] = frozenset()
    """What the other arguments of `plan` are that its orders take."""
    refused: Mapping[str, str] = field(default_factory=dict)
    """Why the others are refused, for messages."""
    operator: str | None = None
    """The home of the order whose plans have the form "operator", if there are such plans."""
    all_wanted: str | None = None
    """The home of the order that makes all prefixes or suffixes, if there are such."""

    def names(self, problem: Any) -> tuple[str, ...]:
        """The names of the orders that fit a problem."""
        return self.fitting(problem, tuple(self.homes))

    def find(self, problem: Any, name: object) -> Callable[..., Plan]:
        """The order of that name.

        Raises:
            ChainOrderError: a name that there is not, or that does not fit; lists those that do.
        """
        names = self.names(problem)
        if not isinstance(name, str) or name not in names:
            raise ChainOrderError(
                f"order is {shown(name)}: a {problem.kind} has the orders {', '.join(names)}"
            )
        return order_at(self.homes[name])


@cache
def order_at(home: str) -> Callable[..., Plan]:
    """The function at `module:name` in this room."""
    module, name = home.split(":")
    order: Callable[..., Plan] = getattr(import_module(f".{module}", __package__), name)
    return order


def _names_of_chain(chain: Any, names: tuple[str, ...]) -> tuple[str, ...]:
    if chain.is_all_matrices:
        return tuple(name for name in names if name != "preaccumulate")
    return names


def _compared_on_chain(chain: Any) -> tuple[str, ...]:
    if chain.is_given:
        return ("forward", "reverse", "optimal")
    return ("forward", "reverse", "preaccumulate", "optimal")


def _compared_on_graph(graph: Any) -> tuple[str, ...]:
    return ("forward", "reverse", "markowitz", "optimal")


def _compared_on_hessian_chain(chain: Any) -> tuple[str, ...]:
    if chain.is_given:
        return ("forward", "reverse", "optimal")
    return ("row-at-a-time", "forward-over-reverse", "optimal")


ORDERS: Mapping[str, Orders] = {
    "chain": Orders(
        homes={
            "forward": "chain.directional:forward",
            "reverse": "chain.directional:reverse",
            "preaccumulate": "chain.preaccumulate:preaccumulate",
            "optimal": "chain.optimal:optimal",
        },
        fitting=_names_of_chain,
        compared=_compared_on_chain,
        options=frozenset({"memory", "pattern_memory"}),
        operator="chain.factors:operator_plan",
        all_wanted="chain.repeated:all_wanted",
    ),
    "graph": Orders(
        homes={
            "forward": "graph.topological:forward",
            "reverse": "graph.topological:reverse",
            "markowitz": "graph.markowitz:markowitz",
            "relative-markowitz": "graph.markowitz:relative_markowitz",
            "search": "graph.search:search",
            "optimal": "graph.optimal:optimal",
        },
        compared=_compared_on_graph,
        anytime=frozenset({"search", "optimal"}),
        refused={
            "memory": "a graph has no tapes",
            "pattern_memory": "a graph has no patterns",
        },
    ),
    "hessian_chain": Orders(
        homes={
            "forward": "hessian.directional:forward",
            "reverse": "hessian.directional:reverse",
            "left": "hessian.pairwise:left",
            "right": "hessian.pairwise:right",
            "pairwise": "hessian.pairwise:pairwise",
            "row-at-a-time": "hessian.second_order_adjoints:row_at_a_time",
            "forward-over-reverse": "hessian.second_order_adjoints:forward_over_reverse",
            "optimal": "hessian.optimal:optimal",
        },
        compared=_compared_on_hessian_chain,
        refused={
            "memory": "a hessian_chain has no tapes",
            "pattern_memory": "a hessian_chain has no patterns",
        },
    ),
}
"""By the `kind` of the problem."""
