"""What tells whether two programs can share a plan: all that costs depend on, and no values."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from enum import Enum
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.extend.core import ClosedJaxpr, Jaxpr, Literal

from .tracing import Program


def fingerprint(program: Program) -> Hashable:
    """Equal for programs of the same primitives, wired the same way, on the same shapes.

    Parameters of primitives count by value, or by name and type where they have none: a plan
    never depends on what a function inside them does.
    """
    return (
        tuple(
            (e.primitive.name, _of(e.params), _wires(e.operands), e.results)
            for e in program.equations
        ),
        tuple(map(_kind, program.avals)),
        program.inputs,
        _wires(program.outputs),
        _wires(program.aux),
    )


def indices(program: Program) -> Hashable:
    """The values of the integers that a program holds: indices, on which its pattern depends."""
    held = [
        *program.constants.values(),
        *(v.value for e in program.equations for v in e.operands if not isinstance(v, int)),
    ]
    return tuple(
        np.asarray(value).tobytes()
        for value in held
        if not isinstance(value, jax.core.Tracer)
        and jnp.issubdtype(jnp.result_type(value), np.integer)
    )


def _wires(operands: Any) -> Hashable:
    return tuple(v if type(v) is int else np.shape(v.value) for v in operands)


def _kind(aval: Any) -> Hashable:
    return getattr(aval, "shape", None), str(getattr(aval, "dtype", None))


def _of(value: Any) -> Hashable:
    if isinstance(value, Mapping):
        return tuple((str(key), _of(item)) for key, item in value.items())
    if isinstance(value, list | tuple):
        return tuple(map(_of, value))
    if isinstance(value, ClosedJaxpr):
        return _of_jaxpr(value.jaxpr)
    if isinstance(value, Jaxpr):
        return _of_jaxpr(value)
    if value is None or isinstance(value, int | float | str | bool | Enum | np.dtype | np.generic):
        return value
    return getattr(value, "__qualname__", type(value).__qualname__)


def _of_jaxpr(jaxpr: Jaxpr) -> Hashable:
    numbers: dict[Any, int] = {}

    def wire(atom: Any) -> Hashable:
        if isinstance(atom, Literal):
            return ("literal", np.shape(atom.val))
        return numbers.setdefault(atom, len(numbers)), _kind(atom.aval)

    ends = tuple(map(wire, (*jaxpr.constvars, *jaxpr.invars)))
    equations = tuple(
        (
            e.primitive.name,
            _of(e.params),
            tuple(map(wire, e.invars)),
            tuple(map(wire, e.outvars)),
        )
        for e in jaxpr.eqns
    )
    return ends, equations, tuple(map(wire, jaxpr.outvars))
