"""Gross and net dollar retention of those who were customers twelve months before a day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from accounts.contracts.selectors import Level
from metrics.facts.operations import reading
from metrics.facts.rules import months_before
from metrics.facts.selectors.building import Source
from metrics.facts.selectors.cells import REACHES, Asking, bit_of, fetched, of_rows, of_sums
from metrics.population.rules import Reach
from metrics.population.selectors import Population
from metrics.retention.rules.cohorts import Holding, Retention, Sums, ratios, retention, retention_by

NOTHING = Decimal(0)

SERIES = """
select month, reach, sum(before), sum(kept), sum(after), sum(pending), sum(holders)::bigint, sum(lost)::bigint
from {table} where month = any(%(ends)s::date[]) and level = %(level)s and {where} group by month, reach
"""


@dataclass(frozen=True, slots=True)
class Course:
    """Retention at the end of each month, and that of the last split by how far programs got; what is pending in it."""

    months: tuple[tuple[dt.date, Retention], ...]
    split: Mapping[Reach, Retention]
    pending: Mapping[dt.date, Decimal]


def course(source: Source, population: Population, *, ends: Sequence[dt.date], level: Level) -> Course:
    """Return retention at the end of these months; one query of sums."""
    where, values = of_sums(population)
    found: dict[tuple[dt.date, Reach], tuple[Sums, Decimal]] = {}
    sql = SERIES.format(table=source.retention, where=where)
    for month, reach, before, kept, after, pending, holders, lost in fetched(
        sql, {**values, "ends": list(ends), "level": bit_of(level)}
    ):
        found[month, REACHES[reach]] = (Sums(before, kept, after, holders, lost), pending)
    cells = {(end, reach): found.get((end, reach), (Sums(), NOTHING)) for end in ends for reach in Reach}
    return Course(
        months=tuple((end, ratios(_added([cells[end, reach][0] for reach in Reach]))) for end in ends),
        split={reach: ratios(cells[ends[-1], reach][0]) for reach in Reach},
        pending={end: sum((cells[end, reach][1] for reach in Reach), NOTHING) for end in ends},
    )


def _added(sums: Sequence[Sums]) -> Sums:
    return Sums(
        before=sum((each.before for each in sums), NOTHING),
        kept=sum((each.kept for each in sums), NOTHING),
        after=sum((each.after for each in sums), NOTHING),
        logos=sum(each.logos for each in sums),
        logos_lost=sum(each.logos_lost for each in sums),
    )


COHORT = """
select r.account_id, r.subscription_id, r.before, r.after, r.pending, least(r.before, r.after) as kept,
       r.after - r.before as change, r.reach,
       case when r.after = 0 then 'Churn' when r.after < r.before then 'Contraction'
            when r.after = r.before then 'No Impact' else 'Expansion' end as what
from {table} r where r.month = %(end)s and {where}
"""


def cohort_rows(source: Source, population: Population, *, end: dt.date, level: Level) -> Asking:
    """Return who paid twelve months before, with what is kept of it; amounts below nought are data errors, left out."""
    where, values = of_rows(population, level)
    sql = COHORT.format(table=source.rows, where=f"r.before > 0 and r.after >= 0 and {where}")
    return Asking(sql, {**values, "end": end})


@dataclass(frozen=True, slots=True)
class Cohort:
    """
    What subscriptions, accounts or parents (`level`) paid on `start` and pay on `end`, at the rates of `start`.

    `reaches` say how far programs got to each, of a family to the account reached best, in the twelve months.
    """

    level: Level
    end: dt.date
    holdings: tuple[Holding, ...]
    reaches: Mapping[int, Reach]

    @property
    def start(self) -> dt.date:
        return months_before(self.end)

    @property
    def retention(self) -> Retention:
        return retention(self.holdings)

    def by_reach(self) -> dict[Reach, Retention]:
        """Return the retention of those not reached, delivered to and clicked by; every group has an entry."""
        return {reach: retention(()) for reach in Reach} | retention_by(self.holdings, self.reaches)


def cohort_on(population: Population, *, end: dt.date, level: Level, as_known_at: dt.datetime | None = None) -> Cohort:
    """
    Return everybody who was a customer twelve months before a day, or is one, with both amounts.

    Both amounts are converted at the rate of the period's start, as known at an instant (None: as we believe now).
    Families are those of the end of the period.
    """
    where, values = of_rows(population, level)
    with reading([end], as_known_at=as_known_at) as source:
        sql = COHORT.format(table=source.rows, where=f"(r.before <> 0 or r.after <> 0) and {where}")
        rows = fetched(sql, {**values, "end": end})
    keys = [row[1] if level is Level.SUBSCRIPTION else row[0] for row in rows]
    holdings = tuple(Holding(key, row[2], row[3]) for key, row in zip(keys, rows, strict=True))
    reaches = {key: REACHES[row[7]] for key, row in zip(keys, rows, strict=True)}
    return Cohort(level, end, holdings, reaches)
