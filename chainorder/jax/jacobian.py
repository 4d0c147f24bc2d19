"""`jacobian`: the Jacobian of a JAX function, accumulated in the order that costs least."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import tree_util

from ..checks import checked_integer, shown
from ..errors import ChainOrderError, InfeasibleOrderError
from .calls import Call, differentiable_call
from .choices import planned
from .elimination import eliminated
from .pieces import ORDERS, Piece
from .sparse import sparse_assembled
from .tracing import Program, evaluate
from .walk import Blocks, Limits, walk

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
    sparse: bool | str = False,
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
            cut however little it wins; "elimination" for a function of few numbers, whose
            Jacobian is then accumulated entry by entry, in the order that the graph planner finds.
        chunk_size: directions that are live at once; by default so many as take a few times the
            memory of the result.
        memory: bytes that tapes and directions may take beside the result.
        sparse: True for blocks that are `jax.experimental.sparse.BCOO` matrices of the same shape,
            "scipy" for SciPy CSR arrays of shape (entries of the output, entries of the input),
            outside of `jit`. The pattern is found from the jaxpr; directions are shared by
            colouring, stage by stage where that is cheaper.

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
    options = _checked(Options(order, chunk_size, memory, sparse))
    return planned_jacobian(f, argnums, has_aux, holomorphic, options, allow_int=allow_int)


class Options(NamedTuple):
    """How a Jacobian is asked for, as in `jacobian`; `symmetric` says that it is known to be."""

    order: str = "auto"
    chunk_size: int | None = None
    memory: int | None = None
    sparse: bool | str = False
    symmetric: bool = False


def planned_jacobian(
    f: Callable[..., Any],
    argnums: int | Sequence[int],
    has_aux: bool,
    holomorphic: bool,
    options: Options,
    *,
    allow_int: bool = False,
) -> Callable[..., Any]:
    """`jacobian` of options that were checked."""
    order, chunk_size, memory, sparse, symmetric = options

    @wraps(f)
    def jacobian_of_f(*args: Any, **kwargs: Any) -> Any:
        def by_jax() -> Any:
            return jax.jacrev(f, argnums, has_aux, holomorphic, allow_int)(*args, **kwargs)

        def by_tangents() -> Any:
            return jax.jacfwd(f, argnums, has_aux, holomorphic)(*args, **kwargs)

        if allow_int:
            return by_jax()
        call = differentiable_call(f, argnums, args, kwargs, has_aux, holomorphic)
        if call is None and sparse:
            raise ChainOrderError("the function is left to jax.jacrev: it has no sparse Jacobian")
        if call is None:
            return by_jax()
        if sparse:
            answer = sparse_assembled(call, as_scipy=sparse == "scipy", symmetric=symmetric)
            return (answer, call.aux(_aux(call.program, call.values()))) if has_aux else answer
        if order == "elimination":
            blocks, values = eliminated(call)
            answer = assembled(call, blocks)
            return (answer, call.aux(_aux(call.program, values))) if has_aux else answer
        try:
            call, pieces = chosen_pieces(call, order, memory)
        except InfeasibleOrderError:
            if memory is not None:
                raise
            # Some part has neither tangents nor adjoints: JAX says which.
            return by_jax() if order != "forward" else by_tangents()
        if chunk_size is None and memory is None and is_compiled_by_parts(call, pieces):
            if pieces[0].plan.name == "reverse":
                return by_jax()
            return by_tangents()
        blocks, aux = accumulated(call, pieces, chunk_size, memory)
        answer = assembled(call, blocks)
        return (answer, aux) if has_aux else answer

    return jacobian_of_f


def chosen_pieces(call: Call, order: str, memory: int | None) -> tuple[Call, list[Piece]]:
    """The plans of a call; of one with `remat` inlined, if that shows a cut that wins."""
    pieces = planned(call.program, order, memory)
    if call.program.has_remat and order == "auto" and not any(piece.is_cut for piece in pieces):
        inside = call.with_remat_inlined()
        inner = planned(inside.program, order, memory)
        if any(piece.is_cut for piece in inner):
            return inside, inner
    return call, pieces


def is_compiled_by_parts(call: Call, pieces: Sequence[Piece]) -> bool:
    """Whether JAX would do the same by calls of functions that are compiled already.

    So it is outside `jit`, for a function with a `jit` inside: inlined, it would run one operation
    at a time.
    """
    if not call.program.has_calls or len(pieces) != 1:
        return False
    values = (*call.leaves, *call.program.constants.values())
    return not (
        pieces[0].is_cut
        or pieces[0].compression is not None
        or any(isinstance(value, jax.core.Tracer) for value in values)
    )


def accumulated(
    call: Call,
    pieces: Sequence[Piece],
    chunk_size: int | None = None,
    memory: int | None = None,
) -> tuple[Blocks, Any]:
    """The blocks of a call's Jacobian, and what the function returned beside."""
    program, values = call.program, call.values()
    wanted = _needed_for_aux(program)
    blocks: Blocks = {}
    for piece in pieces:
        scope = dict(values)
        blocks.update(
            walk(program, piece, scope, _limits(program, piece, chunk_size, memory), wanted)
        )
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


def _checked(options: Options) -> Options:
    known = (*ORDERS, "elimination")
    order, chunk_size, memory, sparse, _ = options
    if order not in known:
        raise ChainOrderError(f"order is {shown(order)}: expected one of {', '.join(known)}")
    if chunk_size is not None:
        chunk_size = checked_integer("chunk_size", chunk_size, "a number of directions", least=1)
    if memory is not None:
        memory = checked_integer("memory", memory, "a number of bytes", least=1)
    if sparse not in (False, True, "scipy"):
        raise ChainOrderError(f"sparse is {shown(sparse)}: expected True, False or 'scipy'")
    return options._replace(chunk_size=chunk_size, memory=memory)


def _limits(program: Program, piece: Piece, chunk_size: int | None, memory: int | None) -> Limits:
    """What the walk of a piece must keep to."""
    entries = None
    if memory is not None:
        entries = memory // max(program.avals[v].dtype.itemsize for v in piece.inputs)
    recomputes = entries is not None and sum(p.tape for p in piece.prices) > entries
    if chunk_size is not None:
        return Limits(chunk_size, recomputes)
    rows, columns = (sum(map(program.size, end)) for end in (piece.outputs, piece.inputs))
    allowed = max(RESULT_MULTIPLE * rows * columns, RESULT_LEAST)
    allowed = allowed if entries is None else min(allowed, entries)
    directions = max(min(rows, columns), min(piece.chain.sizes))
    is_small = directions * piece.width <= allowed
    return Limits(None if is_small else max(1, allowed // piece.width), recomputes)


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
