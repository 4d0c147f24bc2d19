"""`compare`: several orders of one problem, side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from .._version import __version__
from ..chain import Chain
from ..errors import ChainOrderError
from ..execution.run import Run
from ..planning import plan
from ..plans import Plan

if TYPE_CHECKING:
    from ..graph import Graph

DEFAULT_ORDERS = ("forward", "reverse", "optimal")
DEFAULT_GRAPH_ORDERS = ("forward", "reverse", "markowitz", "optimal")


@dataclass(frozen=True)
class Comparison:
    """Plans of one problem for one objective, and their executions where there were any.

    `runs` holds an execution by the name of its order; `not_executed` says why there are none.
    Prints as a table.
    """

    plans: tuple[Plan, ...]
    runs: Mapping[str, Run] = field(default_factory=dict)
    not_executed: str | None = None

    @property
    def problem(self) -> Any:
        """What all the plans accumulate."""
        return self.plans[0].problem

    @property
    def objective(self) -> str:
        """What the optimal order makes small."""
        return self.plans[0].objective

    @property
    def lower_bound(self) -> int:
        """The best of the plans' bounds: no order costs less."""
        return max(plan.lower_bound for plan in self.plans)

    def gap(self, plan: Plan) -> float:
        """By how many per cent `plan` may be above the least cost possible, at most."""
        return replace(plan, lower_bound=self.lower_bound).gap

    def ratio(self, plan: Plan) -> float:
        """The cost of `plan` over the least cost here."""
        least = min(other.cost for other in self.plans)
        return plan.cost / least if least else 1.0

    def __str__(self) -> str:
        from .text import comparison_text

        return comparison_text(self)

    def to_dict(self) -> dict[str, Any]:
        """The comparison as JSON types: what `chainorder plan --json` prints."""
        fields: dict[str, Any] = {
            "chainorder": __version__,
            "chain" if isinstance(self.problem, Chain) else "graph": self.problem.to_dict(),
            "objective": self.objective,
            "plans": [self._plan_to_dict(plan) for plan in self.plans],
        }
        if self.not_executed:
            fields["not_executed"] = self.not_executed
        return fields

    def _plan_to_dict(self, plan: Plan) -> dict[str, Any]:
        run = self.runs.get(plan.name)
        on_graph = not isinstance(self.problem, Chain)
        fields: dict[str, Any] = {
            "order": plan.name,
            "fma": plan.fma,
            "flops": plan.flops,
            "ratio": self.ratio(plan),
            "peak_entries": plan.peak_entries,
            "bracketing": None if on_graph else plan.bracketing,
            "elimination": plan.order,
            "proof": plan.proof,
            "lower_bound": plan.lower_bound,
            "executed": run
            and {
                "fma": run.fma,
                "flops": run.flops,
                "peak_entries": run.peak_entries,
                "seconds": run.seconds,
            },
        }
        if on_graph:
            del fields["bracketing"]
            gap = self.gap(plan)
            fields["gap_percent"] = gap if gap != float("inf") else None
        return fields


def compare(
    problem: Chain | Graph,
    orders: Sequence[str] | None = None,
    objective: str = "fma",
    *,
    time_limit: float | None = None,
    seed: int = 0,
    on_progress: Callable[[int, int], None] | None = None,
) -> Comparison:
    """The plans of `problem` in each of `orders`, side by side.

    Args:
        problem: what to differentiate.
        orders: names of orders, each once; forward, reverse and optimal if left out, of a graph
            also markowitz.
        objective: "fma" or "flops".
        time_limit, seed, on_progress: as for `plan`.

    Raises:
        ChainOrderError: as `plan`; no orders, or the same one twice.
    """
    if orders is None:
        orders = DEFAULT_ORDERS if isinstance(problem, Chain) else DEFAULT_GRAPH_ORDERS
    if isinstance(orders, str) or not orders:
        raise ChainOrderError(f"orders is {orders!r}: expected names of orders, such as 'forward'")
    for t, name in enumerate(orders):
        if name in orders[:t]:
            raise ChainOrderError(f"orders[{t}] is {name!r}: asked for twice")
    return Comparison(
        tuple(
            plan(
                problem,
                order,
                objective,
                time_limit=time_limit,
                seed=seed,
                on_progress=on_progress,
            )
            for order in orders
        )
    )
