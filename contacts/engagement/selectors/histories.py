"""All that happened to a delivery, in order, with the verdicts in force."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
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
