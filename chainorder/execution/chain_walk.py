"""Running a plan of a chain: on plain arrays by products alone, else step by step."""

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
from .numbers_in import is_finite, number_array
from .run import OnStep, Run


def execute_chain(
    plan: Plan,
    operands: Any,
    x: Any = None,
    block: int | None = None,
    on_step: OnStep | None = None,
    workers: int = 1,
) -> Run:
    """Accumulate the Jacobian of a chain; arguments, result and errors are those of `execute`."""
    if block is not None:
        block = checked_integer("block", block, "a number of columns", least=1)
    if workers > 1 and plan.wanted != "whole":
        raise ChainOrderError(
            f"workers is {workers}: all {plan.wanted} are made one after another, expected 1"
        )
    chain = plan.problem
    operands = _listed(operands, len(chain))
    is_plain = chain.is_all_matrices and plan.form == "matrix" and plan.wanted == "whole"
    is_plain = is_plain and workers == 1
    if not is_plain or not all(map(_is_array, operands)):
        from .mixed_walk import run_mixed

        run = run_mixed(plan, operands, x, block, on_step, workers)
        if chain.ranges is None or chain.is_dense:
            made = run.jacobian.factors if plan.form == "operator" else [run.jacobian]
            if plan.wanted != "whole":
                made = run.jacobian[-1:]  # of all factors
            for matrix in made:
                _check_finite(matrix, operands)
        return run
    jacobians = _checked_arrays(chain, operands)
    start = time.perf_counter()
    if len(jacobians) == 1:
        jacobian, counts = jacobians[0].copy(), Counts(0, 0, 0)
    else:
        with np.errstate(over="ignore", invalid="ignore"):
            jacobian, counts = multiply_all(plan.steps.triples(), jacobians, None, on_step)
    seconds = time.perf_counter() - start
    _check_finite(jacobian, jacobians)
    return Run(jacobian, counts.fma, counts.flops, seconds, counts.peak_entries)


def _is_array(value: Any) -> bool:
    """Whether it is an array, or what NumPy makes one of."""
    if type(value) is np.ndarray:
        return True
    from .operands.by_type import is_more_than_an_array

    return not is_more_than_an_array(value)


def _checked_arrays(chain: Chain, operands: Sequence[Any]) -> list[Array]:
    expected = "integers, real or complex numbers"
    arrays = [
        number_array(operand, f"operands[{l}]", expected) for l, operand in enumerate(operands)
    ]
    d = chain.size_array.tolist()
    for l, array in enumerate(arrays):
        if array.shape != (d[l + 1], d[l]):
            raise ChainOrderError(
                f"operands[{l}] has shape {array.shape}: expected {(d[l + 1], d[l])}"
            )
    return arrays


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


def _check_finite(jacobian: Array, jacobians: Sequence[Any]) -> None:
    """Raise for a NaN or infinity in an operand that is an array.

    It always reaches the product, so that is looked at first. Finite operands whose product
    overflows are the arithmetic's own business.
    """
    if is_finite(jacobian):
        return
    for l, array in enumerate(jacobians):
        if not isinstance(array, np.ndarray):
            continue  # a program may make what it likes
        wrong = ~np.isfinite(array)
        if wrong.any():
            at = tuple(int(v) for v in np.argwhere(wrong)[0])
            raise ChainOrderError(
                f"operands[{l}] is {array[at]} at {list(at)}: expected finite numbers"
            )
