"""Retention at the end of many months, added up where the lines are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection

from accounts.contracts.selectors import Level
from metrics.population.selectors import Population
from metrics.retention.rules.cohorts import Retention, Sums, ratios
from metrics.retention.rules.periods import months_before
from metrics.retention.selectors.amounts import Asked, Rates, paid_on

# What rules.retention adds up, for every month at once: a month is two places, its start and its end. Sums come before
# minima: first what a subscription, an account or a parent pays in all.
SUMS = """
with paid (subscription_id, account_id, place, total) as ({paid}),
above as (
  select * from unnest(%(months)s::int[], %(lower)s::bigint[], %(upper)s::bigint[]) as given (month, lower, upper)
),
held as (
  select p.place / 2 as month, coalesce(a.upper, p.{key}) as holder,
         coalesce(sum(p.total) filter (where p.place %% 2 = 0), 0) as before,
         coalesce(sum(p.total) filter (where p.place %% 2 = 1), 0) as after
  from paid p left join above a on a.month = p.place / 2 and a.lower = p.{key}
  group by 1, 2
)
select month, sum(before), sum(least(before, after)), sum(after), count(*), count(*) filter (where after = 0)
from held where before > 0 and after >= 0 group by month
"""


def retention_series(
    population: Population,
    *,
    ends: Sequence[dt.date],
    level: Level,
    belonging: Mapping[dt.date, Mapping[int, int]],
    as_known_at: dt.datetime | None = None,
    rates: Rates | None = None,
) -> list[Retention]:
    """
    Return the retention at each of these days, as cohort_on and rules.retention would, without its data errors.

    `belonging` is from belonging_on. Three queries, one where the rates are handed in.
    """
    asked = [Asked(day, months_before(end)) for end in ends for day in (months_before(end), end)]
    found: dict[int, Sums] = {}
    try:
        paid, parameters = paid_on(population, asked, as_known_at=as_known_at, rates=rates).query.sql_with_params()
    except EmptyResultSet:
        return [ratios(Sums()) for _ in ends]
    with connection.cursor() as cursor:
        values = _belonging(belonging, ends)
        paid_sql = cursor.mogrify(paid, parameters).decode().replace("%", "%%")
        key = "subscription_id" if level is Level.SUBSCRIPTION else "account_id"
        cursor.execute(SUMS.format(paid=paid_sql, key=key), values)
        for month, before, kept, after, logos, lost in cursor.fetchall():
            found[month] = Sums(Decimal(before), Decimal(kept), Decimal(after), logos, lost)
    return [ratios(found.get(month, Sums())) for month in range(len(ends))]


def _belonging(belonging: Mapping[dt.date, Mapping[int, int]], ends: Sequence[dt.date]) -> dict[str, Any]:
    listed = [(month, *pair) for month, end in enumerate(ends) for pair in belonging[end].items()]
    months, lower, upper = zip(*listed, strict=True) if listed else ((), (), ())
    return {"months": list(months), "lower": list(lower), "upper": list(upper)}
