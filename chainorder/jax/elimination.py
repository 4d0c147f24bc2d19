"""A Jacobian by vertex elimination: the order that the graph planner finds, run by JAX."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Sequence
from typing import Any

import jax.numpy as jnp

from ..planning import plan
from ..plans.plan import Plan
from .calls import Call
from .entries import Entries
from .fingerprints import fingerprint
from .linearization import graph_of, numbered, partials
from .tracing import evaluate
from .walk import Blocks

ORDERS = ("markowitz", "relative-markowitz")
"""Orders of which the better is taken.

An order that is searched for takes seconds to find and runs no faster: what the compiled program
of Roe's flux takes differs by five per cent between the greedy order and one of a fifth less fma.
"""

REMEMBERED = 64
"""Programs whose orders are kept."""

_plans: OrderedDict[Hashable, Plan | None] = OrderedDict()


def eliminated(call: Call) -> tuple[Blocks, dict[int, Any]]:
    """The blocks of a call's Jacobian by elimination, and the values that were met.

    Raises:
        ChainOrderError: for a program of too many entries.
    """
    network, values = numbered(call), call.values()
    found = partials(network, values)
    program = call.program
    # What the outputs need and the derivatives do not.
    evaluate([e for e in program.equations if not values.keys() >= set(e.results)], values)
    chosen = elimination_plan(call, network, list(found))
    left = _eliminate([] if chosen is None else chosen.order, found, network)
    blocks: Blocks = {}
    for v in network.live.outputs:
        for u in network.live.inputs:
            if u != v:
                blocks[v, u] = _assembled(network, v, u, left)
    return blocks, values


def elimination_plan(call: Call, network: Entries, edges: list[tuple[int, int]]) -> Plan | None:
    """The order of a program's vertices, found once for equal programs; None without edges."""
    key = fingerprint(call.program)
    if key not in _plans:
        if edges:
            problem = graph_of(network, edges)
            _plans[key] = min((plan(problem, name) for name in ORDERS), key=lambda p: p.fma)
        else:
            _plans[key] = None
        if len(_plans) > REMEMBERED:
            _plans.popitem(last=False)
    _plans.move_to_end(key)
    return _plans[key]


def _eliminate(
    order: Sequence[Any], values: dict[tuple[int, int], Any], network: Entries
) -> dict[tuple[int, int], Any]:
    """The edges that are left when all vertices of an order are eliminated."""
    succ: dict[int, dict[int, Any]] = {}
    pred: dict[int, dict[int, Any]] = {}
    for (u, v), value in values.items():
        succ.setdefault(u, {})[v] = value
        pred.setdefault(v, {})[u] = value
    outputs = {n for v in network.live.outputs for n in network.numbers[v].reshape(-1).tolist()}
    for v in order:
        behind = succ.pop(v)
        for p, right in pred[v].items():
            for s, left in behind.items():
                term = _product(left, right)
                if s in succ[p]:
                    term = succ[p][s] + term
                succ[p][s] = pred[s][p] = term
        for s in behind:
            del pred[s][v]
        if v not in outputs:
            for p in pred.pop(v):
                del succ[p][v]
    return {(u, v): value for u, heads in succ.items() for v, value in heads.items()}


def _product(left: Any, right: Any) -> Any:
    """A product that does not multiply by one."""
    for one, other in ((left, right), (right, left)):
        if isinstance(one, float) and one in (1.0, -1.0):
            return other if one == 1.0 else -other
    return left * right


def _assembled(network: Entries, v: int, u: int, left: dict[tuple[int, int], Any]) -> Any:
    """One block, of shape `(*shape of v, *shape of u)`."""
    aval = network.live.program.avals[u]
    rows, columns = network.numbers[v], network.numbers[u]
    zero = jnp.zeros((), aval.dtype)
    scalars = []
    for row in rows.reshape(-1).tolist():
        for column in columns.reshape(-1).tolist():
            value = 1.0 if row == column else left.get((column, row), zero)
            scalars.append(jnp.asarray(value, aval.dtype))
    shape = (*rows.shape, *columns.shape)
    return jnp.stack(scalars).reshape(shape) if scalars else jnp.zeros(shape, aval.dtype)
