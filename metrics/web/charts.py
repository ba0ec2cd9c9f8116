"""Charts of the metrics pages: series for <ui-chart>, each with the finding in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from cs_platform.common.ui.charts import Chart, Series
from cs_platform.common.ui.figures import money_text
from metrics.population.rules import Reach, is_too_few
from metrics.retention.rules.cohorts import Retention
from metrics.retention.selectors.bridges import Passage
from metrics.value.rules import GOALS, Goal, TimeToValue
from metrics.web import words

CURVE_DAYS = 90


def percent(share: Decimal | Fraction | None) -> float | None:
    return None if share is None else round(float(100 * share), 2)


def retention_chart(months: Sequence[tuple[dt.date, Retention]]) -> Chart:
    """Return gross and net retention at each month's end; months with too few customers have no point."""
    gross = [None if is_too_few(each.logos) else percent(each.gross) for _, each in months]
    net = [None if is_too_few(each.logos) else percent(each.net) for _, each in months]
    finding = "Not enough customers to show a figure."
    if gross[-1] is not None:
        finding = f"In {words.month(months[-1][0])} gross retention was {gross[-1]:.1f}% and net {net[-1]:.1f}%."
    return {
        "finding": finding,
        "x": [words.month(end) for end, _ in months],
        "axis": "names",
        "form": "percent",
        "series": [{"name": "Net", "data": net, "plain": True}, {"name": "Gross", "data": gross, "colour": 2}],
        "min": _floor([*gross, *net]),
    }


# Return a round number a little below the lowest value, so that the lines use their room.
def _floor(values: Sequence[float | None]) -> float:
    known = [value for value in values if value is not None]
    return max(0.0, (min(known) - 5) // 10 * 10) if known else 0.0


# (label, key, color) of the bars between beginning and ending; Passage.amounts has them in the same order.
BARS = (
    ("New", "new", 1),
    ("Seats", "seat", 2),
    ("Price", "price", 3),
    ("Tier", "tier", 5),
    ("Churn", "churn", 4),
    ("True-ups", "true_ups", 6),
    ("Pending", "waiting", 6),
    ("FX", "fx", 6),
    ("Moved in or out", "moved", 6),
)


def bridge_chart(months: Sequence[Passage], currency: str) -> Chart:
    """Return what came and went in each month, stacked: above the line what was gained, below it what was lost."""
    series: list[Series] = [
        {
            "name": label,
            "data": [float(dict(month.amounts(True))[key]) for month in months],
            "kind": "bar",
            "stack": "arr",
            "colour": colour,
        }
        for label, key, colour in BARS
        if any(dict(month.amounts(True))[key] for month in months) or key in ("new", "seat", "price", "tier", "churn")
    ]
    beginning, ending = months[0].beginning, months[-1].ending
    return {
        "finding": f"ARR went from {money_text(beginning, currency)} to {money_text(ending, currency)}.",
        "x": [words.month(month.end) for month in months],
        "axis": "names",
        "form": "money",
        "currency": currency,
        "series": series,
    }


def months_chart(goal: Goal, months: Mapping[dt.date, TimeToValue]) -> Chart:
    """Return the median of each month's beginners against the goal; too few beginners make no point."""
    medians = [None if is_too_few(each.accounts) else each.curve.median for each in months.values()]
    known = [median for median in medians if median is not None]
    finding = "No month has a median yet."
    if known:
        finding = f"Monthly medians range from {min(known)} to {max(known)} days."
    return {
        "finding": f"{finding} The goal is {GOALS[goal]} days.",
        "x": [words.month(month) for month in months],
        "axis": "names",
        "series": [
            {"name": "Median days", "data": medians},
            {"name": "Goal", "data": [GOALS[goal]] * len(months), "colour": 6, "dashed": True},
        ],
        "min": 0,
    }


CURVE_COLOURS = {Reach.NOT_REACHED: 6, Reach.DELIVERED: 5, Reach.CLICKED: 2}


def curve_chart(goal: Goal, everybody: TimeToValue, split: Mapping[Reach, TimeToValue]) -> Chart:
    """Return what share has arrived by each day: of all, and of each group that is big enough to say something."""
    groups = [(words.REACHES[reach], figure, CURVE_COLOURS[reach]) for reach, figure in split.items()]
    arrived = Fraction(100) * (1 - everybody.curve.waiting_after(GOALS[goal]))
    return {
        "finding": f"{float(arrived):.0f}% reached the goal by day {GOALS[goal]}.",
        "x": [str(day) for day in range(CURVE_DAYS + 1)],
        "axis": "names",
        "form": "percent",
        "series": [_curve("All accounts", everybody, 1)]
        + [_curve(name, figure, colour) for name, figure, colour in groups if not is_too_few(figure.accounts)],
        "min": 0,
        "max": 100,
        "marks": [{"x": str(GOALS[goal]), "label": f"Goal, {GOALS[goal]} days"}],
    }


def _curve(name: str, figure: TimeToValue, colour: int) -> Series:
    arrived = [percent(1 - figure.curve.waiting_after(day)) for day in range(CURVE_DAYS + 1)]
    return {"name": name, "data": arrived, "kind": "step", "colour": colour, "plain": True}
