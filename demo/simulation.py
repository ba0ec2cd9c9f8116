"""
The demo's time: days pass, customers live, the real engine writes to them, and people react.

Everything is done by the operations that the workers call; only the postman differs, who keeps every letter in the
Outbox. What people do is a pure function of the delivery and the person (behaviour.py), so a simulation that is taken
up again tomorrow, or after a crash, goes on as if it had never stopped.
"""

from __future__ import annotations

import datetime as dt
import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from django.db import connection
from django.db.models import Count, QuerySet

from accounts.team.models import User
from contacts.content.models import Link
from contacts.delivery import operations as delivery
from contacts.delivery.models import Delivery, Mailing
from contacts.engagement.operations.events import RawHit, record_hits
from contacts.engagement.operations.verdicts import judge_all_hits
from cs_platform.common import clock, partitions
from cs_platform.common.acting import acting
from demo import programs
from demo.behaviour import Kind, SimHit, Temperament, reactions_to, temperament
from demo.world.operations.days import live_days
from demo.world.rules.worlds import SEED, World
from demo.world.selectors import remember
from programs.participants import operations as participants
from surveys.responses.models import Invitation
from surveys.responses.operations import record_response

# The hours (UTC) at which a simulated day is worked off: what APAC and EMEA were due this morning, then AMER.
HOURS = (9, 17)
# How long after a message somebody may still react to it.
PATIENCE = dt.timedelta(days=14)
RECENT = dt.timedelta(days=90)

Progress = Callable[[dt.date], None]


class NotAhead(Exception):
    """Time only moves forward: what was sent and clicked cannot unhappen."""


@dataclass(order=True, slots=True)
class Reaction:
    """Something somebody will do about a message."""

    at: dt.datetime
    delivery_id: int
    number: int
    hit: SimHit = field(compare=False)
    template_version_id: int = field(compare=False)
    person_id: int = field(compare=False)
    occurrence: str = field(compare=False)


