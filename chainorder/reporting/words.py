"""What the words on a page mean, for those who have not read the papers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from .blocks import Cell, Column, Row, Section, Table

if TYPE_CHECKING:
    from .comparison import Comparison

MEANINGS: Mapping[str, str] = {
    "elemental": "one of the functions that make up the program; its Jacobian is the elemental "
    "Jacobian, of as many rows as it has outputs and as many columns as it has inputs",
    "order": "in which the intermediate variables are eliminated by multiplying the Jacobians "
    "before and behind each: every order gives the same matrix, at another cost",
    "forward, reverse": "from the inputs to the outputs, or back: what forward mode and reverse "
    "mode do",
    "preaccumulate": "every elemental becomes a matrix, then the matrices are multiplied",
    "markowitz": "greedy: the vertex that is eliminated next is always one that costs least now",
    "left, right": "second derivatives of two ranges at a time: the first, or the last, elemental "
    "apart from all others",
    "pairwise": "second derivatives of two ranges at a time, where the published program splits",
    "row-at-a-time": "the adjoint of the gradient's own program, for every row of the Hessian",
    "forward-over-reverse": "a tangent of the gradient's program for every column of the Hessian",
    "optimal": "the best order that is found, with proof where that is possible",
    "fma": "scalar multiplications, each with the addition that goes with it; a tangent or "
    "adjoint counts as much as is said of it",
    "flops": "multiplications and additions",
    "peak entries": "the most numbers that intermediate matrices and the result hold at once",
    "given": "the elemental Jacobian is there as a matrix",
    "tangent": "one product of an elemental Jacobian with a column, which the program can compute "
    "without the matrix",
    "adjoint": "one product of a row with an elemental Jacobian; it needs a tape of the program",
    "accumulate": "to make a matrix of an elemental that is only there as tangents or adjoints",
    "multiply": "the product of two matrices",
    "apply": "a Jacobian times the outputs of second derivatives",
    "congruence": "a Jacobian on both inputs of second derivatives, one half of the result",
    "triangle": "the same from one half of the second derivatives; the transpose is added",
    "square": "the same by all products in pairs of the Jacobian's entries, made first",
    "curvature": "to make an array of second derivatives that are only there as products",
    "sweep": "second-order adjoints for every output and input, forward over reverse",
    "rows": "the same a row at a time, reverse over reverse",
    "gap": "by how much an order may be above the least cost, at most: how far the bound is",
    "proof": "whether no order can cost less",
}
"""Word: its meaning, in the order in which somebody wants to know."""

ALWAYS = ("order", "forward, reverse", "fma", "flops", "peak entries", "multiply", "proof")


def words_section(comparison: Comparison, *, shows_gap: bool) -> Section:
    """The words that stand on the page of this comparison."""
    wanted = set(ALWAYS)
    if shows_gap:
        wanted.add("gap")
    else:
        wanted.add("elemental")
    wanted |= {plan.name for plan in comparison.plans}
    for plan in comparison.plans:
        wanted |= set(plan.step_counts() if hasattr(plan, "step_counts") else ())
    wanted |= {word for word in MEANINGS if wanted & set(word.split(", "))}
    if not comparison.problem.is_given:
        wanted |= {"given", "tangent", "adjoint", "accumulate"}
    rows = tuple(
        Row((Cell(word), Cell(meaning))) for word, meaning in MEANINGS.items() if word in wanted
    )
    columns = (Column("word", numeric=False), Column("meaning", numeric=False))
    return Section("Words", (Table("words", columns, rows),))
