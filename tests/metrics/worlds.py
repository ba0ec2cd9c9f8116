"""Small worlds for figures: contracts that change, move and end, with families, currencies and mail."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db import connection

from accounts.models import Account, FxRate, Subscription, User
from contacts.models import Delivery, Link, Mailing, Person, Sender, Template, TemplateVersion
from cs_platform.common import clock
from cs_platform.common.acting import acting
from metrics.population.selectors import Population
from tests import factories
from tests.factories import LONG_AGO

END = dt.date(2026, 2, 28)
START = dt.date(2025, 2, 28)
NOON = dt.time(12, tzinfo=dt.UTC)


def everybody() -> Population:
    """Return all accounts, as somebody sees them who may see the public sector."""
    return Population(User.objects.filter(email="ada@keel.example").first() or factories.user(bundle="program_manager"))


def moved(
    before: str | int | None,
    after: str | int | None,
    *,
    account: Account | None = None,
    since: dt.date = dt.date(2024, 6, 1),
    change: dt.date = dt.date(2025, 9, 15),
    **fields: Any,
) -> Account:
    """Return an account whose one subscription had this ARR on START, and that on END; None is nothing."""
    account = account or factories.account()
    subscription = factories.subscription(account=account, started_date=since)
    if before is not None:
        factories.line(subscription=subscription, since=since, until=change, arr=Decimal(before), **fields)
    if after is not None:
        factories.line(subscription=subscription, since=change, arr=Decimal(after), **fields)
    return account


def mail(
    account: Account, *, on: dt.date, clicked_on: dt.date | None = None, bounced: bool = False, state: str = "sent"
) -> Delivery:
    """Return a message to somebody at an account that left on a day, and what became of it."""
    person = Person.objects.create(email=f"p{Person.objects.count()}@customer.example")
    mailing, _ = Mailing.objects.get_or_create(
        key="program/step", defaults={"kind": "program_step", "name": "Step", "message_class": "enablement"}
    )
    sent_at = dt.datetime.combine(on, NOON)
    return Delivery.objects.create(
        mailing=mailing,
        person=person,
        occurrence=f"{on}:a{account.pk}",
        account=account,
        sender=_sender(),
        template_version=_version(),
        category="enablement",
        address=person.email or "",
        state=state,
        due_at=sent_at,
        planned_at=sent_at,
        sent_at=sent_at if state == "sent" else None,
        bounced_at=sent_at if bounced else None,
        clicked_at=dt.datetime.combine(clicked_on, NOON) if clicked_on else None,
    )


def _sender() -> Sender:
    return Sender.objects.get_or_create(address="cs@keel.example", defaults={"name": "Customer success"})[0]


def _version() -> TemplateVersion:
    found = TemplateVersion.objects.first()
    if found:
        return found
    template = Template.objects.create(key="step", name="Step", subject="Hello", changed_at=LONG_AGO)
    version = TemplateVersion.objects.create(
        template=template, number=1, subject="Hello", blocks=[], compiled={}, digest="0" * 64, created_at=LONG_AGO
    )
    Link.objects.create(version=version, number=1, url="https://docs.example/")
    return version


def random_world(seed: int, *, accounts: int = 40, consolidated: int = 12) -> list[Account]:
    """
    Return accounts with parents, one to three subscriptions in three currencies, lines that change, end and are
    corrected, true-ups, and consolidations inside and across accounts.
    """
    dice = random.Random(seed)
    for currency, rate in (("EUR", "1.1"), ("GBP", "1.3")):
        for month in range(24):
            day = dt.date(2024 + month // 12, month % 12 + 1, 1)
            FxRate.objects.create(
                currency=currency, date=day, rate=Decimal(rate) + Decimal(dice.randint(-90, 90)) / 1000
            )
    made: list[Account] = []
    with acting(actor="test"), clock.recording_at(LONG_AGO):
        for number in range(accounts):
            parent = dice.choice(made) if made and dice.random() < 0.4 else None
            segment = dice.choice(["tech_touch", "scale", "csm_managed"])
            made.append(factories.account(name=f"Customer {number}", parent=parent, segment=segment))
    subscriptions = [_subscription(dice, account) for account in made for _ in range(dice.randint(1, 3))]
    _consolidate(dice, subscriptions, consolidated)
    return made


def _subscription(dice: random.Random, account: Account) -> Subscription:
    currency = dice.choice(["USD", "USD", "EUR", "GBP"])
    subscription = factories.subscription(account=account)
    day = dt.date(2024, 1, 15) + dt.timedelta(days=dice.randint(0, 500))
    for _ in range(dice.randint(1, 4)):
        until = None if dice.random() < 0.4 else day + dt.timedelta(days=dice.randint(30, 400))
        plain: dict[str, Any] = {
            "product": dice.choice(["Premium", "Ultimate"]),
            "seats": dice.randint(1, 90),
            "currency": currency,
        }
        arr = Decimal(dice.randint(100, 9_000_000)) / 100
        corrected_at = dt.datetime(2025, 12, 1, tzinfo=dt.UTC) if dice.random() < 0.2 else None
        factories.line(subscription=subscription, since=day, until=until, arr=arr, known_until=corrected_at, **plain)
        if corrected_at:
            factories.line(
                subscription=subscription, since=day, until=until, arr=arr / 2, known_since=corrected_at, **plain
            )
        if dice.random() < 0.2:
            factories.line(
                subscription=subscription, since=day, until=until, arr=arr / 10, lane=2, category="true_up", **plain
            )
        if until is None:
            break
        day = until + dt.timedelta(days=dice.choice([0, 0, 0, 20]))
    return subscription


def _consolidate(dice: random.Random, subscriptions: Sequence[Subscription], number: int) -> None:
    for old in dice.sample(list(subscriptions), number):
        others = [each for each in subscriptions if each.pk > old.pk]
        own = [each for each in others if each.account_id == old.account_id]
        if choice := own or others:
            old.superseded_by = dice.choice(choice)
            old.save()


def read(row: object, names: str) -> tuple[Any, ...]:
    """Return these of a row's values, to be held against plain numbers."""
    return tuple(getattr(row, name) for name in names.split())


def ask(sql: str, **values: Any) -> list[tuple[object, ...]]:
    """Return rows of plain SQL: the second opinion."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()
