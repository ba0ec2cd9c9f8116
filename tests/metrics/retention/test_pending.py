"""Contracts that have ended while their renewals are open: in no loss until the renewal is lost or the time is up."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from accounts.contracts.selectors import Level
from accounts.models import Subscription
from metrics.facts.operations import reading
from metrics.retention.selectors.bridges import Passage, bridge_by_month, bridge_rows, bridges_by_account
from metrics.retention.selectors.cohorts import cohort_on, course
from metrics.retention.selectors.reasons import reasons_on
from tests import factories
from tests.metrics.worlds import END, everybody, read

pytestmark = pytest.mark.django_db

MARCH = dt.date(2026, 3, 31)


def ended(until: dt.date = dt.date(2026, 2, 10), arr: int = 100) -> Subscription:
    subscription = factories.subscription(account=factories.account())
    factories.line(subscription=subscription, since=dt.date(2024, 2, 10), until=until, arr=Decimal(arr))
    return subscription


def figure(end: dt.date = END) -> tuple[Any, ...]:
    return read(cohort_on(everybody(), end=end, level=Level.ACCOUNT).retention, "before after logos_lost")


def month_of(end: dt.date) -> Passage:
    (found,) = bridge_by_month(everybody(), ends=[end])
    return found


def test_it_is_in_neither_churn_nor_the_loss_and_shown_apart() -> None:
    ended()

    assert figure() == (100, 100, 0)
    assert reasons_on(everybody(), end=END).rows == ()
    assert read(month_of(END), "beginning pending ending") == (100, -100, 0)
    assert month_of(END).parts.churn == 0
    with reading([END]) as source:
        assert course(source, everybody(), ends=[END], level=Level.PARENT).pending[END] == 100


def test_it_is_lost_in_the_month_in_which_the_time_is_up() -> None:
    ended()

    assert figure(MARCH) == (100, 0, 1)
    assert read(month_of(MARCH), "beginning pending ending") == (0, 100, 0)
    assert month_of(MARCH).parts.churn == -100
    assert figure() == (100, 100, 0)  # the month before is not restated


def test_a_renewal_in_time_was_never_a_loss_and_restates_no_month() -> None:
    subscription = ended()
    before = figure(), month_of(END)

    factories.line(subscription=subscription, since=dt.date(2026, 3, 5), arr=Decimal(100))

    assert (figure(), month_of(END)) == before
    assert figure(MARCH) == (100, 100, 0)
    assert read(month_of(MARCH), "beginning pending ending") == (0, 100, 100)
    assert month_of(MARCH).parts.total == 0


def test_a_renewal_that_came_too_late_is_a_loss_and_then_new_business() -> None:
    subscription = ended()
    factories.line(subscription=subscription, since=dt.date(2026, 4, 20), arr=Decimal(100))

    assert month_of(MARCH).parts.churn == -100
    assert month_of(dt.date(2026, 4, 30)).parts.new == 100


@pytest.mark.parametrize(
    ("order_type", "is_won", "lost"), [("6", False, 1), ("5", False, 1), ("4", True, 0), ("1", False, 0)]
)
def test_a_renewal_that_is_lost_is_a_loss_at_once(order_type: str, is_won: bool, lost: int) -> None:
    subscription = ended()
    factories.opportunity(
        account=subscription.account, subscription=subscription, order_type=order_type, is_closed=True, is_won=is_won,
        close_date=dt.date(2026, 2, 20),
    )  # fmt: skip

    assert figure()[2] == lost


def test_an_open_renewal_decides_nothing() -> None:
    subscription = ended()
    factories.opportunity(account=subscription.account, order_type="6", close_date=dt.date(2026, 2, 20))

    assert figure() == (100, 100, 0)


def test_a_contract_that_was_cut_short_is_cancelled_and_not_pending() -> None:
    subscription = factories.subscription(account=factories.account())
    told = dt.datetime(2026, 2, 9, tzinfo=dt.UTC)
    begin, end = dt.date(2024, 2, 10), dt.date(2026, 2, 10)
    factories.line(subscription=subscription, since=begin, arr=Decimal(100), known_until=told)
    factories.line(subscription=subscription, since=begin, until=end, arr=Decimal(100), known_since=told)

    assert figure() == (100, 0, 1)


@pytest.mark.parametrize(("days", "lost"), [(30, 0), (18, 1), (0, 1)])
def test_the_organization_says_how_long_it_waits(days: int, lost: int) -> None:
    factories.organisation(renewal_grace_days=days)
    ended()  # eighteen days before the end of the month

    assert figure()[2] == lost


def test_what_is_pending_opens_to_its_rows() -> None:
    subscription = ended()
    ended(until=dt.date(2026, 6, 1))

    with reading([END]) as source:
        rows = bridge_rows(source, everybody(), ends=[END], bar="waiting").rows()
    (by_account,) = bridges_by_account(everybody(), ends=[END])

    assert [row[0] for row in rows] == [subscription.account_id]
    assert by_account[subscription.account_id].pending == month_of(END).pending == -100
