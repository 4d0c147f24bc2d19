"""`report`: a problem, its orders and all their steps, written to a file."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from typing import Any

from ..errors import ChainOrderError
from ..files.problem import write_whole
from ..plans.plan import Plan
from ..problems.chain import Chain
from .comparison import Comparison, compare
from .markdown import comparison_markdown
from .steps import shown_steps

SUFFIXES = (".md", ".json")


def report(problem_or_plans: Chain | Comparison | Plan | Sequence[Plan], path: str) -> None:
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
    comparison = _as_comparison(problem_or_plans)
    if suffix == ".md":
        text = comparison_markdown(comparison)
    else:
        text = json.dumps(_report_fields(comparison), indent=1) + "\n"
    write_whole(path, text)


def check_path(path: str) -> str:
    """The suffix of a path that a report can be written to.

    Raises:
        ChainOrderError: the suffix or the folder does not fit.
    """
    suffix = os.path.splitext(path)[1].lower()
    if suffix not in SUFFIXES:
        raise ChainOrderError(f"{path}: a report ends in {' or '.join(SUFFIXES)}")
    if os.path.isdir(path):
        raise ChainOrderError(f"{path} is a directory: expected the path of a file")
    folder = os.path.dirname(path) or "."
    if not os.path.isdir(folder):
        raise ChainOrderError(f"{path} cannot be written: there is no directory {folder}")
    return suffix


def _as_comparison(subject: Chain | Comparison | Plan | Sequence[Plan]) -> Comparison:
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


def _report_fields(comparison: Comparison) -> dict[str, Any]:
    fields = comparison.to_dict()
    for plan, plan_fields in zip(comparison.plans, fields["plans"], strict=True):
        plan_fields["steps"] = [step._asdict() for step in shown_steps(plan, at_most=None)]
    return fields
