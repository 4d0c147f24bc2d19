"""`check`: are the products of the operands right for each other, and for their functions?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .errors import ChainOrderError
from .execution.dense import Array
from .execution.numbers_in import number_array
from .execution.operands.by_type import as_operand
from .execution.operands.products import Product, product_of
from .execution.primal import Linearized, check_as_they_are, linearized, value_of
from .problems.elemental import Elemental
from .structure.coloring import column_coloring, recovered, row_coloring
from .structure.declarations import Dense, Structure
from .structure.patterns import Pattern

DIFFERENCE_STEPS = (1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8)
"""Steps of the finite differences, relative to the point; the one that agrees best counts."""

BLOCK_WIDTH = 7
"""Columns of the block whose product is compared with the products of its columns."""


@dataclass(frozen=True, slots=True)
class CheckedOperand:
    """The relative errors found for one operand; None where there is nothing to compare.

    `transposition` compares `u·(J v)` with `(u J)·v`; `tangent`, `adjoint` and `jacobian` compare
    those with central differences of `f`; `blocks` compares the product of a block with those of
    its columns; `structure` compares a product with that of the matrix that is recovered by
    colours, if the declared structure holds.
    """

    transposition: float | None = None
    tangent: float | None = None
    adjoint: float | None = None
    jacobian: float | None = None
    blocks: float | None = None
    structure: float | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """What `check` found right, one entry per operand. Prints as a table.

    >>> import chainorder as co
    >>> import numpy as np
    >>> sine = co.Function(np.sin, jvp=lambda x, v: np.cos(x) * v, vjp=lambda x, u: np.cos(x) * u)
    >>> co.check([sine], x=np.ones(3)).operands[0].tangent < 1e-8
    True
    """

    operands: tuple[CheckedOperand, ...]

    def __str__(self) -> str:
        fields = CheckedOperand.__slots__
        rows = [("operand", *fields)] + [
            (str(l), *(_shown(getattr(checked, field)) for field in fields))
            for l, checked in enumerate(self.operands)
        ]
        lines = [row[0].rjust(7) + "".join(cell.rjust(15) for cell in row[1:]) for row in rows]
        return "\n".join(["relative errors of the products", *map(str.rstrip, lines)])


def check(
    operands: Sequence[Any],
    x: Any = None,
    elementals: Sequence[Elemental] | None = None,
    *,
    tolerance: float = 1e-5,
    seed: int = 0,
) -> Check:
    """Compare the products of every operand with each other and with finite differences of `f`.

    In random directions `u` and `v`: `u·(J v)` is `(u J)·v` up to rounding; `J v` and `(u J)·v`
    are what central differences of `f` say, for the best of several steps; and the product of a
    block is that of its columns. All in double precision; a complex `f` is taken for holomorphic.

    Args:
        operands: one per elemental, first applied first, as for `execute`.
        x: the point `x_0` of shape `(d_0,)`; only needed by operands that are functions.
        elementals: one per operand, whose structures are to be compared with the products; it
            takes as many products as there are colours.
        tolerance: the largest relative error against finite differences.
        seed: of the directions.

    Raises:
        ChainOrderError: names every operand that is wrong, what is, and by how much; or one that
            failed, or whose shape does not fit.

    >>> import chainorder as co
    >>> import numpy as np
    >>> wrong = co.Function(np.sin, jvp=lambda x, v: np.sin(x) * v, vjp=lambda x, u: np.sin(x) * u)
    >>> co.check([wrong], x=np.ones(3))  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    chainorder.errors.ChainOrderError: operands[0]: the tangent differs from finite differences...
    """
    check_as_they_are(elementals, "check")
    rng = np.random.default_rng(seed)
    checked, wrong = [], []
    linear = linearized(operands, None if x is None else _double(x))
    if elementals is not None and len(elementals) != len(linear):
        raise ChainOrderError(f"{len(elementals)} elementals for {len(linear)} operands")
    for at in linear:
        structure = Dense() if elementals is None else elementals[at.position].structure
        found, precision = _checked(at, structure, rng)
        checked.append(found)
        wrong += [
            f"operands[{at.position}]: {complaint}"
            for complaint in _complaints(found, tolerance, precision)
        ]
    if wrong:
        raise ChainOrderError("; ".join(wrong))
    return Check(tuple(checked))


def _checked(
    at: Linearized, structure: Structure, rng: np.random.Generator
) -> tuple[CheckedOperand, float]:
    """The errors of one operand, and the precision that its products have."""
    l, operand, (m, n), point = at
    tangent, adjoint = at.tangent(), at.adjoint()
    dtypes = [part.dtype for part in (point, tangent, adjoint) if part is not None]
    is_complex = any(dtype.kind == "c" for dtype in dtypes)
    u, v = _direction(rng, m, is_complex), _direction(rng, n, is_complex)
    differences = list(_differences(at, v))
    if not differences and point is not None:
        # Every step leaves the domain of f: so take one that is in proportion to each entry.
        magnitude = np.abs(point)
        v *= np.where(magnitude > 0, magnitude, magnitude.max() or 1.0)[:, np.newaxis]
        differences = list(_differences(at, v))
    pushed, pulled = product_of(tangent, v), product_of(adjoint, u)
    errors: dict[str, float] = {}
    if pushed is not None and pulled is not None:
        scale = _norm(u) * _norm(pushed) + _norm(pulled) * _norm(v)
        errors["transposition"] = _relative(u.T @ pushed - pulled.T @ v, scale)
    is_matrix = operand.has_matrix and not operand.needs_point
    if operand.needs_point:
        if pushed is not None:
            errors["tangent"] = _least_error(pushed, differences)
        if pulled is not None:
            size = _norm(pulled) * _norm(v)
            errors["adjoint"] = min(
                (
                    _relative(pulled.T @ v - u.T @ d, size + _norm(u) * _norm(d))
                    for d in differences
                ),
                default=np.nan,
            )
        if operand.has_matrix:
            matrix = as_operand(operand.matrix(point), l, (m, n)).value
            errors["jacobian"] = _least_error(matrix @ v, differences)
    if not is_matrix:
        present = [(tangent, pushed), (adjoint, pulled)]
        blocks = [_block_error(p, rng, is_complex) for p, r in present if p and r is not None]
        if blocks:
            errors["blocks"] = max(blocks)
        if structure != Dense():
            pattern = structure.pattern((m, n))
            if tangent is not None and pushed is not None:
                errors["structure"] = _structure_error(pattern, tangent, v, pushed, by_rows=False)
            elif adjoint is not None and pulled is not None:
                errors["structure"] = _structure_error(pattern, adjoint, u, pulled, by_rows=True)
    results = [r.dtype for r in (pushed, pulled) if r is not None and r.dtype.kind in "fc"]
    precision = max((float(np.finfo(dtype).eps) for dtype in results), default=2.0**-52)
    return CheckedOperand(**errors), precision


def _differences(at: Linearized, v: Array) -> Iterator[Array]:
    """Central differences of `f` in the direction `v`, for every step that `f` can take."""
    l, operand, (m, _), point = at
    if point is None or not operand.needs_point:
        return
    # What changes most changes by `step`, compared with the largest entry.
    largest = float(np.abs(point).max())
    scale = largest / float(np.abs(v).max()) if largest > 0 else 1.0
    for step in DIFFERENCE_STEPS:
        h = step * scale
        try:
            with np.errstate(all="ignore"):
                ahead = value_of(operand, l, point + h * v[:, 0], m)
                behind = value_of(operand, l, point - h * v[:, 0], m)
        except ChainOrderError:  # a step out of the domain of f
            continue
        difference = (ahead - behind) / (2 * h)
        if not np.isfinite(difference).all():
            continue
        rounding = np.finfo(np.float64).eps * _norm(ahead) / h
        if _norm(difference) <= rounding:
            difference = np.zeros_like(difference)
        yield difference[:, np.newaxis]


def _least_error(found: Array, differences: Sequence[Array]) -> float:
    errors = (_relative(found - d, _norm(found) + _norm(d)) for d in differences)
    return min(errors, default=np.nan)


def _structure_error(
    pattern: Pattern, product: Product, direction: Array, result: Array, *, by_rows: bool
) -> float:
    """How far a product is from that of the matrix which `execute` would recover by colours."""
    import scipy.sparse

    matrix: Any
    if pattern.nnz == 0:
        matrix = scipy.sparse.csr_array(pattern.shape)
    elif pattern.is_identity:
        matrix = scipy.sparse.eye_array(pattern.shape[0])
    else:
        coloring = row_coloring(pattern) if by_rows else column_coloring(pattern)
        products = product(coloring.seeds(result.dtype)(0, coloring.count))
        matrix = recovered(pattern, coloring, products, by_rows=by_rows)
    known = (matrix.T if by_rows else matrix) @ direction
    return _relative(known - result, _norm(known) + _norm(result))


def _block_error(product: Product, rng: np.random.Generator, is_complex: bool) -> float:
    """How far the product of a block is from the products of its columns, in a random sum."""
    block = np.hstack([_direction(rng, product.size_in, is_complex) for _ in range(BLOCK_WIDTH)])
    weights = _direction(rng, BLOCK_WIDTH, is_complex)
    together, alone = product(block) @ weights, product(block @ weights)
    return _relative(together - alone, _norm(together) + _norm(alone))


def _complaints(found: CheckedOperand, tolerance: float, precision: float) -> Iterator[str]:
    exact = precision**0.5
    # Central differences are good to the two thirds of the digits, at best.
    near = max(tolerance, 10 * precision ** (2 / 3))
    for error, most, what, hint in (
        (found.tangent, near, "the tangent differs from finite differences of f by", ""),
        (found.adjoint, near, "the adjoint differs from finite differences of f by", ""),
        (found.jacobian, near, "the jacobian differs from finite differences of f by", ""),
        (found.transposition, exact, "u·(J v) and (u J)·v differ by", ""),
        (
            found.structure,
            exact,
            "its structure does not hold: products differ from those of the matrix recovered with "
            "it by",
            "",
        ),
        (
            found.blocks,
            exact,
            "the product of a block differs from those of its columns by",
            ": it may only take vectors (blocks=False)",
        ),
    ):
        # An error that is no number is one as well.
        if error is not None and not error <= most:
            yield f"{what} {error:.1e} (relative), expected at most {most:.1e}{hint}"


def _double(x: Any) -> Array:
    point = number_array(x, "x", "real or complex numbers")
    if point.dtype.kind == "f":
        return point.astype(np.float64)
    return point.astype(np.complex128) if point.dtype.kind == "c" else point


def _direction(rng: np.random.Generator, size: int, is_complex: bool) -> Array:
    """A random column."""
    column = rng.standard_normal((size, 1))
    return column + 1j * rng.standard_normal((size, 1)) if is_complex else column


def _norm(column: Array) -> float:
    return float(np.linalg.norm(column))


def _relative(difference: Array, scale: float) -> float:
    return _norm(difference) / scale if scale else _norm(difference)


def _shown(error: float | None) -> str:
    return "" if error is None else f"{error:.1e}"
