from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from psycopg2.extras import execute_values

from accounts.segments.rules import fields_of, judge
from accounts.segments.selectors import condition_of, facts_of
from contacts.delivery import operations as delivery
from contacts.recipients.rules import MessageClass, Reason
from contacts.recipients.selectors import AccountPeople, held_by_hand_sql, people_of
from cs_platform.common import clock
from cs_platform.common.dead_letters import not_set_aside, work_in_halves
from programs.design.rules import Document, Step, due_date
from programs.design.selectors import documents
from programs.participants.models import Participant, State
from programs.participants.operations.decisions import Decided, append_decisions
from programs.participants.operations.messages import (
    StepMessage,
    ledger_rows,
    lock_people_at_several_accounts,
    without_repeated,
)
from programs.participants.rules import day_after_writing, is_too_late, planned_instant

# Moved in sets: what is due, whatever the program, and nobody else's rows.
BATCH = 5000

DUE = (
    """
select p.id from programs_participant p join programs_program g on g.id = p.program_id
where p.state in ('queued', 'waiting') and p.due_at <= %(now)s and g.status = 'active'
  and """
    + not_set_aside("programs.advance", "p.id")
    + " and not "
    + held_by_hand_sql(account="p.account_id", now="%(now)s")
    + """
order by p.due_at, p.id limit %(limit)s for update of p skip locked
"""
)

MOVE = """
update programs_participant p set state = m.state, reason = m.reason, step_key = m.step_key,
  due_at = m.due_at::timestamptz, changed_at = m.changed_at, finished_at = m.finished_at::timestamptz
from (values %s) as m (id, state, reason, step_key, due_at, changed_at, finished_at) where p.id = m.id
"""


@dataclass(frozen=True, slots=True)
class Moved:
    """Where a participant goes from its step."""

    participant: Participant
    state: State
    reason: str
    step: Step | None = None
    due_at: dt.datetime | None = None


@dataclass(slots=True)
class AdvanceBatch:
    """One round over what is due: what was loaded for it, and what comes of it."""

    now: dt.datetime
    zone: ZoneInfo
    today: dt.date
    documents: Mapping[int, Document]
    people: Mapping[int, AccountPeople]
    facts: Mapping[int, Mapping[str, Any]]
    moves: list[Moved] = field(default_factory=list)
    messages: list[StepMessage] = field(default_factory=list)
    decided: list[Decided] = field(default_factory=list)

    def meets(self, step: Step, account_id: int) -> bool:
        if not step.only_if:
            return True
        return judge(condition_of(step.only_if), self.facts.get(account_id, {}), today=self.today)


@transaction.atomic
def advance(*, now: dt.datetime, limit: int = BATCH) -> int:
    """
    Take up to `limit` due participants as far as they can go now; return how many.

    Who may still be written to is decided anew at each step, on the facts of now. The message is planned in the
    transaction that moves the participant, so it is planned exactly when the participant has moved. A participant
    whose step raises stays where they are and is noted (common.dead_letters); the others go on.
    """
    with connection.cursor() as cursor:
        cursor.execute(DUE, {"now": now, "limit": limit})
        numbers = [number for (number,) in cursor.fetchall()]
    if numbers:
        lock_people_at_several_accounts(numbers)
        work_in_halves(numbers, lambda part: _advance(part, now), kind="programs.advance")
    return len(numbers)


def _advance(numbers: Sequence[int], now: dt.datetime) -> list[int]:
    due = list(
        Participant.objects.filter(pk__in=numbers)
        .select_related("program", "version")
        .defer("version__document")
        .order_by("id")
    )
    batch = _load_batch(due, now)
    for participant in due:
        _advance_one(participant, batch)
    batch.decided += _plan(batch.messages, now)
    append_decisions(batch.decided, now=now)
    _move(batch.moves, now)
    return list(numbers)


# Plan the messages, and say of whom another participation has written the same one to already.
def _plan(messages: Sequence[StepMessage], now: dt.datetime) -> list[Decided]:
    wanted = without_repeated(messages, now=now)
    rows = ledger_rows(wanted, now=now)
    planned = {id(row) for row in delivery.plan(rows, now=now)}
    written = {id(message) for message, row in zip(wanted, rows, strict=True) if id(row) in planned}
    return [
        _decided(message.participant, message.step, False, Reason.ALREADY_RECEIVED.value)
        for message in messages
        if id(message) not in written
    ]


def advance_all(*, now: dt.datetime) -> int:
    """Take everybody who is due as far as they can go now; return how many were moved."""
    total = 0
    while True:
        taken = advance(now=now, limit=BATCH)
        total += taken
        if taken < BATCH:
            return total


