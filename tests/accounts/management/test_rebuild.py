import datetime as dt
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command

from accounts.book.operations import open_account, set_parents
from accounts.contracts import operations
from accounts.models import Account, Line
from cs_platform.common import clock
from tests import factories
from tests.factories import NOW, TODAY

pytestmark = pytest.mark.django_db

COPIED = ("pk", "arr", "seats", "renewal_date", "products", "top_id", "csm_id")


@pytest.fixture
def _lived_through(monkeypatch) -> None:
    """Accounts whose contracts and families changed several times, with the copies refreshed only where they did."""
    monkeypatch.setattr("cs_platform.common.clock.now", lambda: NOW)
    accounts = [open_account(name=f"Account {number}") for number in range(6)]
    year = dt.timedelta(days=365)
    for number, account in enumerate(accounts):
        subscription = factories.subscription(account=account, started_date=TODAY - year)
        term = operations.Term(
            subscription.pk, "Premium", 10 * number, Decimal(1200 * number), TODAY - year, TODAY + number * year
        ) if number else operations.Term(subscription.pk, "Premium", 5, Decimal(60), TODAY - year)  # fmt: skip
        with clock.recording_at(NOW):
            operations.record_lines(terms=[term])
        if number % 2:
            with clock.recording_at(NOW):
                operations.amend_line(subscription=subscription, since=TODAY, seats=99)
        if number == 4:
            with clock.recording_at(NOW):
                operations.cancel_lines(subscription=subscription, since=TODAY)
        operations.denormalise_contracts(account_ids=[account.pk], today=TODAY)
    set_parents(parents={accounts[1].pk: accounts[0].pk, accounts[2].pk: accounts[1].pk})
    set_parents(parents={accounts[1].pk: accounts[3].pk})


@pytest.mark.usefixtures("_lived_through")
def test_the_rebuild_equals_the_running_copy() -> None:
    running = list(Account.objects.order_by("pk").values(*COPIED))
    assert len({row["arr"] for row in running}) > 3
    Account.objects.update(arr=1, seats=1, renewal_date=TODAY, products=["Wrong"], top=None)
    said = StringIO()

    call_command("rebuild", stdout=said)

    assert list(Account.objects.order_by("pk").values(*COPIED)) == running
    assert said.getvalue().startswith("6 accounts had something else copied down than their contracts say.\n")


@pytest.mark.usefixtures("_lived_through")
def test_rebuilding_what_is_right_changes_nothing() -> None:
    before = list(Account.objects.order_by("pk").values_list("changed_xid", flat=True))
    said = StringIO()

    call_command("rebuild", stdout=said)

    assert said.getvalue().startswith("0 accounts")
    assert list(Account.objects.order_by("pk").values_list("changed_xid", flat=True)) == before
    assert Line.objects.exists()
