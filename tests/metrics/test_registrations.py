"""What metrics tell programs: the day that only usage knows."""

from __future__ import annotations

import datetime as dt

import pytest

from accounts.models import Account
from metrics.models import Milestone
from programs.design.selectors import anchor
from tests import factories
from tests.factories import NOW, TODAY
from tests.metrics.worlds import ask

pytestmark = pytest.mark.django_db

SIGNED = dt.date(2026, 1, 5)


def days_of(account: Account) -> tuple[object, ...]:
    """Return the anchor's day for an account, and the day of the contract that it belongs to."""
    found = anchor("first_value_or_day_90")
    sql = f"select {found.sql}, {found.events.day_sql} from accounts_account a where a.id = %(account)s"
    return ask(sql, account=account.pk, today=TODAY)[0]


def reach(account: Account, day: dt.date, **fields: dt.datetime) -> None:
    Milestone.objects.create(
        account=account, kind="first_value", reached_date=day, source="test", recorded_at=NOW, **fields
    )


def test_it_is_day_90_of_the_contract_while_first_value_is_out() -> None:
    assert days_of(factories.account(contract_date=SIGNED)) == (SIGNED + dt.timedelta(days=90), SIGNED)


def test_it_is_the_day_after_an_early_first_value() -> None:
    account = factories.account(contract_date=SIGNED)
    reach(account, dt.date(2026, 1, 1), withdrawn_at=NOW)
    reach(account, dt.date(2026, 2, 1))

    assert days_of(account) == (dt.date(2026, 2, 2), SIGNED)


def test_a_late_first_value_changes_nothing() -> None:
    account = factories.account(contract_date=SIGNED)
    reach(account, dt.date(2026, 6, 1))

    assert days_of(account) == (dt.date(2026, 4, 5), SIGNED)


def test_there_is_no_day_without_a_contract() -> None:
    account = factories.account()
    reach(account, TODAY)

    assert days_of(account) == (None, None)


def test_value_that_a_trial_reached_asks_on_the_first_day_of_the_contract() -> None:
    account = factories.account(contract_date=SIGNED)
    reach(account, dt.date(2025, 11, 20))

    assert days_of(account) == (dt.date(2026, 1, 6), SIGNED)
