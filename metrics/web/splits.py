"""Figures split by how far programs got: a column a group, with how many stand behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from cs_platform.common.ui.figures import count, money_text, pct_text
from metrics.population.rules import Reach, is_too_few
from metrics.reports.selectors.filters import MetricsFilter
from metrics.retention.rules.cohorts import Retention
from metrics.retention.rules.reasons import Share, shown_percentages
from metrics.retention.selectors.figures import ReasonFigures, RetentionFigures
from metrics.value.rules import GOALS, TimeToValue
from metrics.value.selectors import GoalFigures
from metrics.web import words

Group = TypeVar("Group")
Shown = tuple[str, str]  # the figure, and its numerator and denominator


@dataclass(frozen=True, slots=True)
class Cell:
    """One figure of one group, and where its rows are; where there are too few, it has neither."""

    value: str = ""
    note: str = ""
    href: str = ""
    is_too_few: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One figure over all groups."""

    label: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Split:
    """`heads` are (name, how many) of the groups."""

    heads: tuple[Shown, ...]
    lines: tuple[Line, ...]


def _line(
    label: str,
    groups: Mapping[Reach, Group],
    *,
    size: Callable[[Group], int],
    shown: Callable[[Group], Shown],
    opens: Callable[[str], str],
) -> Line:
    cells = (
        Cell(is_too_few=True) if is_too_few(size(group)) else Cell(*shown(group), opens(reach.value))
        for reach, group in groups.items()
    )
    return Line(label, tuple(cells))


def _heads(sizes: Mapping[Reach, int], noun: str) -> tuple[Shown, ...]:
    return tuple((words.REACHES[reach.value], f"{count(size)} {noun}") for reach, size in sizes.items())


def retention_split(figures: RetentionFigures, asked: MetricsFilter, currency: str) -> Split:
    sizes = {reach: each.logos for reach, each in figures.split.items()}
    return Split(_heads(sizes, words.LEVEL_NOUNS[figures.level]), retention_lines(figures, asked, currency))


def retention_lines(figures: RetentionFigures, asked: MetricsFilter, currency: str) -> tuple[Line, ...]:
    def of(part: Decimal, whole: Decimal) -> Shown:
        return pct_text(part, whole), f"{money_text(part, currency)} of {money_text(whole, currency)}"

    def lost(each: Retention) -> Shown:
        return pct_text(each.logos_lost, each.logos), f"{count(each.logos_lost)} of {count(each.logos)}"

    def opens(reach: str) -> str:
        return asked.address("metrics:retention-rows", level=figures.level.value, reach=reach)

    shown: dict[str, Callable[[Retention], Shown]] = {
        "Gross dollar retention": lambda each: of(each.kept, each.before),
        "Net dollar retention": lambda each: of(each.after, each.before),
        "Logo churn": lost,
    }
    return tuple(
        _line(label, figures.split, size=lambda each: each.logos, shown=show, opens=opens)
        for label, show in shown.items()
    )


def value_split(figures: GoalFigures, asked: MetricsFilter) -> Split:
    sizes = {reach: each.accounts for reach, each in figures.split.items()}
    return Split(_heads(sizes, "accounts"), value_lines(figures, asked))


def value_lines(figures: GoalFigures, asked: MetricsFilter) -> tuple[Line, ...]:
    name, goal = words.GOALS[figures.goal.value], figures.goal

    def median(each: TimeToValue) -> Shown:
        return words.days(each.curve.median), f"{count(each.reached)} reached, {count(each.waiting)} waiting"

    def within(each: TimeToValue) -> Shown:
        share = each.within_goal
        return pct_text(share.within, share.old_enough), f"{count(share.within)} of {count(share.old_enough)}"

    def everybody(reach: str) -> str:
        return asked.address("metrics:value-rows", goal=goal.value, reach=reach)

    def counted(reach: str) -> str:
        return asked.address("metrics:value-rows", goal=goal.value, reach=reach, counted="passed")

    return (
        _line(f"{name}, median", figures.split, size=lambda each: each.accounts, shown=median, opens=everybody),
        _line(
            f"{name}, within {GOALS[goal]} days",
            figures.split,
            size=lambda each: each.within_goal.old_enough,
            shown=within,
            opens=counted,
        ),
    )


def reason_split(figures: ReasonFigures, asked: MetricsFilter, currency: str, *, is_loss: bool) -> Split:
    """Return what of each group's money lost, or gained, went for each reason."""
    side = "churn" if is_loss else "expansion"
    sizes = {reach: figures.sides[is_loss, reach].changes for reach in Reach}
    groups = {reach: (sizes[reach], _by_label(figures.sides[is_loss, reach].shares, currency)) for reach in Reach}

    def line(label: str) -> Line:
        return _line(
            label,
            groups,
            size=lambda group: group[0],
            shown=lambda group: group[1].get(label, ("0.0%", "nothing")),
            opens=lambda reach: asked.address("metrics:reason-rows", side=side, label=label, reach=reach),
        )

    labels: Iterable[str] = (share.label for share in figures.sides[is_loss, None].shares)
    return Split(_heads(sizes, "subscriptions"), tuple(map(line, labels)))


def _by_label(shares: Sequence[Share], currency: str) -> dict[str, Shown]:
    return {
        share.label: (f"{percentage}%", money_text(float(share.amount), currency))
        for share, percentage in zip(shares, shown_percentages(shares), strict=True)
    }
