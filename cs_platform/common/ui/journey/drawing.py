"""The map itself. SVG attributes and classes only: the Content-Security-Policy forbids inline styles."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NotRequired, TypedDict

from django.utils.safestring import SafeString

from cs_platform.common.ui.figures import count as count_text
from cs_platform.common.ui.icons import icon_at
from cs_platform.common.ui.journey.layout import Layout, Node, lay_out
from cs_platform.common.ui.markup import element

HEIGHT, ROW = 72, 172
SIDE, TOP, BOTTOM = 17, 40, 46
NARROWEST, WIDEST = 156, 212
CLOSEST = 34  # between two columns
WIDEST_LINE = 26

# What a kind of step looks like: its icon and its colour.
KINDS = {
    "entry": ("log-in", "s6"),
    "email": ("mail", "s1"),
    "wait": ("hourglass", "s6"),
    "decision": ("split", "s3"),
    "task": ("square-check-big", "s4"),
    "survey": ("message-square-heart", "s5"),
    "webinar": ("video", "s5"),
    "goal": ("flag", "good"),
    "exit": ("log-out", "s6"),
}


class Step(TypedDict):
    key: str
    kind: str
    title: str
    note: NotRequired[str]
    count: int  # people who reached the step
    unit: NotRequired[str]
    waiting: NotRequired[int]
    left: NotRequired[int]
    url: NotRequired[str]


class Line(TypedDict):
    source: str
    target: str
    count: int
    label: NotRequired[str]
    tone: NotRequired[str]


@dataclass
class Ports:
    """How far down a step's side the next line leaves or arrives, so that lines do not lie on one another."""

    used: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    total: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    def take(self, step: str, width: float) -> float:
        offset = self.used[step] - self.total[step] / 2 + width / 2
        self.used[step] += width
        return offset


class Map:
    """One drawing: sizes first, then lines, then steps above them, then labels above all."""

    def __init__(self, steps: Sequence[Step], lines: Sequence[Line]) -> None:
        self.steps, self.lines = steps, lines
        self.layout: Layout = lay_out([s["key"] for s in steps], [(ln["source"], ln["target"]) for ln in lines])
        self.most = max((step["count"] for step in steps), default=0) or 1
        longest = max((len(step["title"]) for step in steps), default=0)
        self.width = min(WIDEST, max(NARROWEST, 49 + longest * 6.3))
        widest_label = max((_label_width(ln.get("label", "")) for ln in lines), default=0)
        self.column = self.width + max(CLOSEST, widest_label + 3)

    def place(self, node: Node) -> tuple[float, float]:
        return SIDE + self.layout.column[node] * self.column, TOP + self.layout.row[node] * ROW

    def svg(self, title: str) -> SafeString:
        width = SIDE * 2 + max(self.layout.columns, 1) * self.column - (self.column - self.width)
        height = TOP + max(self.layout.rows - 1, 0) * ROW + HEIGHT + BOTTOM
        lines, labels = self.drawn_lines()
        return element(
            "svg",
            *lines,
            *(self.drawn_step(step) for step in self.steps),
            *labels,
            class_="journey",
            viewBox=f"0 0 {width:.0f} {height:.0f}",
            width=round(width),
            height=round(height),
            role="group",
            aria_label=title,
        )

    def line_width(self, line: Line) -> float:
        return max(2.0, WIDEST_LINE * line["count"] / self.most)

    def drawn_lines(self) -> tuple[list[SafeString], list[SafeString]]:
        leaving, arriving = Ports(), Ports()
        for line in self.lines:
            leaving.total[line["source"]] += self.line_width(line)
            arriving.total[line["target"]] += self.line_width(line)
        drawn, labels = [], []
        # Upper lines first, so that the ports are handed out from top to bottom.
        for line in sorted(self.lines, key=lambda ln: (self.layout.row[ln["target"]], self.layout.row[ln["source"]])):
            width = self.line_width(line)
            start, end = leaving.take(line["source"], width), arriving.take(line["target"], width)
            points = self.line_points(line, start, end)
            drawn.append(_curve(points, width, line.get("tone", "s1")))
            if label := line.get("label"):
                (x0, y0), (x1, y1) = points[0], points[1]
                labels.append(_pill(label, (x0 + x1) / 2, (y0 + y1) / 2))
        return drawn, labels

    def line_points(self, line: Line, start: float, end: float) -> list[tuple[float, float]]:
        nodes = self.layout.route.get((line["source"], line["target"]), (line["source"], line["target"]))
        x, y = self.place(nodes[0])
        points = [(x + self.width - 2, y + HEIGHT / 2 + start)]
        for bend in nodes[1:-1]:
            x, y = self.place(bend)
            points += [(x, y + HEIGHT / 2), (x + self.width, y + HEIGHT / 2)]
        x, y = self.place(nodes[-1])
        return [*points, (x + 2, y + HEIGHT / 2 + end)]

    def drawn_step(self, step: Step) -> SafeString:
        x, y = self.place(step["key"])
        body = [*self.box(step, x, y), _head(step, x, y), *_feet(step, x, y, self.width)]
        if url := step.get("url"):
            at = {"data_column": self.layout.column[step["key"]], "data_row": self.layout.row[step["key"]]}
            return element("a", *body, href=url, **at)
        return element("g", *body)

    def box(self, step: Step, x: float, y: float) -> list[SafeString]:
        picture, tone = KINDS[step["kind"]]
        room = int((self.width - 49) / 6.3)
        track = self.width - 22
        share = max(3.0, track * step["count"] / self.most) if step["count"] else 0
        base = {"x": x + 11, "y": y + HEIGHT - 11, "height": 3, "rx": 1.5}
        return [
            element("title", ": ".join(part for part in (step["title"], step.get("note", "")) if part)),
            element(
                "rect", x=x, y=y, width=self.width, height=HEIGHT, rx=11, class_="step-box fill-surface stroke-line-2"
            ),
            element("rect", x=x + 10, y=y + 9, width=26, height=26, rx=7.5, class_=f"fill-{tone}", opacity=0.15),
            icon_at(picture, x=x + 16, y=y + 15, size=14, css=f"text-{tone}"),
            element("text", _cut(step["title"], room), x=x + 44, y=y + 26.5, class_="step-title"),
            element("text", _cut(step.get("note", ""), room + 6), x=x + 11, y=y + 52, class_="step-note"),
            element("rect", width=track, class_="fill-base-300", **base),
            element("rect", width=share, class_=f"fill-{tone}", **base),
        ]


