"""The monthly figures that are kept equal those made anew, whatever happened to contracts, families and rates."""

from __future__ import annotations

import contextlib
import datetime as dt
import random
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.contracts import operations as contracts
from accounts.contracts.operations import Term
from accounts.models import Account, Subscription
from contacts.models import Delivery
from cs_platform.common import clock
from metrics.facts import operations
from metrics.facts.models import ArrMonth, BridgeSum, Kept, Mark, ReasonSum, RetentionSum
from tests import factories
from tests.metrics.worlds import END, mail, random_world

pytestmark = pytest.mark.django_db

TABLES: dict[Any, tuple[str, ...]] = {
    ArrMonth: (),
    RetentionSum: ("id",),
    BridgeSum: ("id",),
    ReasonSum: ("id",),
}
THEN = dt.datetime(2024, 6, 2, tzinfo=dt.UTC)


def kept() -> dict[str, list[tuple[Any, ...]]]:
    """Return every row that is kept, cells without anything in them left out."""
    operations.tidy()
    found = {}
    for model, left_out in TABLES.items():
        names = [field.name for field in model._meta.concrete_fields if field.name not in (*left_out, "pk")]
        found[model.__name__] = sorted(model.objects.values_list(*names))
    return found


def rebuilt() -> dict[str, list[tuple[Any, ...]]]:
    operations.rebuild(through=END)
    return kept()


def later(dice: random.Random) -> dt.datetime:
    return THEN + dt.timedelta(days=dice.randint(1, 600))


# What may happen to customers; each takes dice and the accounts there are.


def a_contract_is_signed(dice: random.Random, accounts: list[Account]) -> None:
    subscription = factories.subscription(account=dice.choice(accounts))
    since = dt.date(2024, 1, 15) + dt.timedelta(days=dice.randint(0, 700))
    until = None if dice.random() < 0.3 else since + dt.timedelta(days=dice.randint(40, 400))
    arr = Decimal(dice.randint(100, 10**7)) / 100
    currency = dice.choice(["USD", "EUR", "GBP"])
    term = Term(subscription.pk, dice.choice(["Premium", "Ultimate"]), 10, arr, since, until, currency=currency)
    with clock.recording_at(THEN):
        contracts.record_lines(terms=[term])


def a_line_is_amended(dice: random.Random, accounts: list[Account]) -> None:
    subscription = dice.choice(list(Subscription.objects.order_by("pk")))
    since = dt.date(2025, 1, 1) + dt.timedelta(days=dice.randint(0, 400))
    with contextlib.suppress(contracts.NothingInForce), clock.recording_at(later(dice)):
        contracts.amend_line(
            subscription=subscription, since=since, seats=dice.randint(1, 90), arr=Decimal(dice.randint(1, 10**5))
        )


def a_contract_is_cancelled(dice: random.Random, accounts: list[Account]) -> None:
    subscription = dice.choice(list(Subscription.objects.order_by("pk")))
    since = dt.date(2025, 6, 1) + dt.timedelta(days=dice.randint(0, 300))
    with contextlib.suppress(contracts.NothingInForce), clock.recording_at(later(dice)):
        contracts.cancel_lines(subscription=subscription, since=since)


def a_subscription_is_consolidated(dice: random.Random, accounts: list[Account]) -> None:
    old, new = dice.sample(list(Subscription.objects.order_by("pk")), 2)
    contracts.supersede(subscription=min(old, new, key=lambda s: s.pk), by=max(old, new, key=lambda s: s.pk))


def a_parent_changes(dice: random.Random, accounts: list[Account]) -> None:
    place = dice.randrange(1, len(accounts))
    parent = dice.choice([None, *accounts[:place]])
    Account.objects.filter(pk=accounts[place].pk).update(parent=parent)


def a_segment_changes(dice: random.Random, accounts: list[Account]) -> None:
    changed = {"segment": dice.choice(["scale", "csm_managed"]), "is_pubsec": dice.random() < 0.3}
    Account.objects.filter(pk=dice.choice(accounts).pk).update(**changed)


