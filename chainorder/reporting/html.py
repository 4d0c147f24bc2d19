"""A page as one HTML file that asks for nothing: style, script, pictures and data are inside.

What the page may do is said in the page itself, by a Content-Security-Policy: only this style and
this script, known by their hashes, and no request. All text goes through jinja2's autoescaping.
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from ..errors import ChainOrderError
from .blocks import Block, Code, Figure, Note, Table
from .figures.drawing import PALETTE
from .figures.svg import drawing_style, inline_svg
from .page import Page
from .wording import sentence

if TYPE_CHECKING:
    from jinja2 import Environment

KIND_LEGEND = ("multiply", "tangent", "adjoint", "accumulate")
"""What steps can be, in the order of the legend."""


def page_html(page: Page, data: str, made: dict[str, str], abridged: bool = False) -> str:
    """The whole page.

    Args:
        page: what to show.
        data: the JSON that the page was made from, for those who want it back.
        made: how it was made, label by label.
        abridged: whether the JSON leaves things out.
    """
    listed = [
        (at, {row.mark for row in block.rows})
        for at, section in enumerate(page.sections)
        for block in section.blocks
        if isinstance(block, Table) and block.name == "steps"
    ]
    kinds = set().union(*(marks for _, marks in listed))
    style, script = page_style(), _asset("page.js")
    return _render(
        "page.html",
        style,
        _Ids(""),
        script=script,
        style_hash=_hash(style),
        script_hash=_hash(script),
        page=page,
        made=made,
        data_uri=f"data:application/json;base64,{base64.b64encode(data.encode()).decode()}",
        abridged=abridged,
        legend_at=listed[0][0] if listed else None,
        legend=sorted(kinds - {"", "rest"}, key=_place_in_legend),
    )


def fragment_html(line: str, claim: str, shown: Sequence[Block]) -> str:
    """A claim and what it is about, for a cell of a notebook.

    Style comes along, for this part of the notebook alone; there is no script, and nothing is
    asked for.
    """
    # A notebook has many of them, from as many processes as it has been opened in.
    ids = _Ids(f"c{secrets.token_hex(4)}-")
    return _render("fragment.html", fragment_style(), ids, line=line, claim=claim, shown=shown)


def _place_in_legend(kind: str) -> tuple[int, str]:
    known = KIND_LEGEND.index(kind) if kind in KIND_LEGEND else len(KIND_LEGEND)
    return known, kind


def _render(template: str, style: str, ids: _Ids, **context: Any) -> str:
    text: str = _environment().get_template(template).render(**context, style=style, ids=ids)
    return text


@cache
def page_style() -> str:
    """The style sheet: inks by theme, then the rules."""
    light, dark = (
        "".join(f"--{ink}:{colours[t]};" for ink, colours in PALETTE.items()) for t in (0, 1)
    )
    return (
        f":root{{color-scheme:light dark;{light}}}"
        f"@media screen and (prefers-color-scheme:dark)"
        f"{{:root:not([data-theme=light]){{color-scheme:dark;{dark}}}}}"
        f"@media screen{{:root[data-theme=dark]{{color-scheme:dark;{dark}}}"
        f":root[data-theme=light]{{color-scheme:light}}}}"
        f"{drawing_style()}{_asset('page.css')}"
    )


@cache
def fragment_style() -> str:
    """The style of a notebook's cell: each rule for what lies inside of it."""
    inside = ".chainorder-report"
    rules = re.findall(r"([^{}]*)\{([^{}]*)\}", drawing_style() + _asset("fragment.css"))
    scoped = "".join(
        ",".join(f"{inside} {part.strip()}".strip() for part in selectors.split(","))
        + f"{{{declarations}}}"
        for selectors, declarations in rules
    )
    light, dark = (
        "".join(f"--{ink}:{colours[t]};" for ink, colours in PALETTE.items()) for t in (0, 1)
    )
    return f"{inside}{{{light}}}@media (prefers-color-scheme:dark){{{inside}{{{dark}}}}}{scoped}"


@cache
def _environment() -> Environment:
    try:
        from jinja2 import Environment, FunctionLoader, StrictUndefined
    except ImportError:
        raise ChainOrderError(
            "a report as HTML needs jinja2: pip install 'chainorder[report]'"
        ) from None
    from markupsafe import Markup

    environment = Environment(
        loader=FunctionLoader(_asset),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["sentence"] = sentence
    environment.filters["slug"] = slug
    environment.filters["ink"] = lambda kind: kind if kind in PALETTE else "line"
    environment.filters["svg"] = lambda drawing, identity: Markup(inline_svg(drawing, identity))
    environment.tests["table"] = lambda block: isinstance(block, Table)
    environment.tests["note"] = lambda block: isinstance(block, Note)
    environment.tests["code"] = lambda block: isinstance(block, Code)
    environment.tests["figure"] = lambda block: isinstance(block, Figure)
    return environment


class _Ids:
    """Ids that no other part of a document has."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self.count = 0

    def new(self, name: str) -> str:
        """The next one."""
        self.count += 1
        return f"{self.prefix}{slug(name)}-{self.count}"


def slug(text: str) -> str:
    """Text as an id can have it."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "part"


@cache
def _asset(name: str) -> str:
    return files("chainorder.reporting").joinpath("assets", name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"
