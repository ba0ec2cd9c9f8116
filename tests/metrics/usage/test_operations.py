import datetime as dt
from decimal import Decimal

import pytest

from accounts.segments.selectors import accounts_matching
from metrics.models import Reading
from metrics.usage import selectors
from metrics.usage.operations import record_readings
from metrics.usage.rules import Measured
from tests import factories
from tests.factories import TODAY

pytestmark = pytest.mark.django_db


def measured(subscription, value: int, measure: str = "billable_users", days_ago: int = 0) -> Measured:
    return Measured(subscription.pk, measure, TODAY - dt.timedelta(days=days_ago), value)


def record(*readings: Measured) -> int:
    return len(record_readings(readings=readings, source="test"))


def test_readings_of_any_month_are_taken_in_once() -> None:
    subscription = factories.subscription()
    old = dt.date(2019, 5, 17)
    readings = (measured(subscription, 7), Measured(subscription.pk, "licensed_users", old, 10))

    assert (record(*readings), record(*readings)) == (2, 0)
    assert set(Reading.objects.values_list("measure", "date", "value")) == {
        ("billable_users", TODAY, Decimal(7)),
        ("licensed_users", old, Decimal(10)),
    }


def test_the_later_word_about_a_day_stands() -> None:
    subscription = factories.subscription()
    record(measured(subscription, 7))

    assert record(measured(subscription, 8)) == 1
    assert Reading.objects.get().value == 8


def test_utilization_is_billable_per_licensed_over_subscriptions_that_report_both() -> None:
    account = factories.account()
    both, half = factories.subscription(account=account), factories.subscription(account=account)
    record(
        measured(both, 100, "licensed_users"),
        measured(both, 60, days_ago=7),
        measured(both, 74),
        measured(half, 500, "licensed_users"),
    )

    assert selectors.utilization_of(account.pk, today=TODAY) == Decimal("0.74")


def test_stale_readings_say_nothing() -> None:
    account = factories.account()
    subscription = factories.subscription(account=account)
    record(measured(subscription, 100, "licensed_users", 60), measured(subscription, 60, days_ago=60))

    assert selectors.utilization_of(account.pk, today=TODAY) is None
    assert selectors.utilization_of(account.pk, today=TODAY - dt.timedelta(days=1)) == Decimal("0.6")


def test_a_condition_can_ask_for_utilization() -> None:
    low, high, silent = (factories.account(name=name) for name in ("low", "high", "silent"))
    for account, users in ((low, 74), (high, 75)):
        subscription = factories.subscription(account=account)
        record(measured(subscription, 100, "licensed_users"), measured(subscription, users))

    below = accounts_matching({"field": "license_utilization", "op": "lt", "value": 0.75}, today=TODAY)
    unknown = accounts_matching({"field": "license_utilization", "op": "is_not_set"}, today=TODAY)

    assert (list(below), list(unknown)) == ([low], [silent])


def test_a_series_adds_up_the_subscriptions_of_an_account() -> None:
    account = factories.account()
    subscriptions = [factories.subscription(account=account) for _ in range(2)]
    record(*(measured(s, 10, days_ago=days) for s in subscriptions for days in (0, 1, 40)))

    first = TODAY - dt.timedelta(days=30)
    series = selectors.series_of(account.pk, ["billable_users"], first=first, last=TODAY)

    assert series == {"billable_users": [(TODAY - dt.timedelta(days=1), Decimal(20)), (TODAY, Decimal(20))]}
