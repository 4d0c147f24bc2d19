"""`multi_dot`: a drop-in for `numpy.linalg.multi_dot` that plans and multiplies faster."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from .checks import is_of_masked_kind
from .execution.dense import Array, multiply_all, product
from .execution.numbers_in import number_array
from .orders.chain.hu_shing import bracketing
from .plans.product_tree import as_list

if TYPE_CHECKING:
    from .execution.shared_products import SlotProduct
    from .problems.elemental import Elemental

WORTH_SHARING = 5 * 10**7
"""Multiplications from which finding what repeats costs less than it may save: some milliseconds.

A power is found at once.
"""

WORTH_HALVING = 10**6
"""Multiplications of both orders of three from which looking for transposes takes no time."""

FEW = 6
"""Small factors among which looking for what repeats takes longer than it saves."""

REMEMBERED_SIZES = 129
"""The orders of chains up to this long are remembered: the next call often has the same shapes."""


def multi_dot(arrays: Sequence[npt.ArrayLike], *, out: Any = None) -> Any:
    """The product of two or more arrays, in the order that takes the fewest multiplications.

    Signature and semantics are those of `numpy.linalg.multi_dot`. Where arrays of the list are one
    and the same object, or each other's transposes in memory as `a.T` and `a` are, products that
    occur more than once are made once, and of those that are symmetric a half.

    Args:
        arrays: matrices; the first may be a vector (a row), and so may the last (a column).
        out: where to write the result: the dtype and the two-dimensional shape that the last
            product has, in C order.

    Returns:
        The product: a matrix, a vector if one end is a vector, a scalar if both are.

    Raises:
        ValueError: fewer than two arrays, shapes that do not align, an `out` that does not fit, or
            an array of which something is masked: a product would lose the mask.
        numpy.linalg.LinAlgError: an operand of another dimension.

    >>> import chainorder as co
    >>> import numpy as np
    >>> arrays = [np.ones((2, 300)), np.ones((300, 4)), np.ones((4, 3))]
    >>> bool((co.multi_dot(arrays) == np.linalg.multi_dot(arrays)).all())
    True
    """
    count = len(arrays)
    if count < 2:
        raise ValueError("Expecting at least two arrays.")
    factors: list[Any] = [np.asanyarray(array) for array in arrays]
    if {*map(type, factors)} != {np.ndarray}:
        for t, factor in enumerate(factors):
            if is_of_masked_kind(factor):
                factors[t] = number_array(factor, f"arrays[{t}]")
    if count == 2:
        return np.dot(factors[0], factors[1], out=out)
    starts_with_vector = factors[0].ndim == 1
    ends_with_vector = factors[-1].ndim == 1
    if starts_with_vector:
        factors[0] = factors[0][np.newaxis, :]
    if ends_with_vector:
        factors[-1] = factors[-1][:, np.newaxis]
    is_power = count > FEW and len({*map(id, factors)}) == 1
    # Two that are one array are aligned if it is square, and then all are.
    sizes = _aligned_sizes(factors[:2] if is_power else factors)
    if out is not None:
        _check_out(out, factors)
    if is_power:
        return _power(factors[0], count, out)
    result = _three(factors, sizes, out) if count == 3 else _planned(factors, sizes, out)
    if starts_with_vector and ends_with_vector:
        return result[0, 0]
    if starts_with_vector or ends_with_vector:
        return result.ravel()
    return result


def _aligned_sizes(factors: list[Array]) -> list[int]:
    """Rows of the first factor, then the columns of each."""
    sizes = []
    columns = None
    for factor in factors:
        if factor.ndim != 2:
            raise np.linalg.LinAlgError(
                f"{factor.ndim}-dimensional array given. Array must be two-dimensional"
            )
        rows, width = factor.shape
        if columns is not None and rows != columns:
            left, right = _misaligned(factors)
            raise ValueError(
                f"shapes ({left[0]},{left[1]}) and ({right[0]},{right[1]}) not aligned: "
                f"{left[1]} (dim 1) != {right[0]} (dim 0)"
            )
        if columns is None:
            sizes.append(rows)
        sizes.append(width)
        columns = width
    return sizes


def _misaligned(factors: list[Array]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    shapes = [factor.shape for factor in factors]
    return next((a, b) for a, b in pairwise(shapes) if a[1] != b[0])


def _check_out(out: Any, factors: list[Array]) -> None:
    if not isinstance(out, np.ndarray):
        raise TypeError("'out' must be an array")
    dtype = np.result_type(*factors)
    if out.dtype != dtype or out.ndim != 2 or not out.flags.c_contiguous:
        raise ValueError(
            "output array is not acceptable (must have the right datatype, number of dimensions, "
            "and be a C-Array)"
        )
    if out.shape != (factors[0].shape[0], factors[-1].shape[1]):
        raise ValueError("output array has wrong dimensions")


def _three(factors: list[Array], sizes: list[int], out: Array | None) -> Array:
    a, b, c, d = sizes
    first, second, third = factors
    left, right = a * c * (b + d), b * d * (a + c)
    is_large = left + right > WORTH_HALVING
    if is_large and (a == c or b == d) and not (first.base is second.base is third.base is None):
        return _three_views(factors, sizes, out)
    if left < right:
        return product(product(first, second), third, out)
    return product(first, product(second, third), out)


def _three_views(factors: list[Array], sizes: list[int], out: Array | None) -> Array:
    """Of two that are each other's transposes, the product is symmetric: half of it is made."""
    from .execution.symmetric_matrices import is_transpose, symmetric_product

    a, b, c, d = sizes
    first, second, third = factors
    is_gram, is_last_gram = is_transpose(first, second), is_transpose(second, third)
    left = b * (a * (a + 1) // 2 if is_gram else a * c) + a * c * d
    right = c * (b * (b + 1) // 2 if is_last_gram else b * d) + a * b * d
    if left < right:
        made = symmetric_product(first, second) if is_gram else product(first, second)
        return product(made, third, out)
    made = symmetric_product(second, third) if is_last_gram else product(second, third)
    return product(first, made, out)


def _power(factor: Array, exponent: int, out: Array | None) -> Array:
    from .execution.shared_products import multiply_shared

    products = _remembered_power(len(factor) or 1, exponent)
    return multiply_shared(products, [factor] * exponent, out)


@lru_cache(maxsize=256)
def _remembered_power(size: int, exponent: int) -> list[SlotProduct]:
    found = _remembered_products((size,) * (exponent + 1), ((0, False),) * exponent)
    assert found is not None
    return found


def _planned(factors: list[Array], sizes: list[int], out: Array | None) -> Array:
    # A product `A_1 … A_q` is the chain `J_q … J_1`: the last factor is applied first. An empty
    # axis makes every order cost nothing; to the planner it is an axis of one.
    chain = tuple(reversed(sizes) if 0 not in sizes else [size or 1 for size in reversed(sizes)])
    count = len(factors)
    if count > FEW or chain[0] > 32:
        is_worth_looking = max(chain) ** 3 * count >= WORTH_SHARING
        turned = is_worth_looking and _may_be_turned(factors)
        if turned or len(set(map(id, factors))) < count:
            letters = _letters(factors) if turned else _named(factors)
            shared = _remembered_products(chain, letters)
            if shared is not None:
                from .execution.shared_products import multiply_shared

                return multiply_shared(shared, factors[::-1], out)
    triples = _remembered(chain) if len(chain) <= REMEMBERED_SIZES else _triples(chain)
    return multiply_all(triples, factors[::-1], out)[0]


def _triples(sizes: tuple[int, ...]) -> list[tuple[int, int, int]]:
    return list(zip(*map(as_list, bracketing(list(sizes))), strict=True))


_remembered = lru_cache(maxsize=256)(_triples)


def _may_be_turned(factors: list[Array]) -> bool:
    """Whether some are views, and rows lie together in memory in some, columns in others."""
    if all(f.base is None for f in factors):
        return False
    return len({f.strides[0] < f.strides[1] for f in factors}) == 2


def _named(factors: list[Array]) -> tuple[tuple[int, bool], ...]:
    """For each factor, the last first, the first that is the same object; never transposed."""
    position: dict[int, int] = {}
    return tuple([(position.setdefault(id(f), len(position)), False) for f in reversed(factors)])


def _letters(factors: list[Array]) -> tuple[tuple[int, bool], ...]:
    """For each factor, the last first, the first of the same memory, and whether transposed."""
    known: dict[Hashable, tuple[int, bool]] = {}
    letters = []
    for t, f in enumerate(reversed(factors)):
        at = f.__array_interface__["data"], f.dtype
        key = *at, f.shape, f.strides
        if key not in known:
            known[*at, f.shape[::-1], f.strides[::-1]] = t, True
            known[key] = t, False
        letters.append(known[key])
    return tuple(letters)


@lru_cache(maxsize=256)
def _remembered_products(
    sizes: tuple[int, ...], letters: tuple[tuple[int, bool], ...]
) -> list[SlotProduct] | None:
    from .execution.shared_products import slots_of
    from .orders.chain.repeated import shared_bracketing
    from .problems.chain import Chain

    labels, turned = zip(*letters, strict=True)
    if len(set(labels)) == len(labels):
        return None
    if len(set(letters)) > 1:
        work = sum(sizes[i] * sizes[k] * sizes[j] for i, k, j in _triples(sizes))
        if work < WORTH_SHARING:
            return None
    chain = Chain(sizes, _transposed(turned) if any(turned) else None, same=labels)
    return slots_of(chain, shared_bracketing(chain))


def _transposed(turned: Sequence[bool]) -> list[Elemental]:
    """Dense elementals, some of them transposes."""
    from .problems.elemental import GIVEN_DENSE, Elemental
    from .structure.declarations import DENSE
    from .structure.derived import Transpose

    turn = Elemental(structure=Transpose(DENSE))
    return [turn if is_turned else GIVEN_DENSE for is_turned in turned]
