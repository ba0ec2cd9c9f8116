"""
What became of mailings: sums over the counters, as numerators and denominators.

Counters know no accounts. For a viewer who may not see the public sector, what its accounts contributed is taken off
again: no figure is reckoned over messages that its viewer would not find when opening it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection

from accounts.team.models import Permission, User
from contacts.engagement.rules.verdicts import RULE_VERSION


@dataclass(frozen=True, slots=True)
class Count:
    total: int = 0
    uniques: int = 0


COUNTED = ("opened", "clicked", "machine_opened", "machine_clicked", "unknown_opened", "unknown_clicked")


@dataclass(frozen=True, slots=True)
class Engagement:
    """
    What became of mailings in a period: numerators and denominators, never a rate alone.

    delivered = sent minus bounced; opened and clicked count people whom a human rule judged; machine and unknown
    stand beside them, out of the rate.
    """

    sent: int
    bounced: int
    opened: Count
    clicked: Count
    machine_opened: Count
    machine_clicked: Count
    unknown_opened: Count
    unknown_clicked: Count
    unsubscribed: int
    complained: int

    @property
    def delivered(self) -> int:
        return self.sent - self.bounced

    @classmethod
    def none(cls) -> Engagement:
        return cls.summed(())

    @classmethod
    def summed(cls, parts: Iterable[Engagement]) -> Engagement:
        """Return the sum; a person counted in two mailings counts in both."""
        several = list(parts)
        counts: dict[str, Count] = {}
        for name in COUNTED:
            own: list[Count] = [getattr(part, name) for part in several]
            counts[name] = Count(sum(count.total for count in own), sum(count.uniques for count in own))
        return cls(
            sent=sum(part.sent for part in several),
            bounced=sum(part.bounced for part in several),
            unsubscribed=sum(part.unsubscribed for part in several),
            complained=sum(part.complained for part in several),
            **counts,
        )


def engagement(
    mailing_ids: Collection[int],
    *,
    viewer: User | None = None,
    since: dt.datetime | None = None,
    until: dt.datetime | None = None,
) -> Engagement:
    """Return the summed counters of these mailings in [since, until), for the viewer (None: all there is)."""
    return Engagement.summed(engagement_by_mailing(mailing_ids, viewer=viewer, since=since, until=until).values())


COUNTED_FOR_ALL = """
select mailing_id, kind, verdict, quarter_at, total, uniques from contacts_bucket
where mailing_id = any(%(mailings)s) and link_ref = 0 and rule_version in (0, %(rules)s)
"""
# What rules.contributions adds for the deliveries of these accounts, with the sign turned.
HIDDEN = """
union all
select d.mailing_id, 'sent', '', date_bin('15 minutes', d.sent_at, timestamptz 'epoch'), -1, -1
from contacts_delivery d join accounts_account a on a.id = d.account_id and a.is_pubsec
where d.mailing_id = any(%(mailings)s) and d.state = 'sent'
union all
select mailing_id, kind, verdict, date_bin('15 minutes', occurred_at, timestamptz 'epoch'), -1,
       case when row_number() over (partition by delivery_id, kind, verdict order by occurred_at, id) = 1
            then -1 else 0 end
from (
  select d.mailing_id, e.delivery_id, e.id, e.kind, e.occurred_at,
         case when e.kind in ('opened', 'clicked') then coalesce(v.verdict, 'unknown') else '' end as verdict
  from contacts_delivery d join accounts_account a on a.id = d.account_id and a.is_pubsec
  join contacts_event e on e.delivery_id = d.id
  left join contacts_verdict v
    on v.event_id = e.id and v.occurred_at = e.occurred_at and v.rule_version = %(rules)s
  where d.mailing_id = any(%(mailings)s)
) hidden
"""


def counted_for(viewer: User | None) -> str:
    """
    Return SQL that gives (mailing_id, kind, verdict, quarter_at, total, uniques), to be summed up.

    It takes the parameters `mailings` and `rules`, the rule version.
    """
    if viewer is None or (viewer.may(Permission.VIEW) and viewer.may(Permission.SEE_PUBSEC)):
        return COUNTED_FOR_ALL
    return COUNTED_FOR_ALL + HIDDEN if viewer.may(Permission.VIEW) else COUNTED_FOR_ALL + " and false"


COUNTERS = """
select mailing_id, kind, verdict, sum(total), sum(uniques) from ({counted}) counted
where (%(since)s::timestamptz is null or quarter_at >= %(since)s)
  and (%(until)s::timestamptz is null or quarter_at < %(until)s)
group by 1, 2, 3
"""


def engagement_by_mailing(
    mailing_ids: Collection[int],
    *,
    viewer: User | None = None,
    since: dt.datetime | None = None,
    until: dt.datetime | None = None,
) -> dict[int, Engagement]:
    """Return the counters of each of these mailings in [since, until), for the viewer; every mailing has an entry."""
    counts: dict[int, dict[tuple[str, str], Count]] = {number: {} for number in mailing_ids}
    values: dict[str, Any] = {"mailings": list(mailing_ids), "rules": RULE_VERSION, "since": since, "until": until}
    with connection.cursor() as cursor:
        cursor.execute(COUNTERS.format(counted=counted_for(viewer)), values)
        for mailing, kind, verdict, total, uniques in cursor.fetchall():
            counts[mailing][kind, verdict] = Count(int(total), int(uniques))
    return {number: _engagement(found) for number, found in counts.items()}


def _engagement(found: dict[tuple[str, str], Count]) -> Engagement:
    def count(kind: str, verdict: str = "") -> Count:
        return found.get((kind, verdict), Count())

    return Engagement(
        sent=count("sent").total,
        bounced=count("bounced").uniques,
        opened=count("opened", "human"),
        clicked=count("clicked", "human"),
        machine_opened=count("opened", "machine"),
        machine_clicked=count("clicked", "machine"),
        unknown_opened=count("opened", "unknown"),
        unknown_clicked=count("clicked", "unknown"),
        unsubscribed=count("unsubscribed").uniques,
        complained=count("complained").uniques,
    )
