"""From a function to a program: its jaxpr as flat equations over numbered variables, and back.

Calls are inlined where that changes nothing but the order of work: `jit` without shardings, and
calls without rules of their own. `custom_jvp`, `custom_vjp`, `scan`, `while` and `cond` stay whole,
and are differentiated by JAX's own rules; so does `remat`, unless it is asked for otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from math import prod
from typing import Any, NamedTuple

import jax
import numpy as np
from jax.extend.core import ClosedJaxpr, Jaxpr, Literal
from jax.extend.core import Primitive as JaxPrimitive

from .moves import COMPUTED, MOVES

CALLS = ("jit", "pjit", "closed_call", "core_call", "core_closed_call")
"""Primitives that do nothing but call their jaxpr."""

REMAT = ("checkpoint", "remat", "remat2")
"""Names of the call whose tape is computed anew."""


@dataclass(frozen=True, eq=False)
class Constant:
    """An operand of an equation that is a value, not a variable."""

    value: Any


Operand = int | Constant
"""A variable by its number, or a constant."""


class Equation(NamedTuple):
    """One primitive of a program, applied to its operands."""

    primitive: JaxPrimitive
    params: dict[str, Any]
    operands: tuple[Operand, ...]
    results: tuple[int, ...]
    source: Any
    context: Any = None

    @property
    def variables(self) -> list[int]:
        """The operands that are variables."""
        return [v for v in self.operands if type(v) is int]


@dataclass(eq=False)
class Program:
    """A traced function: equations in the order in which they can be evaluated.

    `avals[v]` is the abstract value of variable `v`. `inputs` are the variables to differentiate
    by, `outputs` what is differentiated, `aux` what is only evaluated; `constants` are the values
    that the function has from elsewhere, by their variable. `has_calls` says that the user's own
    `jit` stood around some of it, `has_remat` that a `remat` still stands whole.
    """

    equations: list[Equation]
    avals: list[Any]
    inputs: tuple[int, ...]
    outputs: tuple[Operand, ...]
    aux: tuple[Operand, ...]
    constants: dict[int, Any] = field(repr=False)
    has_effects: bool
    has_remat: bool
    has_calls: bool

    def size(self, variable: int) -> int:
        """The number of entries of a variable."""
        return prod(self.avals[variable].shape)

    def shape(self, operand: Operand) -> tuple[int, ...]:
        """The shape of a variable or a constant."""
        if isinstance(operand, int):
            return tuple(self.avals[operand].shape)
        return np.shape(operand.value)

    def constant_value(self, variable: int) -> Any:
        """The value of a variable that depends on no argument, if it is there; else None."""
        if not hasattr(self, "_folded"):
            self._folded = _folded(self)
        return self._folded.get(variable)

    def is_inexact(self, variable: int) -> bool:
        """Whether a variable has derivatives: its entries are real or complex numbers."""
        return is_inexact(self.avals[variable])

    def is_complex(self, variable: int) -> bool:
        """Whether the entries of a variable are complex numbers."""
        return bool(np.issubdtype(self.avals[variable].dtype, np.complexfloating))


def _folded(program: Program) -> dict[int, Any]:
    """The integer values that follow from the program's constants alone."""
    known = {
        v: value for v, value in program.constants.items() if not isinstance(value, jax.core.Tracer)
    }
    with jax.ensure_compile_time_eval():
        for equation in program.equations:
            is_integer = all(
                np.issubdtype(getattr(program.avals[v], "dtype", object), np.integer)
                or np.issubdtype(getattr(program.avals[v], "dtype", object), np.bool_)
                for v in equation.results
            )
            is_known = all(
                v in known if isinstance(v, int) else not isinstance(v.value, jax.core.Tracer)
                for v in equation.operands
            )
            if is_integer and is_known:
                _fold(equation, program.avals[equation.results[0]], known)
    return known


def _fold(equation: Equation, aval: Any, known: dict[int, Any]) -> None:
    """Add the results of one equation; NumPy computes what it can, so that nothing is compiled."""
    name = equation.primitive.name
    operands = [np.asarray(known[v] if isinstance(v, int) else v.value) for v in equation.operands]
    if name in COMPUTED:
        made = [COMPUTED[name](*operands)]
    elif name in MOVES and name not in ("gather", "pad"):
        made = MOVES[name](operands, equation.params, aval.shape)
    elif name == "convert_element_type":
        made = operands
    elif name == "iota":
        sizes = np.indices(aval.shape, sparse=True)[equation.params["dimension"]]
        made = [np.broadcast_to(sizes, aval.shape)]
    else:
        evaluate([equation], known)
        return
    known.update(
        (v, np.asarray(one, aval.dtype)) for v, one in zip(equation.results, made, strict=True)
    )


