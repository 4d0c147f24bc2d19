"""Split: the machines are split between the two parts of a range, in every way.

The dynamic program over ranges and machines of Märtens, Naumann, Scheduled Jacobian Chaining
(2025). A range gets some machines for itself. Its last operation is a product, whose operands are
made side by side, each on its part of the machines, or one after the other on all of them; or it is
a tangent or adjoint, whose operand has all the machines. The least makespan under that rule, in
O(q^3 m^2) time; not the least of all, since machines do not help each other out.
"""

from __future__ import annotations

import numpy as np

from ..compiled import INT64_SAFE, runner
from ..errors import ChainOrderError
from ..orders.chain.feasible import check_feasible
from ..orders.chain.interval_program import price_columns
from ..plans.plan import Plan
from ..plans.prices import StepPrices, prices_of
from ..plans.schedule import Schedule, exact_column
from ..plans.steps import ACCUMULATE, ADJOINT, MULTIPLY, TANGENT, Steps
from ..problems.chain import Chain
from .chain_plans import makespan_bound, with_ways
from .effort import FULL, Effort

MAX_CELLS = 2**26
"""Ranges times machines: 1 GiB of times and splits."""


def split(
    chain: Chain,
    objective: str,
    machines: int,
    memory: int | None = None,
    pattern_memory: int | None = None,
    effort: Effort = FULL,
) -> Plan:
    """The plan and schedule that the rule finds, whatever the effort.

    Raises:
        InfeasibleOrderError: the memory, or a product that does not exist, rules every plan out.
        ChainOrderError: a chain too long for the tables.
    """
    prices = prices_of(chain, pattern_memory)
    check_feasible(chain, prices.without_products(objective, memory), "split", memory)
    table = prices.table(objective, memory)
    starts = _Starts(table, min(machines, len(chain)), [e.given for e in chain.elementals])
    found = sorted(starts.found, key=lambda step: (step[1], step[0][3] - step[0][1], step[0][1]))
    rows = with_ways([row for row, *_ in found], prices, memory)
    kind, i, k, j = zip(*rows, strict=True) if rows else ((),) * 4
    steps = Steps(i, k, j, kind)
    start, machine, duration = (
        zip(*(rest for _, *rest in found), strict=True) if found else ((),) * 3
    )
    dtype = exact_column(duration).dtype
    schedule = Schedule(
        machines, np.array(start, dtype=dtype), np.array(machine, dtype=np.int64),
        np.array(duration, dtype=dtype),
    )  # fmt: skip
    bound = min(makespan_bound(prices, objective, machines), schedule.makespan)
    proof = "optimal" if bound == schedule.makespan and table.is_exact else None
    return Plan(
        chain, steps, "split", objective, bound, proof, memory,
        pattern_memory=pattern_memory, schedule=schedule,
    )  # fmt: skip


class _Starts:
    """The steps of the best plan under the rule: `found` has row, start, machine and duration."""

    def __init__(self, prices: StepPrices, machines: int, is_given: list[bool]) -> None:
        self.q = q = len(prices.leaf)
        if 2 * machines * (q + 1) ** 2 > MAX_CELLS:
            raise ChainOrderError(
                f"split holds tables of all ranges for each of {machines} machines: "
                f"{q:,} elementals are too many"
            )
        infinite = prices.bound() + 1
        work = q**3 * machines * (machines + 1) // 12
        run = runner(split_row, work, fits=4 * infinite < INT64_SAFE)
        columns = run.columns(price_columns(prices, infinite))
        self.time = run.zeros(machines + 1, q + 1, q + 1)
        self.choice = run.zeros(machines + 1, q + 1, q + 1)
        no_plane, price = run.zeros(0, 0), run.zeros(q + 1)
        for i in range(q - 1, -1, -1):
            plane = run.column(prices.products(i)) if prices.products else no_plane
            run(i, columns, infinite, plane, machines, self.time, self.choice, price)
        self.is_given = is_given
        self.found: list[tuple[tuple[int, int, int, int], int, int, int]] = []
        self._follow(machines)

    def _time(self, m: int, i: int, j: int) -> int:
        return int(self.time[m][i][j])

    def _follow(self, machines: int) -> None:
        """Every step from the last one on, at its time on the first of the machines it has."""
        waiting = [(0, self.q, machines, 0, 0)]
        while waiting:
            i, j, m, begin, first = waiting.pop()
            end = begin + self._time(m, i, j)
            if j - i == 1:
                if not self.is_given[i]:
                    self.found.append(((ACCUMULATE, i, i, j), begin, first, end - begin))
                continue
            k, left_out = divmod(int(self.choice[m][i][j]), machines + 1)
            if k == j:
                parts, row = [(i, j - 1, m, begin, first)], (TANGENT, i, j - 1, j)
            elif k == i:
                parts, row = [(i + 1, j, m, begin, first)], (ADJOINT, i, i + 1, j)
            elif left_out == 0:
                between = begin + self._time(m, i, k)
                parts = [(i, k, m, begin, first), (k, j, m, between, first)]
                row = (MULTIPLY, i, k, j)
            else:
                parts = [
                    (i, k, left_out, begin, first),
                    (k, j, m - left_out, begin, first + left_out),
                ]
                row = (MULTIPLY, i, k, j)
            start = max(at + self._time(part, a, b) for a, b, part, at, _ in parts)
            self.found.append((row, start, first, end - start))
            waiting += parts


def split_row(i, prices, infinite, plane, machines, time, choice, price):  # type: ignore[no-untyped-def]
    """Fill `time[m][i][j] = time[m][j][i]` for all `j` and `m`; the rows above `i` are filled.

    `choice` is `k·(machines + 1) + s`: a product at `k` with `s` machines for `(i, k)`, 0 for all
    in turn; `k = j` is a tangent, `k = i` an adjoint. `price` is written on.
    """
    outer, middle, leaf, tangent, adjoint, columns = prices
    for m in range(1, machines + 1):
        time[m][i][i + 1] = time[m][i + 1][i] = leaf[i]
    for j in range(i + 2, len(outer)):
        inner = middle[i + 1 : j]
        scale = outer[i] * outer[j]
        for k in range(len(inner)):
            price[k] = scale * inner[k] if len(plane) == 0 else plane[j][i + 1 + k]
        for m in range(1, machines + 1):
            least, at = infinite, 0
            if tangent[j - 1] < infinite:
                found = time[m][i][j - 1] + columns[i] * tangent[j - 1]
                if found < least:
                    least, at = found, j * (machines + 1)
            if adjoint[i] < infinite:
                found = time[m][i + 1][j] + columns[j] * adjoint[i]
                if found < least:
                    least, at = found, i * (machines + 1)
            for s in range(m):
                shortest = infinite
                if s == 0:
                    left, right = time[m][i][i + 1 : j], time[m][j][i + 1 : j]
                    for k in range(len(left)):
                        shortest = min(shortest, left[k] + right[k] + price[k])
                else:
                    left, right = time[s][i][i + 1 : j], time[m - s][j][i + 1 : j]
                    for k in range(len(left)):
                        shortest = min(shortest, max(left[k], right[k]) + price[k])
                if shortest < least:
                    k = 0
                    if s == 0:
                        while left[k] + right[k] + price[k] != shortest:
                            k += 1
                    else:
                        while max(left[k], right[k]) + price[k] != shortest:
                            k += 1
                    least, at = shortest, (i + 1 + k) * (machines + 1) + s
            time[m][i][j] = time[m][j][i] = least
            choice[m][i][j] = at
