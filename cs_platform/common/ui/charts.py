"""Charts people hover over: their data for <ui-chart>, and the same data as a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NotRequired, TypedDict
from urllib.parse import quote

from cs_platform.common.spreadsheets import csv_lines
from cs_platform.common.ui import figures


class Series(TypedDict):
    name: str
    data: Sequence[float | None]
    colour: NotRequired[int]  # 1 to 6; by default the place in the list
    kind: NotRequired[Literal["line", "bar", "step"]]
    stack: NotRequired[str]  # series of one name stand on each other
    dashed: NotRequired[bool]  # a comparison, not the subject
    plain: NotRequired[bool]  # a line without the shade below it


class Mark(TypedDict):
    x: str
    label: str


class Chart(TypedDict):
    """What one chart shows. `x` are ISO dates, or names when `axis` is "names"."""

    finding: str  # what a person who cannot see the chart should know
    x: Sequence[str]
    series: Sequence[Series]
    axis: NotRequired[Literal["days", "names"]]
    form: NotRequired[Literal["number", "percent", "money"]]
    currency: NotRequired[str]
    min: NotRequired[float]
    max: NotRequired[float]
    marks: NotRequired[Sequence[Mark]]


def chart(chart: Chart, css: str = "", head: str = "", name: str = "chart") -> dict[str, Any]:
    """Return what ui/_chart.html needs; `head` names the first column of the table, `name` its file."""
    spec = {key: value for key, value in chart.items() if key != "finding"}
    head = head or ("Group" if chart.get("axis") == "names" else "Day")
    return {
        "finding": chart["finding"],
        "spec": spec,
        "css": css,
        "head": head,
        "names": [series["name"] for series in chart["series"]],
        "rows": [
            (x, [written(series["data"][at], chart) for series in chart["series"]]) for at, x in enumerate(chart["x"])
        ],
        "file": f"{name}.csv",
        "csv": f"data:text/csv;charset=utf-8,{quote(as_csv(chart, head))}",
    }


def as_csv(chart: Chart, head: str) -> str:
    """Return the chart's numbers as they are, unrounded, each column with its unit."""
    units = {"percent": ", %", "money": f", {chart.get('currency', 'USD')}"}
    unit = units.get(chart.get("form", ""), "")
    heads = [head, *(f"{series['name']}{unit}" for series in chart["series"])]
    rows = ([x, *(series["data"][at] for series in chart["series"])] for at, x in enumerate(chart["x"]))
    return "".join(csv_lines(heads, rows))


def written(value: float | None, chart: Chart) -> str:
    if value is None:
        return figures.NOTHING
    if chart.get("form") == "percent":
        return f"{value:.1f}%"
    if chart.get("form") == "money":
        return figures.money_text(value, chart.get("currency", "USD"))
    return f"{value:,.1f}".removesuffix(".0")


def legend(chart: Chart) -> dict[str, Any]:
    """Return what ui/_legend.html needs: the names of the series with their colours."""
    entries = [
        (series["name"], f"s{series.get('colour', at)}", series.get("dashed", False))
        for at, series in enumerate(chart["series"], start=1)
    ]
    return {"entries": entries}


HEAT_STEPS = 10


def heat(share: float | None) -> str:
    """Return the class of a cohort cell for a share from 0 to 1."""
    if share is None:
        return "heat"
    return f"heat heat-{round(max(0.0, min(1.0, float(share))) * HEAT_STEPS)}"
