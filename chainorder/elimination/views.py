"""What every vertex sees at its turn in an order, kept up to date: bitset kernels.

Few vertices are seen (see `vertex_cost` for what that means), many are seen through: those that are
gone on the way. But all that `v` sees through `u`, which went before it, `u` has seen or seen
through at its own turn; so a view is put together from a few kept ones, a word at a time.

View `2 v` is what `v` sees at its turn towards the inputs, view `2 v + 1` towards the outputs. A
set is `words` integers of 62 bits; set `x` of a column of sets starts at `x * words`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from ..compiled import inlined
from .bits import BIT_OF, WORD
from .vertex_cost import set_weight


class Views(NamedTuple):
    """For every view the set that is seen, the one seen through, and the size of the former.

    `gone` is room for the set in hand.
    """

    seen: Any
    through: Any
    weight: Any
    gone: Any


class Undo(NamedTuple):
    """Views that have been changed, and what they were."""

    seen: Any
    through: Any
    weight: Any
    changed: Any


@inlined
def look_afresh(sets, views, view):  # type: ignore[no-untyped-def]
    """Make a view what is seen when `views.gone` are gone; their own views must be true."""
    words, rows = sets.words, sets.rows
    start = view * words
    for k in range(words):
        views.seen[start + k] = rows[start + k]
        views.through[start + k] = 0
    look_on(sets, views, view)


@inlined
def look_on(sets, views, view):  # type: ignore[no-untyped-def]
    """The same for a view that is true but for some that are seen and now gone."""
    words, always_seen = sets.words, sets.always_seen
    seen, through, gone = views.seen, views.through, views.gone
    side, start = view % 2, view * words
    k = 0
    while k < words:
        found = seen[start + k] & gone[k] & ~through[start + k]
        if found == 0:
            k += 1
            continue
        bit = found & -found
        through[start + k] |= bit
        other = (2 * (k * WORD + BIT_OF[bit % 67]) + side) * words
        for word in range(words):
            seen[start + word] |= seen[other + word]
            through[start + word] |= through[other + word]
        k = 0
    for k in range(words):
        seen[start + k] &= ~gone[k] | always_seen[side * words + k]
    views.weight[view] = set_weight(words, seen, start, sets.sizes)


@inlined
def remember(words, views, undo, at, view):  # type: ignore[no-untyped-def]
    """Note at `at` what a view is, before it is changed."""
    undo.changed[at] = view
    undo.weight[at] = views.weight[view]
    for k in range(words):
        undo.seen[at * words + k] = views.seen[view * words + k]
        undo.through[at * words + k] = views.through[view * words + k]


@inlined
def restore(words, views, undo, count):  # type: ignore[no-untyped-def]
    """Make the first so many changed views what they were."""
    for at in range(count):
        view = undo.changed[at]
        views.weight[view] = undo.weight[at]
        for k in range(words):
            views.seen[view * words + k] = undo.seen[at * words + k]
            views.through[view * words + k] = undo.through[at * words + k]
