"""Products of arrays in which what occurs more than once is made once."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, NamedTuple

from ..plans.steps import Steps
from ..problems.chain import Chain
from .dense import Array, product
from .symmetric_matrices import symmetric_product


class SlotProduct(NamedTuple):
    """One product: the slots of its operands, of its result, and those that are free after it."""

    left: int
    right: int
    result: int
    freed: tuple[int, ...]
    turned: tuple[bool, bool] = (False, False)
    """Whether the left operand is the transpose of what its slot holds, and the right one."""
    is_symmetric: bool = False


def slots_of(chain: Chain, steps: Steps) -> list[SlotProduct]:
    """The products of a plan whose steps all multiply, in slots: the elementals first.

    >>> from chainorder import plan
    >>> chain = Chain([3] * 5, same=["A"] * 4)
    >>> slots_of(chain, plan(chain).steps)
    [SlotProduct(left=1, right=0, result=4, freed=(), turned=(False, False), is_symmetric=False), \
SlotProduct(left=4, right=4, result=5, freed=(4,), turned=(False, False), is_symmetric=False)]
    """
    q, repeats = len(chain), chain.repeats
    slot: dict[Hashable, int] = {}
    is_flipped: list[bool] = []
    """Of what was made, whether it is the transpose of what its class stands for."""

    def used(low: int, high: int) -> tuple[int, bool]:
        if high - low == 1:
            return low, False
        at = slot[chain.class_of(low, high)]
        return at, repeats is not None and is_flipped[at - q] != repeats.is_flipped(low, high)

    found: list[SlotProduct] = []
    for t, (i, k, j) in enumerate(steps.triples()):
        (left, left_turned), (right, right_turned) = used(k, j), used(i, k)
        slot[chain.class_of(i, j)] = q + t
        is_flipped.append(repeats is not None and repeats.is_flipped(i, j))
        turned = left_turned, right_turned
        found.append(SlotProduct(left, right, q + t, (), turned, chain.is_symmetric(i, j)))
    last: dict[int, int] = {}
    for t, one in enumerate(found):
        last[one.left] = last[one.right] = t
    return [
        one._replace(freed=tuple(s for s in {one.left, one.right} if s >= q and last[s] == t))
        for t, one in enumerate(found)
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
    for one in before:
        held.append(_product(held, one, None))
        for slot in one.freed:
            held[slot] = None
    return _product(held, last, out)


def _product(held: Sequence[Any], one: SlotProduct, out: Array | None) -> Array:
    left, right, _, _, turned, is_symmetric = one
    first = held[left].T if turned[0] else held[left]
    second = held[right].T if turned[1] else held[right]
    return symmetric_product(first, second, out) if is_symmetric else product(first, second, out)
