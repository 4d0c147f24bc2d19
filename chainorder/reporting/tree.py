"""The bracketing of a chain as a tree, row by row: what each node is, costs, and is made of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..plans.plan import Plan
from . import numbers
from .kinds import view_of
from .steps import factor_name, whole_cost
from .terminal import Terminal


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


def terminal_tree(plan: Plan, terminal: Terminal) -> Iterator[str]:
    """The tree in lines: shape, cost and share of every node, the dearest in colour."""
    rows = tree_rows(plan)
    roots_left = sum(row.depth == 0 for row in rows)
    head = f"{plan.name}: {numbers.integer(whole_cost(plan))} {unit(plan)}"
    yield terminal.styled(head, "bold")
    for row in rows:
        roots_left -= row.depth == 0
        parts = [row.name, terminal.styled(numbers.shape(*row.shape), "dim")]
        if row.kind != "given":
            share = numbers.share(row.cost, whole_cost(plan))
            style = "bold yellow" if row.is_dearest else ""
            parts.append(f"{row.kind} {row.detail}".rstrip())
            parts.append(terminal.styled(f"{cost_text(plan, row.cost)}  {share}", style))
            if row.is_dearest:
                parts.append(terminal.styled("◀ dearest", style))
        elif row.detail:
            parts.append(terminal.styled(row.detail, "dim"))
        yield terminal.branch((roots_left > 0, *row.guides)) + "  ".join(parts)


def unit(plan: Plan) -> str:
    """What the costs of a plan count."""
    return "picoseconds" if plan.objective == "seconds" else plan.objective


def cost_text(plan: Plan, part: int) -> str:
    """A part of a plan's cost, in its unit."""
    if plan.objective == "seconds":
        return f"{numbers.planned_seconds(part / 1e12)} s"
    return numbers.compact(part)
