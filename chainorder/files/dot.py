"""DOT files: the language of Graphviz, read in one pass, subgraphs of any depth included.

The grammar is the one of https://graphviz.org/doc/info/lang.html. Reading takes time in proportion
to the text, and to the edges that subgraphs at the ends of edges stand for.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from ..errors import ChainOrderError
from .described import Described

KEYWORDS = ("node", "edge", "graph", "digraph", "subgraph", "strict")
VERTEX_ATTRIBUTES = ("size", "input", "output", "column", "row")

MOST_SUBGRAPH_EDGES = 10**6
"""Edges that subgraphs at the ends of edges may stand for: a short text can mean very many."""

_TOKEN = re.compile(
    r"""(?P<blank> [ \t\r\n\f\v]++ | //[^\n]*+ | /\*(?s:.*?)\*/ | ^\#[^\n]*+ )
      | (?P<name> [A-Za-z_\x80-\U0010ffff][A-Za-z0-9_\x80-\U0010ffff]*+ )
      | (?P<number> -?+(?:\.[0-9]++|[0-9]++(?:\.[0-9]*+)?+) (?![A-Za-z_.\x80-\U0010ffff]) )
      | (?P<quoted> "[^"\\]*+(?:\\(?s:.)[^"\\]*+)*+" )
      | (?P<sign> ->|--|[][{};,:=+<] )""",
    re.VERBOSE | re.MULTILINE,
)
_ANGLE = re.compile("[<>]")
_ESCAPE = re.compile(r'\\(\\|"|\r?\n)')


def read_dot(text: str) -> Described:
    """The directed graph in a DOT file, with the attributes of its nodes.

    A vertex of a subgraph is one of the graph; an edge from or to a subgraph is one from or to each
    of its vertices; ports do not count. Edges of a `strict` graph count once.

    Raises:
        ChainOrderError: several graphs, an undirected one, or what would be misread.
        ValueError: text that is not DOT; says in which line.
    """
    return _Reader(_tokens(text)).read()


class _Token(NamedTuple):
    """A name (an ID of the grammar), a keyword, or a sign; text ends with an empty sign."""

    kind: str
    text: str
    line: int

    def is_sign(self, *signs: str) -> bool:
        return self.kind == "sign" and self.text in signs

    def is_word(self, *words: str) -> bool:
        return self.kind == "keyword" and self.text.lower() in words

    def wrong(self, expected: str) -> ValueError:
        found = self.text if self.text else "the end of the text"
        return ValueError(f"line {self.line}: {found[:60]!r} where {expected} is expected")


def _tokens(text: str) -> Iterator[_Token]:
    at, line = 0, 1
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise ValueError(f"line {line}: {text[at : at + 20]!r} begins nothing that DOT has")
        kind, end = str(found.lastgroup), found.end()
        content = text[at:end]
        if content == "<":
            end = _end_of_html(text, at, line)
            kind, content = "name", text[at:end]
        newlines = text.count("\n", at, end)
        if kind == "quoted":
            content = _ESCAPE.sub(_unescaped, content[1:-1])
        elif kind == "name" and content.lower() in KEYWORDS:
            kind = "keyword"
        if kind != "blank":
            yield _Token("name" if kind == "number" else kind, content, line)
        at, line = end, line + newlines
    while True:
        yield _Token("sign", "", line)


def _unescaped(found: re.Match[str]) -> str:
    """Of all escapes only `\"` and an escaped line end are ones for the language itself."""
    return {'"': '"', "\\": "\\\\"}.get(found[1], "")


def _end_of_html(text: str, start: int, line: int) -> int:
    depth = 0
    for found in _ANGLE.finditer(text, start):
        depth += 1 if found[0] == "<" else -1
        if depth == 0:
            return found.end()
    raise ValueError(f"line {line}: '<' without its '>'")


class _Subgraph(NamedTuple):
    """A subgraph by the part of all mentions of vertices that stands between its braces."""

    name: str
    first: int
    last: int


_End = str | _Subgraph


@dataclass(slots=True)
class _Open:
    """A graph or subgraph whose brace is still open, and the edge that it is in the midst of."""

    name: str
    first: int
    ends: list[_End] = field(default_factory=list)


class _Reader:
    """Adds statement after statement to a graph; nesting is on a list, not on Python's stack."""

    def __init__(self, tokens: Iterator[_Token]) -> None:
        self.tokens = tokens
        self.token = next(tokens)
        self.graph = Described()
        self.mentions: list[str] = []
        self.names: Counter[str] = Counter()
        self.ending: list[str] = []
        self.work = 0

    def read(self) -> Described:
        if self.token.is_sign(""):
            raise ChainOrderError("0 graphs of DOT: expected one")
        is_strict = self.took_word("strict")
        if self.token.is_word("graph"):
            raise ChainOrderError("an undirected graph of DOT: expected a digraph")
        if not self.took_word("digraph"):
            raise self.token.wrong("'digraph'")
        if self.token.kind in ("name", "quoted"):
            self.take_id("a name")
        self.take_sign("{")
        self.read_statements()
        if self.token.is_word("strict", "graph", "digraph"):
            raise ChainOrderError(f"line {self.token.line} begins a second graph: expected one")
        if not self.token.is_sign(""):
            raise self.token.wrong("the end of the text, behind the graph,")
        for name in self.ending:
            if self.names[name] > 1:
                raise ChainOrderError(
                    f"subgraph {name} ends an edge and is there more than once: expected once"
                )
        if is_strict:
            self.graph.edges = list(dict.fromkeys(self.graph.edges))
        return self.graph

    def read_statements(self) -> None:
        """All up to the brace that closes the graph."""
        opened = [_Open("", 0)]
        while opened:
            token = self.token
            if self.took_sign("}"):
                closed = opened.pop()
                if closed.ends:
                    raise token.wrong("the end of an edge")
                if opened:
                    end = _Subgraph(closed.name, closed.first, len(self.mentions))
                    self.after(end, opened)
            elif self.took_sign(";"):
                continue
            elif token.is_sign("{") or token.is_word("subgraph"):
                opened.append(self.open())
            elif token.kind == "keyword":
                self.read_defaults()
            else:
                name, is_vertex = self.take_id("a vertex"), True
                if self.took_sign("="):
                    self.take_id("a value")
                    is_vertex = False
                if is_vertex:
                    self.mention(name)
                    self.after(name, opened)

    def after(self, end: _End, opened: list[_Open]) -> None:
        """What can follow the end of an edge: a further end, or the attributes of the whole."""
        ends = opened[-1].ends
        while True:
            ends.append(end)
            if self.token.is_sign("--"):
                raise ChainOrderError(
                    f"line {self.token.line} has an edge without direction: expected '->'"
                )
            if not self.took_sign("->"):
                break
            if self.token.is_sign("{") or self.token.is_word("subgraph"):
                opened.append(self.open())
                return
            end = self.take_id("a vertex")
            self.mention(end)
        opened[-1].ends = []
        attributes = self.attributes()
        if len(ends) > 1:
            self.connect(ends)
        elif isinstance(end, str):
            self.graph.nodes[end].update(attributes)

    def connect(self, ends: list[_End]) -> None:
        for end in ends:
            if isinstance(end, _Subgraph) and end.name:
                self.ending.append(end.name)
        for tails, heads in pairwise(map(self.vertices, ends)):
            self.spend(len(tails) * len(heads) - 1)
            self.graph.edges += [(u, v) for u in tails for v in heads]

    def vertices(self, end: _End) -> list[str]:
        if isinstance(end, str):
            return [end]
        self.spend(end.last - end.first)
        return list(dict.fromkeys(self.mentions[end.first : end.last]))

    def spend(self, work: int) -> None:
        self.work += work
        if self.work > MOST_SUBGRAPH_EDGES:
            raise ChainOrderError(
                f"line {self.token.line}: subgraphs at the ends of edges stand for more than "
                f"{MOST_SUBGRAPH_EDGES:,} edges"
            )

    def open(self) -> _Open:
        name = ""
        if self.took_word("subgraph") and self.token.kind in ("name", "quoted"):
            name = self.take_id("a name")
            self.names[name] += 1
        self.take_sign("{")
        return _Open(name, len(self.mentions))

    def read_defaults(self) -> None:
        """`node [shape=box]`: nothing that counts, or it would have to be applied."""
        token = self.token
        self.token = next(self.tokens)
        if not self.token.is_sign("[") or not token.is_word("node", "edge", "graph"):
            raise ChainOrderError(
                f"line {token.line}: {token.text!r} is a keyword of DOT where a statement is "
                "expected: expected it in quotes"
            )
        attributes = self.attributes()
        for name in VERTEX_ATTRIBUTES:
            if token.is_word("node") and name in attributes:
                raise ChainOrderError(
                    f"node [{name}={attributes[name]}] sets a default: "
                    f"expected {name} at each vertex that it is for"
                )

    def attributes(self) -> dict[str, str]:
        """The attributes in brackets that stand here, if any do."""
        found: dict[str, str] = {}
        while self.took_sign("["):
            while not self.took_sign("]"):
                name = self.take_id("an attribute")
                found[name] = self.take_id("a value") if self.took_sign("=") else "true"
                self.took_sign(",", ";")
        return found

    def mention(self, name: str) -> None:
        """Note a vertex, and leave out the port that may follow."""
        self.graph.nodes.setdefault(name, {})
        self.mentions.append(name)
        for _ in range(2):
            if self.took_sign(":"):
                self.take_id("a port")

    def take_id(self, what: str) -> str:
        """A name: one word, one number, or text in quotes, perhaps in several pieces."""
        token = self.token
        if token.kind == "keyword":
            raise ChainOrderError(
                f"line {token.line}: {token.text!r} is a keyword of DOT where {what} is expected: "
                "expected it in quotes"
            )
        if token.kind not in ("name", "quoted"):
            raise token.wrong(what)
        self.token = next(self.tokens)
        pieces = [token.text]
        while token.kind == "quoted" and self.took_sign("+"):
            if self.token.kind != "quoted":
                raise self.token.wrong("text in quotes")
            pieces.append(self.token.text)
            self.token = next(self.tokens)
        return "".join(pieces)

    def take_sign(self, sign: str) -> None:
        if not self.took_sign(sign):
            raise self.token.wrong(repr(sign))

    def took_sign(self, *signs: str) -> bool:
        found = self.token.is_sign(*signs)
        if found:
            self.token = next(self.tokens)
        return found

    def took_word(self, word: str) -> bool:
        found = self.token.is_word(word)
        if found:
            self.token = next(self.tokens)
        return found
