"""The bracketing of a chain as a drawing: a row for each node, with its shape, cost and share."""

from __future__ import annotations

from ...plans.plan import Plan
from .. import numbers
from ..steps import whole_cost
from ..tree import cost_text, tree_rows, unit
from ..wording import cut
from .drawing import WIDTH, Box, Drawing, Label, Mark, Stroke, Symbol, text_width

ROW = 24.0
BAR = 52.0
FIGURES = 194.0
"""What bar, cost and share take on the right."""

DEEPEST = 90.0
"""How far to the right the deepest node starts, at most."""


def tree_drawing(plan: Plan) -> Drawing:
    """The tree of a chain's plan, the dearest step on a ground of its own."""
    rows = tree_rows(plan)
    deepest = max(row.depth for row in rows)
    indent = min(18.0, DEEPEST / max(deepest, 1))
    marks: list[Mark] = []
    last_at: dict[int, float] = {}
    for at, row in enumerate(rows):
        y = 6 + at * ROW
        middle = y + ROW / 2
        x = 8 + row.depth * indent
        if row.is_dearest:
            marks.append(Box("shade", x=2, y=y, width=WIDTH - 4, height=ROW))
        if row.depth > 0:
            stem = x - indent + 5
            marks.append(
                Stroke(
                    "line",
                    points=((stem, last_at[row.depth - 1] + 8), (stem, middle), (x - 1, middle)),
                    width=1,
                )
            )
        last_at[row.depth] = middle
        if row.kind == "given":
            marks.append(Box("line", x=x, y=middle - 5, width=10, height=10, filled=False))
        else:
            marks.append(
                Symbol(
                    row.kind, f"{row.kind} {row.detail}".rstrip(), kind=row.kind, x=x, y=middle - 5
                )
            )
        base = middle + 4
        name = Label("ink", text=row.name, x=x + 17, y=base, bold=row.kind != "given")
        marks.append(name)
        after = x + 17 + text_width(row.name, 13.5) + 8
        shape = numbers.compact_shape(*row.shape)
        marks.append(Label("muted", text=shape, x=after, y=base))
        detail = row.detail
        if row.kind in ("tangent", "adjoint"):
            detail = f"{row.kind}s {detail}"
        after += text_width(shape) + 8
        room = int((WIDTH - FIGURES - 8 - after) / 6.8)
        if detail and room > 6:
            marks.append(Label("ink", detail, text=cut(detail, room), x=after, y=base))
        if row.kind != "given":
            marks += _figures(plan, row.cost, row.kind, middle, base, row.is_dearest)
    figures = "; ".join(
        f"{row.name} ({numbers.shape(*row.shape)}) {cost_text(plan, row.cost)}, "
        f"{numbers.share(row.cost, whole_cost(plan))}"
        for row in rows
        if row.kind != "given"
    )
    return Drawing(
        f"tree-{plan.name}",
        WIDTH,
        12 + len(rows) * ROW,
        f"The {plan.name} order as a tree",
        f"{plan.bracketing}. From the whole Jacobian down, in {unit(plan)}: {figures}.",
        tuple(marks),
    )


def _figures(
    plan: Plan, part: int, kind: str, middle: float, base: float, bold: bool
) -> list[Mark]:
    left = WIDTH - FIGURES
    whole = whole_cost(plan)
    filled = BAR * (part / whole) if whole else 0.0
    return [
        Box("grid", x=left, y=middle - 4, width=BAR, height=8),
        Box(kind, x=left, y=middle - 4, width=max(filled, 1.0 if part else 0.0), height=8),
        Label(
            "ink",
            numbers.integer(part),
            text=cost_text(plan, part),
            x=WIDTH - 60,
            y=base,
            anchor="end",
            bold=bold,
        ),
        Label("ink", text=numbers.share(part, whole), x=WIDTH - 8, y=base, anchor="end", bold=bold),
    ]
