"""Files that are almost right, for readers: random edits of valid ones, the same on every run."""

import contextlib
import copy
import json
import signal

from graphs import random_graph

import chainorder as co

ODD = (
    *(None, True, False, -1, 0, 1.5, float("nan"), float("inf"), 2**31, 2**63, 10**18, 10**18 + 1),
    *(
        10**400,
        "",
        "1",
        "-5",
        "banana",
        "optimal",
        "\ud800",
        "\x1b[31mred",
        "two\nlines",
        "x" * 500,
    ),
    *([], {}, [[]], [1, 2], ["a", "b"], {"a": 1}, {"1": 2}, {"\ud800": "\udfff"}, "dense", "fma"),
    *({"banded": {"lower": 1, "upper": -1}}, {"sparse": {"rows": [0, 1], "cols": [0]}}),
)
"""Values that somebody may have written where another was meant."""


class TooMuch(BaseException):
    """Reading a small file took a minute of processor time."""


@contextlib.contextmanager
def little_work(seconds=60):
    """Ends what takes so much processor time, whatever else the machine does."""

    def end(*_):
        raise TooMuch

    before = signal.signal(signal.SIGVTALRM, end)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def chains():
    """Valid chains with every kind of elemental that files hold."""
    sparse = co.Sparse.from_coordinates([0, 1, 1], [0, 0, 1])
    structures = [co.Dense(), co.Diagonal(), co.Banded(1, 2), co.Identity(), co.Zero(), sparse]
    yield co.Chain([5, 3, 4])
    yield co.Chain.matrix_free([2, 4, 8], [100, 7])
    yield co.Chain([3] * 7, [co.Elemental(structure=s, name=str(s)[:9]) for s in structures])
    mixed = [co.Elemental(), co.Elemental(given=False, tangent_cost=3), co.Elemental(tape=2)]
    yield co.Chain([3, 2, 2, 5], mixed)
    yield co.Chain([3, 2], [co.Elemental(adjoint_cost=9)], co.Timing(20, 3))
    solved = [co.Inverse(co.Triangular(lower=True)), co.Transpose(co.Banded(1, 0)), co.Symmetric()]
    elementals = [co.Elemental(structure=structure) for structure in solved]
    yield co.Chain([3] * 5, [*elementals, elementals[0]], same=["a", None, 7, "a"])
    yield co.Chain([4, 2, 3], [co.Elemental(structure=co.Selection([3, 0])), co.Elemental()])


def graphs():
    """Valid graphs, with and without sizes, with labels of both kinds."""
    yield co.Graph([("x", "a"), ("a", "y"), ("x", "y")], ["x", "z"], ["y", "w"], {"a": 3, "z": 2})
    for seed in range(4):
        yield random_graph(seed, 5)


def hessian_chains():
    """Valid chains of second derivatives."""
    yield co.HessianChain([3, 2, 4, 1])
    yield co.HessianChain.matrix_free([3, 2, 1], [10, 4])
    curved = co.HessianElemental(structure=co.Diagonal(), name="tanh")
    linear = co.HessianElemental(tensor="none")
    yield co.HessianChain([3, 3, 2], [curved, linear])


def plans():
    """Plans of such problems."""
    for problem in (*chains(), *graphs(), *hessian_chains()):
        for order in ("forward", "optimal"):
            with contextlib.suppress(co.InfeasibleOrderError):
                yield co.plan(problem, order)
    yield co.plan(co.Chain([9, 2, 9, 2]), form="operator")
    yield co.schedule(co.plan(co.Chain([9, 2, 9, 2, 5])), machines=2)
    yield co.plan(co.Chain.matrix_free([3, 2, 4, 2], [5, 9, 4]), machines=2)


def edited_json(value, rng):
    """The JSON text of a value after a few edits, of the value and then of the text."""
    value = copy.deepcopy(value)
    for _ in range(rng.randint(0, 3)):
        value = _edited(value, rng)
    text = json.dumps(value)
    for _ in range(rng.choice([0, 0, 0, 1, 2])):
        text = _edited_text(text, rng, JSON_PIECES)
    return text


