"""What goes out in the coming days, and what does not, with the reason."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Max, Min, QuerySet
from django.db.models.functions import TruncDate

from accounts.team.models import User
from contacts.delivery.models import Delivery
from contacts.delivery.models import State as DeliveryState
from contacts.delivery.rules import reason_in_words as delivery_reason
from cs_platform.common import clock
from programs.design.models import Program, Status
from programs.participants.models import Participant
from programs.participants.models import State as ParticipantState
from programs.participants.rules import reason_in_words as participant_reason

WEEK = dt.timedelta(days=7)
DAYS = 7
# How far back what did not go out is still news.
RECENT = dt.timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What one program sends in the coming week: messages planned already, and contacts whose next step is due."""

    program_id: int | None
    name: str
    planned: int
    due: int
    next_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Week:
    """The coming seven days; what is overdue counts as today."""

    programs: tuple[Outgoing, ...]
    days: tuple[tuple[dt.date, int], ...]

    @property
    def total(self) -> int:
        return sum(count for _, count in self.days)


def week_ahead(viewer: User, *, now: dt.datetime) -> Week:
    """Return what goes out in seven days from now, by program and by day in the organization's zone; three queries."""
    until, zone = now + WEEK, clock.zone()
    planned = _by_day(
        Delivery.objects.for_viewer(viewer).filter(
            state__in=(DeliveryState.PLANNED, DeliveryState.CLAIMED), due_at__lt=until
        ),
        "mailing__program_ref",
        zone,
    )
    due = _by_day(
        Participant.objects.for_viewer(viewer).filter(
            state__in=(ParticipantState.QUEUED, ParticipantState.WAITING),
            due_at__lt=until,
            program__status=Status.ACTIVE,
        ),
        "program_id",
        zone,
    )
    names = dict(Program.objects.values_list("pk", "name"))
    today = now.astimezone(zone).date()
    days = Counter({today + dt.timedelta(days=ahead): 0 for ahead in range(DAYS)})
    for _, day, count, _ in (*planned, *due):
        days[min(max(day, today), today + dt.timedelta(days=DAYS - 1))] += count
    programs = [_outgoing(program, names, planned, due) for program in {row[0] for row in (*planned, *due)}]
    return Week(tuple(sorted(programs, key=lambda each: (each.next_at, each.name))), tuple(sorted(days.items())))


Tally = tuple[int | None, dt.date, int, dt.datetime]


def _by_day(rows: QuerySet[Any], program: str, zone: ZoneInfo) -> list[Tally]:
    counted = rows.order_by().values_list(program, TruncDate("due_at", tzinfo=zone))
    return list(counted.annotate(number=Count("pk"), next_at=Min("due_at")))


def _outgoing(program: int | None, names: dict[int, str], planned: Iterable[Tally], due: Iterable[Tally]) -> Outgoing:
    ours, theirs = ([row for row in rows if row[0] == program] for rows in (planned, due))
    return Outgoing(
        program_id=program,
        name=names.get(program or 0, "Other mail"),
        planned=sum(row[2] for row in ours),
        due=sum(row[2] for row in theirs),
        next_at=min(row[3] for row in (*ours, *theirs)),
    )


@dataclass(frozen=True, slots=True)
class Stop:
    """So many messages, or contacts, stand in a state for one reason; `latest_at` is when the newest came there."""

    kind: str  # "delivery" or "participant"
    state: str
    label: str
    code: str
    reason: str
    programs: int
    count: int
    latest_at: dt.datetime


# What needs a person comes first, what was decided by the rules last.
URGENCY = ("uncertain", "errored", "held", "refused", "cancelled", "exited", "rejected")


def stops(viewer: User, *, now: dt.datetime) -> list[Stop]:
    """
    Return what did not go on in the last thirty days, with the reason; two queries.

    Messages that are uncertain, refused or cancelled, and contacts that a program holds, could not serve, let go or
    did not take in.
    """
    deliveries = Delivery.objects.for_viewer(viewer).filter(
        state__in=(DeliveryState.UNCERTAIN, DeliveryState.REFUSED, DeliveryState.CANCELLED),
        due_at__gte=now - RECENT,
        due_at__lt=now + WEEK,
    )
    participants = Participant.objects.for_viewer(viewer).filter(
        state__in=(ParticipantState.HELD, ParticipantState.ERRORED, ParticipantState.EXITED, ParticipantState.REJECTED),
        changed_at__gte=now - RECENT,
    )
    found = [
        Stop("delivery", state, DeliveryState(state).label, code, delivery_reason(code), *rest)
        for state, code, *rest in _grouped(deliveries, "mailing__program_ref", "due_at")
    ]
    found += [
        Stop("participant", state, ParticipantState(state).label, code, participant_reason(code), *rest)
        for state, code, *rest in _grouped(participants, "program_id", "changed_at")
    ]
    return sorted(found, key=lambda stop: (URGENCY.index(stop.state), -stop.count, stop.reason))


def _grouped(rows: QuerySet[Any], program: str, moment: str) -> Iterable[Any]:
    counted = rows.order_by().values_list("state", "reason")
    return counted.annotate(programs=Count(program, distinct=True), number=Count("pk"), latest=Max(moment))
