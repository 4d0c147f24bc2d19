"""Which entries of a Jacobian can be non-zero: from the jaxpr, primitive by primitive."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .activity import Activity, activity
from .entries import Entries, Numbers, entries
from .locality import are_local
from .tracing import Program

MOST_FILLED = 0.25
"""Share of its entries that a pattern may have to be called sparse."""

FEW_ENTRIES = 400
"""Entries of a matrix that is small enough to be full."""

MOST_ENTRIES = 2**20
"""Entries of all variables of a program whose pattern is looked for without being asked for."""


def pattern(program: Program, inputs: Sequence[int], outputs: Sequence[int]) -> Any:
    """The pattern of the derivative of some variables by others, as a SciPy CSR array of booleans.

    Rows and columns are the entries of the variables, one variable after another. It is
    structural: what cancels, or is zero for some values only, counts.

    Raises:
        ChainOrderError: for a large operation of which nothing is known but its shapes.
    """
    found = _pattern(activity(program, inputs, outputs), inputs, outputs, 1.0)
    assert found is not None
    return found


def sparse_pattern(live: Activity) -> Any | None:
    """The pattern of what is active, or None as soon as it is seen not to be sparse.

    Not sparse is what has, for some variable on the way, more than a quarter of the entries, or
    an equation that needs too many numbers.
    """
    if sum(map(live.program.size, live.variables)) > MOST_ENTRIES or not are_local(live):
        return None
    return _pattern(live, live.inputs, live.outputs, MOST_FILLED)


def _pattern(
    live: Activity, inputs: Sequence[int], outputs: Sequence[int], filled: float
) -> Any | None:
    import scipy.sparse

    program = live.program
    network = entries(live, program.constant_value)
    blocks = _Blocks()
    columns = sum(map(program.size, inputs))
    start = 0
    for v in inputs:
        size = program.size(v)
        if v in network.numbers:
            identity = scipy.sparse.eye_array(size, columns, k=start, dtype=bool, format="csr")
            blocks.add(int(network.numbers[v].reshape(-1)[0]) if size else 0, identity)
        start += size
    for first, size, rows, operands in _by_result(network):
        made = blocks.combined(rows - first, operands, size, columns)
        if made.nnz > filled * max(size * columns, FEW_ENTRIES):
            return None
        blocks.add(first, made)
    wanted = np.concatenate(
        [
            network.numbers[v].reshape(-1) if v in network.numbers else np.full(program.size(v), -1)
            for v in outputs
        ]
    )
    return blocks.combined(np.arange(len(wanted)), wanted, len(wanted), columns)


def _by_result(network: Entries) -> Any:
    """For each fresh variable its first entry, its size, and what its entries depend on."""
    at = 0
    while at < len(network.locals):
        local = network.locals[at]
        v = network.live.program.equations[local.number].results[local.output]
        mine = []
        while at < len(network.locals) and (
            (network.locals[at].number, network.locals[at].output) == (local.number, local.output)
        ):
            mine.append(network.locals[at])
            at += 1
        numbers = network.numbers[v].reshape(-1)
        if len(numbers):
            rows = np.concatenate([one.results for one in mine])
            operands = np.concatenate([one.operands for one in mine])
            yield int(numbers[0]), len(numbers), rows, operands


class _Blocks:
    """The patterns of ranges of entries, by rising first entry."""

    def __init__(self) -> None:
        self.starts: list[int] = []
        self.rows: list[Any] = []

    def add(self, first: int, rows: Any) -> None:
        self.starts.append(first)
        self.rows.append(rows)

    def combined(self, rows: Numbers, operands: Numbers, height: int, width: int) -> Any:
        """The union, for each row, of the patterns of the entries that it depends on."""
        import scipy.sparse

        rows, operands = rows[operands >= 0], operands[operands >= 0]
        block_of = np.searchsorted(self.starts, operands, side="right") - 1
        found = np.flatnonzero(np.bincount(block_of)).tolist() if len(operands) else []
        total = None
        for block in found:
            mine = slice(None) if len(found) == 1 else block_of == block
            below, taken = self.rows[block], operands[mine] - self.starts[block]
            if np.array_equal(rows[mine], np.arange(height)):
                made = below[taken]
            else:
                local = scipy.sparse.csr_array(
                    (np.ones(len(taken), dtype=bool), (rows[mine], taken)),
                    shape=(height, below.shape[0]),
                )
                made = local @ below
            total = made if total is None else total + made
        if total is None:
            total = scipy.sparse.csr_array((height, width), dtype=bool)
        total.sort_indices()
        return total
