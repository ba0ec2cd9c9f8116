from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Count, F, Min, Q, QuerySet
from django.db.models.functions import Coalesce

from accounts.team.models import User
from contacts.content.rules import MissingValue, UnreadableValue, fill_subject
from contacts.content.selectors import Frozen, frozen
from contacts.delivery.models import Breaker, Delivery, Mailing, Sender, State
from contacts.delivery.rules import derived_key, reason_in_words
from cs_platform.common.once import once


def tracking_key() -> bytes:
    """The key that seals tracking and unsubscribe tokens: derived, so that no other secret is exposed by it."""
    return derived_key(settings.SECRET_KEY)


def tracking_keys() -> list[bytes]:
    """The keys tokens may have been sealed with: today's, and those before a rotation."""
    return [derived_key(secret) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]


def senders() -> QuerySet[Sender]:
    return Sender.objects.order_by("-is_default", "name", "pk")


def uncertain_count(viewer: User) -> int:
    return Delivery.objects.for_viewer(viewer).filter(state="uncertain").count()


@dataclass(frozen=True, slots=True)
class HeldMail:
    """How many messages of a program wait for one reason, and since when the first of them is due."""

    reason: str
    words: str
    number: int
    oldest_due_at: dt.datetime


def held_mail(program_ref: int, *, viewer: User) -> list[HeldMail]:
    """Return what is held of a program and why, most first; one query."""
    held = Delivery.objects.for_viewer(viewer).filter(mailing__program_ref=program_ref, state=State.HELD)
    rows = held.values_list("reason").annotate(number=Count("id"), oldest=Min("due_at")).order_by("-number", "reason")
    return [HeldMail(reason, reason_in_words(reason), number, oldest) for reason, number, oldest in rows]


@dataclass(frozen=True, slots=True)
class Overdue:
    """What would leave if a program were resumed now: how many messages are overdue, and how many are due later."""

    number: int
    oldest_due_at: dt.datetime | None
    later: int


def resume_preview(*, program_ref: int, now: dt.datetime) -> Overdue:
    """Return what a paused program holds that may still leave; who planned more than messages adds it."""
    held = Delivery.objects.filter(
        mailing__program_ref=program_ref, state=State.HELD, reason__in=("program_paused", "mailing_on_hold")
    )
    found = held.filter(due_at__gte=now - F("mailing__max_lateness")).aggregate(
        number=Count("id", filter=Q(due_at__lte=now)),
        oldest=Min("due_at", filter=Q(due_at__lte=now)),
        later=Count("id", filter=Q(due_at__gt=now)),
    )
    return Overdue(found["number"], found["oldest"], found["later"])


def open_breakers() -> list[Breaker]:
    """Return the senders, domains and servers whose mail is held because it was refused for our sake, oldest first."""
    return once("breakers", lambda: list(Breaker.objects.filter(closed_at=None).order_by("opened_at", "pk")))


def held_by_safe_mode() -> list[tuple[int, int, dt.datetime]]:
    """Return (program's number or 0, held messages, the oldest's due instant) for all that safe mode holds."""
    held = Delivery.objects.filter(state=State.HELD, reason="safe_mode")
    rows = held.values_list(Coalesce("mailing__program_ref", 0)).annotate(number=Count("id"), oldest=Min("due_at"))
    return list(rows.order_by("-number"))


@dataclass(frozen=True, slots=True)
class Origin:
    """What a mailing belongs to, such as a program: its name, and the address of its page."""

    name: str
    url: str


Origins = Callable[[Collection[int]], Mapping[int, Origin]]
# Programs live in a room above this one and say here what they are called.
_origins: list[Origins] = []


def register_origins(source: Origins) -> None:
    _origins[:] = [source]


def origins() -> list[tuple[int, Origin]]:
    """Return everything that mailings belong to, by name; two queries."""
    refs = Mailing.objects.filter(program_ref__isnull=False).values_list("program_ref", flat=True).distinct()
    return sorted(origins_of(refs).items(), key=lambda item: item[1].name.lower())


def origins_of(program_refs: Iterable[int | None]) -> Mapping[int, Origin]:
    """Return what these numbers of programs stand for; one query."""
    wanted = {number for number in program_refs if number is not None}
    return _origins[0](wanted) if _origins and wanted else {}


def subjects_of(delivery_ids: Collection[int]) -> dict[int, str]:
    """Return the subject lines of these messages as their readers saw them; three queries however many."""
    rows = list(Delivery.objects.filter(pk__in=delivery_ids).values_list("pk", "template_version_id", "merge"))
    emails = frozen(version for _, version, _ in rows)
    return {pk: _subject(emails[version], merge) for pk, version, merge in rows}


def _subject(email: Frozen, merge: Mapping[str, str]) -> str:
    try:
        return fill_subject(email.compiled, merge)
    except (MissingValue, UnreadableValue):
        # A message that could not be written for want of a value is shown as its author wrote it.
        return email.subject


def deliveries_to(person_id: int, *, viewer: User) -> QuerySet[Delivery]:
    """Return every message to a person that this user may see, without order: pages of them are NEWEST_FIRST."""
    return Delivery.objects.for_viewer(viewer).filter(person=person_id).select_related("mailing", "account")
