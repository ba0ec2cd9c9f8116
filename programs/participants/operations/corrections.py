"""Participants follow the corrected date of their event: what has not left yet moves, and nothing is repeated."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection
from psycopg2.extras import execute_values

from contacts.delivery import operations as delivery
from contacts.delivery.models import Delivery
from cs_platform.common import clock
from cs_platform.common.dead_letters import work_in_halves
from programs.design.selectors import RENEWALS, RunningProgram, anchor, anchors, documents
from programs.participants.models import Participant
from programs.participants.operations.events import MovedEvent
from programs.participants.rules import Written, entry_key, replanned
from programs.participants.selectors import INSIDE

# What has not left yet.
UNSENT = ("planned", "held")

# An anchor whose day is not its event's own, such as the day after first value, moves without the event.
DRIFTED = """
select p.id, {day} from programs_participant p join accounts_account a on a.id = p.account_id
where p.program_id = %(program)s and p.state = any(%(inside)s)
  and p.entry_key = %(anchor)s || ':' || {event} and p.anchor_date <> {day}
"""

FOLLOW = """
update programs_participant p set anchor_date = f.anchor_date, due_at = coalesce(f.due_at::timestamptz, p.due_at)
from (values %s) as f (id, anchor_date, due_at) where p.id = f.id
"""


def follow_events(
    moved: Sequence[MovedEvent], programs: Sequence[RunningProgram], *, today: dt.date, now: dt.datetime
) -> int:
    """Move who entered because of these events to their corrected dates, in every program; return how many."""
    days = {**_of_moved(moved), **_drifted(programs, today)}
    work = lambda part: _follow(part, days, now)  # noqa: E731
    return len(work_in_halves(sorted(days), work, kind="programs.correct"))


# Return the corrected anchor days of participants, by their number.
def _of_moved(moved: Sequence[MovedEvent]) -> dict[int, dt.date]:
    dates: dict[tuple[int, str], dt.date] = {}
    for move in moved:
        for known in anchors():
            if known.events == move.source and known.sql == move.source.day_sql:
                dates[move.account_id, entry_key(known.key, move.key)] = move.date
    entered = Participant.objects.filter(
        account__in={account for account, _ in dates}, entry_key__in={key for _, key in dates}
    )
    return {
        number: dates[account, key]
        for number, account, key, day in entered.values_list("id", "account_id", "entry_key", "anchor_date")
        if (account, key) in dates and dates[account, key] != day
    }


def _drifted(programs: Sequence[RunningProgram], today: dt.date) -> dict[int, dt.date]:
    days: dict[int, dt.date] = {}
    for running in programs:
        found = anchor(running.document.trigger.anchor)
        if found.events is None or found.sql == found.events.day_sql:
            continue
        values: dict[str, Any] = {
            "program": running.program.pk,
            "inside": list(INSIDE),
            "anchor": found.key,
            "today": today,
        }
        with connection.cursor() as cursor:
            cursor.execute(DRIFTED.format(day=found.sql, event=found.event_sql), values)
            days.update(cursor.fetchall())
    return days


def _follow(numbers: Sequence[int], days: Mapping[int, dt.date], now: dt.datetime) -> list[int]:
    # Whoever is being advanced at this moment is waited for: the step they then wait for is the one that moves.
    people = list(
        Participant.objects.filter(pk__in=numbers)
        .select_for_update(of=("self",))
        .select_related("account", "membership__person")
        .order_by("pk")
    )
    read, business_zone = documents({person.version_id for person in people}), clock.zone()
    messages: dict[int, list[Delivery]] = defaultdict(list)
    for message in Delivery.objects.filter(participant_ref__in=numbers).select_related("mailing").order_by("pk"):
        messages[message.participant_ref or 0].append(message)
    rows: list[tuple[int, dt.date, dt.datetime | None]] = []
    due: dict[int, dt.datetime] = {}
    merge: dict[int, dict[str, str]] = {}
    for person in people:
        document = read[person.version_id]
        zone = (person.membership.person.zone if person.membership else "") or person.account.zone
        plan = replanned(
            document,
            anchor=days[person.pk],
            entered=person.entered_at.astimezone(business_zone).date(),
            waits_for=person.step_key if person.state in INSIDE else "",
            messages=[_written(message) for message in messages[person.pk]],
            zone=zone,
            now=now,
        )
        rows.append((person.pk, days[person.pk], plan.due_at))
        due.update(plan.messages)
        if person.entry_key.startswith(f"{RENEWALS.name}:"):
            # The text names the day, and was filled in when the message was planned.
            merge |= {number: {"account.renewal_date": days[person.pk].isoformat()} for number in plan.messages}
    with connection.cursor() as cursor:
        execute_values(cursor.cursor, FOLLOW, rows, page_size=1000)
    delivery.reschedule(due=due, merge=merge)
    return list(numbers)


def _written(message: Delivery) -> Written:
    step = message.mailing.key.partition("/")[2]
    return Written(step, message.planned_at, message.due_at, message.pk if message.state in UNSENT else None)
