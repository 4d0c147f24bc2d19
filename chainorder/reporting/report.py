"""`report`: a problem, its orders and all their steps, written to a file.

A new format is one file that renders a page, and one row in `FORMATS`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..errors import ChainOrderError
from ..files.problem import suffix_of, write_whole
from ..plans.plan import Plan
from .blocks import LONGEST_NAME
from .comparison import Comparison, compare
from .kinds import view_of
from .provenance import provenance
from .steps import listed
from .wording import cut


def _html(comparison: Comparison, made: dict[str, str]) -> str:
    from .html import page_html
    from .page import compose, without_figures

    page = compose(comparison)
    data, is_abridged = embedded_json(comparison, made)
    text = page_html(page, data, made, is_abridged)
    if len(text.encode()) > LARGEST_PAGE and not is_abridged:
        text = page_html(page, abridged_json(comparison, made), made, True)
    if len(text.encode()) > LARGEST_PAGE:
        text = page_html(without_figures(page), abridged_json(comparison, made), made, True)
    return text


def _markdown(comparison: Comparison, made: dict[str, str]) -> str:
    from .markdown import page_markdown
    from .page import compose

    return page_markdown(compose(comparison))


def _markdown_with_figures(comparison: Comparison, path: str) -> str:
    """The report as Markdown; its figures are written as files beside it."""
    from .figures.svg import svg_file
    from .markdown import page_markdown
    from .page import compose, figures_of

    page, pictures = compose(comparison), {}
    for figure in figures_of(page):
        drawing = figure.draw()
        if drawing is not None:
            beside = f"{os.path.splitext(path)[0]}-{figure.name}.svg"
            write_whole(beside, svg_file(drawing))
            pictures[figure.name] = os.path.basename(beside)
    return page_markdown(page, pictures)


def _json(comparison: Comparison, made: dict[str, str]) -> str:
    return json.dumps({**report_fields(comparison), "made": made}, indent=1) + "\n"


FORMATS: Mapping[str, Callable[[Comparison, dict[str, str]], str]] = {
    ".html": _html,
    ".md": _markdown,
    ".json": _json,
}
"""Suffix of a path: what makes the text of a report."""

EMBEDDED_STEPS = 2_000
"""Pages on more steps than this have the JSON of the dearest ones inside."""

EMBEDDED_BYTES = 600_000
"""The most JSON that a page has inside."""

LARGEST_PAGE = 2 * 2**20
"""Pages that would be larger leave out the whole JSON, then their pictures."""


def report(
    problem_or_plans: Any, path: str, *, figures: bool = False, command: str | None = None
) -> None:
    """Write the problem, the table of its orders, and each step with its operands and cost.

    Args:
        problem_or_plans: a problem, whose forward, reverse and optimal orders are compared; a
            plan, or several of one problem; or what `compare` gave back, executions included.
        path: where to write; a page, Markdown or JSON by its suffix, `.html`, `.md` or `.json`.
            The page is one file that needs no network; it takes `pip install
            'chainorder[report]'`. The file is written whole or not at all.
        figures: write the figures of a Markdown report too, as SVG files beside it. A page has
            them inside.
        command: the command line that the report says it was made with.

    Raises:
        ChainOrderError: a suffix that is none of these, plans of different problems, or a path
            that cannot be written; figures of what is no Markdown.

    >>> import chainorder as co
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "report.md")
    ...     co.report(co.Chain([1000, 1, 1000, 1, 1000]), str(path))
    ...     print(path.read_text(encoding="utf-8").splitlines()[0])
    # Jacobian of a chain
    """
    suffix = check_path(path)
    if figures and suffix != ".md":
        raise ChainOrderError(f"{path}: figures are written beside a report that ends in .md")
    comparison = as_comparison(problem_or_plans)
    if figures:
        write_whole(path, _markdown_with_figures(comparison, path))
        return
    write_whole(path, FORMATS[suffix](comparison, provenance(comparison, command)))


def check_path(path: str) -> str:
    """The suffix of a path that a report can be written to.

    Raises:
        ChainOrderError: the suffix or the folder does not fit.
    """
    suffix = suffix_of(path)
    if suffix not in FORMATS:
        raise ChainOrderError(f"{path}: a report ends in {' or '.join(FORMATS)}")
    if os.path.isdir(path):
        raise ChainOrderError(f"{path} is a directory: expected the path of a file")
    folder = os.path.dirname(path) or "."
    if not os.path.isdir(folder):
        raise ChainOrderError(f"{path} cannot be written: there is no directory {folder}")
    return suffix


def as_comparison(subject: Any) -> Comparison:
    """Plans side by side, or those of a problem.

    Raises:
        ChainOrderError: plans of different problems, or none; no problem.
    """
    if isinstance(subject, Comparison):
        return subject
    if isinstance(subject, Plan):
        return Comparison((subject,))
    if isinstance(subject, Sequence):
        for t, plan in enumerate(subject):
            if not isinstance(plan, Plan):
                raise ChainOrderError(f"plans[{t}] is {plan!r}: expected a Plan")
            if plan.problem != subject[0].problem or plan.objective != subject[0].objective:
                raise ChainOrderError(f"plans[{t}] is of another problem or for another objective")
        if not subject:
            raise ChainOrderError("no plans: expected at least one")
        return Comparison(tuple(subject))
    return compare(subject)


def report_fields(comparison: Comparison) -> dict[str, Any]:
    """The comparison as JSON types, with every step."""
    fields = comparison.to_dict()
    for plan, plan_fields in zip(comparison.plans, fields["plans"], strict=True):
        plan_fields["steps"] = _step_fields(comparison, plan, None)
    return fields


def embedded_json(comparison: Comparison, made: dict[str, str]) -> tuple[str, bool]:
    """The JSON of a report that fits into a page, and whether something is left out of it."""
    view = view_of(comparison.problem)
    steps = sum(len(plan.steps) for plan in comparison.plans)
    if steps <= EMBEDDED_STEPS and view.written_items(comparison.problem) <= EMBEDDED_BYTES:
        text = json.dumps({**report_fields(comparison), "made": made})
        if len(text) <= EMBEDDED_BYTES:
            return text, False
    return abridged_json(comparison, made), True


def abridged_json(comparison: Comparison, made: dict[str, str]) -> str:
    """The JSON of a report without what grows with the problem: the dearest steps stand for all."""
    view = view_of(comparison.problem)
    fields = comparison.figures()
    for plan, plan_fields in zip(comparison.plans, fields["plans"], strict=True):
        plan_fields["count"] = len(plan.steps)
        if len(plan.steps) <= view.steps_listable:
            positions = listed(view.step_costs(plan))
            key = "dearest" if positions else "steps"
            plan_fields[key] = [
                {name: _shortened(value) for name, value in step.items()}
                for step in _step_fields(comparison, plan, positions)
            ]
    return json.dumps({**fields, "made": made})


def _step_fields(
    comparison: Comparison, plan: Plan, positions: list[int] | None
) -> list[dict[str, Any]]:
    """The steps at these positions, or all, with what they counted where that is known."""
    shown = view_of(plan.problem).shown_steps(plan, positions)
    fields = [step._asdict() for step in shown]
    trace = comparison.traces.get(plan.name)
    if trace is not None and len(trace.fma) == len(plan.steps):
        for step in fields:
            t = step["number"] - 1
            counted = {"fma": trace.fma[t], "flops": trace.flops[t], "seconds": trace.seconds[t]}
            step["executed"] = counted
    return fields


def _shortened(value: Any) -> Any:
    return cut(value, LONGEST_NAME) if isinstance(value, str) else value
