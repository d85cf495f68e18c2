"""Charts (`data_visualization`) as shapes for the page's templates.

Lines, bars and areas are drawn in a square of 100 by 100 that the page stretches to its width; pies keep their shape. All words
and numbers stand beside it as text, so that they stay legible on a phone, and every number stands in a table.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from unicodedata import east_asian_width

SIDE = 100
_FILLED = 0.72
"""The part of a category's width that its bars fill."""
_TICKS = 4
"""Most lines across, beside the lowest."""
_WIDE, _NARROW = 75, 36
"""Letters of Latin that have room below a chart, on a desktop and on a phone; one of Korean is as wide as two."""


@dataclass(frozen=True)
class Shape:
    """A mark of a chart with its series, what it is called on hover, and its SVG path."""

    series: int
    name: str
    path: str


@dataclass(frozen=True)
class Chart:
    """A chart, ready to be drawn."""

    kind: str
    title: str
    names: Sequence[str]
    """Of the series; of a pie its segments, each with its share."""
    shapes: Sequence[Shape]
    points: Sequence[Shape]
    """Dots of lines."""
    ticks: Sequence[tuple[str, float]]
    """Numbers beside the lines across, from the top, and where these are."""
    labels: Sequence[tuple[str, bool]]
    """Below the chart, one place per category, and whether there is room for it on a phone too; the table names all."""
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    """The table: its heading, and a row per category."""
    x_label: str
    y_label: str

    @property
    def stretches(self) -> bool:
        """Whether it is as wide as the message."""
        return self.kind != "pie"


def chart(block: Mapping[str, Any]) -> Chart:
    """Lay a block out."""
    given = block["chart"]
    return _pie(block["title"], given) if given["type"] == "pie" else _plot(block["title"], given)


def _plot(title: str, given: Mapping[str, Any]) -> Chart:
    kind, axis = given["type"], given["axis_config"]
    categories: list[str] = axis["categories"]
    names = [one["name"] for one in given["series"]]
    values = [_values(one["data"], categories) for one in given["series"]]
    low, high, step = _scale([value for row in values for value in row])
    height = _Height(low, high)
    marks = [_MARKS[kind](number, row, height, len(values)) for number, row in enumerate(values)]
    shapes = [
        Shape(
            number,
            f"{names[number]} · {categories[place]} {_number(values[number][place])}" if place >= 0 else "",
            path,
        )
        for number, found in enumerate(marks)
        for place, path in found
    ]
    points = [
        Shape(
            number,
            f"{names[number]} · {categories[place]} {_number(value)}",
            f"M{_middle(place, len(row)):.2f} {height.of(value):.2f}h0",
        )
        for number, row in enumerate(values)
        for place, value in enumerate(row)
        if kind != "bar"
    ]
    lines = [low + step * number for number in range(round((high - low) / step), -1, -1)]
    return Chart(
        kind,
        title,
        names,
        shapes,
        points,
        [(_number(line), round(height.of(line), 2)) for line in lines],
        _thinned(categories),
        ["", *names],
        [[category, *(_number(row[place]) for row in values)] for place, category in enumerate(categories)],
        axis.get("x_label", ""),
        axis.get("y_label", ""),
    )


def _pie(title: str, given: Mapping[str, Any]) -> Chart:
    segments = given["segments"]
    whole = sum(one["value"] for one in segments)
    names, shapes, begin = [], [], 0.0
    for number, one in enumerate(segments):
        share = one["value"] / whole
        name = f"{one['label']} {share:.0%}"
        names.append(name)
        shapes.append(Shape(number, name, _slice(begin, begin + share)))
        begin += share
    rows = [[one["label"], _number(one["value"])] for one in segments]
    return Chart("pie", title, names, shapes, (), (), (), (), rows, "", "")


def _values(data: Sequence[Mapping[str, Any]], categories: Sequence[str]) -> list[float]:
    by_label = {one["label"]: float(one["value"]) for one in data}
    return [by_label.get(category, 0.0) for category in categories]


def _scale(values: Sequence[float]) -> tuple[float, float, float]:
    """The lowest and highest line of a chart that begins at zero, and the distance of its lines: round numbers."""
    low, high = min(0.0, *values), max(0.0, *values)
    if low == high:
        return 0.0, 1.0, 1.0
    rough = (high - low) / _TICKS
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * size for size in (1, 2, 5, 10) if power * size >= rough)
    if all(value == int(value) for value in values):
        step = max(1.0, step)
    return math.floor(low / step) * step, math.ceil(high / step) * step, step


@dataclass(frozen=True)
class _Height:
    """Where a value lies between the lowest and the highest line; 0 is at the top."""

    low: float
    high: float

    def of(self, value: float) -> float:
        return SIDE * (self.high - value) / (self.high - self.low)


def _middle(place: int, count: int) -> float:
    return SIDE * (place + 0.5) / count


def _bars(number: int, row: Sequence[float], height: _Height, series: int) -> list[tuple[int, str]]:
    band = SIDE / len(row)
    width = band * _FILLED / series
    found = []
    for place, value in enumerate(row):
        left = band * (place + (1 - _FILLED) / 2) + width * number
        found.append(
            (place, f"M{left:.2f} {height.of(0):.2f}V{height.of(value):.2f}h{width * 0.94:.2f}V{height.of(0):.2f}z")
        )
    return found


def _line(number: int, row: Sequence[float], height: _Height, series: int) -> list[tuple[int, str]]:
    points = [f"{_middle(place, len(row)):.2f} {height.of(value):.2f}" for place, value in enumerate(row)]
    return [(-1, "M" + "L".join(points))]


def _area(number: int, row: Sequence[float], height: _Height, series: int) -> list[tuple[int, str]]:
    ((_, line),) = _line(number, row, height, series)
    floor = f"{height.of(0):.2f}"
    return [(-1, f"{line}V{floor}L{_middle(0, len(row)):.2f} {floor}z")]


_MARKS = {"bar": _bars, "line": _line, "area": _area}


def _slice(begin: float, end: float) -> str:
    """A slice of a circle, clockwise from the top. `begin`, `end`: shares of the whole."""
    if end - begin >= 1:
        return "M50 2A48 48 0 1 1 49.99 2z"
    (x1, y1), (x2, y2) = (
        (50 + 48 * math.sin(2 * math.pi * share), 50 - 48 * math.cos(2 * math.pi * share)) for share in (begin, end)
    )
    return f"M50 50L{x1:.2f} {y1:.2f}A48 48 0 {int(end - begin > 0.5)} 1 {x2:.2f} {y2:.2f}z"


def _thinned(categories: Sequence[str]) -> list[tuple[str, bool]]:
    longest = max(sum(1 + (east_asian_width(letter) in "WF") for letter in name) for name in categories)
    wide, narrow = (max(1, room // (longest + 2)) for room in (_WIDE, _NARROW))
    every = math.ceil(len(categories) / wide)
    on_phones = every * math.ceil(len(categories) / narrow / every)
    last = len(categories) - 1
    return [
        (name if (last - place) % every == 0 else "", (last - place) % on_phones == 0)
        for place, name in enumerate(categories)
    ]


def _number(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) else f"{value:,.2f}".rstrip("0")
