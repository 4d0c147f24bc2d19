"""Structures as files and command lines write them, and how each is read."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from ..checks import shortened, shown
from ..errors import ChainOrderError
from .declarations import Banded, Dense, Diagonal, Identity, Sparse, Structure, Zero
from .derived import Inverse, Transpose
from .special import Selection, Symmetric, Triangular

DEEPEST = 8
"""Inverses and transposes around a structure that are read: two say all there is to say."""

_NAMED: Mapping[str, Callable[[], Structure]] = {
    "dense": Dense,
    "diagonal": Diagonal,
    "identity": Identity,
    "zero": Zero,
}

_WITH_FIELDS: Mapping[str, tuple[frozenset[str], Callable[..., Structure]]] = {
    "banded": (frozenset({"lower", "upper"}), Banded),
    "sparse": (frozenset({"rows", "cols"}), Sparse.from_coordinates),
    "triangular": (frozenset({"lower"}), Triangular),
    "symmetric": (frozenset({"positive_definite"}), Symmetric),
    "selection": (frozenset({"rows"}), Selection),
}

_AROUND: Mapping[str, Callable[[Structure], Structure]] = {
    "inverse": Inverse,
    "transpose": Transpose,
}

EXPECTED = (
    "expected dense, diagonal, identity, zero, "
    '{"banded": {"lower": …, "upper": …}}, {"sparse": {"rows": […], "cols": […]}}, '
    '{"triangular": {"lower": …}}, {"symmetric": {"positive_definite": …}}, '
    '{"selection": {"rows": […]}}, {"inverse": …} or {"transpose": …}'
)

EXPECTED_TEXT = (
    "expected dense, diagonal, identity, zero, banded(LOWER,UPPER), triangular(lower), "
    "triangular(upper), symmetric, spd or selection(ROW,…), and ^-1, ^T or ^-T behind it"
)


def structure_from_json(value: object) -> Structure:
    """The structure that a chain file's `structure` field describes.

    Raises:
        ChainOrderError: no structure is written like that.

    >>> structure_from_json({"inverse": {"triangular": {"lower": True}}})
    Inverse(of=Triangular(lower=True))
    """
    around: list[Callable[[Structure], Structure]] = []
    inner = value
    while isinstance(inner, dict) and len(inner) == 1 and next(iter(inner)) in _AROUND:
        ((kind, inner),) = inner.items()
        around.append(_AROUND[kind])
        if len(around) > DEEPEST:
            raise ChainOrderError(
                f"structure is inverted and transposed more than {DEEPEST} times: {EXPECTED}"
            )
    structure = _plain_from_json(inner)
    if structure is None:
        raise ChainOrderError(f"structure is {shown(value)}: {EXPECTED}")
    for wrap in reversed(around):
        structure = wrap(structure)
    return structure


def _plain_from_json(value: object) -> Structure | None:
    if isinstance(value, str) and value in _NAMED:
        return _NAMED[value]()
    if isinstance(value, dict) and len(value) == 1:
        ((kind, fields),) = value.items()
        if kind in _WITH_FIELDS and isinstance(fields, dict):
            names, make = _WITH_FIELDS[kind]
            if fields.keys() == names:
                return make(**fields)
    return None


def structure_from_text(text: str) -> Structure:
    """The structure that the command line writes after a size: `diagonal`, `banded(1,1)^-1`.

    Raises:
        ChainOrderError: no structure is written like that.

    >>> structure_from_text("spd^-1")
    Inverse(of=Symmetric(positive_definite=True))
    """
    base, *suffixes = text.strip().split("^")
    structure = _plain_from_text(base.strip().lower() or "dense") if text.strip() else None
    if structure is None or len(suffixes) > DEEPEST:
        raise ChainOrderError(f"structure {shortened(text.strip())!r}: {EXPECTED_TEXT}")
    for suffix in suffixes:
        if suffix.strip() not in ("-1", "T", "-T"):
            raise ChainOrderError(f"structure {shortened(text.strip())!r}: {EXPECTED_TEXT}")
        if "-" in suffix:
            structure = Inverse(structure)
        if "T" in suffix:
            structure = Transpose(structure)
    return structure


def _plain_from_text(name: str) -> Structure | None:
    if name in _NAMED:
        return _NAMED[name]()
    if name in ("symmetric", "spd"):
        return Symmetric(positive_definite=name == "spd")
    match = re.fullmatch(r"triangular\(\s*(lower|upper)\s*\)", name)
    if match:
        return Triangular(match[1] == "lower")
    match = re.fullmatch(r"banded\(\s*(\d{1,18})\s*,\s*(\d{1,18})\s*\)", name)
    if match:
        return Banded(int(match[1]), int(match[2]))
    match = re.fullmatch(r"selection\(\s*(\d{1,18}(?:\s*,\s*\d{1,18})*)\s*\)", name)
    if match:
        return Selection([int(row) for row in match[1].split(",")])
    return None