def is_inexact(aval: Any) -> bool:
    """Whether an abstract value holds floating-point or complex numbers."""
    dtype = getattr(aval, "dtype", None)
    return dtype is not None and bool(jax.numpy.issubdtype(dtype, np.inexact))


def traced(
    flat: Callable[..., Sequence[Any]],
    leaves: Sequence[Any],
    outputs: Callable[[], int],
    *,
    inline_remat: bool = False,
) -> Program:
    """The program of a function from arrays to a list of arrays.

    Args:
        flat: the function; it is called once, with tracers.
        leaves: its arguments.
        outputs: how many of its results are differentiated, asked after tracing; others are aux.
        inline_remat: whether `remat` is inlined too.
    """
    closed = jax.make_jaxpr(flat)(*leaves)
    return inlined(closed, outputs(), inline_remat=inline_remat)


def inlined(closed: ClosedJaxpr, outputs: int, *, inline_remat: bool = False) -> Program:
    """The program of a jaxpr, whose first `outputs` results are differentiated."""
    reader = _Reader(inline_remat)
    jaxpr = closed.jaxpr
    names: dict[Any, Operand] = {}
    constants = {}
    for variable, value in zip(jaxpr.constvars, closed.consts, strict=True):
        number = reader.number(variable.aval)
        names[variable] = number
        constants[number] = value
    inputs = []
    for variable in jaxpr.invars:
        inputs.append(reader.number(variable.aval))
        names[variable] = inputs[-1]
    results = reader.read(jaxpr, names)
    return Program(
        equations=reader.equations,
        avals=reader.avals,
        inputs=tuple(inputs),
        outputs=tuple(results[:outputs]),
        aux=tuple(results[outputs:]),
        constants=constants,
        has_effects=bool(jaxpr.effects),
        has_remat=reader.has_remat,
        has_calls=reader.has_calls,
    )


class _Reader:
    """Numbers variables and collects equations while calls are inlined."""

    def __init__(self, inline_remat: bool) -> None:
        self.inline_remat = inline_remat
        self.equations: list[Equation] = []
        self.avals: list[Any] = []
        self.has_remat = self.has_calls = False

    def number(self, aval: Any) -> int:
        self.avals.append(aval)
        return len(self.avals) - 1

    def read(self, jaxpr: Jaxpr, names: dict[Any, Operand]) -> list[Operand]:
        """Append the equations of a jaxpr; its operands have names, its results get them."""

        def operand(atom: Any) -> Operand:
            return Constant(atom.val) if isinstance(atom, Literal) else names[atom]

        for equation in jaxpr.eqns:
            operands = tuple(operand(atom) for atom in equation.invars)
            body = self._callee(equation)
            if body is not None:
                inner, values = body
                scope: dict[Any, Operand] = dict(zip(inner.invars, operands, strict=True))
                for variable, value in zip(inner.constvars, values, strict=True):
                    scope[variable] = Constant(value)
                found = self.read(inner, scope)
                names.update(zip(equation.outvars, found, strict=True))
                continue
            results = tuple(self.number(variable.aval) for variable in equation.outvars)
            names.update(zip(equation.outvars, results, strict=True))
            self.equations.append(
                Equation(
                    equation.primitive,
                    equation.params,
                    operands,
                    results,
                    equation.source_info,
                    getattr(equation, "ctx", None),
                )
            )
        return [operand(atom) for atom in jaxpr.outvars]

    def _callee(self, equation: Any) -> tuple[Jaxpr, Sequence[Any]] | None:
        """The jaxpr that an equation only calls, and its constants; None if it does more."""
        name, params = equation.primitive.name, equation.params
        if name in REMAT:
            self.has_remat = True
            return (params["jaxpr"], ()) if self.inline_remat else None
        if name not in CALLS:
            return None
        shardings = (*params.get("in_shardings", ()), *params.get("out_shardings", ()))
        if any(type(sharding).__name__ != "UnspecifiedValue" for sharding in shardings):
            return None
        body = params.get("jaxpr", params.get("call_jaxpr"))
        self.has_calls = True
        return (body.jaxpr, body.consts) if isinstance(body, ClosedJaxpr) else (body, ())


def evaluate(equations: Iterable[Equation], values: dict[int, Any]) -> None:
    """Run equations on the values of their operands; adds those of their results."""
    for primitive, params, operands, results, _, context in equations:
        arguments = [values[v] if type(v) is int else v.value for v in operands]  # type: ignore[union-attr]
        bound = primitive.get_bind_params(params)
        functions, named = bound if isinstance(bound, tuple) else ([], bound)
        with nullcontext() if context is None else context.manager:
            found = primitive.bind(*functions, *arguments, **named)
        values.update(zip(results, found if primitive.multiple_results else [found], strict=True))
