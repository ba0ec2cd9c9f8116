"""The timeline of an account or a person: what was logged there, and what became of the messages."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from django.db import connection

from accounts.timeline.models import Kind as Entry
from contacts.delivery.selectors import subjects_of
from contacts.engagement.models import Kind
from contacts.engagement.rules.verdicts import RULE_VERSION

SENT = "sent"
# Arriving is what is expected of a message; only its failing to is told.
TOLD = (Kind.OPENED, Kind.CLICKED, Kind.BOUNCED, Kind.COMPLAINED, Kind.UNSUBSCRIBED)


@dataclass(frozen=True, slots=True)
class Filter:
    """Which entries belong to a filter of the timeline, and whether messages do."""

    entries: tuple[str, ...]
    has_mail: bool = False


FILTERS: Mapping[str, Filter] = MappingProxyType(
    {
        "": Filter(tuple(Entry.values), has_mail=True),
        "calls": Filter((Entry.CALL, Entry.MEETING)),
        "emails": Filter((Entry.EMAIL,), has_mail=True),
        "roles": Filter((Entry.ROLE,)),
        "surveys": Filter((Entry.SURVEY,)),
        "contracts": Filter((Entry.CONTRACT, Entry.MILESTONE)),
    }
)


@dataclass(frozen=True, slots=True)
class TimelineItem:
    """
    One thing on a timeline: an entry of an account's log, or something that became of a message.

    `verdict` is human, machine or unknown for opens and clicks, "" for the rest; unknown until it `is_judged`.
    """

    occurred_at: dt.datetime
    rank: int  # of two at one instant the higher stands above: a message is sent before it is opened
    id: int
    kind: str
    subject: str
    body: str
    actor: str
    account_id: int | None
    person_id: int | None
    person_name: str
    delivery_id: int | None
    mailing: str
    link: str
    verdict: str
    is_judged: bool
    rule: str

    @property
    def key(self) -> str:
        return f"{self.rank}-{self.id}"

    @property
    def place(self) -> str:
        """Where the timeline goes on behind this one."""
        return f"{self.occurred_at.isoformat()}~{self.rank}~{self.id}"


@dataclass(frozen=True, slots=True)
class Timeline:
    """A stretch of a timeline, newest first; `stamp` changes when anything in it does."""

    items: tuple[TimelineItem, ...]
    has_older: bool
    stamp: str

    @property
    def next_place(self) -> str:
        return self.items[-1].place if self.has_older else ""


ENTRIES = """
select e.occurred_at, 2 as rank, e.id, e.kind, e.subject, e.body, e.actor, e.account_id, e.person_ref as person_id,
  null::bigint as delivery_id, '' as mailing, '' as link, '' as verdict, true as is_judged, '' as rule
from accounts_entry e
where {entries} and e.kind = any(%(kinds)s) and (e.occurred_at, 2, e.id) < (%(at)s, %(rank)s, %(id)s)
order by e.occurred_at desc, e.id desc limit %(limit)s
"""
SENDINGS = """
select d.sent_at, 0, d.id, 'sent', '', '', '', d.account_id, d.person_id, d.id, m.name, '', '', true, ''
from contacts_delivery d join contacts_mailing m on m.id = d.mailing_id
where {deliveries} and d.state = 'sent' and (d.sent_at, 0, d.id) < (%(at)s, %(rank)s, %(id)s)
order by d.sent_at desc, d.id desc limit %(limit)s
"""
EVENTS = """
select d.occurred_at, 1, d.id, d.kind, '', '', '', d.account_id, d.person_id, d.delivery_id, m.name,
  coalesce(nullif(l.label, ''), l.url, ''),
  case when d.kind = any(%(judged)s) then coalesce(v.verdict, 'unknown') else '' end,
  d.kind <> all(%(judged)s) or v.verdict is not null, coalesce(v.rule, '')
from contacts_event d
join contacts_mailing m on m.id = d.mailing_id
left join contacts_link l on l.id = d.link_id
left join contacts_verdict v on v.event_id = d.id and v.occurred_at = d.occurred_at and v.rule_version = %(rules)s
where {deliveries} and d.kind = any(%(told)s) and (d.occurred_at, 1, d.id) < (%(at)s, %(rank)s, %(id)s)
order by d.occurred_at desc, d.id desc limit %(limit)s
"""
# Each source gives its newest by its own index; the outer query only merges them.
MERGED = """
select s.occurred_at, s.rank, s.id, s.kind, s.subject, s.body, s.actor, s.account_id, s.person_id,
  coalesce(nullif(trim(p.first_name || ' ' || p.last_name), ''), p.email, ''),
  s.delivery_id, s.mailing, s.link, s.verdict, s.is_judged, s.rule
