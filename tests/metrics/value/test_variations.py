"""Time-to-Value over customers as they are: no kickoff, a trial before the contract, churn on the way, other zones."""

from __future__ import annotations

import datetime as dt
import random
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Account
from metrics.value import selectors
from metrics.value.rules import Goal, TimeToValue, kaplan_meier
from metrics.value.selectors import Range
from tests import factories
from tests.metrics.value.test_selectors import TODAY, bought, onboarded, reach, ways
from tests.metrics.worlds import everybody, read

pytestmark = pytest.mark.django_db


def waiting_by_hand(durations: list[tuple[int, bool]], day: int) -> Fraction:
    """Return the share that still waits after a day: the product, day by day, of what each day leaves waiting."""
    share = Fraction(1)
    for each in range(min((days for days, _ in durations), default=0), day + 1):
        at_risk = sum(days >= each for days, _ in durations)
        arrived = sum(days == each and is_arrival for days, is_arrival in durations)
        if at_risk:
            share *= 1 - Fraction(arrived, at_risk)
    return share


@given(st.lists(st.tuples(st.integers(-10, 40), st.booleans()), max_size=30))
def test_the_curve_is_the_product_of_its_days(durations: list[tuple[int, bool]]) -> None:
    curve = kaplan_meier(durations)

    for day in range(-12, 43):
        assert curve.waiting_after(day) == waiting_by_hand(durations, day)
    halves = [day for day in range(-12, 43) if waiting_by_hand(durations, day) <= Fraction(1, 2)]
    assert curve.median == (halves[0] if halves else None)


@given(
    st.lists(st.tuples(st.integers(0, 40), st.booleans()), min_size=1, max_size=30),
    st.integers(1, 40),
)
def test_who_still_waits_makes_the_median_no_shorter(durations: list[tuple[int, bool]], more: int) -> None:
    before = kaplan_meier(durations).median
    after = kaplan_meier([*durations, *[(99, False)] * more]).median

    assert after is None or (before is not None and after >= before)


def figure(goal: Goal) -> TimeToValue:
    return selectors.figure(ways(goal), goal, today=TODAY)


def test_an_account_without_a_kickoff_waits_and_is_in_the_denominator() -> None:
    onboarded("2020-11-01", call="2020-11-08")
    onboarded("2020-11-01", call="2020-11-29")
    onboarded("2020-11-01")

    found = figure(Goal.ENGAGE)

    assert read(found, "reached waiting left") == (2, 1, 0)
    assert read(found.within_goal, "within old_enough") == (1, 3)
    assert found.curve.median == 28  # the mean of those who met would be 17.5


def test_an_account_that_was_given_no_csm_has_no_clock_of_engaging() -> None:
    account = bought("2020-11-01")
    factories.entry(account=account, kind="call", occurred_at=dt.datetime(2020, 11, 5, tzinfo=dt.UTC))

    assert ways(Goal.ENGAGE) == []
    assert ways(Goal.ONBOARD) == []
    assert len(ways(Goal.FIRST_VALUE)) == 1


def test_an_existing_customer_newly_given_a_csm_has_met_them_at_once() -> None:
    account = onboarded("2020-11-01", contract_date=dt.date(2015, 6, 1))
    factories.entry(account=account, kind="meeting", occurred_at=dt.datetime(2016, 3, 3, tzinfo=dt.UTC))

    (way,) = ways(Goal.ENGAGE)

    assert way.days(today=TODAY) == 0


def test_value_in_a_trial_is_negative_and_within_the_goal() -> None:
    bought("2020-11-01", "2020-09-12")
    bought("2020-11-01", "2020-12-02")

    found = figure(Goal.FIRST_VALUE)

    assert [way.days(today=TODAY) for way in ways(Goal.FIRST_VALUE)] == [-50, 31]
    assert read(found.within_goal, "within old_enough") == (1, 2)


@pytest.mark.parametrize(("value", "within"), [("2020-12-01", 1), ("2020-12-02", 0)])
def test_day_30_is_in_time_and_day_31_is_not(value: str, within: int) -> None:
    bought("2020-11-01", value)

    assert figure(Goal.FIRST_VALUE).within_goal.within == within


def test_a_leap_day_is_a_day() -> None:
    bought("2020-02-28", "2020-03-01")
    onboarded("2020-02-01", closed="2020-03-01")

    assert [way.days(today=TODAY) for way in ways(Goal.FIRST_VALUE)] == [2]
    assert [way.days(today=TODAY) for way in ways(Goal.ONBOARD)] == [29]


@pytest.mark.parametrize(
    ("zone", "instant", "days"),
    [
        ("Pacific/Auckland", "2020-11-10T11:30:00+00:00", 10),  # the 11th there
        ("America/Los_Angeles", "2020-11-11T07:30:00+00:00", 9),  # the 10th there
        ("UTC", "2020-11-10T23:59:59+00:00", 9),
    ],
)
def test_the_first_call_is_on_the_day_it_was_there(zone: str, instant: str, days: int) -> None:
    account = onboarded("2020-11-01", zone=zone)
    factories.entry(account=account, kind="call", occurred_at=dt.datetime.fromisoformat(instant))

    (way,) = ways(Goal.ENGAGE)

    assert way.days(today=TODAY) == days


def test_who_churned_and_came_back_before_value_still_waits() -> None:
    account = bought("2020-03-01", left="2020-06-01")
    factories.line(account=account, since=dt.date(2020, 9, 1))

    assert read(figure(Goal.FIRST_VALUE), "reached waiting left") == (0, 1, 0)


def test_who_churned_after_value_has_reached_it() -> None:
    bought("2020-03-01", "2020-03-20", left="2020-06-01")
    bought("2020-03-01", "2020-07-20", left="2020-06-01")

    assert read(figure(Goal.FIRST_VALUE), "reached waiting left") == (1, 0, 1)


def some_customer(dice: random.Random) -> Account:
    contract = TODAY - dt.timedelta(days=dice.randint(0, 200))
    left = contract + dt.timedelta(days=dice.randint(1, 150)) if dice.random() < 0.3 else None
    account = factories.account(contract_date=contract)
    factories.line(account=account, since=contract, until=left)
    if dice.random() < 0.6:
        reach(account, "first_value", (contract + dt.timedelta(days=dice.randint(-20, 120))).isoformat())
    return account


@pytest.mark.parametrize("seed", range(3))
def test_the_figure_of_random_customers_is_as_counted_by_hand(seed: int) -> None:
    dice = random.Random(seed)
    durations, within, old = [], 0, 0
    for _ in range(40):
        account = some_customer(dice)
        start = account.contract_date or TODAY
        value = account.milestones.values_list("reached_date", flat=True).first()
        left = account.subscriptions.get().lines.get().valid.upper
        stop = min(each for each in (value, left, TODAY) if each is not None)
        arrived = value is not None and value == stop
        durations.append(((stop - start).days, arrived))
        old += (TODAY - start).days > 30
        within += arrived and (stop - start).days <= 30 < (TODAY - start).days

    found = selectors.figure(
        selectors.journeys(selectors.milestones(everybody()), Goal.FIRST_VALUE, within=Range(dt.date.min, TODAY)),
        Goal.FIRST_VALUE,
        today=TODAY,
    )

    assert found.reached == sum(arrived for _, arrived in durations)
    assert (found.within_goal.within, found.within_goal.old_enough) == (within, old)
    assert [found.curve.waiting_after(day) for day in range(-25, 210)] == [
        waiting_by_hand(durations, day) for day in range(-25, 210)
    ]
