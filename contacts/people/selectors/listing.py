"""Contacts of all accounts, as lists narrow and sort them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Concat

from accounts.book.models import ExternalId
from accounts.team.models import User
from contacts.people.models import GitlabRole, Membership, SoldTo

SORTS = {
    "name": ("person__last_name", "person__first_name"),
    "account": ("account__name", "person__last_name"),
    "access": ("access", "person__last_name"),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What a list of contacts is narrowed to and sorted by; what is empty narrows nothing."""

    words: str = ""
    role: str = ""  # a key of the picklist, "sold_to", or "none" for contacts without a role
    access: str = ""
    state: str = ""  # "inactive", "opted_out" or "no_address"
    is_mine: bool = False
    sort: str = "name"


def contacts_asked_for(asked: Asked, *, viewer: User) -> QuerySet[Membership]:
    """Return the contacts of a list with person and account to hand; each has `is_sold_to`."""
    bought = SoldTo.objects.filter(account=OuterRef("account"), person=OuterRef("person"))
    contacts = Membership.objects.for_viewer(viewer).live().select_related("person", "account")
    found = _narrowed(contacts.annotate(is_sold_to=Exists(bought)), asked, viewer)
    columns = [F(name) for name in (*SORTS.get(asked.sort.removeprefix("-"), SORTS["name"]), "pk")]
    return found.order_by(*(column.desc() if asked.sort.startswith("-") else column.asc() for column in columns))


def _narrowed(found: QuerySet[Any], asked: Asked, viewer: User) -> QuerySet[Any]:
    if asked.role == "sold_to":
        found = found.filter(is_sold_to=True)
    elif asked.role:
        found = found.filter(roles=[]) if asked.role == "none" else found.filter(roles__contains=[asked.role])
    if asked.access:
        found = found.filter(access=asked.access)
    if asked.is_mine:
        found = found.filter(account__csm=viewer)
    if asked.state:
        found = found.filter(_state(asked.state))
    if asked.words:
        found = found.annotate(full_name=Concat("person__first_name", Value(" "), "person__last_name"))
        found = found.filter(_is_meant(asked.words))
    return found


def _state(state: str) -> Q:
    if state == "inactive":
        return Q(is_active=False)
    return ~Q(opted_out=[]) if state == "opted_out" else Q(person__email=None)


def _is_meant(words: str) -> Q:
    outside = ExternalId.objects.filter(kind=ExternalId.Kind.CONTACT, external_id=words, object_id=OuterRef("pk"))
    named = Q(full_name__icontains=words) | Q(person__email__icontains=words) | Q(account__name__icontains=words)
    return named | Q(Exists(outside))


def role_labels() -> dict[str, GitlabRole]:
    """Return every role there is or was, by its key, in the order of the picklist."""
    return {role.key: role for role in GitlabRole.objects.order_by("position", "label")}
