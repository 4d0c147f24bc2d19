"""Find, execute and count the best order in which to accumulate a Jacobian."""

from ._version import __version__
from .chain import Chain, Elemental, Timing
from .checking import Check, check
from .errors import ChainOrderError, InfeasibleOrderError
from .execution.dispatch import execute
from .execution.multi_dot import multi_dot
from .execution.run import Run
from .functions import Function
from .generation import random_chain
from .measuring import measure
from .planning import plan
from .plans import Plan, Step
from .reporting.comparison import Comparison, compare
from .reporting.report import report
from .structure import Dense

__all__ = [
    "Chain",
    "ChainOrderError",
    "Check",
    "Comparison",
    "Dense",
    "Elemental",
    "Function",
    "InfeasibleOrderError",
    "Plan",
    "Run",
    "Step",
    "Timing",
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
