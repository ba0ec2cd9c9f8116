"""What a program did: counts from the counters, participants by state, and who waits where."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Count, Q, QuerySet

from accounts.team.models import User
from contacts.delivery.models import Delivery, Mailing
from contacts.engagement.rules.verdicts import RULE_VERSION
from contacts.engagement.selectors.counters import Engagement, counted_for, engagement, engagement_by_mailing
from programs.design import rules
from programs.design.models import Program, Version
from programs.design.selectors import is_mature
from programs.participants.models import Participant, State
from programs.participants.selectors import INSIDE, participant_counts


def mailings_of(program: Program) -> QuerySet[Mailing]:
    return Mailing.objects.filter(program_ref=program.pk).order_by("position")


@dataclass(frozen=True, slots=True)
class Summary:
    """One program in the list."""

    program: Program
    version: Version | None
    inside: int
    participants: int
    rejected: int
    engagement: Engagement
    uncertain: int
    held: int
    is_mature: bool


def summaries(programs: Sequence[Program], *, viewer: User, now: dt.datetime) -> list[Summary]:
    """Return the programs with their counts for the viewer; a fixed number of queries however many programs."""
    numbers = [program.pk for program in programs]
    owners: dict[int, list[int]] = defaultdict(list)
    for mailing, program in Mailing.objects.filter(program_ref__in=numbers).values_list("id", "program_ref"):
        owners[program or 0].append(mailing)
    counters = engagement_by_mailing([m for mailings in owners.values() for m in mailings], viewer=viewer)
    people = participant_counts(numbers, viewer=viewer)
    newest: dict[int, Version] = {}
    for version in Version.objects.filter(program__in=numbers).defer("document").order_by("program_id", "number"):
        newest[version.program_id] = version
    stuck: dict[tuple[int | None, str], int] = {
        (program, state): number
        for program, state, number in Delivery.objects.for_viewer(viewer)
        .filter(mailing__program_ref__in=numbers, state__in=("uncertain", "held"))
        .values_list("mailing__program_ref", "state")
        .annotate(number=Count("id"))
    }
    return [
        Summary(
            program=program,
            version=newest.get(program.pk),
            inside=sum(people[program.pk].get(state, 0) for state in INSIDE),
            participants=sum(n for state, n in people[program.pk].items() if state != State.REJECTED),
            rejected=people[program.pk].get(State.REJECTED, 0),
            engagement=Engagement.summed(counters[mailing] for mailing in owners[program.pk]),
            uncertain=stuck.get((program.pk, "uncertain"), 0),
            held=stuck.get((program.pk, "held"), 0),
            is_mature=is_mature(program, now=now),
        )
        for program in programs
    ]


@dataclass(frozen=True, slots=True)
class StepResult:
    """One step of the newest version, with what became of its mailing and who waits before it."""

    step: rules.Step
    mailing: Mailing | None
    engagement: Engagement
    waiting: int
    planned: int
    cancelled: int
    refused: int
    uncertain: int


def step_results(
    program: Program, document: rules.Document, *, viewer: User, since: dt.datetime | None, until: dt.datetime | None
) -> list[StepResult]:
    """Return each step of a version in order; the counters are those of its mailing, whatever the version."""
    mailings = {mailing.key: mailing for mailing in mailings_of(program)}
    counters = engagement_by_mailing(
        [mailing.pk for mailing in mailings.values()], viewer=viewer, since=since, until=until
    )
    waiting: dict[str, int] = dict(
        Participant.objects.for_viewer(viewer)
        .filter(program=program, state__in=INSIDE)
        .values_list("step_key")
        .annotate(number=Count("id"))
    )
    states: dict[tuple[int, str], int] = {
        (mailing, state): number
        for mailing, state, number in Delivery.objects.for_viewer(viewer)
        .filter(mailing__in=mailings.values())
        .values_list("mailing_id", "state")
        .annotate(number=Count("id"))
    }
    results = []
    for step in document.steps:
        mailing = mailings.get(f"{program.key}/{step.key}")
        number = mailing.pk if mailing else 0
        results.append(
            StepResult(
                step=step,
                mailing=mailing,
                engagement=counters.get(number) or Engagement.none(),
                waiting=waiting.get(step.key, 0),
                planned=states.get((number, "planned"), 0),
                cancelled=states.get((number, "cancelled"), 0),
                refused=states.get((number, "refused"), 0),
                uncertain=states.get((number, "uncertain"), 0),
            )
        )
    return results


@dataclass(frozen=True, slots=True)
class EarlierResult:
    """An email that the newest version no longer has, with what became of it."""

    mailing: Mailing
    engagement: Engagement


def earlier_results(
    program: Program, document: rules.Document, *, viewer: User, since: dt.datetime | None, until: dt.datetime | None
) -> list[EarlierResult]:
    """Return the emails of earlier versions alone that were sent in [since, until), the latest first."""
    current = {f"{program.key}/{step.key}" for step in document.steps}
    mailings = [mailing for mailing in mailings_of(program) if mailing.key not in current]
    counters = engagement_by_mailing([mailing.pk for mailing in mailings], viewer=viewer, since=since, until=until)
    found = [EarlierResult(mailing, counters[mailing.pk]) for mailing in mailings if counters[mailing.pk].sent]
    return sorted(found, key=lambda result: -result.mailing.pk)


def overall(
    program: Program, *, viewer: User, since: dt.datetime | None = None, until: dt.datetime | None = None
) -> Engagement:
    """Return the program's counters in [since, until): the same rows its steps and its series add up from."""
    mailings = list(mailings_of(program).values_list("id", flat=True))
    return engagement(mailings, viewer=viewer, since=since, until=until)


