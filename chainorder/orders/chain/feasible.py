"""Whether an order of a chain is possible at all, and which elemental rules it out if not."""

from __future__ import annotations

from ...errors import ChainOrderError, InfeasibleOrderError
from ...plans.prices import StepPrices
from ...problems.chain import Chain

MAX_CELLS = 2**29
"""Intervals the interval program will hold: 4 GiB of costs, a chain of 23,000 elementals."""


def named(chain: Chain, l: int) -> str:
    """How an error message calls an elemental."""
    name = chain.elementals[l].name
    return f"elementals[{l}]" if name is None else f"elementals[{l}] ({name!r})"


def check_length(chain: Chain) -> None:
    """Raise for a chain that is too long for the interval program."""
    q = len(chain)
    if q * q > MAX_CELLS:
        raise ChainOrderError(
            f"the interval program holds the square of the number of elementals: {q:,} elementals "
            f"are more than {int(MAX_CELLS**0.5):,}"
        )


def check_tangents(chain: Chain, memory: int | None) -> None:
    """Raise unless every elemental that is no matrix has a tangent that memory allows."""
    _check_products(chain, memory, "forward", "tangents")


def check_adjoints(chain: Chain, memory: int | None) -> None:
    """Raise unless every elemental that is no matrix has an adjoint that memory allows."""
    _check_products(chain, memory, "reverse", "adjoints")


def _check_products(chain: Chain, memory: int | None, order: str, products: str) -> None:
    short = []
    for l, elemental in enumerate(chain.elementals):
        has = elemental.has_tangent if products == "tangents" else elemental.has_adjoint
        if elemental.is_matrix:
            continue
        if not has(None):
            raise InfeasibleOrderError(
                f"{order} needs {products} of {named(chain, l)}: there are none", order, l, None
            )
        if not has(memory):
            short.append(l)
    if short:
        worst, needed = _longest_tape(chain, short)
        raise InfeasibleOrderError(
            f"{order} needs a memory of {needed:,} for the tape of {named(chain, worst)}: "
            f"there is {memory:,}",
            order,
            worst,
            needed,
        )


def check_feasible(chain: Chain, prices: StepPrices, order: str, memory: int | None) -> None:
    """Raise unless every elemental can become a matrix: then, and only then, there is an order."""
    short = []
    for l, (elemental, price) in enumerate(zip(chain.elementals, prices.leaf, strict=True)):
        if price is not None:
            continue
        if elemental.adjoint_cost is None:
            raise InfeasibleOrderError(
                f"no order is possible: {named(chain, l)} is not given, "
                f"and has neither tangents nor adjoints",
                order,
                l,
                None,
            )
        short.append(l)
    if short:
        worst, needed = _longest_tape(chain, short)
        raise InfeasibleOrderError(
            f"no order is possible with a memory of {memory:,}: {named(chain, worst)} has no "
            f"tangents, and its adjoint needs a tape of {needed:,}",
            order,
            worst,
            needed,
        )


def _longest_tape(chain: Chain, short: list[int]) -> tuple[int, int]:
    """Which of some elementals needs the most memory, the first of several, and how much."""
    worst = max(short, key=lambda l: chain.elementals[l].tape or 0)
    return worst, chain.elementals[worst].tape or 0
