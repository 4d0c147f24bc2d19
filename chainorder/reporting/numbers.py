"""How a figure is written: one place, so that every format writes it the same way."""

from __future__ import annotations

SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")

COMPACT = 10**7
"""From here on a picture shows three digits and a power of ten; tables show every digit."""


def integer(number: int) -> str:
    """All digits, in groups.

    >>> integer(1002000)
    '1,002,000'
    """
    return f"{number:,}"


def compact(number: int) -> str:
    """All digits where they are few, else three and the power of ten.

    >>> compact(1002000), compact(123456789)
    ('1,002,000', '1.23·10⁸')
    """
    if abs(number) < COMPACT:
        return integer(number)
    digits = str(abs(number))
    # By hand: a count may be too large for a float.
    rounded, power = (int(digits[:4]) + 5) // 10, len(digits) - 1
    if rounded == 1000:
        rounded, power = 100, power + 1
    sign = "-" if number < 0 else ""
    return f"{sign}{rounded // 100}.{rounded % 100:02}·10{str(power).translate(SUPERSCRIPTS)}"


def shape(rows: int, columns: int) -> str:
    """The shape of a matrix, as tables have it.

    >>> shape(3, 1000)
    '3 × 1000'
    """
    return f"{rows} × {columns}"


def compact_shape(rows: int, columns: int) -> str:
    """The shape of a matrix, as pictures have it."""
    return f"{compact(rows)} × {compact(columns)}"


def measured_seconds(seconds: float) -> str:
    """A time that was taken."""
    return f"{seconds:.6f}"


def planned_seconds(seconds: float) -> str:
    """A time that is expected: six digits."""
    return f"{seconds:.6g}"


def percent(gap: float) -> str:
    """A gap to a tenth of a per cent, never rounded to 0 unless it is 0.

    >>> percent(0.001), percent(0), percent(float("inf"))
    ('0.1%', '0%', '?')
    """
    if gap == 0:
        return "0%"
    return f"{max(gap, 0.1):,.1f}%" if gap != float("inf") else "?"


def share(part: int, whole: int) -> str:
    """A part of a whole in per cent; only nothing is 0 and only the whole is 100.

    >>> share(1, 3), share(1, 10**9), share(999_999, 1_000_000), share(0, 0)
    ('33.3%', '<0.1%', '>99.9%', '0%')
    """
    if part == 0:
        return "0%"
    if part == whole:
        return "100%"
    tenths = (2000 * part + whole) // (2 * whole)
    if tenths == 0:
        return "<0.1%"
    if tenths == 1000:
        return ">99.9%"
    return f"{tenths // 10}.{tenths % 10}%"


def times(ratio: float) -> str:
    """A ratio to three digits or more, never rounded to 1 unless it is 1.

    >>> times(1.0), times(2.994), times(1234.5), times(1.0001)
    ('1', '2.99', '1,234', '1.00…')
    """
    if ratio == 1:
        return "1"
    if ratio < 1.005:
        return "1.00…"
    return f"{ratio:.2f}" if ratio < 100 else f"{ratio:,.0f}"


def fraction(ratio: float) -> str:
    """A ratio of times: 0.56, 12.3, or one over something where it is small.

    >>> fraction(0.562), fraction(12.345), fraction(1 / 121), fraction(1234.5)
    ('0.56', '12.3', '1/121', '1,234')
    """
    if ratio < 0.1:
        return f"1/{1 / ratio:,.0f}"
    return f"{ratio:.2f}" if ratio < 10 else f"{ratio:.1f}" if ratio < 100 else f"{ratio:,.0f}"


def count(number: int, one: str, many: str) -> str:
    """A number of things.

    >>> count(1, "vertex", "vertices"), count(1200, "vertex", "vertices")
    ('1 vertex', '1,200 vertices')
    """
    return f"{number:,} {one if number == 1 else many}"


def duration(seconds: float) -> str:
    """About how long something takes: `3 minutes`."""
    for unit, length in (("years", 31_557_600), ("days", 86_400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{_rounded(seconds / length)} {unit}"
    return f"{_rounded(seconds)} seconds"


def memory_size(number: int) -> str:
    """About how many bytes: `1.5 GiB`."""
    for unit, exponent in (("EiB", 60), ("TiB", 40), ("GiB", 30), ("MiB", 20)):
        if number >= 1 << exponent:
            return f"{_rounded(number / (1 << exponent))} {unit}"
    return f"{number:,} bytes"


def _rounded(value: float) -> str:
    return f"{value:.2g}" if value < 10 or value >= 1e6 else f"{value:,.0f}"
