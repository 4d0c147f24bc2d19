"""Plans of programs, found once for each program that differs in what costs depend on."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable

from .fingerprints import fingerprint, indices
from .pieces import Piece, pieces
from .tracing import Program

REMEMBERED = 256
"""Programs whose plans are kept."""

_plans: OrderedDict[Hashable, list[Piece]] = OrderedDict()


def planned(program: Program, order: str = "auto", memory: int | None = None) -> list[Piece]:
    """The plans of a program's blocks; those of an equal program if there was one.

    Args:
        program: a traced function.
        order: one of `pieces.ORDERS`.
        memory: bytes that tapes may take.
    """
    key = (fingerprint(program), indices(program), order, memory)
    if key in _plans:
        _plans.move_to_end(key)
        return _plans[key]
    itemsize = max((program.avals[v].dtype.itemsize for v in program.inputs), default=1)
    _plans[key] = pieces(program, order, None if memory is None else memory // itemsize)
    if len(_plans) > REMEMBERED:
        _plans.popitem(last=False)
    return _plans[key]
