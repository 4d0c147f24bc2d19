"""Plans of chains for machines: the best plan and schedule together, or a plan and its schedule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..clock import Clock
from ..orders.chain.feasible import check_feasible
from ..orders.chain.rows import by_tangents
from ..plans.plan import Plan
from ..plans.prices import Prices, StepPrices, prices_of
from ..plans.schedule import Schedule, as_soon_as_possible
from ..plans.steps import ACCUMULATE, Steps
from ..problems.chain import Chain
from .effort import FULL, ITERATIONS, Effort
from .exact import best_solution
from .long_chains import least_makespan, thinned_operations
from .operations import Operations, all_operations, operations_of
from .solution import Solution, Workshop

Row = tuple[int, int, int, int]
"""A step as `(kind, i, k, j)`."""

ALL_OPERATIONS = 64
"""Elementals up to which all operations are held, and the best plan can be proved."""

MOVES = 256
"""Moves of the local search before branch and bound."""

QUICK = 5_000_000
"""Inner iterations of branch and bound that take some tenths of a second."""

SEARCH_WORK = 40_000_000
"""Inner iterations of the local search where it is all there is, and no time limit."""


def optimal(
    chain: Chain,
    objective: str,
    machines: int,
    memory: int | None = None,
    pattern_memory: int | None = None,
    effort: Effort = FULL,
) -> Plan:
    """The least makespan over all plans and schedules, by branch and bound.

    With proof unless time or effort end it earlier, and for up to 64 elementals; more are searched.

    Raises:
        InfeasibleOrderError: the memory, or a product that does not exist, rules every plan out.
    """
    return _planned("optimal", chain, objective, machines, memory, pattern_memory, effort)


def quickly(plan: Plan) -> Plan:
    """What is found out in some tenths of a second of the best plan for the same machines."""
    assert plan.schedule is not None
    machines, effort = plan.schedule.machines, Effort(iterations=QUICK)
    return optimal(plan.problem, plan.objective, machines, plan.memory, plan.pattern_memory, effort)


def search(
    chain: Chain,
    objective: str,
    machines: int,
    memory: int | None = None,
    pattern_memory: int | None = None,
    effort: Effort = FULL,
) -> Plan:
    """A plan and schedule by local search, the best so far when the time is up.

    Starts from the plans with the least work among those with short paths, scheduled by list
    scheduling; then one range at a time gets another operation.

    Raises:
        InfeasibleOrderError: the memory, or a product that does not exist, rules every plan out.
    """
    return _planned("search", chain, objective, machines, memory, pattern_memory, effort)


def scheduled(plan: Plan, machines: int, time_limit: float | None = None) -> Plan:
    """The same plan, its steps single, with a schedule of the least makespan that is found."""
    prices: Prices = plan.prices
    single = plan.steps.single()
    duration = [int(cost) for cost in prices.step_costs(single, plan.objective).tolist()]
    rows = list(zip(*(column.tolist() for column in single.columns()), strict=True))
    operations = operations_of(rows, duration, len(plan.problem))
    with Clock(time_limit) as clock:
        found = _solved(operations, machines, None, 0, clock, FULL, is_exact=True)
    steps, schedule = _scheduled_steps(operations.steps, operations, found, machines)
    bound = min(makespan_bound(prices, plan.objective, machines), schedule.makespan)
    proof = "optimal" if bound == schedule.makespan else None
    return replace(plan, steps=steps, schedule=schedule, lower_bound=bound, proof=proof)


def makespan_bound(prices: Prices, objective: str, machines: int) -> int:
    """A makespan that no plan can beat, whatever the memory."""
    table = prices.table(objective, None)
    if not table.is_exact:
        table = replace(prices.without_products(objective, None), outer=[0] * len(table.outer))
    if len(table.leaf) > ALL_OPERATIONS:
        return least_makespan(table, machines)
    operations = all_operations(table, _given(prices.chain))
    return Workshop(operations, machines).lower_bound if len(operations) else 0


def _given(chain: Chain) -> list[bool]:
    return [elemental.given for elemental in chain.elementals]


def _planned(
    name: str,
    chain: Chain,
    objective: str,
    machines: int,
    memory: int | None,
    pattern_memory: int | None,
    effort: Effort,
) -> Plan:
    prices = prices_of(chain, pattern_memory)
    check_feasible(chain, prices.without_products(objective, memory), name, memory)
    table = prices.table(objective, memory)
    bound: int | None = None
    is_short = len(chain) <= ALL_OPERATIONS
    with Clock(effort.time_limit) as clock:
        if is_short:
            operations = all_operations(table, _given(chain))
        else:
            operations, bound = thinned_operations(table, _given(chain), machines)
        is_exact = is_short and name == "optimal"
        moves = MOVES
        if not is_exact and effort.iterations >= ITERATIONS:
            moves = max(MOVES, SEARCH_WORK // max(operations.work_of_a_move, 1))
        found = _solved(operations, machines, bound, moves, clock, effort, is_exact=is_exact)
    rows = with_ways(operations.steps, prices, memory)
    steps, schedule = _scheduled_steps(rows, operations, found, machines)
    bound = _whatever_the_memory(prices, objective, machines, table, found.lower_bound)
    proof = "optimal" if found.is_proved and table.is_exact else None
    return Plan(
        chain, steps, name, objective, bound, proof, memory,
        pattern_memory=pattern_memory, schedule=schedule,
    )  # fmt: skip


def _whatever_the_memory(
    prices: Prices, objective: str, machines: int, table: StepPrices, bound: int
) -> int:
    """The bound, or the lesser one of plans without a limit of memory, on prices that are exact."""
    if table.is_exact and prices.table(objective, None) == table:
        return bound
    return min(bound, makespan_bound(prices, objective, machines))


def _solved(
    operations: Operations,
    machines: int,
    bound: int | None,
    moves: int,
    clock: Clock,
    effort: Effort,
    *,
    is_exact: bool,
) -> Solution:
    if len(operations) == 0:
        return Solution([], [], 0, 0)
    # Branch and bound decides for itself; where there is search alone, it is all the work there is.
    workshop = Workshop(operations, machines, bound, effort.seed, 0 if is_exact else moves)
    try:
        most = moves if is_exact or not clock.has_limit else None
        workshop.improve(clock, most, effort.on_progress)
    except KeyboardInterrupt:
        return workshop.solution()
    return best_solution(workshop, clock, effort) if is_exact else workshop.solution()


def with_ways(rows: Sequence[Row], prices: Prices, memory: int | None) -> list[Row]:
    """The operations as steps, every elemental accumulated its cheaper way."""
    return [
        (kind, i, k if kind != ACCUMULATE or by_tangents(prices, i, memory) else j, j)
        for kind, i, k, j in rows
    ]


def _scheduled_steps(
    rows: Sequence[Row], operations: Operations, found: Solution, machines: int
) -> tuple[Steps, Schedule]:
    """What was found as steps, in the order of their starts, and their schedule.

    `rows[o]` is operation `o` as `(kind, i, k, j)`.
    """
    at = zip(found.start, (rows[o] for o in found.done), found.done, strict=True)
    # Of two that start at once, the wider one may be waiting for the other, which takes no time.
    in_order = sorted(at, key=lambda item: (item[0], item[1][3] - item[1][1], item[1][1]))
    kind, i, k, j = zip(*(row for _, row, _ in in_order), strict=True) if in_order else ((),) * 4
    steps = Steps(i, k, j, kind)
    duration = [operations.columns.cost[o] for _, _, o in in_order]
    wanted = [start for start, _, _ in in_order]
    schedule = as_soon_as_possible(steps, duration, wanted, machines)
    return steps, replace(schedule, lower_bound=found.lower_bound)
