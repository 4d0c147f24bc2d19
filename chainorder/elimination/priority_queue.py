"""A binary heap of vertices by key, ties to the smallest, that knows where each vertex is."""

from __future__ import annotations


def is_before(key, x, y):  # type: ignore[no-untyped-def]
    return key[x] < key[y] or (key[x] == key[y] and x < y)


def fill(queue, place, key, length):  # type: ignore[no-untyped-def]
    """Put the first `length` vertices into an empty queue."""
    for v in range(length):
        queue[v] = v
        place[v] = v
    for at in range(length // 2 - 1, -1, -1):
        sift_down(queue, place, key, at, length)


def take_first(queue, place, key, length):  # type: ignore[no-untyped-def]
    """Take the vertex with the least key out of a queue of `length`."""
    first, last = queue[0], queue[length - 1]
    queue[0] = last
    place[last] = 0
    sift_down(queue, place, key, 0, length - 1)
    return first


def sift(queue, place, key, at, length):  # type: ignore[no-untyped-def]
    """Restore the order of a binary heap after the key at one place has changed."""
    while at > 0 and is_before(key, queue[at], queue[(at - 1) // 2]):
        parent = (at - 1) // 2
        queue[at], queue[parent] = queue[parent], queue[at]
        place[queue[at]] = at
        place[queue[parent]] = parent
        at = parent
    sift_down(queue, place, key, at, length)


def sift_down(queue, place, key, at, length):  # type: ignore[no-untyped-def]
    while 2 * at + 1 < length:
        child = 2 * at + 1
        if child + 1 < length and is_before(key, queue[child + 1], queue[child]):
            child += 1
        if not is_before(key, queue[child], queue[at]):
            return
        queue[at], queue[child] = queue[child], queue[at]
        place[queue[at]] = at
        place[queue[child]] = child
        at = child
