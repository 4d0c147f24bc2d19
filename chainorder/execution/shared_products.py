"""Products of arrays in which what occurs more than once is made once."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, NamedTuple

from ..plans.steps import Steps
from ..problems.chain import Chain
from .dense import Array, product


class SlotProduct(NamedTuple):
    """One product: the slots of its operands, of its result, and those that are free after it."""

    left: int
    right: int
    result: int
    freed: tuple[int, ...]


def slots_of(chain: Chain, steps: Steps) -> list[SlotProduct]:
    """The products of a plan whose steps all multiply, in slots: the elementals first.

    >>> from chainorder import plan
    >>> chain = Chain([3] * 5, same=["A"] * 4)
    >>> slots_of(chain, plan(chain).steps)
    [SlotProduct(left=1, right=0, result=4, freed=()), SlotProduct(left=4, right=4, result=5, \
freed=(4,))]
    """
    slot: dict[Hashable, int] = {}
    found: list[tuple[int, int, int]] = []
    for t, (i, k, j) in enumerate(steps.triples()):
        left, right = (
            low if high - low == 1 else slot[chain.class_of(low, high)]
            for low, high in ((k, j), (i, k))
        )
        slot[chain.class_of(i, j)] = len(chain) + t
        found.append((left, right, len(chain) + t))
    last: dict[int, int] = {}
    for t, (left, right, _) in enumerate(found):
        last[left] = last[right] = t
    return [
        SlotProduct(
            left,
            right,
            result,
            tuple(s for s in {left, right} if s >= len(chain) and last[s] == t),
        )
        for t, (left, right, result) in enumerate(found)
    ]


def multiply_shared(
    products: Sequence[SlotProduct], jacobians: Sequence[Array], out: Array | None = None
) -> Array:
    """Form the products one after another and return the last.

    Args:
        products: of `slots_of`.
        jacobians: the elementals, first applied first; shapes must have been checked.
        out: where to write the result, as for `multiply_all`.
    """
    held: list[Any] = [*jacobians]
    *before, last = products
    for left, right, _, freed in before:
        held.append(product(held[left], held[right]))
        for slot in freed:
            held[slot] = None
    return product(held[last.left], held[last.right], out)
