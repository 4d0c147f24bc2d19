"""The questions that a plan asks about its steps; each kind of problem answers them in its file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol


class Plan(Protocol):
    """As much of a `chainorder.plans.plan.Plan` as the answers look at."""

    @property
    def problem(self) -> Any:
        """What is differentiated."""

    @property
    def steps(self) -> Any:
        """Its steps, as the kind has them."""

    @property
    def order(self) -> list[Any]:
        """The intermediate variables, in the order in which they go."""

    @property
    def form(self) -> str:
        """What the Jacobian is kept as."""

    @property
    def schedule(self) -> Any:
        """Start and machine of every step, or None."""

    def __getattr__(self, name: str) -> Any:
        """What the kind adds."""


def always(plan: Plan) -> bool:
    """Every plan of the kind has the attribute."""
    return True


class Added(NamedTuple):
    """An attribute that plans of one kind add, and which of them have it."""

    value: Callable[[Plan], Any]
    holds: Callable[[Plan], bool] = always


@dataclass(frozen=True)
class PlanKind:
    """The answers for one kind of problem."""

    total: Callable[[Plan, str], int]
    """What all steps cost in an objective."""
    peak_entries: Callable[[Plan], int]
    """The most matrix entries that intermediates and result occupy at once."""
    eliminated: Callable[[Plan], list[Any]]
    """The intermediate variables, in the order in which they go."""
    described: Callable[[Plan], list[tuple[str, str]]]
    """What `print(plan)` opens with, as labels and text."""
    steps_to_fields: Callable[[Plan], dict[str, Any]]
    """The steps as fields of a JSON object."""
    steps_from_fields: Callable[[Any, Mapping[str, Any], Mapping[str, Any]], Any]
    """The steps from the problem, the fields and the options; checked."""
    fields: Mapping[str, Sequence[type]]
    """The types of those fields, and of options that must be there."""
    options: tuple[str, ...] = ()
    """Fields of `Plan`, beyond those of every plan, that a file holds."""
    figures: tuple[str, ...] = ()
    """Attributes that a file holds for readers, and that are checked when it is read."""
    adds: Mapping[str, Added] = field(default_factory=dict)
    """The attributes that only plans of this kind have."""