def _head(step: Step, x: float, y: float) -> SafeString:
    number = element("tspan", count_text(step["count"]), class_="step-count")
    unit = step.get("unit")
    return element("text", number, element("tspan", f" {unit}") if unit else "", x=x + 2, y=y - 9)


def _feet(step: Step, x: float, y: float, width: float) -> Iterable[SafeString]:
    if waiting := step.get("waiting"):
        yield element("text", f"{count_text(waiting)} waiting", x=x + 2, y=y + HEIGHT + 18, class_="step-small")
    if left := step.get("left"):
        middle = x + width / 2
        dash = {"stroke_width": 1.25, "stroke_dasharray": "2 2.5"}
        yield element("path", d=f"M{middle:g} {y + HEIGHT:g}v14", class_="stroke-bad", **dash)
        words = {"x": middle, "y": y + HEIGHT + 27, "text_anchor": "middle", "class_": "step-left"}
        yield element("text", f"{count_text(left)} left", **words)


def _curve(points: Sequence[tuple[float, float]], width: float, tone: str) -> SafeString:
    path = f"M{points[0][0]:.1f} {points[0][1]:.1f}"
    for at, ((x0, y0), (x1, y1)) in enumerate(itertools.pairwise(points)):
        middle = (x0 + x1) / 2
        # Between the two ends of a bend the line runs level.
        path += f"H{x1:.1f}" if at % 2 else f"C{middle:.1f} {y0:.1f} {middle:.1f} {y1:.1f} {x1:.1f} {y1:.1f}"
    return element("path", d=path, fill="none", class_=f"stroke-{tone}", stroke_width=width, opacity=0.22)


def _label_width(text: str) -> float:
    return len(text) * 6 + 13 if text else 0


def _pill(text: str, x: float, y: float) -> SafeString:
    width = _label_width(text)
    box = {"x": x - width / 2, "y": y - 9, "width": width, "height": 18, "rx": 9}
    words = element("text", text, x=x, y=y + 3.8, text_anchor="middle", class_="step-small")
    return element("g", element("rect", class_="fill-surface stroke-line-2", **box), words)


def _cut(text: str, room: int) -> str:
    return text if len(text) <= room else f"{text[: room - 1].rstrip()}…"
