"""The kinds of problems, and the way from a JSON object to one.

A new kind of problem is one file in this room, whose class has what `Problem` says, and one row in
`KINDS`; its orders are a row in `orders/by_name.py`, what plans of it ask is a row in
`plans/by_kind.py`, and how they run a row in `execution/dispatch.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import Any, ClassVar, Protocol

from ..checks import shown
from ..errors import ChainOrderError
from .elemental import Timing

KINDS: Mapping[str, str] = {
    "chain": "chain:Chain",
    "graph": "graph:Graph",
    "hessian_chain": "hessian_chain:HessianChain",
}
"""The module in this room and the class of each kind of problem, by what files call it."""


class Problem(Protocol):
    """What every kind of problem has; its class is immutable, compares, pickles and prints."""

    kind: ClassVar[str]
    """What files and tables call it."""

    @property
    def timing(self) -> Timing | None:
        """What multiplications take, where costs are times; None where they are counts."""

    def __len__(self) -> int:
        """The elementals of a chain; the vertices of a graph."""

    def to_dict(self) -> dict[str, Any]:
        """The object that a file holds."""


@cache
def problem_class(kind: str) -> Any:
    """The class of a kind of problem."""
    module, name = KINDS[kind].split(":")
    return getattr(import_module(f".{module}", __package__), name)


def is_problem(value: object) -> bool:
    """Whether a value is a problem of one of the kinds."""
    kind = getattr(type(value), "kind", None)
    return isinstance(kind, str) and kind in KINDS and isinstance(value, problem_class(kind))


def problem_from_dict(fields: Mapping[str, Any], where: str) -> Any:
    """The problem inside an object that holds one under the name of its kind.

    Raises:
        ChainOrderError: opens with `where` if there is none; or what the problem's class raises.
    """
    for kind in KINDS:
        if kind in fields:
            if not isinstance(fields[kind], dict):
                raise ChainOrderError(
                    f"{where}: {kind!r} is {shown(fields[kind])}: expected an object"
                )
            return problem_class(kind).from_dict(fields[kind])
    expected = ", ".join(map(repr, KINDS))
    raise ChainOrderError(f"{where} has no problem: expected one of {expected}")
