"""What became of one message: its events, and the clicks on each of its links."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import connection

from contacts.engagement.rules import RULE_VERSION
from contacts.engagement.selectors.counters import Count
from contacts.engagement.selectors.histories import JUDGED

MOST_EVENTS = 200


@dataclass(frozen=True, slots=True)
class MessageEvent:
    """
    One event of a message as a person reads of it.

    `verdict` is empty where the kind knows no human or machine, and unknown until the event is settled.
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
    def is_settled(self) -> bool:
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
