"""Drawings as SVG: inside a page that has the colours, or as a file that brings them along."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from .drawing import PALETTE, WIDTH, Box, Cells, Dot, Drawing, Label, Mark, Stroke, Symbol

FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif'


SHOWN = 1.25
"""Pixels per unit where there is room: drawings are made for the width of a phone."""


def inline_svg(drawing: Drawing, identity: str) -> str:
    """The drawing as part of a page; `identity` starts the ids that it uses, and is no other's."""
    return _svg(drawing, identity, "")


def svg_file(drawing: Drawing) -> str:
    """The drawing as a file, readable on light and on dark ground."""
    light, dark = (
        "".join(f"--{ink}:{colours[t]};" for ink, colours in PALETTE.items()) for t in (0, 1)
    )
    style = (
        f"<style>svg{{{light}}}"
        f"@media (prefers-color-scheme:dark){{svg{{{dark}}}}}{drawing_style()}</style>"
        f'<rect class="f-surface" width="{_n(drawing.width)}" height="{_n(drawing.height)}"/>'
    )
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{_svg(drawing, "figure", style)}\n'


def drawing_style() -> str:
    """What the classes of marks mean; the inks are variables, `--ink` and so on."""
    fills = "".join(f".f-{ink}{{fill:var(--{ink})}}" for ink in PALETTE)
    strokes = "".join(f".s-{ink}{{fill:none;stroke:var(--{ink})}}" for ink in PALETTE)
    return (
        f"svg text{{font-family:{FONT};font-variant-numeric:tabular-nums}}"
        "svg .bold{font-weight:650}svg .dashed{stroke-dasharray:4 3}"
        "svg .round{stroke-linejoin:round;stroke-linecap:round}"
        f"{fills}{strokes}"
    )


def _svg(drawing: Drawing, identity: str, style: str) -> str:
    width, height = _n(drawing.width), _n(drawing.height)
    shown = _n(drawing.width * SHOWN), _n(drawing.height * SHOWN)
    wide = ' class="wide"' if drawing.width > 1.3 * WIDTH else ""
    marks = "".join(map(_mark, drawing.marks))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{shown[0]}" height="{shown[1]}"{wide} role="img" '
        f'aria-labelledby="{identity}-title {identity}-text">'
        f'<title id="{identity}-title">{escape(drawing.title)}</title>'
        f'<desc id="{identity}-text">{escape(drawing.description)}</desc>'
        f"{style}{marks}</svg>"
    )


def _mark(mark: Mark) -> str:
    if isinstance(mark, Label):
        return _label(mark)
    if isinstance(mark, Box):
        style = _paint(mark.ink, mark.filled, mark.dashed)
        shape = (
            f'<rect {style} x="{_n(mark.x)}" y="{_n(mark.y)}" width="{_n(mark.width)}" '
            f'height="{_n(mark.height)}"'
        )
    elif isinstance(mark, Dot):
        style = _paint(mark.ink, mark.filled, False)
        shape = f'<circle {style} cx="{_n(mark.x)}" cy="{_n(mark.y)}" r="{_n(mark.radius)}"'
    elif isinstance(mark, Symbol):
        points = " ".join(f"{_n(x)},{_n(y)}" for x, y in mark.outline())
        shape = f'<polygon class="f-{mark.ink}" points="{points}"'
    elif isinstance(mark, Cells):
        side = _n(mark.side)
        path = "".join(f"M{_n(x)} {_n(y)}h{side}v{side}h-{side}z" for x, y in mark.corners)
        shape = f'<path class="f-{mark.ink}" d="{path}"'
    else:
        assert isinstance(mark, Stroke)
        points = " ".join(f"{_n(x)},{_n(y)}" for x, y in mark.points)
        style = f"s-{mark.ink} round{' dashed' if mark.dashed else ''}"
        shape = f'<polyline class="{style}" stroke-width="{_n(mark.width)}" points="{points}"'
    shape += _attributes(mark.data)
    tag = shape[1 : shape.index(" ")]
    return (
        f"{shape}/>" if not mark.title else f"{shape}><title>{escape(mark.title)}</title></{tag}>"
    )


def _label(mark: Label) -> str:
    anchor = "" if mark.anchor == "start" else f' text-anchor="{mark.anchor}"'
    title = f"<title>{escape(mark.title)}</title>" if mark.title else ""
    return (
        f'<text class="f-{mark.ink}{" bold" if mark.bold else ""}" x="{_n(mark.x)}" '
        f'y="{_n(mark.y)}" font-size="{_n(mark.size)}"{anchor}{_attributes(mark.data)}>'
        f"{title}{escape(mark.text)}</text>"
    )


def _paint(ink: str, filled: bool, dashed: bool) -> str:
    kind = f"f-{ink}" if filled else f"s-{ink}"
    return f'class="{kind}{" dashed" if dashed else ""}"'


def _attributes(data: Mapping[str, str]) -> str:
    return "".join(f' data-{name}="{escape(value)}"' for name, value in data.items())


def _n(value: float) -> str:
    """A coordinate to a hundredth, as short as it goes."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
