"""Of a long chain, the operations worth a thought; and what its makespan cannot be below.

There are O(q^3) operations, too many to hold for a chain of hundreds of elementals. Plans that are
good on m machines have little work, on paths that are no longer than a machine's share of it. So
for each of some times a dynamic program over ranges finds plans with little work whose paths take
no longer, made of plans for that time or the next shorter one. The operations of these plans, mixed
at will, are those to choose from.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from ..compiled import INT64_SAFE, Runner, runner
from ..errors import ChainOrderError
from ..orders.chain.interval_program import price_columns
from ..plans.prices import StepPrices
from ..plans.steps import ACCUMULATE, ADJOINT, MULTIPLY, TANGENT
from .operations import Operations, operations_of

MAX_CELLS = 2**26
"""Entries of all the tables of ranges together: half a GiB."""


COARSE = 1.25
"""By how much the times rise until there is a plan that could take as long."""

SHARES = (0.25, 0.5, 0.7, 0.84, 0.92, 0.97, 1.0)
"""Then the times, as parts of what that plan could take at best."""

ROUNDS = 4
"""How often these are found again for the better plan that they show."""


class Table(NamedTuple):
    """Plans with little work among those with no path above `time`: those of every range.

    `split` is `k` of a multiplication, `j` for a tangent, `i` for an adjoint, as the last
    operation; plus q + 1 where the operands are made for the next shorter time.
    """

    time: int
    work: Any
    path: Any
    split: Any

    def could_take(self, machines: int) -> int:
        """The makespan that the plan of the whole could have at best."""
        q = len(self.work) - 1
        return max(int(self.path[0][q]), -(-int(self.work[0][q]) // machines))


class _Program:
    """The dynamic programs over the ranges of one chain, and the columns that they share.

    Raises:
        ChainOrderError: a chain so long that the tables would not fit.
    """

    def __init__(self, prices: StepPrices) -> None:
        self.q = q = len(prices.leaf)
        cells = 3 * 16 * (q + 1) ** 2
        if cells > MAX_CELLS:
            most = int(q * (MAX_CELLS / cells) ** 0.5)
            raise ChainOrderError(
                f"machines hold tables of all ranges: {q:,} elementals are more than {most:,}"
            )
        self.prices = prices
        self.infinite = prices.bound() + 1
        work = len(SHARES) * q**3 // 2
        self.run = runner(timed_row, work, fits=8 * self.infinite < INT64_SAFE)
        self.columns = self.run.columns(price_columns(prices, self.infinite))
        self.no_plane = self.run.zeros(0, 0)

    def plane(self, i: int) -> Any:
        """The prices of the products that start at `i`, where there is structure."""
        products = self.prices.products
        return self.no_plane if products is None else self.run.column(products(i))

    def empty(self) -> Any:
        """A table of all ranges."""
        return self.run.zeros(self.q + 1, self.q + 1)

    def table(self, time: int, shorter: Table | None) -> Table:
        """Plans whose paths take no longer than a time, made of such plans and `shorter` ones."""
        table = Table(time, self.empty(), self.empty(), self.empty())
        shorter = table if shorter is None else shorter
        for i in range(self.q - 1, -1, -1):
            self.run(i, self.columns, self.infinite, self.plane(i), table, shorter)
        return table

    def bound(self, machines: int, work: Any) -> int:
        """A makespan that no schedule is below; `work` is the least of every range."""
        bound = self.empty()
        run = Runner(bound_row, is_compiled=self.run.is_compiled)
        for i in range(self.q - 1, -1, -1):
            run(i, self.columns, self.infinite, self.plane(i), machines, work, bound)
        return int(bound[0][self.q])


def thinned_operations(
    prices: StepPrices, is_given: list[bool], machines: int
) -> tuple[Operations, int]:
    """Operations to choose from, and a lower bound of the makespan over all that there are.

    Raises:
        ChainOrderError: a chain so long that the tables would not fit.
    """
    program = _Program(prices)
    unlimited = program.table(program.infinite, None)
    least = program.bound(machines, unlimited.work)
    coarse: list[Table] = []
    time = max(least // 2, 1)
    while not coarse or coarse[-1].could_take(machines) > time:
        time = int(time * COARSE) + 1
        coarse.append(program.table(time, coarse[-1] if coarse else None))
    best = coarse
    for _ in range(ROUNDS):
        could_take = best[-1].could_take(machines)
        finer: list[Table] = []
        for share in SHARES:
            finer.append(program.table(int(share * could_take), finer[-1] if finer else None))
        best = finer
        if finer[-1].could_take(machines) > 0.99 * could_take:
            break
    return _closed([unlimited], best, is_given, program.q), least


def least_makespan(prices: StepPrices, machines: int) -> int:
    """A makespan that no plan and schedule is below.

    Raises:
        ChainOrderError: a chain so long that the tables would not fit.
    """
    program = _Program(prices)
    return program.bound(machines, program.table(program.infinite, None).work)


def timed_row(i, prices, infinite, plane, table, shorter):  # type: ignore[no-untyped-def]
    """Fill `table` at `(i, j)` for all `j`; the rows above `i` are filled, and all of `shorter`.

    Tables are kept on both sides of the diagonal, see `interval_rows.fill_rows`.
    """
    outer, middle, leaf, tangent, adjoint, columns = prices
    time, work, path, split = table
    work[i][i + 1] = work[i + 1][i] = leaf[i]
    path[i][i + 1] = path[i + 1][i] = leaf[i]
    for j in range(i + 2, len(outer)):
        inner = middle[i + 1 : j]
        scale = outer[i] * outer[j]
        least_work = least_path = infinite
        choice = -1
        for is_shorter in range(2):
            works, paths = (shorter.work, shorter.path) if is_shorter == 1 else (work, path)
            left, right = works[i][i + 1 : j], works[j][i + 1 : j]
            left_path, right_path = paths[i][i + 1 : j], paths[j][i + 1 : j]
            best, at = least_work, -1
            for k in range(len(left)):
                price = scale * inner[k] if len(plane) == 0 else plane[j][i + 1 + k]
                found = left[k] + right[k] + price
                if found < best and max(left_path[k], right_path[k]) + price <= time:
                    best, at = found, k
            if at >= 0:
                price = scale * inner[at] if len(plane) == 0 else plane[j][i + 1 + at]
                least_work = best
                least_path = max(left_path[at], right_path[at]) + price
                choice = i + 1 + at + is_shorter * len(outer)
            for is_adjoint in range(2):
                unit = adjoint[i] if is_adjoint == 1 else tangent[j - 1]
                before = works[i + 1][j] if is_adjoint == 1 else works[i][j - 1]
                if unit < infinite and before < infinite:
                    price = (columns[j] if is_adjoint == 1 else columns[i]) * unit
                    way = price + (paths[i + 1][j] if is_adjoint == 1 else paths[i][j - 1])
                    if before + price < least_work and way <= time:
                        least_work, least_path = before + price, way
                        choice = (i if is_adjoint == 1 else j) + is_shorter * len(outer)
        work[i][j] = work[j][i] = least_work
        path[i][j] = path[j][i] = least_path
        split[i][j] = choice


def bound_row(i, prices, infinite, plane, machines, work, bound):  # type: ignore[no-untyped-def]
    """Fill `bound` of `(i, j)` for all `j`: no schedule makes that range sooner.

    The last operation waits for its operands, and these for all of their work on the machines;
    `work` is the least there is.
    """
    outer, middle, leaf, tangent, adjoint, columns = prices
    bound[i][i + 1] = bound[i + 1][i] = leaf[i]
    for j in range(i + 2, len(outer)):
        left, right = work[i][i + 1 : j], work[j][i + 1 : j]
        left_bound, right_bound = bound[i][i + 1 : j], bound[j][i + 1 : j]
        inner = middle[i + 1 : j]
        scale = outer[i] * outer[j]
        least = infinite
        for k in range(len(left)):
            price = scale * inner[k] if len(plane) == 0 else plane[j][i + 1 + k]
            shared = (left[k] + right[k] + machines - 1) // machines
            least = min(least, price + max(left_bound[k], right_bound[k], shared))
        if tangent[j - 1] < infinite:
            least = min(least, columns[i] * tangent[j - 1] + bound[i][j - 1])
        if adjoint[i] < infinite:
            least = min(least, columns[j] * adjoint[i] + bound[i + 1][j])
        bound[i][j] = bound[j][i] = max(least, (work[i][j] + machines - 1) // machines)


def _closed(
    unlimited: list[Table], limited: list[Table], is_given: list[bool], q: int
) -> Operations:
    """The operations of all plans of the tables that make the whole Jacobian."""
    steps: dict[tuple[int, int, int, int], int] = {}
    for tables in (unlimited, limited):
        seen: set[tuple[int, int, int]] = set()
        waiting = [(t, 0, q) for t in range(len(tables))]
        while waiting:
            t, i, j = waiting.pop()
            if (t, i, j) in seen:
                continue
            seen.add((t, i, j))
            if j - i == 1:
                if not is_given[i]:
                    steps[ACCUMULATE, i, i, j] = int(tables[t].work[i][j])
                continue
            split = int(tables[t].split[i][j])
            if split < 0:  # no plan is that short
                continue
            is_shorter, k = split > q, split % (q + 1)
            step, operands = (MULTIPLY, i, k, j), [(i, k), (k, j)]
            if k == j:
                step, operands = (TANGENT, i, j - 1, j), [(i, j - 1)]
            elif k == i:
                step, operands = (ADJOINT, i, i + 1, j), [(i + 1, j)]
            parts = max(t - 1, 0) if is_shorter else t
            work = tables[parts].work
            steps[step] = int(tables[t].work[i][j]) - sum(int(work[u][v]) for u, v in operands)
            waiting += [(parts, u, v) for u, v in operands]
    return operations_of(steps, steps.values(), q)
