"""The people at new customers: contacts, roles, access, and who bought."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from accounts.book.models import ExternalId
from contacts.people.models import Membership, Person, RoleChange, SoldTo, Source
from demo.world.operations.daybook import Daybook
from demo.world.rules.customers import WEB_DIRECT
from demo.world.rules.lives import Life
from demo.world.rules.outside_ids import CONTACT, salesforce_15
from demo.world.rules.people import Contact, roster
from demo.world.rules.worlds import World

Known = tuple[Life, Contact]


def write_people(daybook: Daybook, lives: Sequence[Life]) -> None:
    """Write everybody at these customers; a consultant who is known already only gets another membership."""
    world = daybook.world
    known: list[Known] = [
        (life, contact) for life in lives for contact in roster(life.traits, seed=world.seed, company=life.name)
    ]
    persons = _write_persons(world, known)
    memberships = Membership.objects.bulk_create(
        (_membership(world, life, contact, persons[contact.email]) for life, contact in known), batch_size=2000
    )
    names = {salesforce_15(CONTACT, membership.pk): membership.pk for membership in memberships}
    daybook.name_outside(ExternalId.Kind.CONTACT, names)
    RoleChange.objects.bulk_create(_role_changes(memberships, daybook.now), batch_size=2000)
    SoldTo.objects.bulk_create(_sold_to(world, known, persons))


def _write_persons(world: World, known: Sequence[Known]) -> dict[str, int]:
    new = {contact.email: contact for _, contact in known if contact.email not in world.agents}
    rows = Person.objects.bulk_create((_person(contact) for contact in new.values()), batch_size=2000)
    persons = {email: row.pk for email, row in zip(new, rows, strict=True)}
    world.agents |= {contact.email: persons[contact.email] for contact in new.values() if contact.is_agent}
    return persons | world.agents


def _person(contact: Contact) -> Person:
    return Person(
        email=contact.email if contact.has_address else None,
        first_name=contact.first_name,
        last_name=contact.last_name,
        title=contact.title,
        locale=contact.locale,
        zone=contact.zone,
    )


def _membership(world: World, life: Life, contact: Contact, person: int) -> Membership:
    return Membership(
        person_id=person,
        account_id=world.accounts[life.number],
        roles=list(contact.roles),
        access=contact.access,
        is_active=contact.is_active,
        opted_out=list(contact.opted_out),
        source=Source.PRODUCT if contact.access and not contact.roles else Source.SALESFORCE,
    )


def _role_changes(memberships: Sequence[Membership], now: dt.datetime) -> Iterator[RoleChange]:
    for membership in memberships:
        for role in membership.roles:
            yield RoleChange(
                membership=membership,
                role=role,
                is_added=True,
                actor="Salesforce",
                source=Source.SALESFORCE,
                changed_at=now,
            )


def _sold_to(world: World, known: Sequence[Known], persons: dict[str, int]) -> Iterator[SoldTo]:
    for life, contact in known:
        if contact.is_sold_to:
            for contract in life.contracts:
                yield SoldTo(
                    account_id=world.accounts[life.number],
                    person_id=persons[contact.email],
                    subscription_id=world.subscriptions[contract.key],
                    source="Web order" if life.traits.channel == WEB_DIRECT else "Salesforce order",
                    ordered_date=life.contract_date,
                )