def _load_batch(due: Sequence[Participant], now: dt.datetime) -> AdvanceBatch:
    read = documents({participant.version_id for participant in due})
    accounts = {participant.account_id for participant in due}
    asks_csat = any(document.recipients.message_class == MessageClass.CSAT for document in read.values())
    conditions = [step.only_if for document in read.values() for step in document.steps if step.only_if]
    asked = {key for condition in conditions for key in fields_of(condition_of(condition))}
    zone = clock.zone()
    today = now.astimezone(zone).date()
    facts = facts_of(accounts, asked, today=today) if asked else {}
    return AdvanceBatch(now, zone, today, read, people_of(accounts, now=now, asks_csat=asks_csat), facts)


# Take a participant through the steps that are due now, past those whose condition is not met.
def _advance_one(participant: Participant, batch: AdvanceBatch) -> None:
    document = batch.documents[participant.version_id]
    step = document.step(participant.step_key)
    if step is None:
        batch.moves.append(Moved(participant, State.ERRORED, "step_is_missing"))
        return
    refusal = _refusal(participant, document, batch)
    if refusal is not None:
        batch.moves.append(Moved(participant, State.EXITED, refusal))
        batch.decided.append(_decided(participant, step, False, refusal))
        return
    there = batch.people[participant.account_id]
    contact = there.by_membership()[participant.membership_id or 0]
    due = participant.due_at or batch.now
    while True:
        skipped = _why_skipped(participant, document, step, due, batch)
        if skipped is None:
            batch.messages.append(StepMessage(participant, document, step, there, contact))
        else:
            batch.decided.append(_decided(participant, step, False, skipped))
        written_at = batch.now if skipped is None else None
        entered = participant.entered_at.astimezone(batch.zone).date()
        onward = _onward(participant, document, step, due, written_at, entered, contact.zone or there.account.zone)
        if onward.step is None or onward.due_at is None or onward.due_at > batch.now:
            batch.moves.append(onward)
            return
        step, due = onward.step, onward.due_at


def _why_skipped(
    participant: Participant, document: Document, step: Step, due: dt.datetime, batch: AdvanceBatch
) -> str | None:
    if not batch.meets(step, participant.account_id):
        return "step_condition_not_met"
    program = participant.program
    if program.skipped_until is not None and due <= program.skipped_until:
        return "skipped_on_resume"
    resumed = program.resumed_at
    is_late = is_too_late(due, latest_days=document.latest_days, resumed=resumed, now=batch.now)
    return "step_too_late" if is_late else None


# Return why this contact may not be written to any more, or None.
def _refusal(participant: Participant, document: Document, batch: AdvanceBatch) -> str | None:
    there = batch.people.get(participant.account_id)
    if there is None or participant.membership_id is None:
        return "contact_gone"
    resolution = there.resolve(document.recipients)
    verdict = next((d for d in resolution.decisions if d.key == participant.membership_id), None)
    if verdict is None:
        return "contact_gone"
    return None if verdict.receives else Reason(verdict.reason).value


# Return where a participant goes from a step that was due then, and written at an instant or skipped.
def _onward(
    participant: Participant,
    document: Document,
    step: Step,
    due: dt.datetime,
    written: dt.datetime | None,
    entered: dt.date,
    zone: str,
) -> Moved:
    following = document.after(step.key)
    if following is None:
        return Moved(participant, State.COMPLETED, participant.reason)
    day = due_date(following, document=document, anchor=participant.anchor_date, entered=entered)
    if written is not None:
        day = day_after_writing(day, gap=following.day - step.day, due=due, now=written, zone=zone)
    due_at = planned_instant(day, hour=document.send_hour, zone=zone)
    return Moved(participant, State.WAITING, participant.reason, following, due_at)


def _decided(participant: Participant, step: Step, is_positive: bool, code: str) -> Decided:
    return Decided(
        program_id=participant.program_id,
        version_number=participant.version.number,
        step_key=step.key,
        account_id=participant.account_id,
        membership_id=participant.membership_id,
        entry_key=participant.entry_key,
        is_positive=is_positive,
        code=code,
    )


def _move(moves: Sequence[Moved], now: dt.datetime) -> None:
    rows = [
        (
            m.participant.pk,
            m.state.value,
            m.reason,
            m.step.key if m.step else m.participant.step_key,
            m.due_at,
            now,
            None if m.state == State.WAITING else now,
        )
        for m in moves
    ]
    with connection.cursor() as cursor:
        execute_values(cursor.cursor, MOVE, rows, page_size=1000)
