"""What one tangent and one adjoint of an equation cost, in multiplications, from its shapes.

A multiplication inside `dot_general` or a convolution counts as one. All else is bound by memory,
not by arithmetic, and counts by the entries that it writes or reads, times a factor. The factors
are measured (`factors` in `benchmarks/jax_jacobian.py`) with many directions at once, as a
Jacobian has them, in float32 on two cores of a server processor, and rounded.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import log2, prod
from typing import Any, NamedTuple

from jax.extend.core import ClosedJaxpr, Jaxpr

from .activity import Activity, activity
from .tracing import Equation, Program, inlined

ENTRY = 8
"""One entry of an elementwise product, a sum, a broadcast or a copy."""

GATHERED = 16
"""One entry that is read where an index says, or lands elsewhere in a transposition."""

SCATTERED = 120
"""One entry that is added where an index says: adjoints of gathers, tangents of scatters."""

STRIDED_ADJOINT = 6
"""The adjoint of a convolution with strides, over its tangent: XLA dilates what it multiplies."""

UNKNOWN_TRIPS = 10
"""How often the body of a `while` is taken to run."""

STARTED = 30_000
"""What starting a product of matrices takes in each round of a loop: 0.7 µs."""

RECOMPUTED = 40
"""One entry of a sine in a loop: XLA takes it for cheap, and tangents compute it once for each."""

SAVED = 8_000
"""What the adjoint of a loop takes in each round to write and read one array of its tape."""

FREE = (
    "reshape",
    "squeeze",
    "expand_dims",
    "bitcast_convert_type",
    "copy",
    "copy_p",
    "optimization_barrier",
)
"""Primitives that move nothing."""

LINEAR = ("add", "sub", "neg", "convert_element_type", "concatenate", "slice", "rev")
"""Primitives that need no tape."""

CUBIC = ("cholesky", "triangular_solve", "lu", "qr", "geqrf", "householder_product", "eigh", "svd")
"""Factorizations of matrices: the size of an operand times the length of its last axis."""


class Price(NamedTuple):
    """Multiplications of one tangent, one adjoint (None where there is none), entries of tape.

    Of loops, what their rounds take however many directions go together: `started` if there is
    more than one, `saved` if they are adjoints.
    """

    tangent: int | None
    adjoint: int | None
    tape: int
    started: int = 0
    saved: int = 0

    def __add__(self, other: object) -> Price:
        assert isinstance(other, Price)
        return Price(
            None if self.tangent is None or other.tangent is None else self.tangent + other.tangent,
            None if self.adjoint is None or other.adjoint is None else self.adjoint + other.adjoint,
            self.tape + other.tape,
            self.started + other.started,
            self.saved + other.saved,
        )

    def repeated(self, count: int) -> Price:
        """The price of so many rounds."""
        return Price(*(None if cost is None else cost * count for cost in self))  # type: ignore[arg-type]


NOTHING = Price(0, 0, 0)


def price(live: Activity, number: int) -> Price:
    """What an equation costs, differentiated by its active operands."""
    equation = live.program.equations[number]
    active = set(live.operands(number))
    if not active:
        return NOTHING
    return _price(live.program, equation, active)


def total(prices: Iterable[Price]) -> Price:
    """The price of several equations one after another."""
    answer = NOTHING
    for one in prices:
        answer += one
    return answer


def _price(program: Program, equation: Equation, active: set[int]) -> Price:
    name, params = equation.primitive.name, equation.params
    shapes = [
        program.avals[v].shape if type(v) is int else getattr(v.value, "shape", ())  # type: ignore[union-attr]
        for v in equation.operands
    ]
    written = sum(prod(program.avals[v].shape) for v in equation.results)
    read = sum(program.size(v) for v in active)
    places = sum(1 for v in equation.operands if v in active)
    if name in FREE:
        return NOTHING
    if name == "dot_general":
        (contracted, _), _ = params["dimension_numbers"]
        fma = places * written * prod(shapes[0][axis] for axis in contracted)
        tape = read if places > 1 else 0
        # With few terms in each sum, what counts is what is written.
        return Price(max(fma, places * ENTRY * written), max(fma, ENTRY * read), tape)
    if name == "conv_general_dilated":
        kernel = params["dimension_numbers"].rhs_spec
        fma = places * written * prod(shapes[1][axis] for axis in kernel[1:])
        strided = any(stride > 1 for stride in params["window_strides"])
        return Price(fma, fma * (STRIDED_ADJOINT if strided else 1), read if places > 1 else 0)
    if name == "scan":
        body = _round(params["jaxpr"], _flags(equation, active, carried=params))
        return body.repeated(params["length"])
    if name == "while":
        first = params["cond_nconsts"]
        flags = _flags(equation, active, carried=None)[first:]
        body = _round(params["body_jaxpr"], flags).repeated(UNKNOWN_TRIPS)
        return body._replace(adjoint=None, tape=0)
    if name == "cond":
        branches = [_body(b, _flags(equation, active, None)[1:]) for b in params["branches"]]
        return max(branches, key=lambda b: (b.tangent is None, b.tangent or 0))
    if name.startswith("custom_vjp_call"):
        whole = _with_own_rule(_bodies(equation), read + written)
        return whole._replace(tangent=None)
    bodies = _bodies(equation)
    if name in ("custom_jvp_call", "custom_linear_solve"):
        return _with_own_rule(bodies, read + written)
    if bodies and not name.startswith(("reduce", "scatter", "sort")):
        return total(bodies)
    if name in ("gather", "dynamic_slice", "take"):
        return Price(GATHERED * written, SCATTERED * written, 0)
    if name.startswith("scatter"):
        updates = prod(shapes[-1])
        return Price(SCATTERED * updates + ENTRY * written, GATHERED * updates + ENTRY * written, 0)
    if name in CUBIC:
        length = shapes[0][-1] if shapes[0] else 1
        return Price(2 * read * length, 2 * read * length, written)
    if name in ("sort", "fft", "top_k", "cumsum", "cumlogsumexp", "cumprod", "cummax", "cummin"):
        work = ENTRY * read * max(1, round(log2(max(read, 2))))
        return Price(work, work, written)
    if name.startswith("reduce") or name in ("broadcast_in_dim", "pad"):
        return Price(ENTRY * max(read, written), ENTRY * max(read, written), 0)
    if name == "transpose":
        return Price(GATHERED * written, GATHERED * written, 0)
    is_linear = name in LINEAR or (
        name in ("mul", "div")
        and any(
            not isinstance(v, int) and not shape
            for v, shape in zip(equation.operands, shapes, strict=True)
        )
    )
    entries = max(written, read)
    if (
        name in ("add", "sub")
        and equation.operands[0] in active
        and places == 1
        and read == written
    ):
        # What is added has no derivative.
        return NOTHING
    return Price(ENTRY * entries, ENTRY * entries, 0 if is_linear else places * written)


def _bodies(equation: Equation) -> list[Price]:
    return [_body(b, [True] * len(equation.operands)) for b in _jaxprs(equation.params)]


def _with_own_rule(bodies: list[Price], entries: int) -> Price:
    """The price of a function whose rule is the user's: there, whatever its body has."""
    one = total(bodies)
    known = [cost for cost in (one.tangent, one.adjoint) if cost is not None]
    cost = max(known, default=ENTRY * entries)
    return one._replace(
        tangent=cost if one.tangent is None else one.tangent,
        adjoint=cost if one.adjoint is None else one.adjoint,
    )


