from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from django.db import connection

from contacts.engagement.models import Kind
from contacts.engagement.rules import RULE_VERSION, CountedHit, Hit, HitKind

# What a delivery counts and is judged by; the other kinds have no human or machine side.
JUDGED = (Kind.OPENED, Kind.CLICKED)


@dataclass(frozen=True, slots=True)
class HistoricEvent:
    """An event of a delivery with its verdict under the rule version in force; None until it is settled."""

    id: int
    kind: str
    link_id: int | None
    occurred_at: dt.datetime
    method: str
    user_agent: str
    network: str
    is_honeypot: bool
    verdict: str | None

    @property
    def hit(self) -> Hit:
        return Hit(
            id=self.id,
            kind=HitKind.OPEN if self.kind == Kind.OPENED else HitKind.CLICK,
            occurred_at=self.occurred_at,
            link=self.link_id,
            method=self.method,
            user_agent=self.user_agent,
            ip_prefix=self.network or None,
            is_honeypot=self.is_honeypot,
        )

    @property
    def is_unsettled(self) -> bool:
        return self.kind in JUDGED and self.verdict is None

    @property
    def counted(self) -> CountedHit:
        """What waits for its verdict counts as unknown; what has no verdict at all counts plainly."""
        verdict = (self.verdict or "unknown") if self.kind in JUDGED else ""
        return CountedHit(self.kind, verdict, self.link_id or 0, self.occurred_at)


@dataclass(slots=True)
class History:
    """All that happened to one delivery."""

    delivery_id: int
    mailing_id: int
    program_version: int
    sent_at: dt.datetime
    events: list[HistoricEvent] = field(default_factory=list)


HISTORY = """
select d.id, d.mailing_id, coalesce(d.program_version, 0), coalesce(d.sent_at, d.handed_over_at, d.planned_at),
  e.id, e.kind, e.link_id, e.occurred_at, e.method, e.user_agent, e.network, coalesce(l.number = 0, false), v.verdict
from contacts_delivery d
join contacts_event e on e.delivery_id = d.id
left join contacts_link l on l.id = e.link_id
left join contacts_verdict v on v.event_id = e.id and v.occurred_at = e.occurred_at and v.rule_version = %s
where d.id = any(%s)
order by d.id, e.occurred_at, e.id
"""


def histories(delivery_ids: Collection[int]) -> dict[int, History]:
    """Return what happened to each of these deliveries, by its number; one query."""
    found: dict[int, History] = {}
    with connection.cursor() as cursor:
        cursor.execute(HISTORY, [RULE_VERSION, list(delivery_ids)])
        for number, mailing, version, sent_at, *event in cursor.fetchall():
            history = found.setdefault(number, History(number, mailing, version, sent_at))
            history.events.append(HistoricEvent(*event))
    return found


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
    since: dt.datetime | None = None,
    until: dt.datetime | None = None,
    program_version: int | None = None,
) -> Engagement:
    """Return the summed counters of these mailings in [since, until)."""
    by_mailing = engagement_by_mailing(mailing_ids, since=since, until=until, program_version=program_version)
    return Engagement.summed(by_mailing.values())


COUNTERS = """
select mailing_id, kind, verdict, sum(total), sum(uniques) from contacts_bucket
where mailing_id = any(%(mailings)s) and link_ref = 0 and rule_version in (0, %(rules)s)
  and (%(since)s::timestamptz is null or quarter_at >= %(since)s)
  and (%(until)s::timestamptz is null or quarter_at < %(until)s)
  and (%(version)s::int is null or program_version = %(version)s)
group by 1, 2, 3
"""


def engagement_by_mailing(
    mailing_ids: Collection[int],
    *,
    since: dt.datetime | None = None,
    until: dt.datetime | None = None,
    program_version: int | None = None,
) -> dict[int, Engagement]:
    """Return the counters of each of these mailings in [since, until); every mailing has an entry."""
    counts: dict[int, dict[tuple[str, str], Count]] = {number: {} for number in mailing_ids}
    values = {
        "mailings": list(mailing_ids),
        "rules": RULE_VERSION,
        "since": since,
        "until": until,
        "version": program_version,
    }
    with connection.cursor() as cursor:
        cursor.execute(COUNTERS, values)
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
