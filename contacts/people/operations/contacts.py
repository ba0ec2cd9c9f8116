"""Add contacts, and change what we know of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from typing import Any, TypedDict, Unpack

from django.db import transaction

from accounts.book.models import Account
from accounts.contracts.models import Subscription
from contacts.people.models import Access, Membership, Person, SoldTo, Source
from contacts.people.operations.roles import RoleEdit, set_roles
from contacts.people.rules import with_edits


class AddressTaken(ValueError):
    """Another living person has this address already."""


class AlreadyAContact(ValueError):
    """The person is a contact of this account already."""


class PersonFacts(TypedDict, total=False):
    """What may be said of a person; `email` is normalised (consent.rules.normalise_address) or None."""

    email: str | None
    first_name: str
    last_name: str
    title: str
    locale: str
    zone: str


def add_contact(
    *,
    account: Account,
    actor: str,
    source: Source,
    now: dt.datetime,
    roles: Collection[str] = (),
    access: Access | str = "",
    **person: Unpack[PersonFacts],
) -> Membership:
    """
    Add a contact to an account: somebody new, or somebody known by the address who is at other accounts too.

    A known person keeps the name they have. What they declined everywhere else they decline here as well.

    :raises AlreadyAContact: when they are a contact of this account.
    :raises UnknownRole: see set_roles.
    """
    with transaction.atomic():
        human = _known_by(person.get("email")) or Person.objects.create(**person)
        if human.memberships.filter(account=account).exists():
            raise AlreadyAContact(f"{human.display_name} is already a contact of {account.name}.")
        declined = declined_everywhere([human.pk]).get(human.pk, [])
        membership = Membership.objects.create(
            person=human, account=account, access=access, source=source, opted_out=declined
        )
        if roles:
            set_roles(membership=membership, roles=roles, actor=actor, source=source, now=now)
    return membership


def change_contact(*, membership: Membership, **facts: Unpack[PersonFacts]) -> list[str]:
    """
    Change what we know of the person behind a contact and return the fields that really changed.

    :raises AddressTaken: when another living person has the address; merging the two is another matter.
    """
    person = membership.person
    changed = [field for field, value in facts.items() if getattr(person, field) != value]
    if "email" in changed and _known_by(facts["email"]):
        raise AddressTaken(f"{facts['email']} already belongs to another person.")
    for field in changed:
        setattr(person, field, facts[field])  # type: ignore[literal-required]
    if changed:
        person.save(update_fields=changed)
    return changed


def deactivate(*, membership: Membership) -> bool:
    """Retire a contact: nothing is sent to them about this account. Return whether they were active."""
    return _set_active(membership, is_active=False)


def reactivate(*, membership: Membership) -> bool:
    return _set_active(membership, is_active=True)


def set_access(*, membership: Membership, access: Access | str) -> bool:
    """Say what access somebody has in the customer's GitLab group ("" for none); return whether it changed."""
    changed = Membership.objects.filter(pk=membership.pk).exclude(access=access).update(access=access)
    membership.access = access
    return bool(changed)


def edit_roles(
    *, membership: Membership, shown: Collection[str], wanted: Collection[str], actor: str, now: dt.datetime
) -> RoleEdit:
    """
    Tick and untick GitLab roles as somebody did in a form that showed `shown`; what others changed meanwhile stays.

    :raises UnknownRole: naming the roles that the picklist does not offer.
    """
    with transaction.atomic():
        held = Membership.objects.select_for_update(no_key=True).values_list("roles", flat=True).get(pk=membership.pk)
        roles = with_edits(held, shown=shown, wanted=wanted)
        return set_roles(membership=membership, roles=roles, actor=actor, source=Source.KEEL, now=now)


def edit_contact(
    *,
    membership: Membership,
    shown: Collection[str],
    roles: Collection[str],
    access: Access | str,
    is_active: bool,
    actor: str,
    now: dt.datetime,
) -> RoleEdit:
    """
    Save what the details of a contact say: GitLab roles (see edit_roles), SaaS access, whether they are active.

    :raises UnknownRole: naming the roles that the picklist does not offer; nothing is saved then.
    """
    with transaction.atomic():
        edit = edit_roles(membership=membership, shown=shown, wanted=roles, actor=actor, now=now)
        set_access(membership=membership, access=access)
        (reactivate if is_active else deactivate)(membership=membership)
    return edit


def undo_edit(payload: Mapping[str, Any]) -> None:
    """
    Take back an edit of a contact: roles given (`added`) and taken (`removed`), and what else it names.

    Shapes: membership id, lists of role keys, and optionally `access` and `is_active` as they were.
    """
    membership = Membership.objects.select_for_update(no_key=True).get(pk=payload["membership"])
    roles = (set(membership.roles) - set(payload["added"])) | set(payload["removed"])
    set_roles(membership=membership, roles=roles, actor=payload["actor"], source=Source.KEEL, now=payload["now"])
    if "access" in payload:
        set_access(membership=membership, access=payload["access"])
    if "is_active" in payload:
        _set_active(membership, is_active=payload["is_active"])


def undo_addition(payload: Mapping[str, Any]) -> None:
    """Retire the contact who was just added (`membership` is its id): what was noted of them meanwhile stays."""
    deactivate(membership=Membership.objects.get(pk=payload["membership"]))


def undo_change_of_person(payload: Mapping[str, Any]) -> None:
    """Put what we knew of a person (`facts`) back, for the contact of this `membership` id."""
    facts: PersonFacts = payload["facts"]
    change_contact(membership=Membership.objects.select_related("person").get(pk=payload["membership"]), **facts)


def record_sold_to(
    *,
    account: Account,
    person: Person,
    source: str,
    ordered_date: dt.date,
    subscription: Subscription | None = None,
) -> bool:
    """Remember who bought: a fact of the order that nobody edits. Return whether it was news."""
    fact = SoldTo(account=account, person=person, subscription=subscription, source=source, ordered_date=ordered_date)
    return bool(record_sold_tos(facts=[fact]))


def record_sold_tos(*, facts: Iterable[SoldTo]) -> list[SoldTo]:
    """Remember who bought what, from unsaved rows; what is known already is left out. Return what was news."""
    wanted = {(fact.account_id, fact.person_id, fact.subscription_id): fact for fact in facts}
    accounts = {account for account, _, _ in wanted}
    known = SoldTo.objects.filter(account__in=accounts).values_list("account_id", "person_id", "subscription_id")
    for key in known:
        wanted.pop(key, None)
    SoldTo.objects.bulk_create(list(wanted.values()), ignore_conflicts=True)
    return list(wanted.values())


def declined_everywhere(person_ids: Collection[int]) -> dict[int, list[str]]:
    """Return the categories people declined at every account they are at: a wish about themselves, not about one."""
    declined: dict[int, set[str]] = {}
    for person, categories in Membership.objects.filter(person__in=person_ids).values_list("person", "opted_out"):
        declined[person] = declined[person] & set(categories) if person in declined else set(categories)
    return {person: sorted(categories) for person, categories in declined.items()}


def _known_by(email: str | None) -> Person | None:
    return Person.objects.filter(email=email, merged_into=None, erased_at=None).first() if email else None


def _set_active(membership: Membership, *, is_active: bool) -> bool:
    changed = Membership.objects.filter(pk=membership.pk, is_active=not is_active).update(is_active=is_active)
    membership.is_active = is_active
    return bool(changed)
