"""Key figures as the strip above a page shows them, each with both its numbers and the way to its rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from cs_platform.common.ui.figures import count, money_text, pct_text
from metrics.population.rules import is_too_few
from metrics.reports.selectors.filters import MetricsFilter
from metrics.retention.rules.cohorts import Retention
from metrics.retention.selectors.figures import RetentionFigures
from metrics.value.rules import GOALS, Goal, TimeToValue
from metrics.value.selectors import GoalFigures
from metrics.web import definitions, words
from metrics.web.definitions import Definition

TOO_FEW = "Too few"


@dataclass(frozen=True, slots=True)
class FigureCell:
    """`change` is in percentage points since the month that the note names; `good` says which way is welcome."""

    definition: Definition
    value: str
    note: str
    href: str
    change: float | None = None
    good: str = "up"
    trend: Sequence[float] = ()
    tone: str = "brand"


def retention_cells(
    figures: RetentionFigures, compared: tuple[dt.date, Retention], asked: MetricsFilter, currency: str
) -> list[FigureCell]:
    """Return gross and net retention and logo churn of the last month that is over, against the month compared."""
    latest, (compared_end, earlier) = figures.latest, compared
    months = [each for _, each in figures.months if not is_too_few(each.logos)]
    rows = asked.address("metrics:retention-rows", level=figures.level.value)
    if is_too_few(latest.logos):
        note = f"{count(latest.logos)} paying 12 months before"
        return [
            FigureCell(each, TOO_FEW, note, rows)
            for each in (definitions.GROSS, definitions.NET, definitions.LOGO_CHURN)
        ]
    before, pending = money_text(latest.before, currency), figures.pending[figures.end]
    period = f"year to {words.month(figures.end)}, change since {words.month(compared_end)}"
    waiting = f" · {money_text(pending, currency)} of it pending renewal" if pending else ""

    def cell(definition: Definition, name: str, part: Decimal, tone: str) -> FigureCell:
        return FigureCell(
            definition,
            pct_text(part, latest.before),
            f"{money_text(part, currency)} of {before}{waiting} · {period}",
            rows,
            _points(getattr(latest, name), getattr(earlier, name)),
            trend=[float(getattr(each, name)) for each in months],
            tone=tone,
        )

    return [
        cell(definitions.GROSS, "gross", latest.kept, "good"),
        cell(definitions.NET, "net", latest.after, "brand"),
        _logo_cell(latest, earlier, months, f"{rows}&what=Churn", period),
    ]


def _logo_cell(
    latest: Retention, earlier: Retention, months: Sequence[Retention], href: str, period: str
) -> FigureCell:
    return FigureCell(
        definitions.LOGO_CHURN,
        pct_text(latest.logos_lost, latest.logos),
        f"{count(latest.logos_lost)} of {count(latest.logos)} lost · {period}",
        href,
        _points(latest.logo_churn, earlier.logo_churn),
        good="down",
        trend=[float(each.logo_churn or 0) for each in months],
        tone="bad",
    )


def _points(now: Decimal | None, before: Decimal | None) -> float | None:
    return None if now is None or before is None else round(float(100 * (now - before)), 1)


def goal_cells(goals: Mapping[Goal, GoalFigures], asked: MetricsFilter) -> list[FigureCell]:
    return [_goal_cell(goal, figures, asked) for goal, figures in goals.items()]


def _goal_cell(goal: Goal, figures: GoalFigures, asked: MetricsFilter) -> FigureCell:
    definition, figure, share = definitions.of_goal(goal), figures.figure, figures.figure.within_goal
    rows = asked.address("metrics:value-rows", goal=goal.value)
    if is_too_few(figure.accounts):
        return FigureCell(definition, TOO_FEW, f"{count(figure.accounts)} accounts", rows)
    return FigureCell(
        definition,
        words.days(figure.curve.median),
        f"{count(share.within)} of {count(share.old_enough)} within {GOALS[goal]} d",
        rows,
        trend=_medians(figures.months.values()),
        tone="s5",
    )


def _medians(months: Iterable[TimeToValue]) -> list[float]:
    known = (each for each in months if not is_too_few(each.accounts))
    return [float(each.curve.median) for each in known if each.curve.median is not None]


def value_cells(goal: Goal, figures: GoalFigures, asked: MetricsFilter) -> list[FigureCell]:
    """Return everything there is of one goal: median, share within it, who waits, who waits too long, who left."""
    figure, definition = figures.figure, definitions.of_goal(goal)

    def opens(**more: str) -> str:
        return asked.address("metrics:value-rows", goal=goal.value, **more)

    share = figure.within_goal
    return [
        FigureCell(
            definition,
            TOO_FEW if is_too_few(figure.accounts) else words.days(figure.curve.median),
            f"{count(figure.accounts)} accounts",
            opens(),
            trend=_medians(figures.months.values()),
        ),
        FigureCell(
            definitions.within(goal),
            TOO_FEW if is_too_few(share.old_enough) else pct_text(share.within, share.old_enough),
            f"{count(share.within)} of {count(share.old_enough)} past day {GOALS[goal]}",
            opens(counted="passed"),
        ),
        FigureCell(definitions.REACHED, count(figure.reached), "at any time", opens(state="reached")),
        FigureCell(
            definitions.late(goal), count(len(figures.late)), f"of {count(figure.waiting)} waiting", opens(pace="late")
        ),
        FigureCell(definitions.LEFT, count(figure.left), "before they reached it", opens(pace="left")),
    ]
