"""What plans and steps cost, as columns of tables: headings, and what stands in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..plans.plan import Plan
from . import numbers
from .blocks import Cell, number_cell
from .steps import ShownStep

if TYPE_CHECKING:
    from .comparison import Comparison


def cost_headings(comparison: Comparison) -> tuple[str, str]:
    """The columns of a plan's costs: where costs are times, fma are of the products alone."""
    is_timed = comparison.problem.timing is not None
    return ("seconds", "fma of products") if is_timed else ("fma", "flops")


def cost_cells(plan: Plan | ShownStep) -> tuple[Cell, Cell]:
    """What stands in those columns, for a plan or one of its steps."""
    seconds = getattr(plan, "seconds", None)
    if seconds is not None:
        return Cell(numbers.planned_seconds(seconds), seconds), number_cell(plan.fma)
    return number_cell(plan.fma), number_cell(plan.flops)