def _flags(equation: Equation, active: set[int], carried: dict[str, Any] | None) -> list[bool]:
    """Which operands of a loop or a branch are active; of a scan, all that it carries."""
    flags = [v in active for v in equation.operands]
    if carried is not None:
        first = carried["num_consts"]
        for position in range(first, first + carried["num_carry"]):
            flags[position] = True
    return flags


def _body(jaxpr: ClosedJaxpr | Jaxpr, flags: list[bool]) -> Price:
    """The price of a jaxpr inside an equation, by its active inputs."""
    live = _inside(jaxpr, flags)
    return total(price(live, number) for number in live.equations)


def _round(jaxpr: ClosedJaxpr | Jaxpr, flags: list[bool]) -> Price:
    """The price of one round of a loop, with what each takes however small its arrays are."""
    live = _inside(jaxpr, flags)
    prices = [price(live, number) for number in live.equations]
    started = STARTED * sum(map(live.is_product, live.equations))
    saved = SAVED * sum(one.tape > 0 for one in prices)
    again = RECOMPUTED * sum(
        live.program.size(v)
        for number in live.equations
        if live.program.equations[number].primitive.name in ("sin", "cos", "tan")
        for v in live.operands(number)
    )
    return total([*prices, Price(again, 0, 0, started, saved)])


def _inside(jaxpr: ClosedJaxpr | Jaxpr, flags: list[bool]) -> Activity:
    closed = jaxpr if isinstance(jaxpr, ClosedJaxpr) else ClosedJaxpr(jaxpr, ())
    inner = inlined(closed, len(closed.jaxpr.outvars), inline_remat=True)
    flags = flags[-len(inner.inputs) :] if inner.inputs else []
    inputs = [v for v, flag in zip(inner.inputs, flags, strict=False) if flag]
    return activity(inner, inputs, inner.outputs)


def _jaxprs(value: Any) -> list[ClosedJaxpr | Jaxpr]:
    """The jaxprs among the parameters of an equation."""
    if isinstance(value, ClosedJaxpr | Jaxpr):
        return [value]
    if isinstance(value, dict):
        value = tuple(value.values())
    if isinstance(value, tuple | list):
        return [found for item in value for found in _jaxprs(item)]
    return []
