"""The few ways up the stair: what a file asks of one that stands above it, when it is called.

Rooms import from rooms above them in the list of `tests/test_house.py`, and from no other. Where
the answer to a question can only come from further down (a plan that is read from a file has to be
proved again, and proving needs orders, which need plans), the question goes through one of these
doors, by name. A new door is one row, and has to say why there is no other way.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

DOORS: Mapping[str, str] = {
    # A plan that was read claims a bound and a proof; only the orders know whether they hold.
    "proved": "proving:proved",
    # Results draw themselves and show themselves in notebooks; reports read plans and runs.
    "draw": "reporting.figures.files:draw",
    "plan_html": "reporting.comparison:plan_html",
    "run_html": "reporting.notebook:run_html",
}
"""For each door the module, in this package, and the function behind it."""


def through(door: str) -> Callable[..., Any]:
    """The function behind a door."""
    module, name = DOORS[door].split(":")
    function: Callable[..., Any] = getattr(import_module(f".{module}", __package__), name)
    return function
