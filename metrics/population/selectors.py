"""Whose figures: the accounts that are counted for a reader, and how far programs got to them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from accounts.book.models import Account, AccountQuerySet
from accounts.team.models import User
from metrics.population.rules import Reach


@dataclass(frozen=True, slots=True)
class Population:
    """
    The accounts a figure is about: what the viewer may see, narrowed by what accounts are today.

    Every figure is asked of a population, so none is reckoned over accounts its reader may not see.
    """

    viewer: User
    segment: str = ""
    market: str = ""
    region: str = ""

    def accounts(self) -> AccountQuerySet:
        wanted = {"segment": self.segment, "market": self.market, "region": self.region}
        seen: AccountQuerySet = Account.objects.for_viewer(self.viewer)
        return seen.filter(**{field: value for field, value in wanted.items() if value})


@dataclass(frozen=True, slots=True)
class Period:
    """From the first day to the last, both included (in UTC), of one account; `key` names it in the answer."""

    key: int
    account_id: int
    first: dt.date
    last: dt.date


REACHES = """
select p.key, bool_or(d.clicked_at >= p.since and d.clicked_at < p.until)
from unnest(%(keys)s::bigint[], %(accounts)s::bigint[], %(firsts)s::date[], %(lasts)s::date[]) as
  given(key, account_id, first, last)
cross join lateral (select key, account_id, first::timestamp at time zone 'UTC' as since,
                           (last + 1)::timestamp at time zone 'UTC' as until) p
join contacts_delivery d on d.account_id = p.account_id
where d.state = 'sent' and d.bounced_at is null and d.sent_at >= p.since and d.sent_at < p.until
group by p.key
"""


def reach_in(periods: Sequence[Period]) -> dict[int, Reach]:
    """
    Return how far programs got to an account in each period, by the period's key; one query.

    Judged over the deliveries about the account that were sent in the period: one that did not bounce is delivered,
    one of these clicked by a human, still in the period, is clicked. Nothing of the kind is not reached.
    """
    found: dict[int, bool | None] = {}
    if periods:
        values: dict[str, Any] = {
            "keys": [period.key for period in periods],
            "accounts": [period.account_id for period in periods],
            "firsts": [period.first for period in periods],
            "lasts": [period.last for period in periods],
        }
        with connection.cursor() as cursor:
            cursor.execute(REACHES, values)
            found = dict(cursor.fetchall())
    return {period.key: _reach(period.key, found) for period in periods}


def _reach(key: int, found: dict[int, bool | None]) -> Reach:
    if key not in found:
        return Reach.NOT_REACHED
    return Reach.CLICKED if found[key] else Reach.DELIVERED
