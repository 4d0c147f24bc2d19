"""`graph`: a function's computational graph, entry by entry, with its local partial derivatives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from ..errors import ChainOrderError
from ..problems.graph import Graph
from .activity import activity
from .calls import Call, differentiable_call
from .elementwise import SLOW
from .entries import Entries, Local, entries
from .keeping import kept
from .tracing import evaluate

MAX_ENTRIES = 20_000
"""Vertices of a graph that is made entry by entry."""


class Linearization(NamedTuple):
    """A computational graph and the value of every edge.

    Vertices are numbers: entries of the inputs first, the others in the order of the program.
    `graph.inputs` and `graph.outputs` are the entries of all inputs and outputs, flattened, that
    depend on each other.

    >>> import jax.numpy as jnp
    >>> graph(lambda x: x[0] * x[1])(jnp.array([2.0, 3.0])).graph.outputs
    (2,)
    """

    graph: Graph
    partials: dict[tuple[int, int], Any]


def graph(
    f: Callable[..., Any], argnums: int | Sequence[int] = 0, has_aux: bool = False
) -> Callable[..., Linearization]:
    """The linearized computational graph of a function: one vertex for each entry.

    For functions of few numbers, written as one line after another. Copies of an entry are the
    same vertex. The partials are numbers, or JAX tracers inside `jit`; `execute(plan, partials)`
    takes them.

    Args:
        f: as in `jacobian`; so are the others.
        argnums: the position, or positions, of what to differentiate by.
        has_aux: whether `f` returns a pair.

    Returns:
        A function of the same arguments, that returns the graph and its partials.

    Raises:
        ChainOrderError: when called, for a function that is left to JAX, that has more than
            20,000 entries, or no derivative that is not zero.

    >>> import chainorder as co, jax.numpy as jnp
    >>> found = graph(lambda x: jnp.sin(x[0]) * x[1])(jnp.array([0.0, 3.0]))
    >>> co.execute(co.plan(found.graph), found.partials).jacobian.tolist()
    [[3.0, 0.0]]
    """

    @wraps(f)
    def linearized(*args: Any, **kwargs: Any) -> Linearization:
        call = differentiable_call(f, argnums, args, kwargs, has_aux)
        if call is None:
            raise ChainOrderError("the function is left to jax.jacrev: it has no graph")
        network, values = numbered(call), call.values()
        found = partials(network, values)
        if not found:
            raise ChainOrderError("no output depends on an input: there is no graph")
        return Linearization(graph_of(network, list(found)), found)

    return linearized


def numbered(call: Call) -> Entries:
    """The entries of a call's program.

    Raises:
        ChainOrderError: for more than `MAX_ENTRIES`.
    """
    program = call.program
    outputs = [v for v in program.outputs if isinstance(v, int)]
    live = activity(program, program.inputs, outputs)
    size = sum(program.size(v) for v in live.variables)
    if size > MAX_ENTRIES:
        raise ChainOrderError(
            f"the function has {size:,} entries: expected at most {MAX_ENTRIES:,} for a graph"
        )
    return entries(live, program.constant_value)


def graph_of(network: Entries, edges: list[tuple[int, int]]) -> Graph:
    """The graph of a network: inputs and outputs that some edge touches, in their order."""
    live = network.live
    touched = {vertex for edge in edges for vertex in edge}
    inputs = [n for v in live.inputs for n in network.numbers[v].reshape(-1).tolist()]
    outputs = [n for v in live.outputs for n in network.numbers[v].reshape(-1).tolist()]
    sources = set(inputs)
    return Graph(
        edges,
        [n for n in inputs if n in touched],
        [n for n in dict.fromkeys(outputs) if n in touched and n not in sources],
    )


def partials(network: Entries, values: dict[int, Any]) -> dict[tuple[int, int], Any]:
    """The value of every edge; evaluates the program, adds to `values`.

    Equations that take long, and their partials, are evaluated level by level and kept: XLA would
    compute a sine again in every loop that uses it.
    """
    program = network.live.program
    at: dict[int, list[Local]] = {}
    for local in network.locals:
        at.setdefault(local.number, []).append(local)
    arrays: dict[int, list[Any]] = {}
    for level in _levels(network):
        slow = [n for n in level if program.equations[n].primitive.name in SLOW]
        for number in slow:
            arrays[number] = _values(network, at.get(number, []), values)
            evaluate([program.equations[number]], values)
        names = [v for number in slow for v in program.equations[number].results]
        held = kept([*(values[v] for v in names), *(a for n in slow for a in arrays[n])])
        values.update(zip(names, held, strict=False))
        rest = iter(held[len(names) :])
        arrays.update((number, [next(rest) for _ in arrays[number]]) for number in slow)
        for number in level:
            if number not in arrays:
                arrays[number] = _values(network, at.get(number, []), values)
                evaluate([program.equations[number]], values)
    found: dict[tuple[int, int], Any] = {}
    for number in network.live.needed:
        for local, value in zip(at.get(number, ()), arrays[number], strict=True):
            flat = value if value is None or value.ndim == 0 else value.reshape(-1)
            columns = zip(
                local.operands.tolist(), local.results.tolist(), local.places.tolist(), strict=True
            )
            for u, v, place in columns:
                entry = 1.0 if flat is None else flat if flat.ndim == 0 else flat[place]
                found[u, v] = found[u, v] + entry if (u, v) in found else entry
    return found


def _levels(network: Entries) -> list[list[int]]:
    """The needed equations, by how many slow ones lie before them; slow ones are in the next."""
    program = network.live.program
    depth: dict[int, int] = {}
    levels: list[list[int]] = []
    for number in network.live.needed:
        equation = program.equations[number]
        level = max((depth.get(v, 0) for v in equation.variables), default=0)
        level += equation.primitive.name in SLOW
        depth.update(dict.fromkeys(equation.results, level))
        levels.extend([] for _ in range(level + 1 - len(levels)))
        levels[level].append(number)
    return levels


def _values(network: Entries, locals_: list[Local], values: dict[int, Any]) -> list[Any]:
    """For each local derivative of one equation the array that its places are in; None for ones."""
    if not locals_:
        return []
    program = network.live.program
    equation = program.equations[locals_[0].number]
    operands = [values[v] if isinstance(v, int) else v.value for v in equation.operands]
    found: list[Any] = []
    for local in locals_:
        if local.kind == "ones":
            found.append(None)
            continue
        position, output = local.position, local.output

        def one(operand: Any, position: int = position, output: int = output) -> Any:
            scope = {**values}
            taken = equation.operands[position]
            assert isinstance(taken, int)
            fresh = -1
            changed = tuple(
                fresh if at == position else v for at, v in enumerate(equation.operands)
            )
            scope[fresh] = operand
            evaluate([equation._replace(operands=changed)], scope)
            return scope[equation.results[output]]

        operand = jnp.asarray(operands[position])
        if local.kind == "elementwise":
            found.append(_elementwise(one, operand))
        else:
            jacobian = jax.jacfwd if _has_tangents(equation) else jax.jacrev
            found.append(jacobian(one)(operand).reshape(-1))
    return found


def _elementwise(one: Callable[[Any], Any], operand: Any) -> Any:
    return jax.jvp(one, (operand,), (jnp.ones_like(operand),))[1]


def _has_tangents(equation: Any) -> bool:
    return not equation.primitive.name.startswith("custom_vjp_call")
