"""A call of a user's function as a program, and the trees of its arguments and results."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import tree_util

from .tracing import Program, traced


@dataclass(frozen=True, eq=False)
class Call:
    """A traced call: its program, the leaves to differentiate by, and the trees around both.

    `aux` puts together what the function returned beside its value, from the values of
    `program.aux`.
    """

    program: Program
    leaves: list[Any]
    input_tree: Any
    output_tree: Any
    aux: Callable[[Sequence[Any]], Any]
    with_remat_inlined: Callable[[], Call]

    def values(self) -> dict[int, Any]:
        """The values that are there before anything is evaluated."""
        return {
            **self.program.constants,
            **dict(zip(self.program.inputs, map(jnp.asarray, self.leaves), strict=True)),
        }


def traced_call(
    f: Callable[..., Any],
    argnums: int | Sequence[int],
    args: Sequence[Any],
    kwargs: dict[str, Any],
    *,
    has_aux: bool,
    inline_remat: bool = False,
) -> Call | None:
    """The program of a call; None if JAX must say itself what it makes of the arguments."""
    chosen = _chosen(argnums, len(args))
    if chosen is None:
        return None
    example = tuple(args[at] for at in chosen)
    example = example[0] if isinstance(argnums, int) else example
    leaves, input_tree = tree_util.tree_flatten(example)
    notes: dict[str, Any] = {}

    def flat(*leaves: Any) -> list[Any]:
        given = tree_util.tree_unflatten(input_tree, leaves)
        full = list(args)
        for at, value in zip(chosen, (given,) if isinstance(argnums, int) else given, strict=True):
            full[at] = value
        answer, aux = f(*full, **kwargs) if has_aux else (f(*full, **kwargs), None)
        results, notes["tree"] = tree_util.tree_flatten(answer)
        beside, notes["aux_tree"] = tree_util.tree_flatten(aux)
        # As in JAX, what is no array of its own comes back as it is: numbers may be shapes.
        notes["static"] = [None if isinstance(leaf, jax.Array) else (leaf,) for leaf in beside]
        notes["outputs"] = len(results)
        return [*results, *(leaf for leaf in beside if isinstance(leaf, jax.Array))]

    if not leaves or not all(map(_is_array, leaves)):
        return None
    program = traced(flat, leaves, lambda: notes["outputs"], inline_remat=inline_remat)

    def aux(values: Sequence[Any]) -> Any:
        arrays = iter(values)
        beside = [next(arrays) if leaf is None else leaf[0] for leaf in notes["static"]]
        return tree_util.tree_unflatten(notes["aux_tree"], beside)

    def again() -> Call:
        found = traced_call(f, argnums, args, kwargs, has_aux=has_aux, inline_remat=True)
        assert found is not None
        return found

    return Call(program, leaves, input_tree, notes["tree"], aux, again)


def differentiable_call(
    f: Callable[..., Any],
    argnums: int | Sequence[int],
    args: Sequence[Any],
    kwargs: dict[str, Any],
    has_aux: bool = False,
    holomorphic: bool = False,
) -> Call | None:
    """The traced call; None where JAX itself is to differentiate the function, or to refuse."""
    try:
        call = traced_call(f, argnums, args, kwargs, has_aux=has_aux)
    except Exception:
        # A function that cannot be traced: JAX differentiates it as it runs, or says why not.
        return None
    if call is None or call.program.has_effects:
        return None
    return call if is_differentiable(call, holomorphic=holomorphic) else None


def is_differentiable(call: Call, *, holomorphic: bool) -> bool:
    """Whether inputs and outputs have the types that `jacrev` takes: real, or all complex."""
    program = call.program
    dtypes = [program.avals[v].dtype for v in program.inputs]
    for output in program.outputs:
        if isinstance(output, int):
            dtypes.append(program.avals[output].dtype)
        else:
            dtypes.append(jnp.result_type(output.value))
    return bool(program.outputs) and all(
        jnp.issubdtype(dtype, np.complexfloating if holomorphic else np.floating)
        for dtype in dtypes
    )


def _chosen(argnums: int | Sequence[int], count: int) -> list[int] | None:
    numbers = [argnums] if isinstance(argnums, int) else list(argnums)
    if any(not -count <= number < count for number in numbers):
        return None
    numbers = [number % count for number in numbers]
    return numbers if len(set(numbers)) == len(numbers) else None


def _is_array(leaf: Any) -> bool:
    return isinstance(leaf, jax.Array | np.ndarray | np.generic | bool | int | float | complex)
