"""What a plan asks about its steps, by the kind of its problem.

A new kind of problem adds one file here that has a `PlanKind`, and one row to `KINDS`. What holds
for that kind alone (a bracketing, factors, a makespan) is in its `adds`: on plans of other kinds
the attribute does not exist.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..problems.by_kind import Problem
    from .plan_kind import PlanKind

KINDS: Mapping[str, str] = {
    "chain": "chain_plan",
    "graph": "graph_plan",
    "hessian_chain": "hessian_plan",
}
"""The module, in this room, whose `KIND` answers for plans of that kind of problem."""


def kind_of(problem: Problem) -> PlanKind:
    """What plans of this problem ask about their steps."""
    return _kind(problem.kind)


@cache
def _kind(name: str) -> PlanKind:
    kind: PlanKind = import_module(f".{KINDS[name]}", __package__).KIND
    return kind
