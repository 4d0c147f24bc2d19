"""Labels of elementals: equal labels mean one matrix, perhaps inverted or transposed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..checks import checked_name, shown
from ..errors import ChainOrderError
from ..structure.derived import is_symmetric, unwrapped
from ..structure.repeats import Letter, Repeats
from .elemental import Elemental

Label = str | int | None
"""What an elemental's matrix is called; None for a matrix of its own."""


def checked_labels(
    same: object, sizes: Sequence[int], elementals: Sequence[Elemental]
) -> tuple[Label, ...]:
    """The labels, one per elemental.

    Raises:
        ChainOrderError: a label that is neither text nor an integer nor None; too few or too many;
            or two elementals of one label that cannot be one matrix.
    """
    if isinstance(same, (str, bytes)) or not isinstance(same, Iterable):
        raise ChainOrderError(f"same is {shown(same)}: expected one label per elemental")
    labels = tuple(_plain(label) for label in same)
    if len(labels) != len(elementals):
        raise ChainOrderError(
            f"same has {len(labels)} labels: expected {len(elementals)}, one per elemental"
        )
    first: dict[Label, int] = {}
    for l, label in enumerate(labels):
        if label is None:
            continue
        if isinstance(label, bool) or not isinstance(label, (str, int)):
            raise ChainOrderError(f"same[{l}] is {shown(label)}: expected text, an integer or None")
        if isinstance(label, str):
            checked_name(f"same[{l}]", label)
        k = first.setdefault(label, l)
        if k != l:
            _check_alike(label, k, l, sizes, elementals)
    return labels


def _plain(label: object) -> Any:
    """The label; an integer of NumPy's as Python's, so that a file can hold it."""
    return int(label) if isinstance(label, np.integer) else label


def _check_alike(
    label: Label, k: int, l: int, sizes: Sequence[int], elementals: Sequence[Elemental]
) -> None:
    shapes = [_operand_shape(elementals[at], sizes, at) for at in (k, l)]
    if shapes[0] != shapes[1]:
        raise ChainOrderError(
            f"same[{l}] is {shown(label)}, as same[{k}], but the matrices have the shapes "
            f"{shapes[1]} and {shapes[0]}: one matrix has one shape"
        )
    plain = [
        replace(elementals[at], structure=unwrapped(elementals[at].structure).of, name=None)
        for at in (k, l)
    ]
    if plain[0] != plain[1]:
        raise ChainOrderError(
            f"same[{l}] is {shown(label)}, as same[{k}], but elementals[{l}] and elementals[{k}] "
            f"differ: expected one structure, but for inverses and transposes, and equal costs"
        )


def _operand_shape(elemental: Elemental, sizes: Sequence[int], l: int) -> tuple[int, int]:
    shape = (sizes[l + 1], sizes[l])
    _, inverted, transposed = unwrapped(elemental.structure)
    return shape[::-1] if transposed and not inverted else shape


def first_alike(labels: Sequence[Label], elementals: Sequence[Elemental]) -> tuple[int, ...]:
    """For each elemental, the first that is one object with it and has its label; or itself."""
    first: dict[tuple[Label, int], int] = {}
    return tuple(
        l if label is None else first.setdefault((label, id(elementals[l])), l)
        for l, label in enumerate(labels)
    )


def labelled(labels: Sequence[Label]) -> dict[int, list[int]]:
    """For the first elemental of each label, the others that have it.

    >>> labelled(["A", None, "A", "A"])
    {0: [2, 3]}
    """
    first: dict[Label, int] = {}
    found: dict[int, list[int]] = {}
    for l, label in enumerate(labels):
        if label is not None and first.setdefault(label, l) != l:
            found.setdefault(first[label], []).append(l)
    return found


def repeats_of(labels: Sequence[Label], elementals: Sequence[Elemental]) -> Repeats | None:
    """What repeats; None if no two elementals are one matrix or transposes of each other."""
    letters = []
    for l, (label, elemental) in enumerate(zip(labels, elementals, strict=True)):
        of, inverted, transposed = unwrapped(elemental.structure)
        # Where only products exist, a tangent is not an adjoint, even of what is symmetric.
        symmetric = is_symmetric(of) and (elemental.given or inverted)
        letters.append(
            Letter(
                ("alone", l) if label is None else label,
                inverted,
                transposed and not symmetric,
                symmetric,
            )
        )
    repeats = Repeats(letters)
    return repeats if repeats.is_needed else None
