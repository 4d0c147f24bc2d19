"""Find, execute and count the best order in which to accumulate a Jacobian."""

from ._version import __version__
from .chain import Chain, Elemental
from .errors import ChainOrderError
from .execution.dispatch import execute
from .execution.multi_dot import multi_dot
from .execution.run import Run
from .planning import plan
from .plans import Plan, Step
from .reporting.comparison import Comparison, compare
from .reporting.report import report
from .structure import Dense

__all__ = [
    "Chain",
    "ChainOrderError",
    "Comparison",
    "Dense",
    "Elemental",
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
