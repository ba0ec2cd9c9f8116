"""First value is noted from usage, once."""

from __future__ import annotations

import datetime as dt
import random
from fractions import Fraction

import pytest

from accounts.models import Account, Entry
from metrics.models import Milestone
from metrics.tasks import note_first_values as task
from metrics.usage.models import Measure
from metrics.usage.operations import Measured, record_readings
from metrics.value.operations import note_first_values
from metrics.value.rules import first_value_date
from tests import factories
from tests.factories import NOW, TODAY

pytestmark = pytest.mark.django_db


def using(shares: list[tuple[int, int, int]], *, account: Account | None = None) -> Account:
    """Return an account whose subscription reported (days ago, billable, licensed)."""
    subscription = factories.subscription(account=account or factories.account(contract_date=TODAY))
    readings = [
        Measured(subscription.pk, measure, TODAY - dt.timedelta(days=ago), value)
        for ago, billable, licensed in shares
        for measure, value in ((Measure.BILLABLE_USERS, billable), (Measure.LICENSED_USERS, licensed))
    ]
    record_readings(readings=readings, source="test")
    return subscription.account


def first_values() -> dict[int, str]:
    rows = Milestone.objects.filter(kind="first_value", withdrawn_at=None)
    return {row.account_id: row.reached_date.isoformat() for row in rows}


def test_first_value_is_the_first_day_with_a_tenth_of_the_licenses_in_use() -> None:
    account = using([(30, 9, 100), (20, 10, 100), (10, 4, 100), (5, 60, 100)])

    assert note_first_values(now=NOW) == 1

    assert first_values() == {account.pk: (TODAY - dt.timedelta(days=20)).isoformat()}
    assert Milestone.objects.get().source == "product"


def test_just_below_a_tenth_and_no_licenses_reach_nothing() -> None:
    using([(5, 99_999, 1_000_000)])
    using([(5, 7, 0)])

    assert note_first_values(now=NOW) == 0


def test_it_is_set_once_and_never_overwritten() -> None:
    account = using([(5, 50, 100)])
    note_first_values(now=NOW)
    using([(40, 50, 100)], account=account)

    assert note_first_values(now=NOW) == 0

    assert first_values() == {account.pk: (TODAY - dt.timedelta(days=5)).isoformat()}
    assert Entry.objects.filter(kind="milestone").count() == 1


def test_a_date_that_a_csm_entered_stands() -> None:
    account = using([(5, 50, 100)])
    Milestone.objects.create(account=account, kind="first_value", reached_date=TODAY, source="csm", recorded_at=NOW)

    assert note_first_values(now=NOW) == 0


def test_the_earliest_of_several_subscriptions_counts() -> None:
    account = using([(9, 50, 100)])
    using([(19, 50, 100)], account=account)

    note_first_values(now=NOW)

    assert first_values() == {account.pk: (TODAY - dt.timedelta(days=19)).isoformat()}


def test_what_was_not_yet_read_is_not_yet_reached() -> None:
    using([(-3, 50, 100)])

    assert note_first_values(now=NOW) == 0


def test_the_timeline_says_so_on_the_day() -> None:
    account = using([(20, 10, 100)])

    note_first_values(now=NOW)

    entry = Entry.objects.get(account=account)
    assert (entry.subject, entry.occurred_at.date()) == ("First value reached", TODAY - dt.timedelta(days=20))


def test_it_says_what_the_rule_says_for_many_at_once(django_assert_num_queries) -> None:
    dice = random.Random(11)
    expected = {}
    for _ in range(25):
        shares = [(ago, dice.randint(0, 14), dice.choice([0, 90, 100, 210])) for ago in range(40, 0, -10)]
        account = using(shares)
        readings = [
            (TODAY - dt.timedelta(days=ago), Fraction(billable, licensed) if licensed else None)
            for ago, billable, licensed in shares
        ]
        if day := first_value_date(readings):
            expected[account.pk] = day.isoformat()

    with django_assert_num_queries(4):  # a savepoint around one statement and the timeline's
        note_first_values(now=NOW)

    assert first_values() == expected
    assert 0 < len(expected) < 25


def test_the_task_notes_what_there_is_by_the_clock() -> None:
    using([(20, 10, 100)])

    task()

    assert len(first_values()) == 1
