"""What a document adds about a chain: its picture, the trees, the dynamic program, the patterns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ...plans.plan import Plan
from ...problems.chain import Chain
from ...structure.declarations import one_line
from .. import numbers
from ..blocks import LONGEST_NAME, Block, Cell, Column, Figure, Note, Row, Section, Table
from ..figures.chain_row import chain_row, scale_caption
from ..figures.charts import Series, lines
from ..figures.drawing import Drawing
from ..figures.gantt import gantt
from ..figures.pattern import pattern_drawing
from ..figures.tree_drawing import tree_drawing
from ..steps import factor_name
from ..wording import cut
from .chain_program import PROGRAM_SHOWN, RangeCost, program, way_text

if TYPE_CHECKING:
    from ..comparison import Comparison

ELEMENTALS_DRAWN = 24
"""Chains longer than this are drawn by the sizes of their variables."""

ELEMENTALS_LISTED = 60
"""Chains longer than this have no table of elementals."""

PATTERNS_DRAWN = 10

HELD_STEPS = 2_000_000
"""Plans of more steps have no line of what they hold."""


def problem_blocks(chain: Chain) -> list[Block]:
    """The chain to scale; of a long one, the sizes of its variables."""
    if len(chain) <= ELEMENTALS_DRAWN:
        return [Figure("chain", scale_caption(chain), lambda: chain_row(chain, ELEMENTALS_DRAWN))]
    caption = "the sizes of the variables, from the input on the left to the output on the right"
    return [Figure("sizes", caption, lambda: _sizes(chain))]


def plan_blocks(plan: Plan, is_listed: bool) -> list[Block]:
    """The tree of a plan that is short enough, and what it holds over its steps."""
    blocks: list[Block] = []
    steps = len(plan.steps)
    if steps == 0:
        return blocks
    if is_listed:
        caption = "what each node costs, and its share of the total; the dearest has a ground"
        blocks.append(Figure(f"tree-{plan.name}", caption, lambda: tree_drawing(plan)))
    if getattr(plan, "schedule", None) is not None:
        caption = "who does what when: a row for each machine, a box for each step"
        blocks.append(Figure(f"schedule-{plan.name}", caption, lambda: gantt(plan)))
    if 1 < steps <= HELD_STEPS:
        caption = (
            f"entries of intermediates and result held over the steps: "
            f"at most {numbers.integer(plan.peak_entries)}"
        )
        blocks.append(Figure(f"held-{plan.name}", caption, lambda: _held_lines(plan)))
    return blocks


def more_sections(comparison: Comparison) -> list[Section]:
    """What is known of the elementals, the patterns, and the dynamic program."""
    chain: Chain = comparison.problem
    sections = []
    if not chain.is_given_dense:
        if len(chain) <= ELEMENTALS_LISTED:
            sections.append(Section("Elementals", (_elementals(chain),)))
        if chain.ranges is not None:
            sections += _patterns(comparison)
    # The program makes every range anew, one after another: where some are one matrix, or machines
    # work side by side, it is not what is solved.
    is_solved = chain.repeats is None and all(
        p.form == "matrix" and p.schedule is None for p in comparison.plans
    )
    if 1 < len(chain) <= PROGRAM_SHOWN and is_solved:
        sections.append(_program(comparison))
    return sections


def plan_drawing(plan: Plan) -> Drawing:
    """The tree of a short chain; of a long one, what is held over the steps, or its sizes."""
    if len(plan.problem) <= ELEMENTALS_DRAWN:
        return tree_drawing(plan)
    return _held_lines(plan) if len(plan.steps) <= HELD_STEPS else _sizes(plan.problem)


def _sizes(chain: Chain) -> Drawing:
    sizes = chain.size_array
    described = (
        f"{numbers.integer(len(sizes))} variables of {numbers.integer(int(sizes.min()))} to "
        f"{numbers.integer(int(sizes.max()))} entries"
    )
    line = Series("size of the variable", "multiply", range(len(sizes)), sizes)
    return lines("sizes", "Sizes along the chain", [line], "variable", "entries", described)


def _held_lines(plan: Plan) -> Drawing:
    kept = plan.factors if plan.wanted != "whole" else ()
    held = plan.prices.held_over_steps(plan.steps, kept)
    described = (
        f"{numbers.integer(plan.peak_entries)} entries at most, over "
        f"{numbers.integer(len(held))} single steps"
    )
    # Each step lasts from its own number to the next.
    line = Series("entries held", "multiply", range(1, len(held) + 2), np.append(held, held[-1]))
    title = f"Entries held in the {plan.name} order"
    return lines(
        f"held-{plan.name}", title, [line], "step", "entries", described, last_label=len(held)
    )


def _elementals(chain: Chain) -> Table:
    columns = (
        Column("elemental", numeric=False),
        Column("name", numeric=False),
        Column("shape", numeric=False),
        Column("structure", numeric=False),
        Column("given", numeric=False),
        Column("tangent"),
        Column("adjoint"),
        Column("tape"),
    )

    def number(value: int | None) -> Cell:
        return Cell("") if value is None else Cell(numbers.integer(value), value)

    rows = tuple(
        Row(
            (
                Cell(f"J{l + 1}", l + 1),
                Cell(cut(" ".join((e.name or "").split()), LONGEST_NAME)),
                Cell(numbers.shape(chain.sizes[l + 1], chain.sizes[l])),
                Cell(one_line(e.structure)),
                Cell("yes" if e.given else "products only"),
                number(e.tangent_cost),
                number(e.adjoint_cost),
                number(e.tape),
            )
        )
        for l, e in enumerate(chain.elementals)
    )
    # A column without an entry says nothing.
    said = [t for t in range(len(columns)) if any(row.cells[t].text for row in rows)]
    return Table(
        "elementals",
        tuple(columns[t] for t in said),
        tuple(Row(tuple(row.cells[t] for t in said)) for row in rows),
        "what is known of the elementals; tangent and adjoint are the costs of one product",
    )


def _patterns(comparison: Comparison) -> list[Section]:
    chain: Chain = comparison.problem
    plan = comparison.plans[-1]
    ranges = chain.ranges
    assert ranges is not None
    shown = [(l, l + 1) for l in range(min(len(chain), PATTERNS_DRAWN))]
    products = list(zip(plan.steps.i.tolist(), plan.steps.j.tolist(), strict=True))
    products = [(i, j) for i, j in products if j - i > 1][-PATTERNS_DRAWN:]

    def drawn() -> Drawing | None:
        items: list[tuple[str, Any, int]] = []
        for i, j in [*shown, *products]:
            found = ranges.patterns[i] if j - i == 1 else _product_pattern(chain, i, j)
            if found is not None:
                items.append((factor_name(i, j), found, int(found.nnz)))
        return pattern_drawing(items) if items else None

    left_out = len(chain) - len(shown)
    caption = (
        f"which entries of the elementals and of the products of the {plan.name} order can be "
        "non-zero; a cell stands for the part of the matrix that it covers"
    )
    blocks: list[Block] = [Figure("patterns", caption, drawn)]
    if left_out:
        blocks.append(Note(f"{left_out:,} more elementals are not drawn"))
    return [Section("Patterns", tuple(blocks))]


def _product_pattern(chain: Chain, i: int, j: int) -> Any:
    """The pattern of a product, multiplied out; None where that would take too long."""
    from ...structure.products import product

    assert chain.ranges is not None
    pattern: Any = chain.ranges.patterns[i]
    for l in range(i + 1, j):
        left = chain.ranges.patterns[l]
        is_band = hasattr(pattern, "lower") and hasattr(left, "lower")
        if not is_band and max(pattern.nnz, left.nnz, *pattern.shape, *left.shape) > 200_000:
            return None
        pattern = product(left, pattern)
    return pattern


def _program(comparison: Comparison) -> Section:
    chain: Chain = comparison.problem
    first = comparison.plans[0]
    q = len(chain)
    found = {(r.i, r.j): r for r in program(first.prices, first.objective, first.memory)}
    unit = "picoseconds" if first.objective == "seconds" else first.objective
    columns = (
        Column("up to", numeric=False),
        *(Column(f"from J{i + 1}") for i in range(q)),
    )
    rows = tuple(
        Row(
            (
                Cell(f"J{j}", j),
                *(_range_cell(found[i, j]) if i < j else Cell("") for i in range(q)),
            )
        )
        for j in range(1, q + 1)
    )
    return Section(
        "The dynamic program",
        (
            Note(
                f"the least {unit} to make each range of the chain as a matrix, from the costs of "
                "shorter ranges; x3 means that variable 3 is eliminated last; focus a cell to see "
                "by how much its split wins"
            ),
            Table("program", columns, rows),
        ),
    )


def _range_cell(found: RangeCost) -> Cell:
    if not found.ways:
        return Cell("—", tip=f"{factor_name(found.i, found.j)} cannot be made a matrix")
    best, *others = found.ways
    name = factor_name(found.i, found.j)
    how = way_text(best, found.i, found.j)
    tip = (
        f"{name}: {numbers.integer(best.cost)}, by {how}"
        if others or best.cost
        else f"{name}: {how}"
    )
    if others:
        second = others[0]
        more = second.cost - best.cost
        by = way_text(second, found.i, found.j)
        tip += (
            f"; {by} takes as much"
            if more == 0
            else f"; the next best, {by}, takes {numbers.integer(more)} more"
        )
    detail = (
        ""
        if best.kind == "accumulate"
        else f"x{best.k}"
        if best.kind == "multiply"
        else {
            "tangent": f"→ J{found.j}",
            "adjoint": f"← J{found.i + 1}",
        }[best.kind]
    )
    return Cell(numbers.integer(best.cost), best.cost, detail=detail, tip=tip)
