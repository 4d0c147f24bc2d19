"""Doing the steps of a plan: products of matrices, and vectors through elementals."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from copy import deepcopy
from threading import Event, Lock
from typing import Any

import numpy as np

from ..plans.applied import operand_direction
from ..plans.itinerary import Pass, Stack, Use, Visit
from ..plans.prices import Prices
from ..structure.derived import unwrapped
from ..structure.ranges import RangeCounts
from ..structure.solves import Solves
from .accumulating import accumulated, in_blocks
from .dense import Array, product
from .operands.forms import converted, dense_columns, stored
from .operands.given import check_accumulated
from .operands.operand import Operand
from .operands.products import Product, is_sparse
from .operands.solved import SolvedOperand
from .operands.structured_products import Counted, multiplied, multiplied_symmetric
from .run import Stopped
from .shelf import Shelf
from .tally import Tally

WRITTEN_OUT = 2**22
"""Entries of a matrix with structure that are written out at once to be pushed or pulled."""


class Workbench:
    """What is held while the steps run; they may do so side by side.

    Args:
        prices: of the chain; they know the patterns.
        operands: one per elemental, checked.
        matrices: of the elementals that are given, by their positions.
        products: tangents and adjoints that the steps ask for, by direction and position.
        block: how many columns or rows go through the elementals of a step at once; None for all.
        shelf: where what is wanted lies side by side; None if each is an array of its own.
    """

    def __init__(
        self,
        prices: Prices,
        operands: Sequence[Operand],
        matrices: Mapping[int, Any],
        products: Mapping[tuple[str, int], Product],
        block: int | None,
        shelf: Shelf | None,
    ) -> None:
        self._prices = prices
        self.chain = prices.chain
        self.ranges = prices.ranges
        self.tally = Tally(prices.chain)
        self.stop = Event()
        """Set when a step has failed that runs beside others."""
        self._operands = operands
        self._matrices = matrices
        self._products = products
        self._block = block
        self._shelf = shelf
        self._held: dict[Hashable, Any] = {} if shelf is None else {**shelf.matrices}
        """What was made, by its class; what is wanted has its place from the beginning."""
        self._factored: dict[Hashable, Solves] = {}
        """What the factors that are held took, and what solving with them takes."""
        self._callers = set(map(id, matrices.values()))
        self._lock = Lock()

    def do(self, visit: Visit) -> None:
        """Do one step."""
        if visit.kind == "multiply":
            result = self._multiply(visit)
        elif visit.kind == "accumulate":
            result = self._accumulate(visit)
        else:
            result = self._through(visit)
        if self._shelf is not None and self._shelf.put(visit.of, result):
            return
        with self._lock:
            self._held[visit.of] = result

    def done(self, visit: Visit | Stack, *, one_by_one: bool) -> Iterator[None]:
        """Do a step, or the products of a stack; yields when all are counted, or when each is."""
        if isinstance(visit, Stack) and self._shelf is not None:
            inner, entries = self._shelf.multiply(visit)
            parts = visit.height if one_by_one else 1
            for _ in range(parts):
                self.tally.multiplied(inner * entries // parts, entries // parts)
                self.tally.hold(entries // parts)
                yield
            return
        for one in [visit] if isinstance(visit, Visit) else visit.visits:
            self.do(one)
            yield

    def own(self, use: Use) -> Any:
        """A matrix that is there in the end, and that is not the caller's."""
        matrix = self._operand(use)
        if not use.turned and id(matrix) not in self._callers:
            return matrix
        return deepcopy(matrix)

    def _free(self, visit: Visit) -> int:
        """Forget what nobody uses after this step, and say how much it held."""
        if not visit.freed:
            return 0
        with self._lock:
            return sum(stored(self._held.pop(of)) for of in visit.freed)

    def _multiply(self, visit: Visit) -> Any:
        left, right = map(self._operand, visit.uses)
        result, fma, entries, seconds = self._multiplied(visit, left, right)
        self.tally.multiplied(fma, entries, seconds)
        held = stored(result)
        self.tally.hold(held, instead_of=self._free(visit))
        return result

    def _operand(self, use: Use) -> Any:
        """A sub-Jacobian: what was made of its class, or an elemental that is given."""
        with self._lock:
            matrix = self._held.get(use.of)
        if matrix is None:
            return self._matrices[use.given]
        if not use.turned:
            return matrix
        return matrix.T.tocsr() if is_sparse(matrix) else matrix.T

    def _multiplied(self, visit: Visit, left: Any, right: Any) -> Counted:
        """The product of two sub-Jacobians, and what it took."""
        ranges = self.ranges
        if ranges is not None:
            (k, j), (i, _) = (use.at for use in visit.uses)
            if self._prices.is_halved(i, k, j):
                return multiplied_symmetric(left, right)
            of_left, of_right = ranges.counts(k, j), ranges.counts(i, k)
            return multiplied(left, right, of_left, of_right, ranges.counts(*visit.result))
        matrix = product(left, right)
        return Counted(matrix, matrix.size * left.shape[1], matrix.size, 0.0)

    def _set_up(self, at: Pass) -> None:
        """Factor the matrix of an inverse, if nobody has."""
        if at.solved is None or at.solved in self._factored:
            return
        operand = self._operands[at.l]
        assert isinstance(operand, SolvedOperand)
        matrix, entries = None, 0
        if not self.chain.elementals[at.l].given:
            matrix = self._matrix_to_factor(at.l, operand.of.base)
            entries = stored(matrix)
            self.tally.hold(entries)
        work = operand.of.factors(matrix).work
        self.tally.worked(work.setup)
        self._factored[at.solved] = work
        self.tally.hold(work.entries, instead_of=entries)

    def _tear_down(self, at: Pass) -> None:
        """Forget the factors of an inverse after the last solve with them."""
        if at.is_last:
            operand = self._operands[at.l]
            assert isinstance(operand, SolvedOperand)
            operand.of.forget()
            self.tally.release(self._factored.pop(at.solved).entries)

    def _apply(self, direction: str, at: Pass, columns: Array) -> Array:
        """A block through one elemental, counted once it is done."""
        if self.stop.is_set():
            raise Stopped
        result = self._products[direction, at.l](columns)
        width = columns.shape[1]
        self.tally.applied(direction, width, at.cost)
        if at.solved is not None:
            self.tally.worked(self._factored[at.solved].solve.times(width))
        return result

    def _apply_to_all(self, direction: str, at: Pass, columns: Any) -> Array:
        """A matrix through one elemental; one with structure is written out a block at a time."""
        if isinstance(columns, np.ndarray):
            return self._apply(direction, at, columns)
        return in_blocks(
            columns.shape[1],
            max(1, WRITTEN_OUT // columns.shape[0]),
            lambda a, b: self._apply(direction, at, dense_columns(columns, a, b)),
        )

    def _accumulate(self, visit: Visit) -> Any:
        """An elemental as a matrix: by tangents or adjoints, or an inverse from its factors."""
        [at] = visit.passes
        self._set_up(at)
        result = self._accumulated(visit, at)
        self.tally.hold(stored(result))
        self._tear_down(at)
        return result

    def _accumulated(self, visit: Visit, at: Pass) -> Any:
        ranges, l, direction = self.ranges, at.l, visit.direction
        pattern = None if ranges is None else ranges.patterns[l]
        counts = None if ranges is None else ranges.counts(l, l + 1)
        if at.solved is not None:
            assert counts is not None
            self.tally.worked(self._factored[at.solved].explicit)
            return converted(self._operands[l].matrix(None), counts)
        assert direction is not None
        return accumulated(
            self._products[direction, l],
            lambda block: self._apply(direction, at, block),
            pattern,
            counts,
            by_tangents=direction == "tangent",
            block=self._block,
        )

    def _matrix_to_factor(self, l: int, operand: Operand) -> Any:
        """The matrix of an inverse of which only products exist."""
        elemental, n = self.chain.elementals[l], self.chain.sizes[l]
        direction = operand_direction(elemental)
        assert direction is not None
        structure = unwrapped(elemental.structure).of
        pattern = structure.pattern((n, n))
        find = operand.tangent if direction == "tangent" else operand.adjoint
        product = find(f"operands[{l}]: the {direction}", (n, n), None)
        assert product is not None
        cost = elemental.tangent_cost if direction == "tangent" else elemental.adjoint_cost

        def applied(block: Array) -> Array:
            result = product(block)
            self.tally.applied(direction, block.shape[1], cost or 0)
            return result

        matrix = accumulated(
            product,
            applied,
            pattern,
            RangeCounts.of(pattern),
            by_tangents=direction == "tangent",
            block=self._block,
        )
        check_accumulated(matrix, l, structure)
        return matrix

    def _through(self, visit: Visit) -> Array:
        """The columns (rows) of an operand pushed (pulled) through one elemental after another."""
        operand = self._operand(visit.uses[0])
        entries = self._free(visit)
        if visit.direction == "tangent":
            return self._columns_through("tangent", visit.passes, operand, entries)
        return self._columns_through("adjoint", visit.passes, operand.T, entries).T

    def _columns_through(
        self, direction: str, path: Sequence[Pass], columns: Any, operand_entries: int
    ) -> Array:
        """Columns through the elementals of a path, all together or a block at a time."""
        width = columns.shape[1]
        if self._block is None or self._block >= width:
            entries = operand_entries
            through: Array
            for at in path:
                self._set_up(at)
                columns = through = self._apply_to_all(direction, at, columns)
                self.tally.hold(through.size, instead_of=entries)
                self._tear_down(at)
                entries = through.size
            return through
        for at in path:
            self._set_up(at)
        last = path[-1]
        self.tally.hold(width * self._products[direction, last.l].size_out)

        def block_through(start: int, stop: int) -> Array:
            part, entries = dense_columns(columns, start, stop), 0
            for at in path[:-1]:
                part = self._apply(direction, at, part)
                self.tally.hold(part.size, instead_of=entries)
                entries = part.size
            part = self._apply(direction, last, part)  # written into the result
            self.tally.release(entries)
            return part

        result = in_blocks(width, self._block, block_through)
        self.tally.release(operand_entries)
        for at in path:
            self._tear_down(at)
        return result
