from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Concat

from accounts.book.models import Account
from accounts.team.models import User
from contacts.content.rules import MissingValue, UnreadableValue, fill_subject
from contacts.content.selectors import Frozen, frozen
from contacts.delivery.models import Delivery, DeliveryQuerySet, Mailing, Sender
from contacts.delivery.rules import derived_key
from contacts.people.models import Person


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
class Sought:
    """What the Outbox is narrowed to; an empty value narrows nothing."""

    state: str = ""  # one of State, or BOUNCED
    program_ref: int | None = None
    mailing_id: int | None = None
    response: str = ""  # of RESPONSES
    words: str = ""  # of the recipient or the account
    since: dt.datetime | None = None  # sent from this instant on; or bounced, or answered so, where these are asked for


BOUNCED = "bounced"
# What a reader may have done, by the field that says when they first did.
RESPONSES = {"opened": "opened_at", "clicked": "clicked_at", "unsubscribed": "unsubscribed_at"}


def outbox(sought: Sought, *, viewer: User) -> DeliveryQuerySet:
    """Return the messages the viewer may see, without order: pages of them are turned by (due_at, pk)."""
    found = Delivery.objects.for_viewer(viewer).select_related("mailing", "person", "account")
    if sought.state == BOUNCED:
        found = found.filter(bounced_at__isnull=False)
    elif sought.state:
        found = found.filter(state=sought.state)
    if sought.response:
        found = found.filter(**{f"{RESPONSES[sought.response]}__isnull": False})
    if sought.program_ref is not None:
        found = found.filter(mailing__in=Mailing.objects.filter(program_ref=sought.program_ref).values("id"))
    if sought.mailing_id is not None:
        found = found.filter(mailing=sought.mailing_id)
    if sought.words:
        found = found.filter(_about(sought.words))
    if sought.since is not None:
        happened = RESPONSES.get(sought.response) or ("bounced_at" if sought.state == BOUNCED else "sent_at")
        found = found.filter(**{f"{happened}__gte": sought.since})
    return found


# So many people or accounts are named to the database one by one, which then goes by its indexes.
MOST_NAMED = 500


# Find people and accounts first: there are far fewer of them than messages.
def _about(words: str) -> Q:
    named = Person.objects.annotate(name_in_full=Concat("first_name", Value(" "), "last_name"))
    people = named.filter(Q(name_in_full__icontains=words) | Q(email__icontains=words)).values("id")
    accounts = Account.objects.filter(name__icontains=words).values("id")
    return Q(person__in=_few_or_all(people)) | Q(account__in=_few_or_all(accounts))


# Return the numbers of a few rows as a list, and many as the query that finds them.
def _few_or_all(rows: QuerySet[Any, Any]) -> QuerySet[Any, Any] | list[int]:
    few = [row["id"] for row in rows.order_by()[: MOST_NAMED + 1]]
    return few if len(few) <= MOST_NAMED else rows


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
    """Return every message to a person that this user may see, the latest first."""
    messages = Delivery.objects.for_viewer(viewer).filter(person=person_id)
    return messages.select_related("mailing", "account").order_by("-due_at", "-pk")
