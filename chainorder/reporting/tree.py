"""The bracketing of a chain as a tree, row by row: what each node is, costs, and is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..plans.plan import Plan
from . import numbers
from .kinds import view_of
from .steps import factor_name, whole_cost

if TYPE_CHECKING:
    from rich.tree import Tree


@dataclass(frozen=True)
class TreeRow:
    """A node of the tree, parents before children, the left operand first.

    `guides` says for each level above whether another child follows there; `kind` is that of the
    step that makes the node, "given" for an elemental that is there. `number` is the step's.
    """

    guides: tuple[bool, ...]
    name: str
    shape: tuple[int, int]
    kind: str
    detail: str
    number: int | None
    cost: int
    is_dearest: bool

    @property
    def depth(self) -> int:
        """How many nodes lie above."""
        return len(self.guides)


def tree_rows(plan: Plan) -> list[TreeRow]:
    """All nodes of the tree of a chain's plan; several trees where it ends with factors."""
    steps = list(plan.steps)
    costs = [int(c) for c in view_of(plan.problem).step_costs(plan)]
    dearest = max(costs, default=0)
    made = {step.result: t for t, step in enumerate(steps)}
    rows: list[TreeRow] = []
    view, d = view_of(plan.problem), plan.problem.sizes
    shown = list(view.shown_steps(plan, None))
    stack: list[tuple[int, int, tuple[bool, ...]]] = [(i, j, ()) for i, j in plan.factors]
    opened: set[tuple[int, int]] = set()
    while stack:
        i, j, guides = stack.pop()
        # Of sub-Jacobians that are one matrix, one is made, and stands for the others.
        i, j, stands_for = _standing_for(plan, made, i, j)
        t = made.get((i, j))
        if (i, j) in opened:
            t = None
        opened.add((i, j))
        kind, detail = ("given", stands_for) if t is None else (shown[t].kind, shown[t].detail)
        if t is not None and stands_for:
            detail = f"{detail} {stands_for}".strip()
        rows.append(
            TreeRow(
                guides=guides,
                name=factor_name(i, j),
                shape=(d[j], d[i]),
                kind=kind,
                detail=detail,
                number=None if t is None else t + 1,
                cost=0 if t is None else costs[t],
                is_dearest=t is not None and costs[t] == dearest > 0,
            )
        )
        below = () if t is None else steps[t].operands
        for at in range(len(below) - 1, -1, -1):
            stack.append((*below[at], (*guides, at < len(below) - 1)))
    return rows


def _standing_for(
    plan: Plan, made: dict[tuple[int, int], int], i: int, j: int
) -> tuple[int, int, str]:
    """The sub-Jacobian that is made for this one, and a remark if that is another."""
    if (i, j) in made or plan.problem.repeats is None:
        return i, j, ""
    found = plan.problem.class_of(i, j)
    equal = next((pair for pair in made if plan.problem.class_of(*pair) == found), (i, j))
    return (*equal, "" if equal == (i, j) else f"for {factor_name(i, j)}")


def terminal_tree(plan: Plan) -> Tree:
    """The tree for a terminal: shape, cost and share of every node, the dearest in colour."""
    from rich.text import Text
    from rich.tree import Tree

    roots = Tree(
        Text(f"{plan.name}: {numbers.integer(whole_cost(plan))} {unit(plan)}", style="bold")
    )
    path: list[Tree] = [roots]
    for row in tree_rows(plan):
        text = Text(f"{row.name}  ")
        text.append(numbers.shape(*row.shape), style="dim")
        if row.kind == "given" and row.detail:
            text.append(f"  {row.detail}", style="dim")
        if row.kind != "given":
            what = f"{row.kind} {row.detail}".rstrip()
            part = f"{cost_text(plan, row.cost)}  {numbers.share(row.cost, whole_cost(plan))}"
            text.append(f"  {what}  ")
            text.append(part, style="bold yellow" if row.is_dearest else "")
            if row.is_dearest:
                text.append("  ◀ dearest", style="bold yellow")
        del path[row.depth + 1 :]
        path.append(path[-1].add(text))
    return roots


def unit(plan: Plan) -> str:
    """What the costs of a plan count."""
    return "picoseconds" if plan.objective == "seconds" else plan.objective


def cost_text(plan: Plan, part: int) -> str:
    """A part of a plan's cost, in its unit."""
    if plan.objective == "seconds":
        return f"{numbers.planned_seconds(part / 1e12)} s"
    return numbers.compact(part)
