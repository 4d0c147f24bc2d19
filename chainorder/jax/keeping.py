"""Values that the compiler computes once, and not again wherever they are used."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax


def kept(values: Sequence[Any]) -> list[Any]:
    """The same values, each computed once: XLA fuses nothing into a loop of two rounds.

    Pairs of values of a kind change places twice. (It sees through a barrier, and through a loop
    of one round.)
    """
    by_kind: dict[Any, list[int]] = {}
    for at, value in enumerate(values):
        if value is not None:
            by_kind.setdefault((value.shape, value.dtype), []).append(at)
    pairs = [
        (group[at], group[min(at + 1, len(group) - 1)])
        for group in by_kind.values()
        for at in range(0, len(group), 2)
    ]
    if not pairs:
        return list(values)
    lefts, rights = [values[a] for a, _ in pairs], [values[b] for _, b in pairs]
    (lefts, rights), _ = jax.lax.scan(
        lambda both, _: ((both[1], both[0]), None), (lefts, rights), None, length=2
    )
    found = list(values)
    for (a, b), left, right in zip(pairs, lefts, rights, strict=True):
        found[b], found[a] = right, left
    return found