def a_rate_is_corrected(dice: random.Random, accounts: list[Account]) -> None:
    day = dt.date(2024, dice.randint(1, 12), 1)
    contracts.set_rate(currency=dice.choice(["EUR", "GBP"]), date=day, rate=Decimal(dice.randint(80, 150)) / 100)


def a_renewal_is_lost(dice: random.Random, accounts: list[Account]) -> None:
    closed = dt.date(2025, 3, 1) + dt.timedelta(days=dice.randint(0, 360))
    factories.opportunity(account=dice.choice(accounts), order_type="6", is_closed=True, close_date=closed)


def a_message_is_delivered(dice: random.Random, accounts: list[Account]) -> None:
    on = dt.date(2025, 3, 1) + dt.timedelta(days=dice.randint(0, 360))
    mail(dice.choice(accounts), on=on, clicked_on=on if dice.random() < 0.5 else None)


def a_message_bounces(dice: random.Random, accounts: list[Account]) -> None:
    Delivery.objects.filter(account=dice.choice(accounts)).update(bounced_at=THEN)


HAPPENINGS = (
    a_contract_is_signed, a_line_is_amended, a_contract_is_cancelled, a_subscription_is_consolidated, a_parent_changes,
    a_segment_changes, a_rate_is_corrected, a_renewal_is_lost, a_message_is_delivered, a_message_bounces,
)  # fmt: skip


@pytest.mark.hypothesis
@settings(
    deadline=None,
    max_examples=6,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(seed=st.integers(0, 10**6), happenings=st.lists(st.sampled_from(HAPPENINGS), min_size=3, max_size=8))
def test_what_is_kept_equals_what_is_made_anew(seed: int, happenings: list[Any]) -> None:
    _wipe()
    dice = random.Random(seed)
    accounts = random_world(seed, accounts=12, consolidated=4)
    operations.catch_up(through=END)
    for happens in happenings:
        happens(dice, accounts)
        operations.catch_up(through=END)
    assert not Mark.objects.exists()

    running = kept()

    assert running == rebuilt()
    assert running["ArrMonth"]


def _wipe() -> None:
    """Empty what one example leaves to the next: they share a transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            "truncate contacts_delivery, contacts_person, accounts_account, accounts_fxrate, metrics_arrmonth,"
            " metrics_retentionsum, metrics_bridgesum, metrics_reasonsum, metrics_mark, metrics_kept cascade"
        )


def test_the_command_rebuilds_the_figures() -> None:
    random_world(1)
    operations.catch_up(through=END)
    running = kept()
    ArrMonth.objects.update(before=1, levels=7)
    RetentionSum.objects.all().delete()
    said = StringIO()

    call_command("rebuild", stdout=said)

    operations.rebuild(through=END)
    assert kept() == running
    assert "Rebuilt" in said.getvalue()


def test_a_change_is_seen_by_the_next_reader_and_costs_nothing_when_there_was_none(django_assert_num_queries) -> None:
    factories.line(since=dt.date(2024, 6, 1), arr=Decimal(100))
    assert operations.catch_up(through=END) is None

    with django_assert_num_queries(2):
        operations.catch_up(through=END)
    assert Kept.objects.get().last == END
    factories.line(since=dt.date(2024, 6, 1), arr=Decimal(50))
    operations.catch_up(through=END)

    total = sum(BridgeSum.objects.filter(month=END, sight=1, basis="now").values_list("ending", flat=True))
    assert total == 150


def test_a_large_backlog_is_left_to_the_worker_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    operations.catch_up(through=END)
    monkeypatch.setattr(operations, "LARGE", 1)
    monkeypatch.setattr(operations, "AT_ONCE", 1)
    for _ in range(3):
        factories.line(since=dt.date(2024, 6, 1), arr=Decimal(100))

    behind = operations.catch_up(through=END)

    assert behind is not None
    assert behind.accounts == 3
    assert operations.bring_up_to_date(through=END) == 3
    assert operations.catch_up(through=END) is None
