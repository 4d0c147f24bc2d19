"""Find, execute and count the best order in which to accumulate a Jacobian.

This is the list of what is public. A name is imported from its home when it is first asked for, so
that importing the package costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ._version import __version__

if TYPE_CHECKING:
    from .chain import Chain, Elemental, Timing
    from .checking import Check, check
    from .errors import ChainOrderError, InfeasibleOrderError
    from .execution.dispatch import execute
    from .execution.multi_dot import multi_dot
    from .execution.run import Run
    from .functions import Function
    from .generation import random_chain
    from .graph import Graph
    from .measuring import measure
    from .planning import plan
    from .plans import Plan
    from .reporting.comparison import Comparison, compare
    from .reporting.report import report
    from .steps import Step
    from .structure import Banded, Dense, Diagonal, Identity, Sparse, Structure, Zero

_HOMES = {
    "Banded": "structure",
    "Chain": "chain",
    "ChainOrderError": "errors",
    "Check": "checking",
    "Comparison": "reporting.comparison",
    "Dense": "structure",
    "Diagonal": "structure",
    "Elemental": "chain",
    "Function": "functions",
    "Graph": "graph",
    "Identity": "structure",
    "InfeasibleOrderError": "errors",
    "Plan": "plans",
    "Run": "execution.run",
    "Sparse": "structure",
    "Step": "steps",
    "Structure": "structure",
    "Zero": "structure",
    "Timing": "chain",
    "check": "checking",
    "compare": "reporting.comparison",
    "execute": "execution.dispatch",
    "measure": "measuring",
    "multi_dot": "execution.multi_dot",
    "plan": "planning",
    "random_chain": "generation",
    "report": "reporting.report",
}

__all__ = [
    "Banded",
    "Chain",
    "ChainOrderError",
    "Check",
    "Comparison",
    "Dense",
    "Diagonal",
    "Elemental",
    "Function",
    "Graph",
    "Identity",
    "InfeasibleOrderError",
    "Plan",
    "Run",
    "Sparse",
    "Step",
    "Structure",
    "Timing",
    "Zero",
    "__version__",
    "check",
    "compare",
    "execute",
    "measure",
    "multi_dot",
    "plan",
    "random_chain",
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
