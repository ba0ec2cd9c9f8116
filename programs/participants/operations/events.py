"""Keep account events and their dates: a corrected date moves its event, and only a new event has a new key."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from psycopg2.extras import execute_values

from accounts.contracts.models import Opportunity
from cs_platform.common.dead_letters import work_in_halves
from programs.design.selectors import Anchor, EventKind, EventSource, RunningProgram, anchor, anchors
from programs.participants.models import AnchorEvent
from programs.participants.rules import (
    KnownEvent,
    beginning_on,
    new_event_key,
    once,
    row_on,
    term_end_on,
)
from programs.participants.selectors import lineages_of

# Whoever gives events their keys waits here for whoever does so already; held until the end of the transaction.
LOCK = "select pg_advisory_xact_lock(hashtext('programs.anchor_events'))"

MOVE = """
update programs_anchorevent k set date = m.date from (values %s) as m (source, account_id, key, date)
where k.source = m.source and k.account_id = m.account_id and k.key = m.key
"""

# Accounts whose day is in the window of a program that runs, or that had an event, and whose day today has none.
# "offset 0" keeps the planner from asking for the day, which may be a query of its own, once per mention.
UNSEEN = """
select a.id, d.day, {subject}
from (
  select a.id from accounts_account a
  where ({windows}) and (%(accounts)s::bigint[] is null or a.id = any(%(accounts)s))
  union
  select k.account_id from programs_anchorevent k
  where k.source = %(source)s and (%(accounts)s::bigint[] is null or k.account_id = any(%(accounts)s))
) w
join accounts_account a on a.id = w.id
cross join lateral (select {day} as day offset 0) d
where d.day is not null and not exists (
  select from programs_anchorevent k where k.source = %(source)s and k.account_id = a.id and k.date = d.day)
order by a.id
"""


@dataclass(frozen=True, slots=True)
class MovedEvent:
    """An event whose date was corrected."""

    source: EventSource
    account_id: int
    key: str
    date: dt.date


@dataclass(frozen=True, slots=True)
class _Seen:
    account_id: int
    day: dt.date
    subject: int | None


def track_events(
    programs: Sequence[RunningProgram], *, today: dt.date, account_ids: Collection[int] | None = None
) -> list[MovedEvent]:
    """
    Give every account that one of these programs may take in now an event for its anchor day; return what moved.

    All accounts are looked at, or these alone.

    Within a transaction. The rules say whether a date without an event is a known event's corrected one
    (participants.rules); accounts that have events are looked at whether or not a window is open.
    """
    sources = {known.events.name: known.events for known in anchors() if known.events}
    windows = _windows(programs)
    among = None if account_ids is None else list(account_ids)
    return [move for source in sources.values() for move in _track(source, windows.get(source.name, {}), today, among)]


# Return the widest window of each anchor, by the source of its events.
def _windows(programs: Sequence[RunningProgram]) -> dict[str, dict[str, tuple[Anchor, int, int]]]:
    windows: dict[str, dict[str, tuple[Anchor, int, int]]] = defaultdict(dict)
    for running in programs:
        trigger = running.document.trigger
        found = anchor(trigger.anchor)
        if found.events:
            of_source = windows[found.events.name]
            _, first, last = of_source.get(found.key, (found, trigger.first_day, trigger.last_day))
            of_source[found.key] = (found, min(first, trigger.first_day), max(last, trigger.last_day))
    return windows


def _track(
    source: EventSource, windows: Mapping[str, tuple[Anchor, int, int]], today: dt.date, among: list[int] | None
) -> list[MovedEvent]:
    in_window = " or ".join(
        f"{found.sql} between %(today)s::date - {last} and %(today)s::date - {first}"
        for found, first, last in windows.values()
    )
    sql = UNSEEN.format(day=source.day_sql, subject=source.subject_sql, windows=in_window or "false")
    values: dict[str, Any] = {"source": source.name, "today": today, "accounts": among}
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        if not cursor.rowcount:
            return []
        cursor.execute(LOCK)
        # What somebody else has named meanwhile is seen now.
        cursor.execute(sql, values)
        seen = [_Seen(*row) for row in cursor.fetchall()]
    return work_in_halves(
        seen,
        lambda part: _name_events(source, part),
        kind="programs.events",
        key=lambda each: f"{source.name}:{each.account_id}",
    )


def _name_events(source: EventSource, seen: Sequence[_Seen]) -> list[MovedEvent]:
    known: dict[int, list[KnownEvent]] = defaultdict(list)
    rows = AnchorEvent.objects.filter(source=source.name, account__in=[each.account_id for each in seen])
    for account, key, date, subject in rows.values_list("account_id", "key", "date", "subject"):
        known[account].append(KnownEvent(key, date, subject))
    event_of = _recognize(source, [each for each in seen if each.account_id in known], known)
    moved = [
        MovedEvent(source, each.account_id, event_of[each.account_id].key, each.day)
        for each in seen
        if each.account_id in event_of
    ]
    AnchorEvent.objects.bulk_create(
        [
            AnchorEvent(
                source=source.name,
                account_id=each.account_id,
                key=new_event_key(each.day, {event.key for event in known[each.account_id]}),
                date=each.day,
                subject=each.subject,
            )
            for each in seen
            if each.account_id not in event_of
        ],
        batch_size=2000,
    )
    if moved:
        values = [(m.source.name, m.account_id, m.key, m.date) for m in moved]
        with connection.cursor() as cursor:
            execute_values(cursor.cursor, MOVE, values, page_size=1000)
    return moved


# Return the known events that these accounts' days belong to; whose day is that of a new event is left out.
def _recognize(
    source: EventSource, seen: Sequence[_Seen], known: Mapping[int, Sequence[KnownEvent]]
) -> dict[int, KnownEvent]:
    accounts = [each.account_id for each in seen]
    found: dict[int, KnownEvent | None] = {}
    if source.kind == EventKind.ONCE:
        found = {each.account_id: once(each.day, known[each.account_id]) for each in seen}
    elif source.kind == EventKind.ROW:
        rows = {event.subject for events in known.values() for event in events if event.subject is not None}
        standing = set(Opportunity.objects.filter(pk__in=rows).values_list("pk", flat=True))
        found = {e.account_id: row_on(e.day, e.subject, known[e.account_id], standing) for e in seen}
    else:
        lineages = lineages_of(accounts)
        for each in seen:
            events, own = known[each.account_id], lineages.get(each.account_id, [])
            found[each.account_id] = (
                beginning_on(each.day, events, own)
                if source.kind == EventKind.BEGINNING
                else term_end_on(each.day, each.subject, events, own)
            )
    return {account: event for account, event in found.items() if event is not None}
