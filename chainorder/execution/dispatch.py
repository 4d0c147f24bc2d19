"""`execute`: a plan and its operands in, the Jacobian and what was counted out."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from ..checks import checked_integer, shown
from ..errors import ChainOrderError
from ..plans.plan import Plan
from .run import OnStep, Run

WALKS: Mapping[str, str] = {
    "chain": "chain_walk:execute_chain",
    "graph": "graph_walk:execute_graph",
    "hessian_chain": "hessian_walk:execute_hessian_chain",
}
"""For each kind of problem the module in this room, and the function there, that runs its plans.

It takes the plan, the operands, the point, the width of a block and, if asked, `on_step`, and
gives a `Run`. A new kind of problem is one file and one row; a new kind of operand is one row in
`operands/by_type.py`.
"""


SIDE_BY_SIDE = frozenset({"chain"})
"""The kinds whose walk also takes how many workers there are."""


def execute(
    plan: Plan,
    operands: Any,
    x: Any = None,
    *,
    block: int | None = None,
    on_step: OnStep | None = None,
    workers: int = 1,
) -> Run:
    """Run the steps of `plan` on the elementals of a chain, or on the edges of a graph.

    Args:
        plan: what to do.
        operands: one per elemental, first applied first; `operands[l]` is `d x_{l+1} / d x_l`,
            an array of shape `(d_{l+1}, d_l)`: real, complex or integer, in any memory layout, or a
            SciPy sparse array; the entries alone of a diagonal; of an inverse or a transpose the
            matrix itself. An elemental that is not given may also be a `LinearOperator`
            (`matmat` is its tangent, `rmatmat` its adjoint) or a `Function`; what is no function
            is taken for linear when the point of a later function is computed. Of a graph:
            `{(u, v): partial}`, see `execution.graph_walk.execute_graph`; of second derivatives:
            `(jacobian, tensor)`, see `execution.hessian_walk.execute_hessian_chain`.
        x: the point `x_0` of shape `(d_0,)`; only needed by operands that are functions. A NaN
            in it, or one that a function makes of it, is left to reach the Jacobian.
        block: how many columns (rows) a tangent (adjoint) step pushes at a time through all its
            elementals, to hold less at once than the plan says; None for all together.
        on_step: called after each step with the fma and flops that were counted so far, and the
            seconds; on a graph after each elimination.
        workers: threads that do the steps of a chain side by side, each on a BLAS of one thread:
            in the order of the plan's schedule, or of one that is found if it has none for so many.
            What is done is the same; the peak entries are those that were held at once. Needs
            `pip install 'chainorder[machines]'`.

    Returns:
        The Jacobian with the fma, flops and peak entries that were counted, and the seconds.
        Without `block` and `workers` the counts are what the plan says, or less where an entry that
        may be non-zero by its structure is zero. `run.schedule` says, of several workers, who
        really did what when.

    Raises:
        ChainOrderError: names the operand that does not fit, before anything is multiplied, or
            that holds a NaN or an infinity.

    >>> import chainorder as co
    >>> import numpy as np
    >>> plan = co.plan(co.Chain([2, 3, 1]))
    >>> run = co.execute(plan, [np.ones((3, 2)), np.ones((1, 3))])
    >>> run.jacobian.tolist(), run.fma == plan.fma == 6
    ([[3.0, 3.0]], True)
    """
    if not isinstance(plan, Plan):
        raise ChainOrderError(f"plan is {shown(plan)}: expected a Plan")
    module, name = WALKS[plan.problem.kind].split(":")
    workers = checked_integer("workers", workers, "a number of threads", least=1)
    walk = getattr(import_module(f".{module}", __package__), name)
    options: dict[str, Any] = {"on_step": on_step} if on_step else {}
    if workers > 1:
        if plan.problem.kind not in SIDE_BY_SIDE:
            raise ChainOrderError(
                f"workers is {workers}: the steps of a {plan.problem.kind} are done one after "
                f"another, expected 1"
            )
        options["workers"] = workers
    run: Run = walk(plan, operands, x, block, **options)
    return run
