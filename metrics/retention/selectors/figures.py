"""Everything a page shows of retention, and of the reasons behind it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from accounts.contracts.selectors import Level, rates_on_days
from metrics.population.rules import Reach
from metrics.population.selectors import Period, Population, reach_in
from metrics.retention.rules.cohorts import Retention
from metrics.retention.rules.periods import months_before
from metrics.retention.rules.reasons import ReasonShares, reason_shares
from metrics.retention.selectors.amounts import Rates
from metrics.retention.selectors.bridges import Passage, bridge_by_month, day_before
from metrics.retention.selectors.cohorts import Cohort, cohort_on, reaches_of, retention_by_reach
from metrics.retention.selectors.families import belonging_on
from metrics.retention.selectors.reasons import Losses, Reasons, losses_in_year_to, reasons_on
from metrics.retention.selectors.series import retention_series


@dataclass(frozen=True, slots=True)
class RetentionFigures:
    """Retention month by month; of the last month the cohort itself, and its figure split by how far programs got."""

    level: Level
    months: tuple[tuple[dt.date, Retention], ...]
    cohort: Cohort
    reaches: Mapping[int, Reach]
    split: Mapping[Reach, Retention]

    @property
    def latest(self) -> Retention:
        return self.months[-1][1]

    @property
    def end(self) -> dt.date:
        return self.cohort.end


def retention_figures(
    population: Population,
    *,
    ends: Sequence[dt.date],
    level: Level,
    as_known_at: dt.datetime | None = None,
    rates: Rates | None = None,
) -> RetentionFigures:
    """Return the figures of the months that end on these days (at least one), the last of them in full."""
    rates = rates or rates_on_days({*map(months_before, ends)})
    belonging = belonging_on(population, ends, level, as_known_at=as_known_at)
    months = retention_series(
        population, ends=ends, level=level, belonging=belonging, as_known_at=as_known_at, rates=rates
    )
    cohort = cohort_on(
        population, end=ends[-1], level=level, as_known_at=as_known_at, rates=rates, above=belonging[ends[-1]]
    )
    reaches = reaches_of(cohort)
    split = retention_by_reach(cohort, reaches)
    return RetentionFigures(level, tuple(zip(ends, months, strict=True)), cohort, reaches, split)


@dataclass(frozen=True, slots=True)
class RetentionReport:
    """Retention, and the way the ARR went month by month."""

    figures: RetentionFigures
    bridge: tuple[Passage, ...]


def retention_report(
    population: Population, *, ends: Sequence[dt.date], level: Level, as_known_at: dt.datetime | None = None
) -> RetentionReport:
    rates = rates_on_days({*map(months_before, ends), day_before(ends)})
    figures = retention_figures(population, ends=ends, level=level, as_known_at=as_known_at, rates=rates)
    bridge = bridge_by_month(population, ends=ends, as_known_at=as_known_at, rates=rates)
    return RetentionReport(figures, tuple(bridge))


@dataclass(frozen=True, slots=True)
class Summary:
    """What an executive sees of retention: the figures by parent, and why ARR changed in the year."""

    figures: RetentionFigures
    reasons: Reasons
    losses: Losses


def summary(population: Population, *, ends: Sequence[dt.date]) -> Summary:
    rates = rates_on_days({*map(months_before, ends)})
    figures = retention_figures(population, ends=ends, level=Level.PARENT, rates=rates)
    reasons = reasons_on(population, end=ends[-1], rates=rates)
    return Summary(figures, reasons, losses_in_year_to(population, ends[-1], rates=rates))


@dataclass(frozen=True, slots=True)
class ReasonFigures:
    """Why ARR changed in the year to `end`: by the contracts and by what Sales gave as reasons, and split."""

    end: dt.date
    reasons: Reasons
    losses: Losses
    reaches: Mapping[int, Reach]
    split: Mapping[Reach, ReasonShares]


def reaches_in_year_to(end: dt.date, account_ids: Collection[int]) -> dict[int, Reach]:
    """Return how far programs got to these accounts in the twelve months to a day; one query."""
    first = months_before(end) + dt.timedelta(days=1)
    reaches = reach_in([Period(account, first, end) for account in account_ids])
    return dict(zip(account_ids, reaches, strict=True))


def reason_figures(population: Population, *, end: dt.date, as_known_at: dt.datetime | None = None) -> ReasonFigures:
    """Return both accounts of why ARR changed; `reaches` are by account, over the same twelve months."""
    rates = rates_on_days([months_before(end)])
    reasons = reasons_on(population, end=end, as_known_at=as_known_at, rates=rates)
    losses = losses_in_year_to(population, end, rates=rates)
    reaches = reaches_in_year_to(end, {row.account_id for row in reasons.rows})
    split = {
        reach: reason_shares(row.change for row in reasons.rows if reaches[row.account_id] is reach) for reach in Reach
    }
    return ReasonFigures(end, reasons, losses, reaches, split)
