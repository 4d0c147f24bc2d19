"""`execute`: a plan and its operands in, the Jacobian and what was counted out."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..checks import checked_integer
from ..errors import ChainOrderError
from ..plans.plan import Plan
from ..problems.chain import Chain
from .dense import Array, Counts, multiply_all
from .operands.function import Function
from .operands.products import is_linear_operator, is_sparse
from .run import Run


def execute(plan: Plan, operands: Any, x: Any = None, *, block: int | None = None) -> Run:
    """Run the steps of `plan` on the elementals of a chain, or on the edges of a graph.

    Args:
        plan: what to do.
        operands: one per elemental, first applied first; `operands[l]` is `d x_{l+1} / d x_l`,
            an array of shape `(d_{l+1}, d_l)`: real, complex or integer, in any memory layout. An
            elemental that is not given may also be a SciPy sparse array, a `LinearOperator`
            (`matmat` is its tangent, `rmatmat` its adjoint) or a `Function`; what is no function
            is taken for linear when the point of a later function is computed. Of a graph:
            `{(u, v): partial}`, see `execution.partials.execute_graph`.
        x: the point `x_0` of shape `(d_0,)`; only needed by operands that are functions. A NaN
            in it, or one that a function makes of it, is left to reach the Jacobian.
        block: how many columns (rows) a tangent (adjoint) step pushes at a time through all its
            elementals, to hold less at once than the plan says; None for all together.

    Returns:
        The Jacobian with the fma, flops and peak entries that were counted, and the seconds.
        Without `block` they are what the plan says.

    Raises:
        ChainOrderError: names the operand that does not fit, before anything is multiplied, or
            that holds a NaN or an infinity.
    """
    if not isinstance(plan, Plan):
        raise ChainOrderError(f"plan is {plan!r}: expected a Plan")
    if plan.problem.kind == "graph":
        from .graph_walk import execute_graph

        return execute_graph(plan, operands)
    if block is not None:
        block = checked_integer("block", block, "a number of columns", least=1)
    chain = plan.problem
    operands = _listed(operands, len(chain))
    is_plain = chain.is_given_dense and chain.timing is None and plan.form == "matrix"
    if not is_plain or any(map(_is_more_than_an_array, operands)):
        from .chain_walk import run_mixed

        run = run_mixed(plan, operands, x, block)
        if chain.ranges is None:
            made = [run.jacobian] if plan.form == "matrix" else run.jacobian.factors
            for matrix in made:
                _check_finite(matrix, [o for o in operands if isinstance(o, np.ndarray)])
        return run
    jacobians = _checked_arrays(chain, operands)
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


def _is_more_than_an_array(operand: Any) -> bool:
    return isinstance(operand, Function) or is_sparse(operand) or is_linear_operator(operand)


def _listed(operands: Sequence[Any], q: int) -> list[Any]:
    try:
        listed = list(operands)
    except TypeError as error:
        raise ChainOrderError(f"operands: expected a sequence of arrays ({error})") from None
    if len(listed) != q:
        raise ChainOrderError(
            f"{len(listed)} operands: expected {q}, one per elemental of the plan"
        )
    return listed


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
