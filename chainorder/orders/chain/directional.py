"""Forward and reverse: eliminate the variables from the inputs on, or from the outputs back."""

from __future__ import annotations

import numpy as np

from ...plans.cost import cut_bound
from ...plans.plan import Plan
from ...plans.steps import Steps
from ...problems.chain import Chain


def forward(chain: Chain, objective: str = "fma") -> Plan:
    """Multiply from the input side: `J_q (… (J_3 (J_2 J_1)))`; O(q)."""
    q = len(chain)
    k = np.arange(1, q)
    return _directional(chain, Steps(np.zeros_like(k), k, k + 1), "forward", objective)


def reverse(chain: Chain, objective: str = "fma") -> Plan:
    """Multiply from the output side: `((J_q J_{q-1}) J_{q-2} …) J_1`; O(q)."""
    q = len(chain)
    k = np.arange(q - 1, 0, -1)
    return _directional(chain, Steps(k - 1, k, np.full_like(k, q)), "reverse", objective)


def _directional(chain: Chain, steps: Steps, name: str, objective: str) -> Plan:
    # Without an intermediate there is one order; with one, both directions are that order.
    proof = "optimal" if len(steps) <= 1 else None
    return Plan(chain, steps, name, objective, cut_bound(chain, objective), proof)
