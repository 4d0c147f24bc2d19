"""What an elemental costs: its products, making a matrix of it, and setting it up.

Three kinds are priced: a matrix that is there; products that are declared; and an inverse, which is
a factorization once and then a solve for each vector (`structure.solves`). The set-up is paid once,
whichever plan: on a chain every elemental is used, as a matrix, by a push or by a pull. So it is a
constant, and the best plan is that of the other prices (docs/inverses.md).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ..problems.elemental import Elemental

if TYPE_CHECKING:
    from ..structure.patterns import Shape
    from ..structure.solves import Solves


class Applied(NamedTuple):
    """Prices of one elemental, whatever the memory; None where there is no such product."""

    tangent: int | None
    adjoint: int | None
    by_tangents: int | None
    """Of making a matrix of it by tangents; of an inverse, of forming it from the factors."""
    by_adjoints: int | None
    setup: int = 0


def applied(
    elemental: Elemental,
    shape: Shape,
    vectors: tuple[int, int],
    price: tuple[int, int],
    *,
    declared: bool,
) -> Applied:
    """What an elemental costs in an objective.

    Args:
        elemental: whose products are asked for.
        shape: of its Jacobian.
        vectors: how many tangents, and how many adjoints, make a matrix of it.
        price: `per_fma` and `per_entry` of the objective.
        declared: whether declared costs are in this objective; else they add nothing.
    """
    costs = (elemental.tangent_cost, elemental.adjoint_cost)
    t, a = (cost if cost is None or declared else 0 for cost in costs)
    if not elemental.is_solved:
        if elemental.is_transposed:
            t, a = a, t
        return Applied(
            t, a, None if t is None else vectors[0] * t, None if a is None else vectors[1] * a
        )
    from ..structure.coloring import column_colors, row_colors
    from ..structure.derived import unwrapped
    from ..structure.solves import solves_of

    of = unwrapped(elemental.structure).of
    solves = solves_of(of, shape)
    solve, setup = solves.solve.price(*price), solves.setup.price(*price)
    if not elemental.given:
        way = operand_direction(elemental)
        if way is None:
            return Applied(None, None, None, None)
        pattern = of.pattern(shape)
        count = column_colors(pattern) if way == "tangent" else row_colors(pattern)
        setup += count * ((t if way == "tangent" else a) or 0)
    explicit = solves.explicit.price(*price)
    return Applied(solve, solve, explicit, explicit, setup)


def operand_direction(elemental: Elemental) -> str | None:
    """How the matrix of an inverse of which only products exist is accumulated; None if not at all.

    By its tangents, unless only its adjoints are there, or they take no tape and cost less.
    """
    t, a = elemental.tangent_cost, elemental.adjoint_cost
    if t is None:
        return None if a is None else "adjoint"
    return "adjoint" if a is not None and not elemental.tape and a < t else "tangent"


def solves_at(elemental: Elemental, shape: Shape) -> Solves | None:
    """How the matrix of an elemental is factored; None if it is not inverted."""
    if not elemental.is_solved:
        return None
    from ..structure.solves import solves_of

    return solves_of(elemental.structure, shape)
