"""What a walk over the steps of a chain's plan meets at each: found once, however often it is run.

It follows from the plan alone: which matrix an operand really is where sub-Jacobians are equal,
whether its transpose is what was made, what nobody needs any more after the step, and which steps
are one product of a taller matrix.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from ..structure.derived import is_transposed
from .shared_held import last_uses
from .steps import Step

if TYPE_CHECKING:
    from ..problems.chain import Chain

Name = tuple[int, int]
"""A sub-Jacobian by the variables that it connects."""


class Use(NamedTuple):
    """A sub-Jacobian that a step uses as a matrix."""

    at: Name
    of: Hashable
    """Its class: that of all sub-Jacobians which are the same matrix."""
    given: int
    """The elemental that it is, where nothing was made of its class; of equal ones the first."""
    turned: bool
    """Whether what was made of its class is the transpose."""


class Pass(NamedTuple):
    """An elemental that vectors go through."""

    l: int
    cost: int
    """Declared, of one vector."""
    solved: Hashable
    """The matrix that is factored, if the product is a solve; else None."""
    is_last: bool
    """Whether nobody solves with that matrix after the step."""


class Visit(NamedTuple):
    """A step, and all that doing it takes."""

    kind: str
    direction: str | None
    result: Name
    of: Hashable
    """The class of the result."""
    uses: tuple[Use, ...]
    passes: tuple[Pass, ...]
    freed: tuple[Hashable, ...]
    """The classes that were made, and that nobody uses after the step."""


class Stack(NamedTuple):
    """Products that share an operand, as one of a taller matrix.

    Of what is wanted, which is as many equal blocks, `count` from `first` on, one below the other,
    times block `shared` are as many from `result` on. Suffixes are meant as their transposes.
    """

    first: int
    shared: int
    result: int
    visits: list[Visit]
    """The same, one by one."""

    @property
    def height(self) -> int:
        """How many products it is."""
        return len(self.visits)


class Itinerary(NamedTuple):
    """All visits, in order, and what is there after the last."""

    visits: list[Visit | Stack]
    ends: list[Use]
    """What is handed back, as `plan.factors` says."""


def itinerary(plan: Any) -> Itinerary:
    """The visits of a plan, in the order of its steps; products that can be are stacked.

    >>> from chainorder import Chain, plan
    >>> chain = Chain([2] * 9, same=["A"] * 8)
    >>> [visit.result for visit in itinerary(plan(chain)).visits]
    [(0, 2), (0, 4), (0, 8)]
    >>> [stack.height for stack in itinerary(plan(chain, wanted="prefixes")).visits]
    [1, 2, 4]
    """
    found = visited(plan.problem, plan.steps, plan.factors)
    return found._replace(visits=_stacked(plan, found.visits)) if _is_shelved(plan) else found


def visited(chain: Chain, steps: Iterable[Step], kept: Sequence[Name]) -> Itinerary:
    """The visits of steps, one by one; what is `kept` is not freed, and is there in the end."""
    rows = list(steps)
    uses, solves = last_uses(chain, rows)
    stays = {chain.class_of(*at) for at in kept}
    made: dict[Hashable, bool] = {}
    """Of each class that was made, whether what was made is flipped."""

    def use(at: Name) -> Use:
        of = chain.class_of(*at)
        return Use(at, of, chain.alike[at[0]], of in made and made[of] != _is_flipped(chain, at))

    visits: list[Visit | Stack] = []
    for t, step in enumerate(rows):
        operands = tuple(map(use, step.operands))
        done = {o.of for o in operands if o.of in made and uses[o.of] == t} - stays
        of = chain.class_of(*step.result)
        passes = tuple(_passes(chain, step, t, solves))
        visits.append(
            Visit(step.kind, step.direction, step.result, of, operands, passes, tuple(done))
        )
        made[of] = _is_flipped(chain, step.result)
    return Itinerary(visits, [use(at) for at in kept])


def _is_flipped(chain: Chain, at: Name) -> bool:
    return chain.repeats is not None and chain.repeats.is_flipped(*at)


def _is_shelved(plan: Any) -> bool:
    """Whether what is wanted is many dense matrices of one size, from matrices that are there."""
    chain: Chain = plan.problem
    if plan.wanted == "whole" or chain.ranges is not None or not chain.is_given:
        return False
    return bool((chain.size_array == chain.size_array[0]).all())


def _passes(
    chain: Chain, step: Step, t: int, last_solves: Mapping[Hashable, int]
) -> Iterator[Pass]:
    through = list(step.passes)
    matrices = [chain.matrix_at(l) for l in through]
    for n, (l, matrix) in enumerate(zip(through, matrices, strict=True)):
        elemental = chain.elementals[l]
        if elemental.is_solved:
            is_last = last_solves[matrix] == t and matrix not in matrices[n + 1 :]
            yield Pass(l, 0, matrix, is_last)
            continue
        is_tangent = (step.direction == "tangent") != is_transposed(elemental.structure)
        cost = elemental.tangent_cost if is_tangent else elemental.adjoint_cost
        yield Pass(l, cost or 0, None, is_last=False)


def _stacked(plan: Any, visits: Iterable[Any]) -> list[Visit | Stack]:
    """The visits, neighbours that share an operand as one."""
    places = {plan.problem.class_of(*at): t for t, at in enumerate(plan.factors)}
    found: list[Visit | Stack] = []
    for visit in visits:
        stack = _stack_of(visit, places, is_prefix=plan.wanted == "prefixes")
        last = found[-1] if found else None
        if stack is None:
            found.append(visit)
        elif isinstance(last, Stack) and _continues(last, stack):
            last.visits.append(visit)
        else:
            found.append(stack)
    return found


def _stack_of(visit: Visit, places: Mapping[Hashable, int], *, is_prefix: bool) -> Stack | None:
    """A product of two of the blocks that are wanted, if it is one and makes a third."""
    result = places.get(visit.of)
    if visit.kind != "multiply" or result is None or any(use.turned for use in visit.uses):
        return None
    left, right = (places.get(use.of) for use in visit.uses)
    if left is None or right is None:
        return None
    first, shared = (left, right) if is_prefix else (right, left)
    return Stack(first, shared, result, [visit])


def _continues(stack: Stack, more: Stack) -> bool:
    """Whether a product is the next of a stack, and uses nothing that the stack makes."""
    return (
        more.shared == stack.shared
        and more.first == stack.first + stack.height
        and more.result == stack.result + stack.height
        and more.first < stack.result
    )
