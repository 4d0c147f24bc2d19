"""Which equations work entry by entry."""

from __future__ import annotations

from jax.extend.core import ClosedJaxpr

from .tracing import Equation

# fmt: off
ELEMENTWISE = frozenset(
    (
        "abs", "acos", "acosh", "add", "add_any", "asin", "asinh", "atan", "atan2", "atanh",
        "cbrt", "clamp", "conj", "convert_element_type", "copy", "copy_p", "cos", "cosh",
        "digamma", "div", "erf", "erf_inv", "erfc", "exp", "exp2", "expm1", "igamma", "imag",
        "integer_pow", "lgamma", "log", "log1p", "logistic", "max", "min", "mul", "neg",
        "nextafter", "pow", "real", "reduce_precision", "rem", "rsqrt", "select_n", "sin", "sinh",
        "sqrt", "square", "sub", "tan", "tanh",
    )
)
# fmt: on
"""Primitives whose result at each place depends on nothing but their operands there."""

WITHOUT_DERIVATIVE = frozenset(
    ("eq", "ne", "lt", "le", "gt", "ge", "and", "or", "not", "xor", "is_finite", "stop_gradient")
) | frozenset(("sign", "floor", "ceil", "round"))
"""More of them, whose results have none."""

SLOW = frozenset(
    (
        *("sin", "cos", "tan", "asin", "acos", "atan", "atan2", "sinh", "cosh", "tanh", "asinh"),
        *("acosh", "atanh", "exp", "exp2", "expm1", "log", "log1p", "logistic", "pow", "cbrt"),
        *("erf", "erf_inv", "erfc", "lgamma", "digamma"),
    )
)
"""Elementwise primitives that take as long as tens of multiplications."""


def is_elementwise(equation: Equation) -> bool:
    """Whether each entry of the result depends on nothing but the operands in its place.

    A scalar operand is in every place. `custom_jvp` is what its body is.
    """
    if equation.primitive.name != "custom_jvp_call":
        return equation.primitive.name in ELEMENTWISE
    body = equation.params["call_jaxpr"]
    return isinstance(body, ClosedJaxpr) and _is_elementwise_body(body)


def _is_elementwise_body(body: ClosedJaxpr) -> bool:
    shapes = {v.aval.shape for e in body.jaxpr.eqns for v in e.outvars} - {()}
    for equation in body.jaxpr.eqns:
        name = equation.primitive.name
        inner = equation.params.get("jaxpr", equation.params.get("call_jaxpr"))
        if isinstance(inner, ClosedJaxpr) and name in ("jit", "pjit", "custom_jvp_call"):
            if not _is_elementwise_body(inner):
                return False
        elif name == "broadcast_in_dim":
            if equation.invars[0].aval.shape != ():
                return False
        elif name not in ELEMENTWISE | WITHOUT_DERIVATIVE:
            return False
    return len(shapes) <= 1
