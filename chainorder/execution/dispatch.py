"""`execute`: a plan and its operands in, the Jacobian and what was counted out."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..chain import Chain
from ..errors import ChainOrderError
from ..plans import Plan
from .dense import Array, Counts, multiply_all
from .run import Run


def execute(plan: Plan, operands: Any, x: Any = None) -> Run:
    """Run the steps of `plan` on the elementals of a chain, or on the edges of a graph.

    Args:
        plan: what to do.
        operands: one per elemental, first applied first; `operands[l]` is `d x_{l+1} / d x_l`,
            an array of shape `(d_{l+1}, d_l)`: real, complex or integer, in any memory layout.
            Of a graph: `{(u, v): partial}`, see `execution.partials.execute_graph`.
        x: the point `x_0`; only needed by operands that are functions.

    Returns:
        The Jacobian with the fma, flops and peak entries that were counted, and the seconds.

    Raises:
        ChainOrderError: names the operand that does not fit, before anything is multiplied, or
            that holds a NaN or an infinity.
    """
    if not isinstance(plan, Plan):
        raise ChainOrderError(f"plan is {plan!r}: expected a Plan")
    if not isinstance(plan.problem, Chain):
        from .partials import execute_graph

        return execute_graph(plan, operands)
    jacobians = _checked_arrays(plan.problem, operands)
    start = time.perf_counter()
    if len(jacobians) == 1:
        jacobian, counts = jacobians[0].copy(), Counts(0, 0, 0)
    else:
        steps = plan.steps
        triples = list(zip(steps.i.tolist(), steps.k.tolist(), steps.j.tolist(), strict=True))
        with np.errstate(over="ignore", invalid="ignore"):
            jacobian, counts = multiply_all(triples, jacobians)
    seconds = time.perf_counter() - start
    _check_finite(jacobian, jacobians)
    return Run(jacobian, counts.fma, counts.flops, seconds, counts.peak_entries)


def _checked_arrays(chain: Chain, operands: Sequence[Any]) -> list[Array]:
    try:
        arrays = [np.asarray(operand) for operand in operands]
    except (TypeError, ValueError) as error:
        raise ChainOrderError(f"operands: expected a sequence of arrays ({error})") from None
    if len(arrays) != len(chain):
        raise ChainOrderError(
            f"{len(arrays)} operands: expected {len(chain)}, one per elemental of the plan"
        )
    d = chain.size_array.tolist()
    for l, array in enumerate(arrays):
        if array.dtype.kind not in "iufc":
            raise ChainOrderError(
                f"operands[{l}] has dtype {array.dtype}: expected integers, real or complex numbers"
            )
        if array.shape != (d[l + 1], d[l]):
            raise ChainOrderError(
                f"operands[{l}] has shape {array.shape}: expected {(d[l + 1], d[l])}"
            )
    return arrays


def _check_finite(jacobian: Array, jacobians: Sequence[Array]) -> None:
    """Raise for a NaN or infinity in an operand; it always reaches the product, so look there.

    Finite operands whose product overflows are the arithmetic's own business.
    """
    if np.isfinite(jacobian).all():
        return
    for l, array in enumerate(jacobians):
        wrong = ~np.isfinite(array)
        if wrong.any():
            at = tuple(int(v) for v in np.argwhere(wrong)[0])
            raise ChainOrderError(
                f"operands[{l}] is {array[at]} at {list(at)}: expected finite numbers"
            )
