"""Plans, comparisons and runs as a cell of a notebook shows them: HTML without scripts."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..errors import ChainOrderError
from ..execution.run import Run
from . import numbers
from .blocks import Block, Cell, Code, Column, Figure, Row, Table, number_cell
from .claim import bound_text, claim, proof_text
from .costs import cost_cells, cost_headings
from .kinds import view_of
from .summary import summary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .comparison import Comparison


def _or_text(html: Callable[[Any], str]) -> Callable[[Any], str | None]:
    """None where the template engine is missing: notebooks then show the text."""

    @functools.wraps(html)
    def found(result: Any) -> str | None:
        try:
            return html(result)
        except ChainOrderError:
            return None

    return found


@_or_text
def comparison_html(comparison: Comparison) -> str:
    """The claim, the problem and the table of orders."""
    view = view_of(comparison.problem)
    blocks = [*view.problem_blocks(comparison.problem), *summary(comparison).blocks]
    return _fragment(
        view.problem_line(comparison.problem),
        f"{claim(comparison)} {proof_text(comparison)}",
        blocks,
    )


@_or_text
def alone_html(alone: Comparison) -> str:
    """What a plan by itself costs, how good that is, and its picture."""
    (plan,) = alone.plans
    view = view_of(plan.problem)
    columns = (
        Column("order", numeric=False),
        *(Column(heading) for heading in cost_headings(alone)),
        Column("peak entries"),
        Column("at least"),
    )
    cells = (
        Cell(plan.name),
        *cost_cells(plan),
        number_cell(plan.peak_entries),
        Cell(bound_text(alone)),
    )
    order = view.order_text(plan)
    blocks: list[Block] = [Code(order)] if order else []
    drawing = view.plan_drawing(plan)
    blocks.append(Table("plan", columns, (Row(cells),)))
    blocks.append(Figure(drawing.name, drawing.title, lambda: drawing))
    return _fragment(view.problem_line(plan.problem), f"{claim(alone)} {proof_text(alone)}", blocks)


@_or_text
def run_html(run: Run) -> str:
    """What was counted, and the shape of what came out."""
    shape = getattr(run.jacobian, "shape", ())
    figures: Sequence[tuple[str, Cell]] = (
        ("Jacobian", Cell(" × ".join(map(str, shape)))),
        ("fma", number_cell(run.fma)),
        ("flops", number_cell(run.flops)),
        ("peak entries", number_cell(run.peak_entries)),
        ("tangents", number_cell(run.tangents)),
        ("adjoints", number_cell(run.adjoints)),
        ("seconds", Cell(numbers.measured_seconds(run.seconds), run.seconds)),
    )
    columns = tuple(Column(label) for label, _ in figures)
    table = Table("run", columns, (Row(tuple(cell for _, cell in figures)),))
    return _fragment("", "", [table])


def _fragment(line: str, claimed: str, blocks: Sequence[Block]) -> str:
    from .html import fragment_html

    return fragment_html(line, claimed, blocks)
