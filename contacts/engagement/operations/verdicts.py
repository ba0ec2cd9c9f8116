"""Judging hits: human, machine or unknown, once their minute has passed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from django.db import connection
from psycopg2.extras import execute_values

from contacts.engagement.operations.events import Subject, apply_counts
from contacts.engagement.rules.verdicts import JUDGED_AFTER, RULE_VERSION, Judged, judge
from contacts.engagement.selectors.events import JUDGED, HistoricEvent, History, histories
from cs_platform.common.dead_letters import not_set_aside, work_in_halves

BATCH = 2000

TO_JUDGE = "engagement.judge"
DUE = f"""
select id from contacts_delivery where unsettled_since <= %s and {not_set_aside(TO_JUDGE, "id")}
order by unsettled_since limit %s
"""  # noqa: S608 (ours)
TAKE = """
select id from contacts_delivery where id = any(%s) and unsettled_since <= %s order by id for update skip locked
"""


@dataclass(frozen=True, slots=True)
class Judgement:
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


def judge_hits(*, now: dt.datetime, limit: int = BATCH) -> int:
    """
    Judge the hits whose minute has passed: human, machine or unknown; return how many deliveries were judged.

    All hits of a delivery are judged together; what was judged before keeps its verdict under this rule version. A
    delivery that cannot be judged is set aside after a few tries (kind "engagement.judge").
    """
    with connection.cursor() as cursor:
        cursor.execute(DUE, [now - JUDGED_AFTER, limit])
        due = [number for (number,) in cursor.fetchall()]
    return len(work_in_halves(due, lambda part: _judge(part, now), kind=TO_JUDGE))


def judge_all_hits(*, now: dt.datetime) -> int:
    """Judge every hit whose minute has passed; return how many deliveries were judged."""
    total = 0
    while True:
        judged = judge_hits(now=now, limit=BATCH)
        total += judged
        if judged < BATCH:
            return total


def _judge(numbers: Sequence[int], now: dt.datetime) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(TAKE, [list(numbers), now - JUDGED_AFTER])
        taken = [number for (number,) in cursor.fetchall()]
    judgements = {number: _judged(history, now) for number, history in histories(taken).items()}
    _append_verdicts(judgements, now)
    apply_counts(
        {number: Subject(s.history.mailing_id, s.history.program_version) for number, s in judgements.items()},
        before={number: [event.counted for event in s.history.events] for number, s in judgements.items()},
        after={number: [event.counted for event in s.events] for number, s in judgements.items()},
    )
    _denormalise(judgements)
    return taken


def _judged(history: History, now: dt.datetime) -> Judgement:
    due = {event.id for event in history.events if event.is_unjudged and event.occurred_at + JUDGED_AFTER <= now}
    judgements = judge([event.hit for event in history.events if event.kind in JUDGED], sent_at=history.sent_at)
    return Judgement(history, [judgement for judgement in judgements if judgement.id in due])


def _append_verdicts(judgements: Mapping[int, Judgement], now: dt.datetime) -> None:
    instants = {event.id: event.occurred_at for s in judgements.values() for event in s.history.events}
    rows = [
        (j.id, instants[j.id], number, RULE_VERSION, j.verdict, j.rule, now)
        for number, s in judgements.items()
        for j in s.judged
    ]
    if not rows:
        return
    with connection.cursor() as cursor:
        execute_values(
            cursor.cursor,
            "insert into contacts_verdict (event_id, occurred_at, delivery_id, rule_version, verdict, rule, judged_at)"
            " values %s on conflict do nothing",
            rows,
            page_size=1000,
        )


DENORMALISE = """
update contacts_delivery d set opened_at = s.opened, clicked_at = s.clicked, machine_opened_at = s.machine_opened,
  machine_clicked_at = s.machine_clicked, unsettled_since = s.unsettled
from (values %s) as s (id, opened, clicked, machine_opened, machine_clicked, unsettled)
where d.id = s.id
"""


def _denormalise(judgements: Mapping[int, Judgement]) -> None:
    rows = []
    for number, s in judgements.items():
        waiting = [event.occurred_at for event in s.events if event.is_unjudged]
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
        execute_values(cursor.cursor, DENORMALISE, rows, template=f"(%s, {', '.join([stamp] * 5)})", page_size=1000)


def _first(events: Sequence[HistoricEvent], kind: str, verdict: str) -> dt.datetime | None:
    return min((e.occurred_at for e in events if e.kind == kind and e.verdict == verdict), default=None)
