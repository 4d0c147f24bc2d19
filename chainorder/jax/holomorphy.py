"""Which variables can be a state where numbers are complex.

JAX's derivatives are linear over the reals. A state of real variables is sound whatever lies on
either side of it; a state of complex ones has a Jacobian of complex numbers only if everything
around is complex-differentiable.
"""

from __future__ import annotations

from collections.abc import Callable

from .activity import Activity

# fmt: off
COMPLEX_DIFFERENTIABLE = frozenset(
    (
        "add", "sub", "mul", "div", "neg", "dot_general", "conv_general_dilated", "exp",
        "exp2", "expm1", "log", "log1p", "sin", "cos", "tan", "asin", "acos", "atan", "sinh",
        "cosh", "tanh", "asinh", "acosh", "atanh", "sqrt", "rsqrt", "cbrt", "pow",
        "integer_pow", "square", "logistic", "reshape", "squeeze", "expand_dims", "transpose",
        "broadcast_in_dim", "reduce_sum", "cumsum", "concatenate", "slice", "dynamic_slice",
        "pad", "rev", "gather", "select_n", "copy", "reduce_prod",
    )
)
# fmt: on
"""Primitives that are linear, or differentiable, over the complex numbers."""


def cuttable(live: Activity) -> Callable[[int], bool]:
    """Whether a variable may be part of a state between inputs and outputs."""
    program = live.program
    ends = (*live.inputs, *live.outputs)
    if not any(program.is_complex(v) for v in live.variables):
        return lambda v: program.size(v) > 0
    if not any(program.is_complex(v) for v in ends):
        return lambda v: program.size(v) > 0 and not program.is_complex(v)
    names = {program.equations[number].primitive.name for number in live.equations}
    is_sound = names <= COMPLEX_DIFFERENTIABLE and all(map(program.is_complex, live.variables))
    return lambda v: is_sound and program.size(v) > 0
