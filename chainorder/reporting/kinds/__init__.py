"""What a report says because of the kind of its problem: one view for each.

A new problem kind is one file here, with a subclass of `View`, and one row in `VIEWS`. `page`
composes everything else from plans and runs, and no format knows of kinds. What `View` answers by
itself is enough for a report; a kind that has more to show says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol

from ..blocks import Block, Figure, Section

if TYPE_CHECKING:
    from ...plans.plan import Plan
    from ..comparison import Comparison
    from ..figures.drawing import Drawing
    from ..steps import ShownStep


class View(Protocol):
    """What reports ask about problems of one kind, and about their plans.

    What has no answer here each kind has to answer.
    """

    title: str
    """`Jacobian of a chain`."""
    without_steps: str
    """What the answer is where no step is needed, as a clause."""
    has_brackets: bool
    """Whether an order is a bracketing, and stands in the table if it is short."""
    shows_gap: bool
    """Whether the distance to the bound is a figure of every plan."""

    steps_listable: int = 10**5
    """Plans of more steps than this are not looked through step by step."""

    tells_steps: bool = False
    """Whether executions take `on_step`."""

    def problem_line(self, problem: Any) -> str:
        """The problem in a line, and in further ones what is odd about it."""

    def without_structure(self, problem: Any) -> Any:
        """The problem with all patterns forgotten; None where there are none."""
        return None

    def order_text(self, plan: Plan) -> str:
        """The order in a line; empty where there is nothing to say, or too much."""

    def step_costs(self, plan: Plan) -> Sequence[int] | Any:
        """What each step costs in the objective of the plan."""

    def shown_steps(self, plan: Plan, positions: Sequence[int] | None) -> Iterable[ShownStep]:
        """The steps at these positions (rising), or all."""

    def plan_fields(self, comparison: Comparison, plan: Plan) -> dict[str, Any]:
        """What JSON has on a plan of this kind besides its costs."""

    def order_fields(self, plan: Plan) -> dict[str, Any]:
        """What JSON has on a plan that grows with the problem."""
        return {}

    def written_items(self, problem: Any) -> int:
        """About how many numbers and names the problem has when it is written out."""
        return 20 * len(problem)

    def problem_blocks(self, problem: Any) -> list[Block]:
        """Pictures of the problem, for a document's beginning."""
        return []

    def plan_blocks(self, comparison: Comparison, plan: Plan) -> list[Block]:
        """Pictures of a plan, for a document's section on it: what its steps cost."""
        if not 1 < len(plan.steps) <= self.steps_listable:
            return []
        return [
            Figure(f"steps-{plan.name}", "what each step costs", lambda: self.plan_drawing(plan))
        ]

    def more_sections(self, comparison: Comparison) -> list[Section]:
        """What else a document has to say, after the plans."""
        return []

    def plan_drawing(self, plan: Plan) -> Drawing:
        """The one picture that says most about a plan: what each step costs."""
        from ..figures.charts import step_lines

        return step_lines(plan, self.step_costs(plan))

    def predicted_seconds(self, plan: Plan) -> float:
        """About how long executing the plan takes, drawing its matrices included."""

    def predicted_bytes(self, plan: Plan) -> int:
        """About how much memory executing the plan takes, its matrices included."""

    def random_operands(self, problem: Any, seed: int) -> Any:
        """Matrices with entries from -1 to 1, the same for the same seed."""


VIEWS: Mapping[str, tuple[str, str]] = {
    "chain": ("chain", "ChainView"),
    "graph": ("graph", "GraphView"),
    "hessian_chain": ("hessian_chain", "HessianChainView"),
}
"""Kind of a problem: the file here that looks at it, and the view there."""


def view_of(problem: Any) -> View:
    """The view of a problem's kind."""
    module, name = VIEWS[problem.kind]
    view: View = getattr(import_module(f".{module}", __name__), name)()
    return view
