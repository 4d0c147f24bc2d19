"""Hessians from products: forward over reverse, and a row at a time by reverse over reverse."""

from __future__ import annotations

from ...errors import InfeasibleOrderError
from ...plans.hessian_figures import sweep_lacks
from ...plans.hessian_kinds import ROWS, SWEEP
from ...plans.hessian_steps import HessianSteps
from ...plans.plan import Plan
from ...problems.hessian_chain import HessianChain
from .directional import bounded_plan, directed_plan


def forward_over_reverse(chain: HessianChain, objective: str = "fma") -> Plan:
    """A tangent of the gradient's adjoint program for every input, the adjoints shared.

    Raises:
        InfeasibleOrderError: an elemental without tangents, adjoints or second-order adjoints.
    """
    return _swept(chain, SWEEP, "forward-over-reverse", objective)


def row_at_a_time(chain: HessianChain, objective: str = "fma") -> Plan:
    """The adjoint of the gradient's adjoint program for every row: tangents from adjoints.

    Raises:
        InfeasibleOrderError: an elemental without adjoints or second-order adjoints.
    """
    return _swept(chain, ROWS, "row-at-a-time", objective)


def _swept(chain: HessianChain, kind: int, name: str, objective: str) -> Plan:
    curved = [l for l, elemental in enumerate(chain.elementals, 1) if not elemental.is_linear]
    if not curved:
        return bounded_plan(chain, HessianSteps.of([]), name, objective)
    last = curved[-1]
    lacks = sweep_lacks(chain)[1 if kind == ROWS else 0]
    if lacks[last] > 0:
        l = next(l for l in range(last) if lacks[l + 1] > lacks[l])
        raise InfeasibleOrderError(
            f"{name} order: elementals[{l}] lacks a product that it needs", name, l, None
        )
    return directed_plan(chain, [(kind, 0, last, len(chain))], name, objective)
