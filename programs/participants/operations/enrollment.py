from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.db import connection, transaction
from psycopg2.extras import execute_values

from accounts.segments.rules import fields_of, judge
from accounts.segments.selectors import condition_of, facts_of
from contacts.recipients.rules import Decision as Verdict
from contacts.recipients.rules import MessageClass
from contacts.recipients.selectors import AccountPeople, people_of
from cs_platform.common import clock
from cs_platform.common.dead_letters import work_in_halves
from programs.design.models import Program, Status
from programs.design.rules import due_date
from programs.design.selectors import RunningProgram, running_programs
from programs.participants.models import EntryRun, Participant, State
from programs.participants.operations.candidates import Candidate, accounts_to_recheck, candidates_of
from programs.participants.operations.corrections import follow_events
from programs.participants.operations.decisions import Decided, append_decisions
from programs.participants.operations.events import track_events
from programs.participants.rules import due_instant, entry_key

# One run a program at a time: a second one goes on without waiting, because the first does its work.
TAKE = """
select p.id from unnest(%s::bigint[]) as p (id)
where pg_try_advisory_xact_lock(hashtext('programs.enroll'), p.id::int) order by 1
"""

ENTER = """
insert into programs_participant (program_id, version_id, account_id, membership_id, entry_key, anchor_date, state,
  reason, step_key, due_at, entered_at, changed_at, finished_at) values %s
on conflict do nothing returning program_id, account_id, entry_key
"""

# A rejected account that reaches nobody for another reason than before.
REASON = """
update programs_participant p set reason = r.reason, changed_at = r.changed_at::timestamptz
from (values %s) as r (id, reason, changed_at) where p.id = r.id and p.state = 'rejected'
"""


@dataclass(frozen=True, slots=True)
class Enrollment:
    """What one run did, in accounts: candidates = entered + rejected."""

    candidates: int = 0
    entered: int = 0
    rejected: int = 0


