"""Everything a page shows of retention, and of the reasons behind it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from accounts.contracts.models import Subscription
from accounts.contracts.selectors import Level
from metrics.facts.selectors.building import Behind, Source
from metrics.population.rules import Reach
from metrics.population.selectors import Population
from metrics.retention.rules.cohorts import Retention
from metrics.retention.rules.reasons import Share
from metrics.retention.selectors.cohorts import Course, course
from metrics.retention.selectors.reasons import Side, loss_sums, sides


@dataclass(frozen=True, slots=True)
class RetentionFigures:
    """Retention month by month, and the last month split by how far programs got."""

    level: Level
    months: tuple[tuple[dt.date, Retention], ...]
    split: Mapping[Reach, Retention]
    pending: Mapping[dt.date, Decimal]
    behind: Behind | None = None

    @property
    def latest(self) -> Retention:
        return self.months[-1][1]

    @property
    def end(self) -> dt.date:
        return self.months[-1][0]


def retention_figures(
    source: Source, population: Population, *, ends: Sequence[dt.date], level: Level
) -> RetentionFigures:
    """Return the figures of the months that end on these days (at least one)."""
    found: Course = course(source, population, ends=ends, level=level)
    return RetentionFigures(level, found.months, found.split, found.pending, source.behind)


def compared(source: Source, population: Population, *, end: dt.date, level: Level) -> tuple[dt.date, Retention]:
    """Return the month that a headline is compared with, and its figure."""
    return course(source, population, ends=[end], level=level).months[0]


@dataclass(frozen=True, slots=True)
class ReasonFigures:
    """Why ARR changed in the year to `end`: by the contracts, split, and by what Sales gave as reasons."""

    end: dt.date
    sides: Mapping[tuple[bool, Reach | None], Side]
    losses: Sequence[Share]

    @property
    def lost(self) -> Decimal:
        return self.sides[True, None].total

    @property
    def given(self) -> Decimal:
        return sum((Decimal(each.amount.numerator) / each.amount.denominator for each in self.losses), Decimal(0))


def reason_figures(source: Source, population: Population, *, end: dt.date, is_grouped: bool = False) -> ReasonFigures:
    losses = loss_sums(source, population, end=end, is_grouped=is_grouped)
    return ReasonFigures(end, sides(source, population, end=end), losses)


def numbers_of(subscription_ids: Sequence[int]) -> dict[int, str]:
    return dict(Subscription.objects.filter(pk__in=subscription_ids).values_list("pk", "number"))
