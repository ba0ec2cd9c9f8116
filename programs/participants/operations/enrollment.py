from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.db import transaction

from accounts.segments.rules import fields_of, judge
from accounts.segments.selectors import condition_of, facts_of
from contacts.recipients.rules import Decision as Verdict
from contacts.recipients.rules import MessageClass
from contacts.recipients.selectors import AccountPeople, people_of
from programs.design.rules import due_date
from programs.design.selectors import RunningProgram, running_programs
from programs.participants.models import EntryRun, Participant, State
from programs.participants.operations.candidates import Candidate, accounts_to_recheck, candidates_of
from programs.participants.operations.decisions import Decided, append_decisions
from programs.participants.rules import due_instant, entry_key


@dataclass(frozen=True, slots=True)
class Enrollment:
    """What one run did, in accounts: candidates = entered + rejected."""

    candidates: int
    entered: int
    rejected: int


def enroll(*, running: RunningProgram, now: dt.datetime) -> Enrollment:
    """
    Let everybody in whose time has come, once per reason, and keep why the others are not.

    The recipients of an account are decided here and kept with their reasons; an account that reaches nobody is kept
    as a rejected participant with its reason. While the window is open, whoever becomes reachable at an account that
    is inside already joins, from the first step on; the account is not counted again. Two runs at once let nobody in
    twice.
    """
    return _enroll_into([running], now)[0]


def enroll_all(*, now: dt.datetime) -> int:
    """Enroll into every active program; return how many accounts entered."""
    return sum(enrollment.entered for enrollment in _enroll_into(running_programs(), now))


@dataclass(slots=True)
class EnrollmentBatch:
    """What one run is about to write, of all programs together: a day asks a dozen of them and writes once."""

    now: dt.datetime
    participants: list[Participant] = field(default_factory=list)
    mended: list[int] = field(default_factory=list)
    reasons: dict[int, str] = field(default_factory=dict)
    decided: list[Decided] = field(default_factory=list)
    runs: list[EntryRun] = field(default_factory=list)

    def write(self) -> None:
        Participant.objects.filter(pk__in=self.mended).delete()
        Participant.objects.bulk_create(self.participants, ignore_conflicts=True, batch_size=2000)
        for rejected_id, reason in self.reasons.items():
            Participant.objects.filter(pk=rejected_id).update(reason=reason, changed_at=self.now)
        append_decisions(self.decided, now=self.now)
        EntryRun.objects.bulk_create(self.runs)


# Ask once who everybody is, however many programs want to know.
@transaction.atomic
def _enroll_into(programs: Sequence[RunningProgram], now: dt.datetime) -> list[Enrollment]:
    again = accounts_to_recheck(programs, now=now)
    found = [[*candidates_of(running, now=now), *again.get(running.program.pk, [])] for running in programs]
    candidates = _in_audience(programs, found, now.date())
    asks_csat = any(running.document.recipients.message_class == MessageClass.CSAT for running in programs)
    numbers = {candidate.account_id for found in candidates for candidate in found}
    people = people_of(numbers, now=now, asks_csat=asks_csat)
    batch = EnrollmentBatch(now)
    enrollments = [
        _enroll_candidates(running, found, people, batch) for running, found in zip(programs, candidates, strict=True)
    ]
    batch.write()
    return enrollments


def _enroll_candidates(
    running: RunningProgram,
    candidates: Sequence[Candidate],
    people: Mapping[int, AccountPeople],
    batch: EnrollmentBatch,
) -> Enrollment:
    fresh = [candidate for candidate in candidates if not candidate.inside]
    entered, rejected, has_news = 0, 0, False
    for candidate in candidates:
        there = people[candidate.account_id]
        resolution = there.resolve(running.document.recipients)
        if candidate.inside:
            newcomers = [d for d in resolution.decisions if d.receives and d.key not in candidate.inside]
            batch.participants += _participants(running, candidate, there, newcomers, batch.now)
            batch.decided += _decisions(running, candidate, newcomers)
            continue
        if resolution.unreached is None:
            entered += 1
            batch.participants += _participants(running, candidate, there, resolution.decisions, batch.now)
            if candidate.rejected_id is not None:
                batch.mended.append(candidate.rejected_id)
        else:
            rejected += 1
            reason = resolution.unreached.value
            if reason == candidate.rejected_reason:
                continue  # Nothing new to say about this account.
            if candidate.rejected_id is None:
                batch.participants.append(_rejection(running, candidate, reason, batch.now))
            else:
                batch.reasons[candidate.rejected_id] = reason
        has_news = True
        batch.decided += _decisions(running, candidate, resolution.decisions)
    if has_news:
        batch.runs.append(
            EntryRun(
                version=running.version, ran_at=batch.now, candidates=len(fresh), entered=entered, rejected=rejected
            )
        )
    return Enrollment(len(fresh), entered, rejected)


# Return those of each program's candidates who are in its audience; one query for all that ask for the same facts.
def _in_audience(
    programs: Sequence[RunningProgram], open_now: Sequence[Sequence[Candidate]], today: dt.date
) -> list[list[Candidate]]:
    audiences = [condition_of(running.document.audience) for running in programs]
    asked = [frozenset(fields_of(audience)) for audience in audiences]
    numbers: dict[frozenset[str], set[int]] = defaultdict(set)
    for keys, found in zip(asked, open_now, strict=True):
        numbers[keys] |= {candidate.account_id for candidate in found}
    facts = {keys: facts_of(among, keys, today=today) if among else {} for keys, among in numbers.items()}
    return [
        [c for c in found if c.account_id in facts[keys] and judge(audience, facts[keys][c.account_id], today=today)]
        for audience, keys, found in zip(audiences, asked, open_now, strict=True)
    ]


def _participants(
    running: RunningProgram, candidate: Candidate, there: AccountPeople, decisions: Iterable[Verdict], now: dt.datetime
) -> list[Participant]:
    document, contacts = running.document, there.by_membership()
    first = document.steps[0]
    day = due_date(first, document=document, anchor=candidate.anchor_day, entered=now.date())
    return [
        Participant(
            program=running.program,
            version=running.version,
            account_id=candidate.account_id,
            membership_id=verdict.key,
            entry_key=entry_key(document.trigger.anchor, candidate.occasion),
            anchor_date=candidate.anchor_day,
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


def _decisions(running: RunningProgram, candidate: Candidate, decisions: Iterable[Verdict]) -> list[Decided]:
    return [
        Decided(
            program_id=running.program.pk,
            version_number=running.version.number,
            step_key="",
            account_id=candidate.account_id,
            membership_id=verdict.key,
            entry_key=entry_key(running.document.trigger.anchor, candidate.occasion),
            is_positive=verdict.receives,
            code=verdict.reason.value,
        )
        for verdict in decisions
    ]


def _rejection(running: RunningProgram, candidate: Candidate, reason: str, now: dt.datetime) -> Participant:
    return Participant(
        program=running.program,
        version=running.version,
        account_id=candidate.account_id,
        membership=None,
        entry_key=entry_key(running.document.trigger.anchor, candidate.occasion),
        anchor_date=candidate.anchor_day,
        state=State.REJECTED,
        reason=reason,
        entered_at=now,
        changed_at=now,
        finished_at=now,
    )
