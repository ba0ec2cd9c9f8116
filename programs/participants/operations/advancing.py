from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.db import connection, transaction
from psycopg2.extras import execute_values

from accounts.book.models import Account
from accounts.segments.selectors import accounts_matching
from contacts.delivery import operations as delivery
from contacts.recipients.rules import MessageClass, Reason
from contacts.recipients.selectors import AccountPeople, people_of
from programs.design.rules import Document, Step, due_date
from programs.design.selectors import documents
from programs.participants.models import Participant, State
from programs.participants.operations.deciding import Decided, append_decisions
from programs.participants.operations.writing import Writing, letters_for
from programs.participants.rules import due_instant

# Moved in sets: what is due, whatever the program, and nobody else's rows.
DUE = """
select p.id from programs_participant p join programs_program g on g.id = p.program_id
where p.state in ('queued', 'waiting') and p.due_at <= %s and g.status = 'active'
order by p.due_at, p.id limit %s for update of p skip locked
"""

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
class Turn:
    """One round over what is due: what was loaded for it, and what comes of it."""

    now: dt.datetime
    documents: Mapping[int, Document]
    people: Mapping[int, AccountPeople]
    matching: Mapping[tuple[int, str], frozenset[int]]
    moves: list[Moved] = field(default_factory=list)
    writings: list[Writing] = field(default_factory=list)
    decided: list[Decided] = field(default_factory=list)


@transaction.atomic
def advance(*, now: dt.datetime, limit: int = 5000) -> int:
    """
    Take up to `limit` due participants one step further; return how many.

    Who may still be written to is decided anew at each step, on the facts of now. The message is planned in the
    transaction that moves the participant, so it is planned exactly when the participant has moved.
    """
    with connection.cursor() as cursor:
        cursor.execute(DUE, [now, limit])
        numbers = [number for (number,) in cursor.fetchall()]
    if not numbers:
        return 0
    due = list(
        Participant.objects.filter(pk__in=numbers)
        .select_related("program", "version")
        .defer("version__document")
        .order_by("id")
    )
    turn = _turn(due, now)
    for participant in due:
        _take_step(participant, turn)
    delivery.plan(letters_for(turn.writings, now=now), now=now)
    append_decisions(turn.decided, now=now)
    _move(turn.moves, now)
    return len(due)


def advance_all(*, now: dt.datetime) -> int:
    """Take everybody who is due as far as they can go now; return how many steps were taken."""
    total = 0
    while taken := advance(now=now):
        total += taken
    return total


def _turn(due: Sequence[Participant], now: dt.datetime) -> Turn:
    read = documents({participant.version_id for participant in due})
    accounts = {participant.account_id for participant in due}
    at_step: dict[tuple[int, str], set[int]] = defaultdict(set)
    for participant in due:
        at_step[participant.version_id, participant.step_key].add(participant.account_id)
    matching = {}
    for (version, key), there in at_step.items():
        step = read[version].step(key)
        if step is not None and step.only_if:
            within = Account.objects.filter(pk__in=there)
            found = accounts_matching(step.only_if, today=now.date(), within=within)
            matching[version, key] = frozenset(found.values_list("pk", flat=True))
    asks_csat = any(document.recipients.message_class == MessageClass.CSAT for document in read.values())
    return Turn(now, read, people_of(accounts, now=now, asks_csat=asks_csat), matching)


def _take_step(participant: Participant, turn: Turn) -> None:
    document = turn.documents[participant.version_id]
    step = document.step(participant.step_key)
    if step is None:
        turn.moves.append(Moved(participant, State.ERRORED, "step_is_missing"))
        return
    refusal = _refusal(participant, document, turn)
    if refusal is not None:
        turn.moves.append(Moved(participant, State.EXITED, refusal))
        turn.decided.append(_decided(participant, step, False, refusal))
        return
    meets = turn.matching.get((participant.version_id, step.key))
    if meets is None or participant.account_id in meets:
        there = turn.people[participant.account_id]
        contact = there.by_membership()[participant.membership_id or 0]
        turn.writings.append(Writing(participant, document, step, there, contact))
    else:
        turn.decided.append(_decided(participant, step, False, "step_condition_not_met"))
    turn.moves.append(_onward(participant, document, step, turn))


def _refusal(participant: Participant, document: Document, turn: Turn) -> str | None:
    """Return why this contact may not be written to any more, or None."""
    there = turn.people.get(participant.account_id)
    if there is None or participant.membership_id is None:
        return "contact_gone"
    resolution = there.resolve(document.recipients)
    verdict = next((d for d in resolution.decisions if d.key == participant.membership_id), None)
    if verdict is None:
        return "contact_gone"
    return None if verdict.receives else Reason(verdict.reason).value


def _onward(participant: Participant, document: Document, step: Step, turn: Turn) -> Moved:
    following = document.after(step.key)
    if following is None:
        return Moved(participant, State.COMPLETED, participant.reason)
    there = turn.people[participant.account_id]
    contact = there.by_membership()[participant.membership_id or 0]
    day = due_date(following, document=document, anchor=participant.anchor_date, entered=participant.entered_at.date())
    zone = contact.zone or there.account.zone
    due_at = due_instant(day, hour=document.send_hour, zone=zone, now=turn.now)
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
