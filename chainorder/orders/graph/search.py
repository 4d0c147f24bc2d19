"""Search: an anytime local search over elimination orders, by simulated annealing."""

from __future__ import annotations

from ...checks import checked_integer, checked_seconds
from ...clock import Clock
from ...errors import ChainOrderError
from ...plans.plan import Plan
from ...problems.graph import Graph
from .bounded import bounded_plan
from .parts import SMALL, Parts, Progress, split

ROUNDS = 8
"""Rounds of annealing where neither steps nor a time limit are given."""

EXACT_WORK = 2_000_000
"""Sets times vertices that the exact program may take for all small parts together."""


def search(
    graph: Graph,
    objective: str = "fma",
    seed: int = 0,
    time_limit: float | None = None,
    steps: int | None = None,
    on_progress: Progress | None = None,
) -> Plan:
    """The best order that a local search finds.

    Starts from forward, reverse, Markowitz and lowest relative Markowitz; then rounds of simulated
    annealing on every component of the graph, from the best order and from the starts by turns.
    Small components are solved exactly. Deterministic for a seed, unless a time limit or Ctrl-C
    ends it: that gives the best order so far.

    Args:
        graph: what to plan.
        objective: "fma" or "flops".
        seed: of the random moves.
        time_limit: seconds; without it, `steps`.
        steps: moves in all; without it and a time limit, some rounds that grow with the graph.
        on_progress: called with the best cost and the best bound so far.

    Raises:
        ChainOrderError: a seed, time limit or number of steps that makes no sense.
    """
    check_effort(seed, time_limit, steps)
    parts = Parts()
    with Clock(time_limit) as clock:
        try:
            parts = split(graph, objective, seed)
            report(parts, on_progress)
            _anneal_all(parts, steps, clock, on_progress)
        except KeyboardInterrupt:
            if not parts:
                raise
    return bounded_plan(graph, parts.order, "search", objective)


def _anneal_all(
    parts: Parts,
    steps: int | None,
    clock: Clock,
    on_progress: Progress | None,
) -> None:
    for part in parts:
        if not part.is_proved and not clock.is_up() and not part.solve_path():
            part.offer_greedy(clock)
            if not part.is_proved and len(part) <= SMALL:
                part.solve_exactly()
        report(parts, on_progress)
    left = [part for part in parts if not part.is_proved and part.can_anneal]
    vertices = sum(map(len, left))
    turn = 0
    while left and not clock.is_up():
        if not clock.has_limit and (turn >= ROUNDS if steps is None else steps <= 0):
            break
        for part in left:
            moves = part.moves()
            if steps is not None:
                moves = min(moves, steps, -(-steps * len(part) // vertices))
                steps -= moves
            part.anneal(moves, clock.stop)
            report(parts, on_progress)
            if clock.is_up():
                break
        left = [part for part in left if not part.is_proved]
        turn += 1


def report(parts: Parts, on_progress: Progress | None) -> None:
    """Tell whoever listens the best cost and the best bound so far."""
    if on_progress is not None:
        on_progress(parts.cost, parts.bound)


def check_effort(seed: object, time_limit: object, steps: object = None) -> None:
    """Raise for a seed, time limit or number of steps that makes no sense."""
    checked_integer("seed", seed, "a seed", least=0)
    checked_seconds("time_limit", time_limit)
    if steps is not None and (type(steps) is not int or steps < 0):
        raise ChainOrderError(f"steps is {steps!r}: expected an integer of at least 0")
