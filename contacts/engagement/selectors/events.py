"""What happened to a delivery: all of it with the verdicts in force, as a person reads it, and the clicks by link."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from django.db import connection
from django.urls import reverse

from contacts.engagement.models import Kind, WebhookEvent
from contacts.engagement.rules.counters import CountedHit
from contacts.engagement.rules.verdicts import RULE_VERSION, Hit, HitKind
from contacts.engagement.selectors.counters import Count

# What a delivery counts and is judged by; the other kinds have no human or machine side.
JUDGED = (Kind.OPENED, Kind.CLICKED)


@dataclass(frozen=True, slots=True)
class HistoricEvent:
    """An event of a delivery with its verdict under the rule version in force; None until it is judged."""

    id: int
    kind: str
    link_id: int | None
    occurred_at: dt.datetime
    method: str
    user_agent: str
    network: str
    is_honeypot: bool
    purpose: str
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
            purpose=self.purpose,
        )

    @property
    def is_unjudged(self) -> bool:
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
  e.id, e.kind, e.link_id, e.occurred_at, e.method, e.user_agent, e.network, coalesce(l.number = 0, false),
  coalesce(e.detail ->> 'purpose', ''), v.verdict
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


MOST_EVENTS = 200


@dataclass(frozen=True, slots=True)
class MessageEvent:
    """
    One event of a message as a person reads of it.

    `verdict` is empty where the kind knows no human or machine, and unknown until the event is judged.
    """

    kind: str
    occurred_at: dt.datetime
    verdict: str
    rule: str
    link: str
    user_agent: str
    network: str
    source: str

    @property
    def is_judged(self) -> bool:
        return self.kind not in JUDGED or bool(self.rule)


EVENTS = """
select e.kind, e.occurred_at, case when e.kind = any(%s) then coalesce(v.verdict, 'unknown') else '' end,
  coalesce(v.rule, ''), case when l.number = 0 then 'hidden link' else coalesce(nullif(l.label, ''), l.url, '') end,
  e.user_agent, e.network, e.source
from contacts_event e
left join contacts_link l on l.id = e.link_id
left join contacts_verdict v on v.event_id = e.id and v.occurred_at = e.occurred_at and v.rule_version = %s
where e.delivery_id = %s order by e.occurred_at desc, e.id desc limit %s
"""


def events_of(delivery_id: int) -> list[MessageEvent]:
    """Return what happened to a message, newest first; at most the last two hundred events."""
    with connection.cursor() as cursor:
        cursor.execute(EVENTS, [list(JUDGED), RULE_VERSION, delivery_id, MOST_EVENTS])
        return [MessageEvent(*row) for row in cursor.fetchall()]


@dataclass(frozen=True, slots=True)
class LinkResult:
    """One link of a message: how often this reader followed it, and everybody who got the same text."""

    label: str
    url: str
    own: int
    human: Count
    machine: int
    unknown: int


LINKS = """
select l.label, l.url,
  (select count(*) from contacts_event e where e.delivery_id = d.id and e.link_id = l.id and e.kind = 'clicked'),
  coalesce(sum(b.total) filter (where b.verdict = 'human'), 0),
  coalesce(sum(b.uniques) filter (where b.verdict = 'human'), 0),
  coalesce(sum(b.total) filter (where b.verdict = 'machine'), 0),
  coalesce(sum(b.total) filter (where b.verdict = 'unknown'), 0)
from contacts_delivery d
join contacts_link l on l.version_id = d.template_version_id and l.number > 0
left join contacts_bucket b on b.mailing_id = d.mailing_id and b.link_ref = l.id and b.kind = 'clicked'
  and b.rule_version = %s
where d.id = %s group by d.id, l.id order by l.number
"""


def links_of(delivery_id: int) -> list[LinkResult]:
    """Return the links of a message in the order of its text, with their clicks."""
    with connection.cursor() as cursor:
        cursor.execute(LINKS, [RULE_VERSION, delivery_id])
        return [
            LinkResult(label, url, own, Count(int(total), int(uniques)), int(machine), int(unknown))
            for label, url, own, total, uniques, machine, unknown in cursor.fetchall()
        ]


def webhook_event_links(keys: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Return the title and page of each of these stored events, by its key on the Attention page."""
    rows = WebhookEvent.objects.filter(pk__in=[int(key) for key in keys]).values_list("pk", "source", "received_at")
    return {
        str(number): (
            f"{source}, {at:%d %b %Y %H:%M} UTC",
            reverse("admin:contacts_webhookevent_change", args=[number]),
        )
        for number, source, at in rows
    }
