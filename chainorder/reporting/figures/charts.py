"""Charts: costs of orders as bars, figures over steps or time as lines."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from ...plans.plan import Plan
from .. import numbers
from ..wording import cut
from .drawing import WIDTH, Box, Dot, Drawing, Label, Mark, Stroke, text_width

MOST_POINTS = 320
"""Points of a line; longer ones are drawn by the highest and lowest of every part."""

COLUMNS = 120
"""How many parts those are."""


@dataclass(frozen=True)
class Series:
    """One line of a chart: `ys` over rising `xs`, held until the next point."""

    label: str
    ink: str
    xs: Any
    ys: Any
    dashed: bool = False


def bars(
    name: str,
    title: str,
    items: Sequence[tuple[str, int, str, bool]],
    limit: tuple[int, str] | None = None,
) -> Drawing:
    """Costs as bars.

    Args:
        name: what to call the drawing.
        title: what it shows.
        items: label, cost, the cost as text, and whether it is the best.
        limit: a cost that none can be below, and what to call it.
    """
    label_width = max(60.0, *(text_width(cut(label, 24), 13.5) for label, *_ in items)) + 10
    value_width = max(text_width(text, 13.5) for _, _, text, _ in items) + 12
    width = WIDTH
    room = width - label_width - value_width - 16
    most = max((cost for _, cost, _, _ in items), default=0)
    marks: list[Mark] = []
    for at, (label, cost, text, is_best) in enumerate(items):
        y = 8 + 26 * at
        length = room * (cost / most) if most else 0.0
        ink = "best" if is_best else "line"
        marks += [
            Label(
                "ink",
                label,
                text=cut(label, 24),
                x=label_width - 2,
                y=y + 13,
                anchor="end",
                bold=is_best,
            ),
            Box(ink, x=label_width + 6, y=y, width=max(length, 1.5), height=17),
            Label("ink", text=text, x=label_width + max(length, 1.5) + 13, y=y + 13, bold=is_best),
        ]
    height = 12 + 26.0 * len(items)
    if limit is not None and most and limit[0] > 0:
        x = label_width + 6 + room * (limit[0] / most)
        marks.append(
            Stroke("ink", limit[1], points=((x, 4), (x, height - 4)), width=1.5, dashed=True)
        )
        long = text_width(limit[1], 11)
        start, end = min(x, width - long - 4), max(x, long + 4)
        place, anchor = (start, "start") if x < width * 0.6 else (end, "end")
        marks.append(Label("muted", text=limit[1], x=place, y=height + 10, anchor=anchor, size=11))
        height += 18
    described = "; ".join(f"{label} {text}" for label, _, text, _ in items)
    more = f"; {limit[1]}" if limit else ""
    return Drawing(name, width, height, title, described + more, tuple(marks))


def lines(
    name: str,
    title: str,
    series: Sequence[Series],
    x_label: str,
    y_label: str,
    description: str,
    *,
    last_label: float | None = None,
) -> Drawing:
    """Lines over steps or time, from 0 up; their labels stand above.

    `last_label` is what to write at the right end, where that is not the last x.
    """
    width, height = WIDTH, 190.0
    top = float(max(np.max(line.ys) for line in series)) or 1.0
    left, right, upper, lower = 72.0, width - 14, 34.0, height - 36
    first = min(line.xs[0] for line in series)
    last = max(line.xs[-1] for line in series)
    shown_last = last if last_label is None else last_label
    span = (last - first) or 1.0

    def place(x: float, y: float) -> tuple[float, float]:
        return (
            left + (right - left) * ((x - first) / span),
            lower - (lower - upper) * (y / top),
        )

    marks: list[Mark] = []
    for tick in _ticks(top):
        _, y = place(first, tick)
        marks.append(Stroke("grid", points=((left, y), (right, y)), width=1))
        text = _tick_text(tick)
        marks.append(Label("muted", text=text, x=left - 6, y=y + 4, anchor="end", size=11))
    marks += [
        Label("muted", text=x_label, x=right, y=height - 8, anchor="end", size=11),
        Label("muted", text=_tick_text(first), x=left, y=lower + 15, size=11),
        Label("muted", text=_tick_text(shown_last), x=right, y=lower + 15, anchor="end", size=11),
    ]
    x = left
    for line in series:
        key = (Stroke(line.ink, points=((x, 14), (x + 22, 14)), width=2.5, dashed=line.dashed),)
        marks += [*key, Label("ink", text=line.label, x=x + 28, y=18)]
        x += 28 + text_width(line.label, 13) + 24
        if len(line.xs) > MOST_POINTS:
            marks += _envelope(line, place)
            continue
        points: list[tuple[float, float]] = []
        for u, v in zip(line.xs, line.ys, strict=True):
            here = place(float(u), float(v))
            if points:
                points.append((here[0], points[-1][1]))
            points.append(here)
        if len(points) == 1:
            points = [(left, points[0][1]), (right, points[0][1])]
        marks.append(Stroke(line.ink, line.label, points=points, width=2, dashed=line.dashed))
    marks.append(Label("muted", text=y_label, x=4, y=upper - 14, size=11))
    return Drawing(name, width, height, title, description, tuple(marks))


def step_lines(plan: Plan, costs: Sequence[int]) -> Drawing:
    """What each step of a plan costs, in its objective."""
    count = len(costs)
    described = f"{numbers.integer(plan.cost)} {plan.objective} in {numbers.integer(count)} steps"
    line = Series(f"{plan.objective} of the step", "multiply", range(1, count + 2), [*costs, 0])
    title = f"Cost of each step in the {plan.name} order"
    name = f"steps-{plan.name}"
    return lines(name, title, [line], "step", plan.objective, described, last_label=count)


def ratios(
    name: str, title: str, items: Sequence[tuple[str, float, float, float]], limit: float | None
) -> Drawing:
    """Ratios with their spread on a logarithmic scale; to the left of 1 is faster.

    Args:
        name: what to call the drawing.
        title: what it shows.
        items: label, low end, median and high end of each ratio, all above 0.
        limit: the ratio that none should be above, if there is one.
    """
    label_width = max(60.0, *(text_width(cut(label, 26), 12.5) for label, *_ in items)) + 8
    left, right = label_width + 8, WIDTH - 70
    ends = [value for _, low, _, high in items for value in (low, high)] + [1.0]
    ends += [] if limit is None else [limit]
    first, last = math.floor(math.log10(min(ends))), math.ceil(math.log10(max(ends)))
    last = max(last, first + 1)

    def place(ratio: float) -> float:
        return left + (right - left) * (math.log10(ratio) - first) / (last - first)

    bottom = 10 + 24.0 * len(items)
    marks: list[Mark] = []
    for power in range(first, last + 1):
        x = place(10.0**power)
        text = f"{10**power:,}" if power >= 0 else f"1/{10**-power:,}"
        marks += [
            Stroke("ink" if power == 0 else "grid", points=((x, 4), (x, bottom)), width=1),
            Label("muted", text=text, x=x, y=bottom + 15, anchor="middle", size=11),
        ]
    if limit is not None:
        x = place(limit)
        marks.append(Stroke("adjoint", points=((x, 4), (x, bottom)), width=1.5, dashed=True))
    for at, (label, low, median, high) in enumerate(items):
        y = 18 + 24.0 * at
        x = place(median)
        ink = "best" if median <= 1 else "adjoint"
        text = numbers.fraction(median)
        marks += [
            Label("ink", label, text=cut(label, 26), x=label_width, y=y + 4, anchor="end"),
            Stroke(ink, points=((place(low), y), (place(high), y)), width=3),
            Dot(ink, text, x=x, y=y, radius=5),
            Label("ink", text=text, x=WIDTH - 4, y=y + 4, anchor="end", bold=True),
        ]
    described = "; ".join(
        f"{label} {numbers.fraction(median)} ({numbers.fraction(low)} to {numbers.fraction(high)})"
        for label, low, median, high in items
    )
    return Drawing(name, WIDTH, bottom + 22, title, described, tuple(marks))


def _envelope(line: Series, place: Callable[[float, float], tuple[float, float]]) -> list[Mark]:
    """A long line as columns, each from the lowest to the highest value of its part."""
    values = np.asarray(line.ys, dtype=float)
    edges = np.linspace(0, len(values), COLUMNS + 1).astype(int).tolist()
    marks: list[Mark] = []
    for a, b in pairwise(edges):
        low, high = float(values[a:b].min()), float(values[a:b].max())
        x, top = place(float(line.xs[a]), high)
        right, bottom = place(float(line.xs[min(b, len(values) - 1)]), low)
        width = max(right - x, 1.0) + 0.4  # no gaps where columns meet
        marks.append(Box(line.ink, x=x, y=top, width=width, height=max(bottom - top, 1.5)))
    return marks


def axis(place: Callable[[int], float], last: int, upper: float, lower: float) -> list[Mark]:
    """Lines at round places from 0 to the last, with figures that do not run into each other."""
    marks: list[Mark] = []
    free = -math.inf
    for tick in _ticks(last):
        x, text = place(int(tick)), _tick_text(tick)
        marks.append(Stroke("grid", points=((x, upper), (x, lower)), width=1))
        half = text_width(text, 11) / 2
        if x - half > free and x + half < WIDTH:
            marks.append(Label("muted", text=text, x=x, y=lower + 15, anchor="middle", size=11))
            free = x + half + 6
    return marks


def _ticks(top: float) -> list[float]:
    step = 10 ** math.floor(math.log10(top))
    for part in (5, 2, 1, 0.5, 0.25):
        if top / (step * part) >= 2:
            break
    unit = step * part
    return [t * unit for t in range(int(top / unit) + 1)]


def _tick_text(value: float) -> str:
    if value == int(value):
        return numbers.compact(int(value))
    return f"{value:.3g}"