def _edited(value, rng):
    """A value with one edit somewhere in it."""
    places = list(_places(value)) if isinstance(value, (dict, list)) else []
    if not places or rng.random() < 0.05:
        return copy.deepcopy(rng.choice(ODD))
    parent, key = rng.choice(places)
    edit = rng.choice(["odd", "odd", "odd", "remove", "repeat", "add", "wrap", "swap", "near"])
    if edit == "odd":
        parent[key] = copy.deepcopy(rng.choice(ODD))
    elif edit == "remove":
        del parent[key]
    elif edit == "wrap":
        parent[key] = [parent[key]] if rng.random() < 0.5 else {str(key): parent[key]}
    elif edit == "near" and type(parent[key]) is int:
        parent[key] += rng.choice([-1, 1])
    elif edit == "swap":
        other, place = rng.choice(places)
        if place in range(len(other)) if isinstance(other, list) else place in other:
            parent[key] = copy.deepcopy(other[place])
    elif isinstance(parent, list):
        parent.insert(rng.randint(0, len(parent)), copy.deepcopy(parent[key]))
    else:
        parent[rng.choice(["extra", "sizes", "name", "kind", "\ud800", ""])] = copy.deepcopy(
            rng.choice(ODD)
        )
    return value


def _places(value):
    """Every list or object inside a value with each of its keys."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in items:
        yield value, key
        if isinstance(item, (dict, list)):
            yield from _places(item)


def _edited_text(text, rng, pieces):
    """The text with a part of it gone, doubled, or exchanged for something of the language."""
    first, last = sorted(rng.randint(0, len(text)) for _ in range(2))
    last = min(last, first + rng.choice([0, 1, 3, 30, len(text)]))
    edit = rng.random()
    if edit < 0.25:
        return text[:first] + text[last:]
    if edit < 0.45:
        return text[:last] + text[first:]
    if edit < 0.55:
        return text[:first]
    piece = rng.choice(pieces) * rng.choice([1, 1, 1, 2, 40, 3000])
    return text[:first] + piece + text[rng.choice([first, last]) :]


def edited_text(text, rng, pieces):
    """The text after one edit or a few."""
    for _ in range(rng.randint(1, 4)):
        text = _edited_text(text, rng, pieces)
    return text


JSON_PIECES = (
    *("[", "]", "{", "}", ",", ":", '"', "\\", "1", "-", "0", "e9", ".", "null", "true", "NaN"),
    *('"sizes":', '"edges": [[0,1]],', '{"a":', "[[", "\x00", "é", "\\ud800", "9" * 5000, " "),
)

DOT_PIECES = (
    *("{", "}", "[", "]", "->", "--", ";", ",", "=", ":", '"', "\\", "<", ">", "/*", "*/", "//"),
    *(
        "#",
        "+",
        "\n",
        " ",
        "x",
        "1",
        "-.5",
        "node",
        "edge",
        "graph",
        "digraph",
        "subgraph",
        "strict",
    ),
    *(
        "size",
        "input=true",
        "[size=3]",
        "row=0",
        "column=1",
        "{x y}->",
        "\x00",
        "\x1b",
        "é",
        "9" * 5000,
    ),
)

XML_PIECES = (
    *(
        "<",
        ">",
        "/",
        "</",
        "/>",
        "&",
        "&#27;",
        "&amp;",
        "<node id='x'/>",
        "<graph>",
        "</graph>",
        '"',
    ),
    *(
        "<edge source='x' target='y'/>",
        "<data key='d0'>",
        "<!--",
        "-->",
        "<![CDATA[",
        "]]>",
        "=",
        " ",
    ),
    *(
        "<!DOCTYPE g [<!ENTITY a 'b'>]>",
        "xmlns=",
        "id",
        "\x00",
        "é",
        "9" * 5000,
        "<port/>",
        "<key>",
    ),
)

LINE_PIECES = (
    *(
        " ",
        "\n",
        "\t",
        "#",
        ",",
        "0",
        "1",
        "7",
        "-",
        "+",
        "x",
        "1.5",
        "{",
        "}",
        "{'a': 1}",
        "é",
        "\x00",
    ),
    *(
        "\u2028",
        "1000000000000000000",
        "9" * 5000,
        "2 3 4\n",
        "1e9\n",
        ":",
        "diagonal",
        "banded(1,1)",
    ),
    *("(", ")", ":sparse", ",3:identity"),
)
