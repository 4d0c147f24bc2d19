"""Find, execute and count the best order in which to accumulate a Jacobian.

This is the list of what is public. A name is imported from its home when it is first asked for, so
that importing the package costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ._version import __version__

if TYPE_CHECKING:
    from .checking import Check, check
    from .errors import ChainOrderError, InfeasibleOrderError
    from .execution.dispatch import execute
    from .execution.operands.function import Function
    from .execution.run import Run
    from .measuring import measure
    from .multiplying import multi_dot
    from .planning import plan, schedule
    from .plans.plan import Plan
    from .plans.schedule import Schedule
    from .plans.steps import Step
    from .problems.chain import Chain
    from .problems.elemental import Elemental, Timing
    from .problems.graph import Graph
    from .problems.hessian_chain import HessianChain, HessianElemental
    from .problems.random_chains import random_chain
    from .reporting.comparison import Comparison, compare
    from .reporting.report import report
    from .structure.declarations import Banded, Dense, Diagonal, Identity, Sparse, Structure, Zero
    from .structure.derived import Inverse, Transpose
    from .structure.special import Selection, Symmetric, Triangular

_HOMES = {
    "Banded": "structure.declarations",
    "Chain": "problems.chain",
    "ChainOrderError": "errors",
    "Check": "checking",
    "Comparison": "reporting.comparison",
    "Dense": "structure.declarations",
    "Diagonal": "structure.declarations",
    "Elemental": "problems.elemental",
    "Function": "execution.operands.function",
    "Graph": "problems.graph",
    "HessianChain": "problems.hessian_chain",
    "HessianElemental": "problems.hessian_chain",
    "Identity": "structure.declarations",
    "InfeasibleOrderError": "errors",
    "Inverse": "structure.derived",
    "Plan": "plans.plan",
    "Run": "execution.run",
    "Schedule": "plans.schedule",
    "Selection": "structure.special",
    "Sparse": "structure.declarations",
    "Step": "plans.steps",
    "Structure": "structure.declarations",
    "Symmetric": "structure.special",
    "Timing": "problems.elemental",
    "Transpose": "structure.derived",
    "Triangular": "structure.special",
    "Zero": "structure.declarations",
    "check": "checking",
    "compare": "reporting.comparison",
    "execute": "execution.dispatch",
    "measure": "measuring",
    "multi_dot": "multiplying",
    "plan": "planning",
    "random_chain": "problems.random_chains",
    "report": "reporting.report",
    "schedule": "planning",
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
    "HessianChain",
    "HessianElemental",
    "Identity",
    "InfeasibleOrderError",
    "Inverse",
    "Plan",
    "Run",
    "Schedule",
    "Selection",
    "Sparse",
    "Step",
    "Structure",
    "Symmetric",
    "Timing",
    "Transpose",
    "Triangular",
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
    "schedule",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
