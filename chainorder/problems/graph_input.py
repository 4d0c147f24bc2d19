"""What users hand over as a graph, checked: edges, lists of vertices, labels."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import numpy as np

from ..checks import reject_masked, shown
from ..elimination.live_graph import Vertex
from ..errors import ChainOrderError

HALF = re.compile("[\ud800-\udfff]")
"""Half of a character: UTF-16 has pairs of them, text has none."""

MOST_DIGITS = 60
"""Digits of an integer that is the label of a vertex."""


def checked_edges(edges: object) -> list[tuple[Vertex, Vertex]]:
    """Pairs of labels.

    Raises:
        ChainOrderError: names what is no pair, or no label.
    """
    if isinstance(edges, np.ndarray):
        if edges.ndim != 2 or edges.shape[1:] != (2,) or edges.dtype.kind not in "iu":
            raise ChainOrderError(
                f"edges has shape {edges.shape} and type {edges.dtype}: expected integers (m, 2)"
            )
        reject_masked("edges", edges)
        edges = edges.tolist()
    if isinstance(edges, (str, bytes, Mapping)) or not isinstance(edges, Iterable):
        raise ChainOrderError(f"edges is {shown(edges)}: expected pairs of vertices")
    pairs: list[tuple[Vertex, Vertex]] = []
    for at, edge in enumerate(edges):
        try:
            if isinstance(edge, str):
                raise ValueError
            u, v = edge
        except (TypeError, ValueError):
            raise ChainOrderError(
                f"edges[{at}] is {shown(edge)}: expected a pair of vertices"
            ) from None
        for label in (u, v):
            check_label(f"edges[{at}]", label)
        pairs.append((u, v))
    return pairs


def listed(what: str, vertices: object) -> list[Vertex]:
    """A list of labels that names each once, and at least one.

    Raises:
        ChainOrderError: opens with `what`.
    """
    if isinstance(vertices, np.ndarray):
        reject_masked(what, vertices)
        vertices = vertices.tolist()
    if isinstance(vertices, (str, bytes)) or not isinstance(vertices, Iterable):
        raise ChainOrderError(f"{what} is {shown(vertices)}: expected a list of vertices")
    labels = list(vertices)
    if not labels:
        raise ChainOrderError(f"{what} is empty: expected at least one vertex")
    seen = set()
    for at, label in enumerate(labels):
        check_label(f"{what}[{at}]", label)
        if label in seen:
            raise ChainOrderError(f"{what} names {shown(label)} twice")
        seen.add(label)
    return labels


def check_label(item: str, label: object) -> None:
    """Raise unless a vertex can have the label.

    Text is a label whatever its characters, though not halves of them (lone surrogates), which no
    file can hold: where people read it, `one_line` keeps control codes from them. An integer has at
    most 60 digits. Anything else that is hashable is a label too, though not in a file.
    """
    if isinstance(label, str):
        if not label.isascii() and HALF.search(label):
            raise ChainOrderError(
                f"{item} has vertex {shown(label)}: expected characters, and no half of one"
            )
        return
    if isinstance(label, int) and abs(label) >= 10**MOST_DIGITS:
        raise ChainOrderError(f"{item} has a vertex of more than {MOST_DIGITS} digits")
    try:
        hash(label)
    except TypeError:
        raise ChainOrderError(
            f"{item} has vertex {shown(label)}: a vertex must be hashable"
        ) from None


def check_label_of_file(item: str, label: object) -> None:
    """Raise unless a file can hold the label: an integer or text."""
    if type(label) is not int and not isinstance(label, str):
        raise ChainOrderError(f"{item} has vertex {shown(label)}: expected an integer or text")
