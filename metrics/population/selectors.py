"""Whose figures: the accounts that are counted for a reader, and how far programs got to them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from accounts.book.models import Account, AccountQuerySet
from accounts.team.models import Permission, User
from metrics.population.rules import Reach


@dataclass(frozen=True, slots=True)
class Population:
    """
    The accounts a figure is about: what the viewer may see, narrowed by segment, market and region.

    `basis` says which: "then" is what they were at the time of the figure, "now" what they are today. Every figure is
    asked of a population, so none is reckoned over accounts its reader may not see.
    """

    viewer: User
    segment: str = ""
    market: str = ""
    region: str = ""
    basis: str = "then"

    @property
    def narrowing(self) -> dict[str, str]:
        wanted = {"segment": self.segment, "market": self.market, "region": self.region}
        return {field: value for field, value in wanted.items() if value}

    @property
    def sees_all(self) -> bool:
        return self.viewer.may(Permission.SEE_PUBSEC)

    @property
    def sees_nothing(self) -> bool:
        return not self.viewer.may(Permission.VIEW)

    def accounts(self) -> AccountQuerySet:
        """Return the accounts by what they are today."""
        return self.seen().filter(**self.narrowing)

    def seen(self) -> AccountQuerySet:
        return Account.objects.for_viewer(self.viewer)


@dataclass(frozen=True, slots=True)
class Customer:
    """What a row says of the account it is about."""

    name: str
    segment: str
    csm: str


def customers(viewer: User, account_ids: Collection[int]) -> dict[int, Customer]:
    """Return what rows say of these accounts, of those among them that may be seen."""
    rows = (
        Account.objects.for_viewer(viewer).filter(pk__in=account_ids).values_list("pk", "name", "segment", "csm__name")
    )
    return {pk: Customer(name, segment, csm or "") for pk, name, segment, csm in rows}


@dataclass(frozen=True, slots=True)
class Period:
    """From the first day to the last, both included, of one account."""

    account_id: int
    first: dt.date
    last: dt.date


REACHES = """
select p.place, bool_or(d.clicked_at >= p.since and d.clicked_at < p.until)
from unnest(%(accounts)s::bigint[], %(firsts)s::date[], %(lasts)s::date[]) with ordinality as
  given(account_id, first, last, number)
cross join lateral (select number - 1 as place, account_id, first::timestamp at time zone (select keel_zone()) as since,
                           (last + 1)::timestamp at time zone (select keel_zone()) as until) p
join contacts_delivery d on d.account_id = p.account_id
where d.state = 'sent' and d.bounced_at is null and d.sent_at >= p.since and d.sent_at < p.until
group by p.place
"""


def reach_in(periods: Sequence[Period]) -> list[Reach]:
    """
    Return how far programs got to an account in each period, in the order given; one query.

    Judged over the deliveries about the account that were sent in the period: one that did not bounce is delivered,
    one of these clicked by a human, still in the period, is clicked. Nothing of the kind is not reached.
    """
    if not periods:
        return []
    values: dict[str, Any] = {
        "accounts": [period.account_id for period in periods],
        "firsts": [period.first for period in periods],
        "lasts": [period.last for period in periods],
    }
    with connection.cursor() as cursor:
        cursor.execute(REACHES, values)
        found: dict[int, bool | None] = dict(cursor.fetchall())
    return [_reach(place, found) for place in range(len(periods))]


def _reach(place: int, found: dict[int, bool | None]) -> Reach:
    if place not in found:
        return Reach.NOT_REACHED
    return Reach.CLICKED if found[place] else Reach.DELIVERED