@dataclass
class Simulation:
    """Moves the demo's clock and lets everything happen on the way."""

    world: World | None = None
    seed: int = SEED
    pending: list[Reaction] = field(default_factory=list)
    links: dict[int, dict[int, Link]] = field(default_factory=dict)
    temperaments: dict[int, Temperament] = field(default_factory=dict)

    def advance(self, *, until: dt.datetime, progress: Progress | None = None) -> int:
        """
        Live until an instant; return how many days were begun on the way.

        :raises NotAhead: when the instant lies in the demo's past.
        """
        with connection.cursor() as cursor:
            # Simulated days are told again after a crash; nobody waits for the disk.
            cursor.execute("set synchronous_commit = off")
        start = clock.now()
        if until <= start:
            raise NotAhead(f"The demo is already at {start:%d %B %Y, %H:%M} UTC; choose a later date.")
        recent = Delivery.objects.filter(state="sent", transport="outbox", due_at__gt=start - PATIENCE)
        self.pending = [reaction for reaction in self._reactions(recent) if reaction.at > start]
        heapq.heapify(self.pending)
        days = 0
        for moment, begins_day in moments(start, until):
            clock.move_to(moment)
            with clock.recording_at(moment):
                if begins_day:
                    self._begin_day(moment)
                self._work(moment)
            days += begins_day
            if begins_day and progress is not None:
                progress(moment.date())
        return days

    def _begin_day(self, now: dt.datetime) -> None:
        partitions.ensure_ahead(today=now.date())
        self._live_until(now)
        if now.day == 1:
            owner = _program_manager()
            with acting(actor=owner.email):
                programs.publish_issues(owner=owner, now=now)
        participants.enroll_all(now=now)

    # Let the customers live today, and the days before it that passed while nobody pressed a button.
    def _live_until(self, now: dt.datetime) -> None:
        lived = clock.lived_date() or now.date() - dt.timedelta(days=1)
        if self.world is None:
            self.world = remember(today=lived, seed=self.seed, scale=clock.scale())
        days = [lived + dt.timedelta(days=n) for n in range(1, (now.date() - lived).days + 1)]
        for first in range(0, len(days), 7):
            live_days(world=self.world, days=days[first : first + 7], now=now, clicks=_recent_clicks(now))
        if days:
            clock.note_lived(days[-1])

    def _work(self, now: dt.datetime) -> None:
        participants.advance_all(now=now)
        delivery.send_all_due(is_simulated=True, clock=lambda: now)
        for reaction in self._reactions(Delivery.objects.filter(state="sent", transport="outbox", due_at=now)):
            heapq.heappush(self.pending, reaction)
        self._happen(now)
        judge_all_hits(now=now)

    # Let everything happen that people do up to now.
    def _happen(self, now: dt.datetime) -> None:
        due = []
        while self.pending and self.pending[0].at <= now:
            due.append(heapq.heappop(self.pending))
        with acting(actor="reader", source="tracking"):
            record_hits([self._raw(r) for r in due if r.hit.kind in KINDS], now=now)
            for reaction in due:
                if reaction.hit.kind == Kind.ANSWER:
                    _answer(reaction)

    def _reactions(self, deliveries: QuerySet[Delivery]) -> Iterator[Reaction]:
        rows = deliveries.order_by("id").values_list(
            "id",
            "sent_at",
            "template_version_id",
            "person_id",
            "occurrence",
            "mailing__kind",
            "person__zone",
            "account__zone",
        )
        for number, sent_at, version, person, occurrence, kind, own_zone, account_zone in rows:
            if sent_at is None:
                continue
            hits = reactions_to(
                delivery_id=number,
                sent_at=sent_at,
                temperament=self._temperament_of(person),
                n_links=len(self._links_of(version)) - 1,  # Link 0 is the hidden one.
                is_survey=kind == Mailing.Kind.SURVEY,
                seed=self.seed,
                zone=own_zone or account_zone or "UTC",
            )
            for place, hit in enumerate(hits):
                yield Reaction(hit.at, number, place, hit, version, person, occurrence)

    def _temperament_of(self, person: int) -> Temperament:
        if person not in self.temperaments:
            self.temperaments[person] = temperament(person, seed=self.seed)
        return self.temperaments[person]

    def _links_of(self, version_id: int) -> dict[int, Link]:
        if version_id not in self.links:
            self.links[version_id] = {link.number: link for link in Link.objects.filter(version=version_id)}
        return self.links[version_id]

    # A score is clicked at the link that leads to the survey with it.
    def _clicked(self, reaction: Reaction) -> int | None:
        links = self._links_of(reaction.template_version_id)
        hit = reaction.hit
        if hit.kind == Kind.CLICK and hit.score is not None:
            return next((link.pk for link in links.values() if link.url.endswith(f"?score={hit.score}")), None)
        found = links.get(hit.link_number) if hit.link_number is not None else None
        return found.pk if found else None

    def _raw(self, reaction: Reaction) -> RawHit:
        hit = reaction.hit
        return RawHit(
            kind=KINDS[hit.kind],
            delivery_id=reaction.delivery_id,
            occurred_at=hit.at,
            dedupe_key=f"sim:{reaction.delivery_id}:{reaction.number}",
            link_id=self._clicked(reaction),
            source="simulation",
            method=hit.method,
            user_agent=hit.user_agent,
            network=hit.network,
            detail={"bounce_class": hit.bounce_class} if hit.kind == Kind.BOUNCE else {},
        )


KINDS = {Kind.OPEN: "opened", Kind.CLICK: "clicked", Kind.BOUNCE: "bounced", Kind.UNSUBSCRIBE: "unsubscribed"}


def moments(start: dt.datetime, until: dt.datetime) -> Iterator[tuple[dt.datetime, bool]]:
    """Give the instants in (start, until] at which work is done, and whether each is the first of its day."""
    day = start.date()
    while day <= until.date():
        for place, hour in enumerate(HOURS):
            moment = dt.datetime.combine(day, dt.time(hour), dt.UTC)
            if start < moment <= until:
                yield moment, place == 0
        day += dt.timedelta(days=1)
    if until.hour not in HOURS or until.minute or until.second or until.microsecond:
        yield until, False


def _answer(reaction: Reaction) -> None:
    invitation = (
        Invitation.objects.filter(person=reaction.person_id, occurrence=reaction.occurrence)
        .select_related("version", "survey", "person")
        .first()
    )
    if invitation is None:
        return
    answers = {}
    for question in invitation.version.questions.all():
        if question.kind == "nps":
            answers[question.key] = str(reaction.hit.score)
        elif question.kind == "text":
            answers[question.key] = reaction.hit.comment or ""
    record_response(invitation=invitation, answers=answers, now=reaction.at)


# Return how many messages humans clicked at each account in the last 90 days.
def _recent_clicks(now: dt.datetime) -> dict[int, int]:
    rows = Delivery.objects.filter(clicked_at__gt=now - RECENT, account__isnull=False).values_list("account_id")
    return {account or 0: number for account, number in rows.annotate(number=Count("id"))}


def _program_manager() -> User:
    return User.objects.get(email="pm@keel.example")
