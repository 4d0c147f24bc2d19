"""`jacobian`: the Jacobian of a JAX function, accumulated in the order that costs least."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

import jax
import jax.numpy as jnp
from jax import tree_util

from ..checks import checked_integer, shown
from ..errors import ChainOrderError
from .calls import Call, is_differentiable, traced_call
from .choices import planned
from .pieces import ORDERS, Piece
from .tracing import Program, evaluate
from .walk import Blocks, walk

RESULT_MULTIPLE = 4
"""By default directions may take as many times the memory of the result, at once."""

RESULT_LEAST = 2**22
"""Entries that they may take in any case: 16 MiB of float32."""


def jacobian(
    f: Callable[..., Any],
    argnums: int | Sequence[int] = 0,
    has_aux: bool = False,
    holomorphic: bool = False,
    allow_int: bool = False,
    *,
    order: str = "auto",
    chunk_size: int | None = None,
    memory: int | None = None,
) -> Callable[..., Any]:
    """The Jacobian of `f`, as `jax.jacrev` gives it, in the order that costs least.

    `f` is traced, cut where few numbers pass from its inputs to its outputs, and the planner of
    matrix-free chains decides what is pushed forward, what is pulled backward and what is
    multiplied; see `explain` for what it decided.

    Args:
        f: a function of arrays, or of pytrees of them.
        argnums: the position, or positions, of what to differentiate by.
        has_aux: whether `f` returns a pair, of which only the first is differentiated.
        holomorphic: whether `f` is complex-differentiable, from and to complex numbers.
        allow_int: whether integers are differentiated by, with JAX's own result for them.
        order: "auto"; "forward" or "reverse" for what `jacfwd` and `jacrev` do; "optimal" for a
            cut however little it wins.
        chunk_size: directions that are live at once; by default so many as take a few times the
            memory of the result.
        memory: bytes that tapes and directions may take beside the result.

    Returns:
        A function of the same arguments, which can be jitted, vmapped and differentiated again.
        Its result has the structure of `f`'s value, with the structure of the arguments in each
        leaf's place: of shape `(*shape of the output, *shape of the input)`. With `has_aux` a
        pair of that and what `f` returned beside.

    Raises:
        ChainOrderError: an order that does not exist, or a memory or chunk size that is no
            positive integer. Functions and arguments that `jacrev` refuses raise what it raises.

    >>> import jax.numpy as jnp
    >>> jacobian(lambda x: jnp.sum(x) * x)(jnp.array([1.0, 2.0])).tolist()
    [[4.0, 1.0], [2.0, 5.0]]
    """
    limits = _checked(order, chunk_size, memory)

    @wraps(f)
    def jacobian_of_f(*args: Any, **kwargs: Any) -> Any:
        def by_jax() -> Any:
            return jax.jacrev(f, argnums, has_aux, holomorphic, allow_int)(*args, **kwargs)

        if allow_int:
            return by_jax()
        try:
            call = traced_call(f, argnums, args, kwargs, has_aux=has_aux)
        except Exception:
            # A function that cannot be traced: JAX differentiates it as it runs, or says why not.
            return by_jax()
        if (
            call is None
            or call.program.has_effects
            or not is_differentiable(call, holomorphic=holomorphic)
        ):
            return by_jax()
        blocks, aux = accumulated(call, planned(call.program, order, memory), limits)
        answer = assembled(call, blocks)
        return (answer, aux) if has_aux else answer

    return jacobian_of_f


def accumulated(
    call: Call, pieces: Sequence[Piece], limits: tuple[int | None, int | None]
) -> tuple[Blocks, Any]:
    """The blocks of a call's Jacobian, and what the function returned beside."""
    program, values = call.program, call.values()
    wanted = _needed_for_aux(program)
    blocks: Blocks = {}
    for piece in pieces:
        scope = dict(values)
        blocks.update(walk(program, piece, scope, _chunk(program, piece, *limits), wanted))
        values.update((v, scope[v]) for v in wanted if v in scope)
    return blocks, call.aux(_aux(program, values))


def assembled(call: Call, blocks: Blocks) -> Any:
    """The tree of a Jacobian: blocks that are not there are zero, or the identity."""
    program = call.program
    rows = []
    for output in program.outputs:
        row = []
        for u in program.inputs:
            aval = program.avals[u]
            if type(output) is int and (output, u) in blocks:
                block = blocks[output, u].astype(aval.dtype)
            elif output == u:
                size = program.size(u)
                block = jnp.eye(size, dtype=aval.dtype).reshape(*aval.shape, *aval.shape)
            else:
                shape = (
                    program.avals[output].shape if type(output) is int else jnp.shape(output.value)  # type: ignore[union-attr]
                )
                block = jnp.zeros((*shape, *aval.shape), aval.dtype)
            row.append(block)
        rows.append(tree_util.tree_unflatten(call.input_tree, row))
    return tree_util.tree_unflatten(call.output_tree, rows)


def _checked(order: str, chunk_size: Any, memory: Any) -> tuple[int | None, int | None]:
    if order not in ORDERS:
        raise ChainOrderError(f"order is {shown(order)}: expected one of {', '.join(ORDERS)}")
    if chunk_size is not None:
        chunk_size = checked_integer("chunk_size", chunk_size, "a number of directions", least=1)
    if memory is not None:
        memory = checked_integer("memory", memory, "a number of bytes", least=1)
    return chunk_size, memory


def _chunk(
    program: Program, piece: Piece, chunk_size: int | None, memory: int | None
) -> int | None:
    """How many directions may be live at once."""
    if chunk_size is not None:
        return chunk_size
    rows, columns = (sum(map(program.size, end)) for end in (piece.outputs, piece.inputs))
    allowed = max(RESULT_MULTIPLE * rows * columns, RESULT_LEAST)
    if memory is not None:
        itemsize = max(program.avals[v].dtype.itemsize for v in (*piece.inputs, *piece.outputs))
        allowed = min(allowed, memory // itemsize)
    directions = max(piece.chain.sizes)
    if directions * piece.width <= allowed:
        return None
    return max(1, allowed // piece.width)


def _needed_for_aux(program: Program) -> frozenset[int]:
    """The variables from which what is returned beside can be had."""
    needed = {v for v in program.aux if type(v) is int}
    if not needed:
        return frozenset()
    for equation in reversed(program.equations):
        if not needed.isdisjoint(equation.results):
            needed.update(equation.variables)
    return frozenset(needed)


def _aux(program: Program, values: dict[int, Any]) -> list[Any]:
    """The values of what is returned beside; only what has not been met is evaluated."""
    missing = {v for v in program.aux if type(v) is int and v not in values}
    todo = []
    for equation in reversed(program.equations):
        if not missing.isdisjoint(equation.results):
            missing.update(v for v in equation.variables if v not in values)
            todo.append(equation)
    evaluate(reversed(todo), values)
    return [values[v] if type(v) is int else jnp.asarray(v.value) for v in program.aux]  # type: ignore[union-attr]
