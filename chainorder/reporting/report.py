"""`report`: a problem, its orders and all their steps, written to a file.

A new format is one file that renders a page, and one row in `FORMATS`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..errors import ChainOrderError
from ..files.problem import write_whole
from ..plans.plan import Plan
from .comparison import Comparison, compare
from .kinds import view_of


def _markdown(comparison: Comparison) -> str:
    from .markdown import page_markdown
    from .page import compose

    return page_markdown(compose(comparison))


def _json(comparison: Comparison) -> str:
    return json.dumps(report_fields(comparison), indent=1) + "\n"


FORMATS: Mapping[str, Callable[[Comparison], str]] = {
    ".md": _markdown,
    ".json": _json,
}
"""Suffix of a path: what makes the text of a report."""


def report(problem_or_plans: Any, path: str) -> None:
    """Write the problem, the table of its orders, and each step with its operands and cost.

    Args:
        problem_or_plans: a problem, whose forward, reverse and optimal orders are compared; a
            plan, or several of one problem; or what `compare` gave back, executions included.
        path: where to write; Markdown or JSON by its suffix, `.md` or `.json`. The file is
            written whole or not at all.

    Raises:
        ChainOrderError: a suffix that is none of these, plans of different problems, or a path
            that cannot be written.
    """
    suffix = check_path(path)
    write_whole(path, FORMATS[suffix](as_comparison(problem_or_plans)))


def check_path(path: str) -> str:
    """The suffix of a path that a report can be written to.

    Raises:
        ChainOrderError: the suffix or the folder does not fit.
    """
    suffix = os.path.splitext(path)[1].lower()
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
    view = view_of(comparison.problem)
    for plan, plan_fields in zip(comparison.plans, fields["plans"], strict=True):
        plan_fields["steps"] = [step._asdict() for step in view.shown_steps(plan, None)]
    return fields
