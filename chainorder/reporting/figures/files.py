"""A drawing written to a file: SVG by ourselves, PNG and PDF by matplotlib."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping

from ...errors import ChainOrderError
from ...files.problem import suffix_of, write_whole
from ...plans.plan import Plan
from ..kinds import view_of
from .drawing import PALETTE, Box, Cells, Dot, Drawing, Label, Stroke, Symbol
from .svg import svg_file

POINTS = 0.72
"""Points per unit in a PDF: a unit is a hundredth of an inch."""


def _svg(drawing: Drawing) -> bytes:
    return svg_file(drawing).encode()


def _raster(format_name: str) -> Callable[[Drawing], bytes]:
    def rendered(drawing: Drawing) -> bytes:
        return _by_matplotlib(drawing, format_name)

    return rendered


FIGURE_FORMATS: Mapping[str, Callable[[Drawing], bytes]] = {
    ".svg": _svg,
    ".png": _raster("png"),
    ".pdf": _raster("pdf"),
}
"""Suffix of a path: what makes the content of the file."""


def draw(plan: Plan, path: str) -> None:
    """Draw a plan to a file: the tree of a chain, the layers of a graph.

    Raises:
        ChainOrderError: a suffix that no figure has, a path that cannot be written, or no
            matplotlib where that is needed.
    """
    made = FIGURE_FORMATS[figure_suffix(path)]
    write_whole(path, made(view_of(plan.problem).plan_drawing(plan)))


def figure_suffix(path: str) -> str:
    """The suffix of a path that a figure can be written to.

    Raises:
        ChainOrderError: a suffix that no figure has.
    """
    suffix = suffix_of(path)
    if suffix not in FIGURE_FORMATS:
        expected = ", ".join(FIGURE_FORMATS)
        raise ChainOrderError(f"{path}: a figure ends in one of {expected}")
    return suffix


def _by_matplotlib(drawing: Drawing, format_name: str) -> bytes:
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise ChainOrderError(
            f"a figure as {format_name} needs matplotlib: pip install 'chainorder[report]'"
        ) from None
    from matplotlib.collections import PatchCollection
    from matplotlib.patches import Circle, Polygon, Rectangle

    size = (drawing.width / 100, drawing.height / 100)
    figure = Figure(figsize=size, dpi=100, facecolor=_colour("surface"))
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set_xlim(0, drawing.width)
    axes.set_ylim(drawing.height, 0)
    axes.axis("off")
    for order, mark in enumerate(drawing.marks):
        colour = _colour(mark.ink)
        if isinstance(mark, Label):
            axes.text(
                mark.x,
                mark.y,
                mark.text.replace("$", r"\$"),
                color=colour,
                fontsize=mark.size * POINTS,
                fontweight="bold" if mark.bold else "normal",
                ha={"start": "left", "middle": "center", "end": "right"}[mark.anchor],
                va="baseline",
                zorder=order,
            )
        elif isinstance(mark, Stroke):
            xs, ys = zip(*mark.points, strict=True) if mark.points else ((), ())
            style = (0, (4, 3)) if mark.dashed else "solid"
            width = mark.width * POINTS
            axes.plot(xs, ys, color=colour, linewidth=width, linestyle=style, zorder=order)
        elif isinstance(mark, Cells):
            squares = [Rectangle(corner, mark.side, mark.side) for corner in mark.corners]
            axes.add_collection(PatchCollection(squares, facecolor=colour, zorder=order))
        else:
            patch: Circle | Polygon | Rectangle
            filled = True
            if isinstance(mark, Box):
                patch = Rectangle((mark.x, mark.y), mark.width, mark.height)
                filled = mark.filled
                if mark.dashed:
                    patch.set_linestyle((0, (4, 3)))
            elif isinstance(mark, Dot):
                patch = Circle((mark.x, mark.y), mark.radius)
                filled = mark.filled
            else:
                assert isinstance(mark, Symbol)
                patch = Polygon(mark.outline())
            patch.set(facecolor=colour if filled else "none", zorder=order, linewidth=POINTS)
            patch.set_edgecolor("none" if filled else colour)
            axes.add_patch(patch)
    content = io.BytesIO()
    # No date: the same plan gives the same file.
    metadata = {"Title": drawing.title, **({"CreationDate": None} if format_name == "pdf" else {})}
    figure.savefig(content, format=format_name, dpi=200, metadata=metadata)
    return content.getvalue()


def _colour(ink: str) -> str:
    return PALETTE[ink][0]