# Program, account and entry key.
Key = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class Entry:
    """An account that a program is about to take in, or to look at again."""

    running: RunningProgram
    candidate: Candidate

    @property
    def entry_key(self) -> str:
        return entry_key(self.running.document.trigger.anchor, self.candidate.event)

    @property
    def key(self) -> Key:
        return self.running.program.pk, self.candidate.account_id, self.entry_key


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one account in one program: rows written, and whether there was anything new to say of it."""

    program_id: int
    entered: bool = False
    rejected: bool = False
    is_news: bool = False


def enroll(*, running: RunningProgram, now: dt.datetime) -> Enrollment:
    """
    Let everybody in whose time has come, once per event, and keep why the others are not.

    The recipients of an account are decided here and kept with their reasons; an account that reaches nobody is kept
    as a rejected participant with its reason. While the window is open, whoever becomes reachable at an account that
    is inside already joins, from the first step on; the account is not counted again. Of two runs at once the second
    leaves the program to the first. Whoever entered because of a date that was corrected since follows it. An account
    whose rows raise is left out and noted (common.dead_letters); its neighbors enter.
    """
    return _enroll_into([running], now).get(running.program.pk, Enrollment())


def enroll_all(*, now: dt.datetime) -> int:
    """Enroll into every active program; return how many accounts entered."""
    return sum(enrollment.entered for enrollment in _enroll_into(running_programs(), now).values())


def foresee_entries(account_ids: Collection[int], *, now: dt.datetime) -> list[Participant]:
    """
    Return the participants, unsaved, that a run would let in now at these accounts; it asks what a run asks.

    Mail that is held at an account keeps nobody out here: the question is what would leave without it. Nothing is
    written: events that a run would give their keys are named and taken back.
    """
    programs = running_programs()
    if not programs:
        return []
    found: list[Participant] = []
    try:
        with transaction.atomic():
            found = _foresee(programs, account_ids, now)
            raise _Foreseen
    except _Foreseen:
        return found


class _Foreseen(Exception):
    """Takes back what was written only to foresee."""


def _foresee(programs: Sequence[RunningProgram], account_ids: Collection[int], now: dt.datetime) -> list[Participant]:
    today = clock.date_of(now)
    track_events(programs, today=today, account_ids=account_ids)
    again = accounts_to_recheck(programs, today=today, now=now, account_ids=account_ids)
    entries = [
        Entry(running, candidate)
        for running in programs
        for candidate in [
            *candidates_of(running, today=today, account_ids=account_ids),
            *again.get(running.program.pk, []),
        ]
    ]
    wanted = _in_audience(entries, today)
    people = people_of({entry.candidate.account_id for entry in wanted}, now=now)
    rows = Rows()
    for entry in wanted:
        _decide(entry, people[entry.candidate.account_id], rows, today, now)
    return [participant for participant in rows.participants if participant.state != State.REJECTED]


# Ask once who everybody is, however many programs want to know.
@transaction.atomic
def _enroll_into(programs: Sequence[RunningProgram], now: dt.datetime) -> dict[int, Enrollment]:
    with connection.cursor() as cursor:
        cursor.execute(TAKE, [[running.program.pk for running in programs]])
        taken = {number for (number,) in cursor.fetchall()}
    # Whoever stopped or paused a program before the lock was free is heeded.
    active = set(Program.objects.filter(pk__in=taken, status=Status.ACTIVE).values_list("pk", flat=True))
    free = [running for running in programs if running.program.pk in active]
    if programs and not free:
        return {}
    # Corrected dates are followed in programs that are paused, too, also where no other one runs.
    today = clock.date_of(now)
    moved = track_events(free, today=today)
    follow_events(moved, free, today=today, now=now)
    again = accounts_to_recheck(free, today=today, now=now, held_at=now)
    entries = work_in_halves(
        free,
        lambda part: [
            Entry(running, candidate)
            for running in part
            for candidate in [*candidates_of(running, today=today, held_at=now), *again.get(running.program.pk, [])]
        ],
        kind="programs.candidates",
        key=lambda running: running.program.pk,
    )
    outcomes = work_in_halves(
        entries, lambda part: _take_in(part, today=today, now=now), kind="programs.enroll", key=_letter_key
    )
    return _count(free, outcomes, now)


# A row that fails is an account in a program, whatever the event.
def _letter_key(entry: Entry) -> str:
    return f"{entry.running.program.pk}:{entry.candidate.account_id}"


def _count(programs: Sequence[RunningProgram], outcomes: Sequence[Outcome], now: dt.datetime) -> dict[int, Enrollment]:
    by_program: dict[int, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        by_program[outcome.program_id].append(outcome)
    counts, runs = {}, []
    for running in programs:
        own = by_program[running.program.pk]
        entered, rejected = sum(o.entered for o in own), sum(o.rejected for o in own)
        counts[running.program.pk] = Enrollment(entered + rejected, entered, rejected)
        if any(outcome.is_news for outcome in own):
            runs.append(
                EntryRun(
                    version=running.version,
                    ran_at=now,
                    candidates=entered + rejected,
                    entered=entered,
                    rejected=rejected,
                )
            )
    EntryRun.objects.bulk_create(runs)
    return counts


@dataclass(slots=True)
class Rows:
    """What a set of entries is about to write."""

    participants: list[Participant] = field(default_factory=list)
    mended: list[int] = field(default_factory=list)
    reasons: list[tuple[Key, int, str, dt.datetime]] = field(default_factory=list)
    decided: dict[Key, list[Decided]] = field(default_factory=dict)


def _take_in(entries: Sequence[Entry], *, today: dt.date, now: dt.datetime) -> list[Outcome]:
    wanted = _in_audience(entries, today)
    asks_csat = any(entry.running.document.recipients.message_class == MessageClass.CSAT for entry in wanted)
    people = people_of({entry.candidate.account_id for entry in wanted}, now=now, asks_csat=asks_csat)
    rows = Rows()
    outcomes = [_decide(entry, people[entry.candidate.account_id], rows, today, now) for entry in wanted]
    written = _write(rows, now)
    decided = [d for entry in wanted if entry.key in written for d in rows.decided.get(entry.key, ())]
    append_decisions(decided, now=now)
    # What another run wrote first is its news.
    return [
        outcome if entry.key in written or not outcome.is_news else Outcome(outcome.program_id)
        for entry, outcome in zip(wanted, outcomes, strict=True)
    ]


# Write the rows, and return the entries of which something was written.
def _write(rows: Rows, now: dt.datetime) -> set[Key]:
    Participant.objects.filter(pk__in=rows.mended).delete()
    values = [
        (p.program_id, p.version_id, p.account_id, p.membership_id, p.entry_key, p.anchor_date, p.state, p.reason,
         p.step_key, p.due_at, p.entered_at, p.changed_at, p.finished_at)
        for p in sorted(rows.participants, key=lambda p: (p.program_id, p.account_id, p.membership_id or 0))
    ]  # fmt: skip
    with connection.cursor() as cursor:
        entered = execute_values(cursor.cursor, ENTER, values, page_size=1000, fetch=True) if values else []
        if rows.reasons:
            execute_values(cursor.cursor, REASON, [values for _, *values in rows.reasons], page_size=1000)
    return {*map(tuple, entered), *(key for key, *_ in rows.reasons)}


# Decide about one account; what is to be written of it is added to `rows`.
def _decide(entry: Entry, there: AccountPeople, rows: Rows, today: dt.date, now: dt.datetime) -> Outcome:
    program, candidate = entry.running.program.pk, entry.candidate
    resolution = there.resolve(entry.running.document.recipients)
    if candidate.inside:
        newcomers = [d for d in resolution.decisions if d.receives and d.key not in candidate.inside]
        rows.participants += _participants(entry, there, newcomers, today, now)
        rows.decided[entry.key] = _decisions(entry, newcomers)
        return Outcome(program)
    rows.decided[entry.key] = _decisions(entry, resolution.decisions)
    if resolution.unreached is None:
        rows.participants += _participants(entry, there, resolution.decisions, today, now)
        if candidate.rejected_id is not None:
            rows.mended.append(candidate.rejected_id)
        return Outcome(program, entered=True, is_news=True)
    reason = resolution.unreached.value
    if reason == candidate.rejected_reason:
        return Outcome(program, rejected=True)
    if candidate.rejected_id is None:
        rows.participants.append(_rejection(entry, reason, now))
    else:
        rows.reasons.append((entry.key, candidate.rejected_id, reason, now))
    return Outcome(program, rejected=True, is_news=True)


# Return those entries whose accounts are in their program's audience; one query for all that ask for the same facts.
def _in_audience(entries: Sequence[Entry], today: dt.date) -> list[Entry]:
    audiences = {e.running.program.pk: condition_of(e.running.document.audience) for e in entries}
    asked = {program: frozenset(fields_of(audience)) for program, audience in audiences.items()}
    numbers: dict[frozenset[str], set[int]] = defaultdict(set)
    for entry in entries:
        numbers[asked[entry.running.program.pk]].add(entry.candidate.account_id)
    facts = {keys: facts_of(among, keys, today=today) for keys, among in numbers.items()}

    def is_in(entry: Entry) -> bool:
        program, account = entry.running.program.pk, entry.candidate.account_id
        known: Mapping[int, Mapping[str, object]] = facts[asked[program]]
        return account in known and judge(audiences[program], known[account], today=today)

    return [entry for entry in entries if is_in(entry)]


def _participants(
    entry: Entry, there: AccountPeople, decisions: Iterable[Verdict], today: dt.date, now: dt.datetime
) -> list[Participant]:
    document, contacts = entry.running.document, there.by_membership()
    first = document.steps[0]
    day = due_date(first, document=document, anchor=entry.candidate.anchor_day, entered=today)
    return [
        Participant(
            program=entry.running.program,
            version=entry.running.version,
            account_id=entry.candidate.account_id,
            membership_id=verdict.key,
            entry_key=entry.entry_key,
            anchor_date=entry.candidate.anchor_day,
            state=State.QUEUED,
            reason=verdict.reason.value,
            step_key=first.key,
            due_at=due_instant(
                day, hour=document.send_hour, zone=contacts[verdict.key].zone or there.account.zone, now=now
            ),
            entered_at=now,
            changed_at=now,
        )
        for verdict in decisions
        if verdict.receives
    ]


def _decisions(entry: Entry, decisions: Iterable[Verdict]) -> list[Decided]:
    return [
        Decided(
            program_id=entry.running.program.pk,
            version_number=entry.running.version.number,
            step_key="",
            account_id=entry.candidate.account_id,
            membership_id=verdict.key,
            entry_key=entry.entry_key,
            is_positive=verdict.receives,
            code=verdict.reason.value,
        )
        for verdict in decisions
    ]


def _rejection(entry: Entry, reason: str, now: dt.datetime) -> Participant:
    return Participant(
        program=entry.running.program,
        version=entry.running.version,
        account_id=entry.candidate.account_id,
        membership=None,
        entry_key=entry.entry_key,
        anchor_date=entry.candidate.anchor_day,
        state=State.REJECTED,
        reason=reason,
        entered_at=now,
        changed_at=now,
        finished_at=now,
    )