from ({sources}) s left join contacts_person p on p.id = s.person_id
order by s.occurred_at desc, s.rank desc, s.id desc limit %(limit)s
"""
FAR = dt.datetime.max.replace(tzinfo=dt.UTC)


def timeline_of_account(
    account_id: int, *, shown: str = "", place: str = "", limit: int = 30, unless: str = ""
) -> Timeline | None:
    """
    Return what happened at an account, newest first: one of FILTERS, from a place on (see Timeline.next_place).

    None when nothing has changed since the timeline whose stamp is `unless`: finding that out takes one query.
    """
    subject = {"account": account_id}
    return _timeline("e.account_id = %(account)s", "d.account_id = %(account)s", subject, shown, place, limit, unless)


def timeline_of_person(
    person_id: int,
    *,
    account_ids: Collection[int],
    shown: str = "",
    place: str = "",
    limit: int = 30,
    unless: str = "",
) -> Timeline | None:
    """Return what happened about a person at these accounts, as timeline_of_account does."""
    subject = {"person": person_id, "accounts": list(account_ids)}
    entries = "e.person_ref = %(person)s and e.account_id = any(%(accounts)s)"
    deliveries = "d.person_id = %(person)s and (d.account_id is null or d.account_id = any(%(accounts)s))"
    return _timeline(entries, deliveries, subject, shown, place, limit, unless)


def _timeline(
    entries: str, deliveries: str, subject: Mapping[str, Any], shown: str, place: str, limit: int, unless: str
) -> Timeline | None:
    wanted = FILTERS.get(shown, FILTERS[""])
    sources = [ENTRIES, SENDINGS, EVENTS] if wanted.has_mail else [ENTRIES]
    union = " union all ".join(f"({source})" for source in sources).format(entries=entries, deliveries=deliveries)
    at, rank, number = _read(place)
    values = {
        **subject,
        "kinds": list(wanted.entries),
        "told": list(TOLD),
        "judged": [Kind.OPENED, Kind.CLICKED],
        "rules": RULE_VERSION,
        "at": at,
        "rank": rank,
        "id": number,
        "limit": limit + 1,
    }
    with connection.cursor() as cursor:
        cursor.execute(MERGED.format(sources=union), values)
        found = [TimelineItem(*row) for row in cursor.fetchall()]
    stamp = _stamp(found)
    if unless and stamp == unless:
        return None
    return Timeline(tuple(_with_subjects(found[:limit])), len(found) > limit, stamp)


# Read a place; one that is none begins at the newest.
def _read(place: str) -> tuple[dt.datetime, int, int]:
    try:
        at, rank, number = place.split("~")
        return dt.datetime.fromisoformat(at), int(rank), int(number)
    except ValueError:
        return FAR, 9, 0


def _stamp(found: Collection[TimelineItem]) -> str:
    facts = repr([(h.key, h.verdict, h.is_judged) for h in found])
    return hashlib.blake2s(facts.encode(), digest_size=8).hexdigest()


def _with_subjects(found: Collection[TimelineItem]) -> list[TimelineItem]:
    subjects = subjects_of({h.delivery_id for h in found if h.delivery_id is not None})
    return [replace(h, subject=subjects.get(h.delivery_id, h.subject)) if h.delivery_id else h for h in found]


LAST_MESSAGES = 5


@dataclass(frozen=True, slots=True)
class LastEngagement:
    """`opened` of the last `sent` messages (five at most), and the last click or opening by a human."""

    opened: int
    sent: int
    kind: str  # "clicked", "opened" or ""
    at: dt.datetime | None

    @property
    def in_words(self) -> str:
        return f"Opened {self.opened} of {'1 message' if self.sent == 1 else f'the last {self.sent} messages'}"


SIGNS = """
select person_id, max(clicked_at), max(opened_at),
  count(*) filter (where turn <= %(last)s and opened_at is not null), count(*) filter (where turn <= %(last)s)
from (
  select person_id, clicked_at, opened_at, row_number() over (partition by person_id order by sent_at desc, id) as turn
  from contacts_delivery where account_id = %(account)s and state = 'sent' and person_id = any(%(people)s)
) d group by person_id
"""


def last_engagements_at(account_id: int, *, people: Collection[int]) -> dict[int, LastEngagement]:
    """Return the signs of those of `people` who were ever written to about an account; machines give none."""
    with connection.cursor() as cursor:
        cursor.execute(SIGNS, {"account": account_id, "people": list(people), "last": LAST_MESSAGES})
        return {person: _sign(*facts) for person, *facts in cursor.fetchall()}


def _sign(clicked_at: dt.datetime | None, opened_at: dt.datetime | None, opened: int, sent: int) -> LastEngagement:
    if clicked_at and (opened_at is None or clicked_at >= opened_at):
        return LastEngagement(opened, sent, "clicked", clicked_at)
    return LastEngagement(opened, sent, "opened" if opened_at else "", opened_at)
