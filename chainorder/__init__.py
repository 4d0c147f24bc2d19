"""Find, execute and count the best order in which to accumulate a Jacobian.

This is the list of what is public. A name is imported from its home when it is first asked for, so
that importing the package costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ._version import __version__

if TYPE_CHECKING:
    from .chain import Chain, Elemental
    from .errors import ChainOrderError
    from .execution.dispatch import execute
    from .execution.multi_dot import multi_dot
    from .execution.run import Run
    from .graph import Graph
    from .planning import plan
    from .plans import Plan, Step
    from .reporting.comparison import Comparison, compare
    from .reporting.report import report
    from .structure import Dense

_HOMES = {
    "Chain": "chain",
    "ChainOrderError": "errors",
    "Comparison": "reporting.comparison",
    "Dense": "structure",
    "Elemental": "chain",
    "Graph": "graph",
    "Plan": "plans",
    "Run": "execution.run",
    "Step": "plans",
    "compare": "reporting.comparison",
    "execute": "execution.dispatch",
    "multi_dot": "execution.multi_dot",
    "plan": "planning",
    "report": "reporting.report",
}

__all__ = [
    "Chain",
    "ChainOrderError",
    "Comparison",
    "Dense",
    "Elemental",
    "Graph",
    "Plan",
    "Run",
    "Step",
    "__version__",
    "compare",
    "execute",
    "multi_dot",
    "plan",
    "report",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
