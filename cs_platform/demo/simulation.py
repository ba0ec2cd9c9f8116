"""
The demo's time: days pass, customers live, the real engine writes to them, and people react.

Everything is done by the operations that the workers call; only the postman differs, who keeps every letter in the
Outbox. What people do is a pure function of the delivery and the person (behaviour.py), so a simulation that is taken
up again tomorrow, or after a crash, goes on as if it had never stopped.
"""

from __future__ import annotations

import datetime as dt
import heapq
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from django.db.models import Count

from accounts.team.models import User
from contacts.content.models import Link
from contacts.delivery import operations as delivery
from contacts.delivery.models import Delivery, Mailing
from contacts.engagement import operations as engagement
from contacts.engagement.operations import RawHit
from cs_platform.common import clock
from cs_platform.demo import programs, world
from cs_platform.demo.behaviour import SimHit, reactions_to, temperament
from programs.participants import operations as participants
from surveys.invitations.models import Invitation
from surveys.responses.operations import record_response

# The hours (UTC) at which a simulated day is worked off: mornings in APAC, EMEA and AMER, and what follows them.
HOURS = (1, 7, 9, 14, 17, 21)
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

    seed: int
    pending: list[Reaction] = field(default_factory=list)
    links: dict[int, dict[int, int]] = field(default_factory=dict)

    def advance(self, *, until: dt.datetime, progress: Progress | None = None) -> int:
        """
        Live until an instant; return how many days were begun on the way.

        :raises NotAhead: when the instant lies in the demo's past.
        """
        start = clock.now()
        if until <= start:
            raise NotAhead(f"The demo is at {start:%d %B %Y, %H:%M} UTC already; choose a later day.")
        recent = Delivery.objects.filter(state="sent", transport="outbox", sent_at__gt=start - PATIENCE)
        self.pending = [reaction for reaction in self._reactions(recent) if reaction.at > start]
        heapq.heapify(self.pending)
        days = 0
        for moment, begins_day in moments(start, until):
            clock.move_to(moment)
            if begins_day:
                self._begin_day(moment)
                days += 1
                if progress is not None:
                    progress(moment.date())
            self._work(moment)
        return days

    def _begin_day(self, now: dt.datetime) -> None:
        world.live_one_day(day=now.date(), now=now, seed=self.seed, clicks=_recent_clicks(now))
        if now.day == 1:
            programs.publish_issues(owner=_program_manager(), now=now)
        participants.enrol_all(now=now)

    def _work(self, now: dt.datetime) -> None:
        participants.advance_all(now=now)
        delivery.send_all_due(is_simulated=True, clock=lambda: now)
        for reaction in self._reactions(Delivery.objects.filter(state="sent", transport="outbox", sent_at=now)):
            heapq.heappush(self.pending, reaction)
        self._happen(now)
        engagement.settle_all(now=now)

    def _happen(self, now: dt.datetime) -> None:
        """Let everything happen that people do up to now."""
        due = []
        while self.pending and self.pending[0].at <= now:
            due.append(heapq.heappop(self.pending))
        engagement.record_hits([self._raw(r) for r in due if r.hit.kind in KINDS], now=now)
        for reaction in due:
            if reaction.hit.kind == "answer":
                _answer(reaction)

    def _reactions(self, deliveries: Iterable[Delivery]) -> Iterator[Reaction]:
        for row in deliveries.select_related("mailing").order_by("id"):  # type: ignore[attr-defined]
            links = self._links_of(row.template_version_id)
            hits = reactions_to(
                delivery_id=row.pk,
                sent_at=row.sent_at,
                temperament=temperament(row.person_id, seed=self.seed),
                n_links=len(links) - 1,  # Link 0 is the hidden one.
                is_survey=row.mailing.kind == Mailing.Kind.SURVEY,
                seed=self.seed,
            )
            for number, hit in enumerate(hits):
                yield Reaction(hit.at, row.pk, number, hit, row.template_version_id, row.person_id, row.occurrence)

    def _links_of(self, version_id: int) -> dict[int, int]:
        if version_id not in self.links:
            self.links[version_id] = dict(Link.objects.filter(version=version_id).values_list("number", "id"))
        return self.links[version_id]

    def _raw(self, reaction: Reaction) -> RawHit:
        hit = reaction.hit
        links = self._links_of(reaction.template_version_id)
        return RawHit(
            kind=KINDS[hit.kind],
            delivery_id=reaction.delivery_id,
            occurred_at=hit.at,
            dedupe_key=f"sim:{reaction.delivery_id}:{reaction.number}",
            link_id=links.get(hit.link_number) if hit.link_number is not None else None,
            source="simulation",
            method=hit.method,
            user_agent=hit.user_agent,
            network=hit.network,
            detail={"bounce_class": hit.bounce_class} if hit.kind == "bounce" else {},
        )


KINDS = {"open": "opened", "click": "clicked", "bounce": "bounced", "unsubscribe": "unsubscribed"}


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


def _recent_clicks(now: dt.datetime) -> dict[int, int]:
    """Return how many messages humans clicked at each account in the last 90 days."""
    rows = Delivery.objects.filter(clicked_at__gt=now - RECENT, account__isnull=False).values_list("account_id")
    return {account or 0: number for account, number in rows.annotate(number=Count("id"))}


def _program_manager() -> User:
    return User.objects.get(email="pm@keel.example")
