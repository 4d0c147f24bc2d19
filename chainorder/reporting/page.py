"""A report as data: the headings, tables, notes and figures that every format renders.

Formats (`text`, `markdown`, `html`) differ in how these look and in nothing else. What stands on a
page because of the kind of its problem comes from that kind's view, see `kinds`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from .blocks import Block, Figure, Note, Section
from .claim import best_plan, claim, proof_text
from .kinds import view_of
from .steps_section import steps_section
from .summary import summary
from .words import words_section

if TYPE_CHECKING:
    from .comparison import Comparison


@dataclass(frozen=True)
class Page:
    """A whole report: the claim and how sure it is, pictures of the problem, and the sections."""

    title: str
    problem: str
    claim: str
    proof: str
    is_proved: bool
    pictures: tuple[Block, ...]
    sections: tuple[Section, ...]


def compose(comparison: Comparison) -> Page:
    """The report on a comparison: the problem, its orders, and the steps of each."""
    view = view_of(comparison.problem)
    return Page(
        title=view.title,
        problem=view.problem_line(comparison.problem),
        claim=claim(comparison),
        proof=proof_text(comparison),
        is_proved=comparison.gap(best_plan(comparison)) == 0,
        pictures=tuple(view.problem_blocks(comparison.problem)),
        sections=(
            summary(comparison),
            *(steps_section(comparison, plan) for plan in comparison.plans),
            *view.more_sections(comparison),
            words_section(comparison, shows_gap=view.shows_gap),
        ),
    )


def figures_of(page: Page) -> Iterator[Figure]:
    """The figures of a page, one after another."""
    for block in (*page.pictures, *(b for section in page.sections for b in section.blocks)):
        if isinstance(block, Figure):
            yield block


def without_figures(page: Page) -> Page:
    """The same page without pictures, and with a note that says so."""
    note = Note("the pictures are left out: with them the page would be too large for a browser")

    def kept(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
        return tuple(block for block in blocks if not isinstance(block, Figure))

    sections = tuple(section._replace(blocks=kept(section.blocks)) for section in page.sections)
    return replace(page, pictures=(note, *kept(page.pictures)), sections=sections)
