"""Who belonged to whom at the end of a day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Any

from django.db import connection

from accounts.book.models import Account
from accounts.contracts.selectors import Level
from metrics.population.selectors import Population
from metrics.retention.selectors.amounts import lineages

# The span that holds the end of the day or, of an account first recorded later, its first one.
PARENTS = """
with children as (
  select distinct account_id from accounts_accountspan where facts ->> 'parent_id' is not null
)
select distinct on (e.day, s.account_id) e.day, s.account_id, (s.facts ->> 'parent_id')::bigint
from unnest(%(days)s::date[]) e(day)
cross join children
join accounts_accountspan s on s.account_id = children.account_id
where (upper_inf(s.valid) or upper(s.valid) >= (e.day + 1)::timestamp at time zone (select keel_zone()))
  and case when %(known)s::timestamptz is null then upper_inf(s.known) else s.known @> %(known)s::timestamptz end
order by e.day, s.account_id, lower(s.valid)
"""


def tops_on(
    population: Population, days: Collection[dt.date], *, as_known_at: dt.datetime | None = None
) -> dict[dt.date, dict[int, int]]:
    """
    Return the topmost account of everybody who had a parent at the end of a day, as known at an instant.

    Families end where the viewer's sight ends: a parent that may not be seen is no parent. Two queries.
    """
    values: dict[str, Any] = {"days": list(days), "known": as_known_at}
    parents: dict[dt.date, dict[int, int]] = {day: {} for day in days}
    with connection.cursor() as cursor:
        cursor.execute(PARENTS, values)
        for day, account, parent in cursor.fetchall():
            if parent is not None:
                parents[day][account] = parent
    named = {parent for by_account in parents.values() for parent in by_account.values()}
    seen = set(Account.objects.for_viewer(population.viewer).filter(pk__in=named).values_list("pk", flat=True))
    visible = {
        day: {account: parent for account, parent in by_account.items() if parent in seen}
        for day, by_account in parents.items()
    }
    return {day: {account: _top(account, above) for account in above} for day, above in visible.items()}


def belonging_on(
    population: Population, days: Collection[dt.date], level: Level, *, as_known_at: dt.datetime | None = None
) -> dict[dt.date, Mapping[int, int]]:
    """
    Return what is counted as part of what on each day, of those that are: accounts of their topmost parent,
    superseded subscriptions of what they came down to.
    """
    if level is Level.PARENT:
        return dict(tops_on(population, days, as_known_at=as_known_at))
    above = lineages() if level is Level.SUBSCRIPTION else {}
    return dict.fromkeys(days, above)


def _top(account: int, above: Mapping[int, int]) -> int:
    passed = {account}
    while (parent := above.get(account)) is not None and parent not in passed:
        passed.add(parent)
        account = parent
    return account
