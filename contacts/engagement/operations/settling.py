from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from django.db import connection, transaction
from psycopg2.extras import execute_values

from contacts.engagement.operations.counting import Subject, apply_counts
from contacts.engagement.rules import RULE_VERSION, SETTLES_AFTER, Judged, judge
from contacts.engagement.selectors import JUDGED, HistoricEvent, History, histories
from cs_platform.common import partitions

BATCH = 2000

TAKE = """
select id from contacts_delivery where unsettled_since <= %s order by unsettled_since limit %s for update skip locked
"""


@dataclass(frozen=True, slots=True)
class Settled:
    """What judging one delivery came to."""

    history: History
    judged: Sequence[Judged]

    @property
    def events(self) -> list[HistoricEvent]:
        verdicts = {judgement.id: judgement for judgement in self.judged}
        return [
            replace(event, verdict=verdicts[event.id].verdict) if event.id in verdicts else event
            for event in self.history.events
        ]


@transaction.atomic
def settle(*, now: dt.datetime, limit: int = BATCH) -> int:
    """
    Judge the hits whose minute has passed: human, machine or unknown; return how many deliveries were settled.

    All hits of a delivery are judged together; what was judged before keeps its verdict under this rule version.
    """
    with connection.cursor() as cursor:
        cursor.execute(TAKE, [now - SETTLES_AFTER, limit])
        numbers = [number for (number,) in cursor.fetchall()]
    if not numbers:
        return 0
    settled = {number: _judged(history, now) for number, history in histories(numbers).items()}
    _append_verdicts(settled, now)
    apply_counts(
        {number: Subject(s.history.mailing_id, s.history.program_version) for number, s in settled.items()},
        before={number: [event.counted for event in s.history.events] for number, s in settled.items()},
        after={number: [event.counted for event in s.events] for number, s in settled.items()},
    )
    _copy_down(settled)
    return len(numbers)


def settle_all(*, now: dt.datetime) -> int:
    """Judge every hit whose minute has passed; return how many deliveries were settled."""
    total = 0
    while True:
        settled = settle(now=now, limit=BATCH)
        total += settled
        if settled < BATCH:
            return total


def _judged(history: History, now: dt.datetime) -> Settled:
    due = {event.id for event in history.events if event.is_unsettled and event.occurred_at + SETTLES_AFTER <= now}
    judgements = judge([event.hit for event in history.events if event.kind in JUDGED], sent_at=history.sent_at)
    return Settled(history, [judgement for judgement in judgements if judgement.id in due])


def _append_verdicts(settled: Mapping[int, Settled], now: dt.datetime) -> None:
    instants = {event.id: event.occurred_at for s in settled.values() for event in s.history.events}
    rows = [
        (j.id, instants[j.id], number, RULE_VERSION, j.verdict, j.rule, now)
        for number, s in settled.items()
        for j in s.judged
    ]
    if not rows:
        return
    days = [at.date() for _, at, *_ in rows]
    partitions.ensure("contacts_verdict", first=min(days), last=max(days))
    with connection.cursor() as cursor:
        execute_values(
            cursor.cursor,
            "insert into contacts_verdict (event_id, occurred_at, delivery_id, rule_version, verdict, rule, judged_at)"
            " values %s on conflict do nothing",
            rows,
            page_size=1000,
        )


COPY_DOWN = """
update contacts_delivery d set opened_at = s.opened, clicked_at = s.clicked, machine_opened_at = s.machine_opened,
  machine_clicked_at = s.machine_clicked, unsettled_since = s.unsettled
from (values %s) as s (id, opened, clicked, machine_opened, machine_clicked, unsettled)
where d.id = s.id
"""


def _copy_down(settled: Mapping[int, Settled]) -> None:
    rows = []
    for number, s in settled.items():
        waiting = [event.occurred_at for event in s.events if event.is_unsettled]
        rows.append(
            (
                number,
                _first(s.events, "opened", "human"),
                _first(s.events, "clicked", "human"),
                _first(s.events, "opened", "machine"),
                _first(s.events, "clicked", "machine"),
                min(waiting, default=None),
            )
        )
    stamp = "%s::timestamptz"
    with connection.cursor() as cursor:
        execute_values(cursor.cursor, COPY_DOWN, rows, template=f"(%s, {', '.join([stamp] * 5)})", page_size=1000)


def _first(events: Sequence[HistoricEvent], kind: str, verdict: str) -> dt.datetime | None:
    return min((e.occurred_at for e in events if e.kind == kind and e.verdict == verdict), default=None)
