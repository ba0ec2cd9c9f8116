"""Write customers who come into the world: the company, its contracts, its people, what it has reached."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db.backends.postgresql.psycopg_any import DateRange

from accounts.book import operations as book
from accounts.book.models import Account, CsmAssignment, ExternalId
from accounts.contracts.models import Subscription
from demo.world.operations.daybook import Daybook
from demo.world.operations.deals import first_deals, first_entries
from demo.world.operations.lines import first_terms, write_past_lines
from demo.world.operations.milestones import first_milestones
from demo.world.operations.people import write_people
from demo.world.rules.beginnings import Beginning
from demo.world.rules.company_names import domain
from demo.world.rules.customers import WEB_DIRECT
from demo.world.rules.lives import Contract, Life
from demo.world.rules.outside_ids import ACCOUNT, salesforce_15, subscription_number
from demo.world.rules.worlds import World

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