@dataclass(frozen=True, slots=True)
class Day:
    """What happened on one day: people counted on the day of their first hit."""

    date: dt.date
    sent: int = 0
    bounced: int = 0
    opened: int = 0
    clicked: int = 0
    unsubscribed: int = 0

    @property
    def delivered(self) -> int:
        return self.sent - self.bounced


SERIES = """
select (b.quarter_at at time zone %(zone)s)::date as day,
  coalesce(sum(b.total) filter (where b.kind = 'sent'), 0),
  coalesce(sum(b.uniques) filter (where b.kind = 'bounced'), 0),
  coalesce(sum(b.uniques) filter (where b.kind = 'opened' and b.verdict = 'human'), 0),
  coalesce(sum(b.uniques) filter (where b.kind = 'clicked' and b.verdict = 'human'), 0),
  coalesce(sum(b.uniques) filter (where b.kind = 'unsubscribed'), 0)
from ({counted}) b where b.quarter_at >= %(since)s and b.quarter_at < %(until)s
group by 1
"""


def series(program: Program, *, viewer: User, since: dt.datetime, until: dt.datetime, zone: str = "UTC") -> list[Day]:
    """
    Return one entry for every day of [since, until), also for days on which nothing happened.

    Both instants are given in the time zone whose days are meant; `zone` is its name.
    """
    values: dict[str, Any] = {
        "mailings": list(mailings_of(program).values_list("id", flat=True)),
        "since": since,
        "until": until,
        "zone": zone,
        "rules": RULE_VERSION,
    }
    with connection.cursor() as cursor:
        cursor.execute(SERIES.format(counted=counted_for(viewer)), values)
        found = {day: Day(day, *(int(count) for count in counts)) for day, *counts in cursor.fetchall()}
    first, last = since.date(), (until - dt.timedelta(microseconds=1)).date()
    days = [first + dt.timedelta(days=n) for n in range((last - first).days + 1)]
    return [found.get(day, Day(day)) for day in days]


@dataclass(frozen=True, slots=True)
class ReasonCount:
    """How many participants left, or never entered, for one reason."""

    state: str
    reason: str
    number: int


def leavers(program: Program, *, viewer: User) -> list[ReasonCount]:
    """Return why people whom the viewer may see left or never entered, most frequent first."""
    ended = Q(state__in=[State.EXITED, State.REJECTED, State.REMOVED, State.ERRORED])
    rows = (
        Participant.objects.for_viewer(viewer)
        .filter(ended, program=program)
        .values_list("state", "reason")
        .annotate(number=Count("id"))
        .order_by("-number", "reason")
    )
    return [ReasonCount(*row) for row in rows]
