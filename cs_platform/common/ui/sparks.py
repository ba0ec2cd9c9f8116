"""Small charts that need no hover: drawn by the server, with SVG attributes only, so they pass the strict CSP."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence

from django.utils.safestring import SafeString

from cs_platform.common.ui.markup import element

Point = tuple[float, float]


def _points(values: Sequence[float], width: float, height: float, margin: float) -> list[Point]:
    low, high = min(values), max(values)
    span = (high - low) or 1
    step = width / max(len(values) - 1, 1)
    return [
        (round(at * step, 1), round(height - margin - (value - low) / span * (height - 2 * margin), 1))
        for at, value in enumerate(values)
    ]


# Return an SVG path through the points, level at each of them.
def _curve(points: Sequence[Point]) -> str:
    path = f"M{points[0][0]:g} {points[0][1]:g}"
    for (x0, y0), (x1, y1) in itertools.pairwise(points):
        middle = round((x0 + x1) / 2, 1)
        path += f"C{middle:g} {y0:g} {middle:g} {y1:g} {x1:g} {y1:g}"
    return path


def spark(values: Iterable[float], tone: str = "brand", width: int = 150, height: int = 26) -> SafeString:
    """Return a trend as wide as its box; decoration beside a figure, so screen readers skip it."""
    numbers = list(values)
    if len(numbers) < 2:
        return SafeString()
    points = _points(numbers, width, height, 3)
    path = _curve(points)
    last_x, last_y = points[-1]
    line = {"fill": "none", "stroke_width": 1.5, "stroke_linecap": "round", "vector_effect": "non-scaling-stroke"}
    end = {"stroke_width": 4.5, "stroke_linecap": "round", "vector_effect": "non-scaling-stroke"}
    return element(
        "svg",
        element("path", d=f"{path}L{width} {height}L0 {height}Z", class_=f"fill-{tone}", opacity=0.1),
        element("path", d=path, class_=f"stroke-{tone}", **line),
        # A dot that stays round however wide the box is: a line of no length with round ends.
        element("path", d=f"M{last_x:g} {last_y:g}h.001", class_=f"stroke-{tone}", **end),
        viewBox=f"0 0 {width} {height}",
        preserveAspectRatio="none",
        class_="block w-full overflow-visible",
        height=height,
        aria_hidden="true",
    )


def bar(percent: float, tone: str = "brand", height: int = 6, label: str = "", mark: float | None = None) -> SafeString:
    """Return how full something is, 0 to 100; `mark` draws a tick, such as a target or a median, at its percent."""
    full = max(0.0, min(100.0, float(percent)))
    radius = height / 2
    parts = [
        element("rect", width="100%", height=height, rx=radius, class_="fill-base-300"),
        element("rect", width=f"{full:.4g}%", height=height, rx=radius, class_=f"fill-{tone}"),
    ]
    if mark is not None:
        tick = max(0.0, min(100.0, float(mark)))
        parts.append(element("rect", x=f"{tick:.4g}%", y=-3, width=2, height=height + 6, rx=1, class_="fill-s6"))
    name = label or f"{full:.0f} percent"
    return element("svg", *parts, class_="block w-full overflow-visible", height=height, role="img", aria_label=name)


def ring(percent: float, tone: str = "warn", size: int = 66, width: int = 7) -> SafeString:
    """Return a ring filled to a percentage; the number itself is written over it by the page."""
    radius = (size - width) / 2
    length = 2 * math.pi * radius
    circle = {"cx": size / 2, "cy": size / 2, "r": radius, "fill": "none", "stroke_width": width}
    filled = f"{length * max(0.0, min(100.0, float(percent))) / 100:.1f} {length:.1f}"
    return element(
        "svg",
        element("circle", class_="stroke-base-300", **circle),
        element("circle", class_=f"stroke-{tone}", stroke_linecap="round", stroke_dasharray=filled, **circle),
        width=size,
        height=size,
        viewBox=f"0 0 {size} {size}",
        class_="-rotate-90 shrink-0",
        aria_hidden="true",
    )


def stack(parts: Iterable[tuple[float, str]], height: int = 10, label: str = "") -> SafeString:
    """Return (value, tone) pairs as one bar; parts of nothing are left out, and small ones stay visible."""
    shown = [(float(value), tone) for value, tone in parts if value]
    total = sum(value for value, _ in shown) or 1
    drawn, start = [], 0.0
    for value, tone in shown:
        width = value / total * 100
        gap = {"x": f"{start:.2f}%", "width": f"{max(width - 0.4, 0.3):.2f}%"}
        drawn.append(element("rect", height=height, rx=2, class_=f"fill-{tone}", **gap))
        start += width
    named = {"role": "img", "aria_label": label} if label else {"aria_hidden": "true"}
    return element("svg", *drawn, class_="block w-full rounded", height=height, **named)


STEPS = 5


def levels(value: int, of: int, label: str = "") -> SafeString:
    """Return five steps of which as many are filled as `value` of `of` comes to; less than half is a warning."""
    filled = math.ceil(STEPS * value / of) if of else 0
    tone = "brand" if filled >= STEPS / 2 else "warn"
    bars = [
        element(
            "rect",
            x=8 * at,
            y=9 - 2 * at,
            width=5,
            height=5 + 2 * at,
            rx=1.5,
            class_=f"fill-{tone}" if at < filled else "fill-base-300",
        )
        for at in range(STEPS)
    ]
    name = label or f"{value} of {of}"
    box = {"width": 38, "height": 14, "viewBox": "0 0 38 14", "class_": "shrink-0"}
    return element("svg", *bars, role="img", aria_label=name, **box)


def columns(rows: Sequence[tuple[str, float, str]], tone: str = "brand", height: int = 92) -> SafeString:
    """Return (label, value, text) rows as columns; the last is the current one and stands out."""
    if not rows:
        return SafeString()
    highest = max(value for _, value, _ in rows) or 1
    width = 300 / len(rows)
    drawn: list[SafeString] = []
    for at, (label, value, text) in enumerate(rows):
        tall = float(value) / float(highest) * (height - 36)
        left, middle = at * width, (at + 0.5) * width
        shade = 1 if at == len(rows) - 1 else 0.32
        box = {"x": left + 7, "y": height - 18 - tall, "width": width - 14, "height": tall, "rx": 4}
        drawn += [
            element("rect", class_=f"fill-{tone}", opacity=shade, **box),
            _label(text, middle, height - 24 - tall, "fill-ink", 600),
            _label(label, middle, height - 3, "fill-muted", 400),
        ]
    spoken = "; ".join(f"{label}: {text}" for label, _, text in rows)
    return element("svg", *drawn, viewBox=f"0 0 300 {height}", class_="block w-full num", role="img", aria_label=spoken)


def _label(text: str, x: float, y: float, css: str, weight: int) -> SafeString:
    return element("text", text, x=x, y=y, text_anchor="middle", class_=css, font_size=11, font_weight=weight)
