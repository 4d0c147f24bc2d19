"""From what somebody gives for the elementals of a chain to operands, as the structures say."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from ..errors import ChainOrderError
from ..plans.prices import Prices
from ..problems.chain import Chain
from ..structure.declarations import Structure
from ..structure.derived import unwrapped
from ..structure.patterns import Pattern, Shape
from ..structure.ranges import RangeCounts
from ..structure.solves import solves_of
from .numbers_in import number_array
from .operands.by_type import EXPECTED, as_operand, is_program
from .operands.forms import converted
from .operands.given import checked_matrix, read_matrix
from .operands.matrix import MatrixOperand
from .operands.operand import Operand
from .operands.products import is_sparse
from .operands.solved import Factored, SolvedOperand
from .operands.transposed import TransposedOperand


def chain_operands(prices: Prices, operands: Sequence[Any]) -> list[Operand]:
    """The operands, checked; those that are one matrix share its factors.

    Raises:
        ChainOrderError: names the operand that does not fit, or that is another than the one which
            has the same label.
    """
    chain = prices.chain
    check_same(chain, operands)
    known = Known({}, {})
    checked = {l: checked_operand(prices, operands[l], l, known) for l in chain.distinct}
    return [checked[l] for l in chain.alike]


class Known(NamedTuple):
    """By the matrix that was given: that matrix, looked through once, and its factors."""

    matrices: dict[Hashable, Any]
    factored: dict[Hashable, Factored]


def checked_operand(prices: Prices, operand: Any, l: int, known: Known | None = None) -> Operand:
    """An operand as one of the kinds that there are, of the right shape."""
    chain, ranges = prices.chain, prices.ranges
    known = Known({}, {}) if known is None else known
    elemental, shape = chain.elementals[l], (chain.sizes[l + 1], chain.sizes[l])
    _, inverted, transposed = unwrapped(elemental.structure)
    if not inverted and not transposed:
        if ranges is not None and elemental.given and not is_program(operand):
            return MatrixOperand(_matrix(prices, operand, l, shape, known))
        return as_operand(operand, l, shape)
    assert ranges is not None
    own = shape[::-1] if transposed and not inverted else shape
    base = as_operand(operand, l, own) if is_program(operand) or not elemental.given else None
    if base is not None and base.needs_point:
        raise ChainOrderError(
            f"operands[{l}] is a Function, and elementals[{l}] is {elemental.structure}: expected "
            f"a matrix or a LinearOperator, the Jacobian at the point where it is meant"
        )
    if base is None:
        matrix = _matrix(prices, operand, l, own, known)
        if not elemental.is_solved:
            turned = matrix.T if inverted != transposed else matrix
            return MatrixOperand(converted(turned, ranges.counts(l, l + 1)))
        base = MatrixOperand(matrix)
    elif elemental.given and elemental.is_solved:
        raise ChainOrderError(
            f"operands[{l}] is {base.what}: elementals[{l}] is given, and has to be a matrix"
        )
    elif elemental.given:
        return base  # no matrix: whoever needs one says so
    if not elemental.is_solved:
        return TransposedOperand(base) if inverted != transposed else base
    at = chain.matrix_at(l)
    if at not in known.factored:
        known.factored[at] = _factored(base, prices, l)
    return SolvedOperand(known.factored[at], transposed, shape[0])


def _matrix(prices: Prices, operand: Any, l: int, shape: Shape, known: Known) -> Any:
    """The matrix that was given for an elemental; of those that are one, of the first."""
    chain, ranges = prices.chain, prices.ranges
    at, structure = chain.matrix_at(l), chain.elementals[l].structure
    assert ranges is not None
    if at not in known.matrices and chain.is_dense and isinstance(operand, np.ndarray):
        # What is not finite reaches the result, and is looked for when it has (`chain_walk`).
        known.matrices[at] = converted(read_matrix(operand, l, shape), ranges.counts(l, l + 1))
    if at not in known.matrices:
        of = unwrapped(structure).of
        if of is structure:
            pattern, counts = ranges.patterns[l], ranges.counts(l, l + 1)
        else:
            pattern, counts = _declared(of, shape)
        known.matrices[at] = checked_matrix(operand, l, of, pattern, counts)
    return known.matrices[at]


@lru_cache(maxsize=16)
def _declared(of: Structure, shape: Shape) -> tuple[Pattern, RangeCounts]:
    """What is known of a matrix that is inverted or transposed."""
    pattern = of.pattern(shape)
    return pattern, RangeCounts.of(pattern)


def _factored(base: Operand, prices: Prices, l: int) -> Factored:
    elemental, n = prices.chain.elementals[l], prices.chain.sizes[l]
    name = "" if elemental.name is None else f" ({elemental.name!r})"
    item = f"operands[{l}]{name}, the matrix of elementals[{l}],"
    return Factored(base, solves_of(elemental.structure, (n, n)).method, item)


def check_same(chain: Chain, operands: Sequence[Any]) -> None:
    """Raise unless operands of one label are one matrix.

    Raises:
        ChainOrderError: names the operand that is not.
    """
    labels = chain.same
    if labels is None:
        return
    for k, others in chain.labelled.items():
        label, first = labels[k], operands[k]
        for l in others:
            if operands[l] is not first and not _are_one(operands, k, l):
                raise ChainOrderError(
                    f"operands[{l}] is another matrix than operands[{k}]: both are {label!r}"
                )
        if others and is_program(first) and as_operand(first, k, None).needs_point:
            raise ChainOrderError(
                f"operands[{others[0]}] is a Function, as operands[{k}]: at another point its "
                f"Jacobian is another matrix, and both are {label!r}"
            )


def _are_one(operands: Sequence[Any], k: int, l: int) -> bool:
    if operands[k] is operands[l]:
        return True
    if is_program(operands[k]) or is_program(operands[l]):
        return False
    one, other = (
        operands[at]
        if is_sparse(operands[at])
        else number_array(operands[at], f"operands[{at}]", EXPECTED)
        for at in (k, l)
    )
    if one.shape != other.shape:
        return False
    if is_sparse(one) or is_sparse(other):
        difference: Any = one - other
        return not np.any(difference.data if is_sparse(difference) else difference)
    # Two NaN are one matrix, and an error later on that says more.
    return np.array_equal(one, other) or np.array_equal(one, other, equal_nan=True)
