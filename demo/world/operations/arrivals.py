"""Write customers who come into the world: the company, contracts, contacts, what it has reached."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from django.db.backends.postgresql.psycopg_any import DateRange

from accounts.book import operations as book
from accounts.book.models import Account, CsmAssignment, ExternalId
from accounts.contracts.models import Subscription
from contacts.people.models import Membership, Person, RoleChange, SoldTo, Source
from demo.world.operations.contracts import first_deals, first_entries, first_terms, write_past_lines
from demo.world.operations.daybook import Daybook
from demo.world.rules import chance
from demo.world.rules.beginnings import Beginning
from demo.world.rules.companies import domain
from demo.world.rules.customers import WEB_DIRECT
from demo.world.rules.lives import Contract, Life
from demo.world.rules.people import Contact, roster
from demo.world.rules.worlds import ACCOUNT, CONTACT, World, salesforce_15, subscription_number
from metrics.value.models import Kind
from metrics.value.operations import PRODUCT, Reached

BILLING_SYSTEM = "zuora"


def write_arrivals(daybook: Daybook, beginnings: Sequence[Beginning], *, is_past: bool = False) -> None:
    """
    Write customers and let the world remember them; what can wait for others of its kind is left to the daybook.

    With `is_past` their terms were known since they began; else everything is known since now.
    """
    if not beginnings:
        return
    world, lives = daybook.world, [beginning.life for beginning in beginnings]
    _write_accounts(daybook, lives)
    _write_parents(world, beginnings)
    _write_subscriptions(daybook, lives)
    if is_past:
        write_past_lines(world=world, beginnings=beginnings)
    else:
        daybook.terms += first_terms(world, lives)
    write_people(daybook, lives)
    for beginning in beginnings:
        daybook.deals += first_deals(world, beginning, daybook.now.date())
        daybook.entries += first_entries(world, beginning, daybook.now)
    for source, reached in first_milestones(world=world, lives=lives, today=daybook.now.date()):
        daybook.reach(reached, source=source)


def subscription_row(world: World, life: Life, contract: Contract, *, since: dt.date) -> Subscription:
    return Subscription(
        account_id=world.accounts[life.number],
        number=subscription_number(contract.key),
        started_date=since,
        does_auto_renew=life.traits.channel == WEB_DIRECT,
    )


def _write_accounts(daybook: Daybook, lives: Sequence[Life]) -> None:
    world = daybook.world
    accounts = Account.objects.bulk_create(_account(world, life) for life in lives)
    for life, account in zip(lives, accounts, strict=True):
        world.lives[life.number] = life
        world.accounts[life.number] = account.pk
        world.domains.add(domain(life.name))
    names = {salesforce_15(ACCOUNT, life.number): world.accounts[life.number] for life in lives}
    daybook.name_outside(ExternalId.Kind.ACCOUNT, names)
    CsmAssignment.objects.bulk_create(
        CsmAssignment(account=account, csm_id=account.csm_id, during=DateRange(life.contract_date, None))
        for life, account in zip(lives, accounts, strict=True)
        if account.csm_id
    )


def _account(world: World, life: Life) -> Account:
    who = life.traits
    return Account(
        name=life.name,
        segment=life.segment,
        stage=life.stage,
        market=who.market,
        priority=life.priority,
        deployment=who.deployment,
        products=sorted({contract.terms.product for contract in life.contracts}),
        purchase_channel=who.channel,
        industry=who.industry,
        country=who.country.name,
        region=who.country.region,
        zone=who.country.zone,
        is_pubsec=who.is_pubsec,
        is_restricted=who.is_restricted,
        switched_off=list(who.switched_off),
        contract_date=life.contract_date,
        csm_id=world.users.get(life.csm or ""),
    )


def _write_parents(world: World, beginnings: Sequence[Beginning]) -> None:
    families = {each.life.number: each.parent for each in beginnings if each.parent is not None}
    world.parents |= families
    known = {child: parent for child, parent in families.items() if parent in world.accounts}
    if known:
        book.set_parents(parents={world.accounts[child]: world.accounts[parent] for child, parent in known.items()})


def _write_subscriptions(daybook: Daybook, lives: Sequence[Life]) -> None:
    world = daybook.world
    signed = [(life, contract) for life in lives for contract in life.contracts]
    rows = Subscription.objects.bulk_create(
        subscription_row(world, life, contract, since=life.contract_date) for life, contract in signed
    )
    for (_, contract), row in zip(signed, rows, strict=True):
        world.subscriptions[contract.key] = row.pk
    daybook.name_outside(ExternalId.Kind.SUBSCRIPTION, {row.number: row.pk for row in rows}, system=BILLING_SYSTEM)


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


ONBOARDING = "onboarding"


def first_milestones(*, world: World, lives: Sequence[Life], today: dt.date) -> Iterator[tuple[str, Reached]]:
    """Yield, with their source, what new customers begin with and what founders had reached before the world began."""
    for life in lives:
        account, since = world.accounts[life.number], life.contract_date
        if life.csm:
            yield ONBOARDING, Reached(account, Kind.ONBOARDING_STARTED, since)
        if life.has_first_value:
            days = 4 + round(40 * chance.share(world.seed, "past value", life.number) ** 2)
            yield PRODUCT, Reached(account, Kind.FIRST_VALUE, min(since + dt.timedelta(days=days), today))
        if life.has_met:
            days = 20 + round(25 * chance.share(world.seed, "past onboarding", life.number))
            yield ONBOARDING, Reached(account, Kind.ONBOARDING_CLOSED, min(since + dt.timedelta(days=days), today))
