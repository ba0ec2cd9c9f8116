"""Time-to-Value end to end: milestones and calls in, the handbook's numbers out."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

import pytest

from accounts.models import Account
from metrics.models import Milestone
from metrics.population.rules import Reach
from metrics.population.selectors import Population
from metrics.value import selectors
from metrics.value.rules import Goal, Journey, Outcome
from metrics.value.selectors import Range
from tests import factories
from tests.factories import NOW
from tests.metrics.worlds import ask, everybody, mail

pytestmark = pytest.mark.django_db

TODAY = dt.date(2020, 12, 31)
YEAR = Range(dt.date(2020, 1, 1), TODAY)


def reach(account: Account, kind: str, on: str, **fields: Any) -> None:
    Milestone.objects.create(
        account=account, kind=kind, reached_date=dt.date.fromisoformat(on), source="test", recorded_at=NOW, **fields
    )


def onboarded(started: str, *, closed: str = "", call: str = "", **fields: Any) -> Account:
    account = factories.account(**fields)
    reach(account, "onboarding_started", started)
    if closed:
        reach(account, "onboarding_closed", closed)
    if call:
        factories.entry(
            account=account, kind="meeting", occurred_at=dt.datetime.fromisoformat(f"{call}T12:00:00+00:00")
        )
    return account


def bought(contract: str, value: str = "", *, left: str = "", **fields: Any) -> Account:
    account = factories.account(contract_date=dt.date.fromisoformat(contract), **fields)
    if value:
        reach(account, "first_value", value)
    until = dt.date.fromisoformat(left) if left else None
    factories.line(account=account, since=dt.date.fromisoformat(contract), until=until)
    return account


def ways(goal: Goal, within: Range | None = YEAR, population: Population | None = None) -> list[Journey]:
    return selectors.journeys(selectors.milestones(population or everybody()), goal, within=within)


def only(goal: Goal) -> tuple[Outcome, int]:
    (way,) = ways(goal)
    return way.outcome(today=TODAY), way.days(today=TODAY)


def test_a_first_call_on_12_january_after_a_start_on_1_january_is_11_days() -> None:
    onboarded("2020-01-01", call="2020-01-12")
    assert only(Goal.ENGAGE) == (Outcome.REACHED, 11)


def test_a_call_before_the_start_is_nought_days() -> None:
    onboarded("2020-01-10", call="2020-01-02")
    assert only(Goal.ENGAGE) == (Outcome.REACHED, 0)


def test_onboarding_from_15_august_to_18_september_is_34_days() -> None:
    onboarded("2020-08-15", closed="2020-09-18")
    assert only(Goal.ONBOARD) == (Outcome.REACHED, 34)


def test_only_a_call_or_a_meeting_engages() -> None:
    account = onboarded("2020-01-01")
    factories.entry(account=account, kind="email", occurred_at=dt.datetime(2020, 1, 2, tzinfo=dt.UTC))
    factories.entry(account=account, kind="update", occurred_at=dt.datetime(2020, 1, 3, tzinfo=dt.UTC))
    assert only(Goal.ENGAGE) == (Outcome.WAITING, 365)


def test_the_first_call_is_dated_in_the_zone_of_the_account() -> None:
    account = onboarded("2020-01-01", zone="Asia/Tokyo")
    factories.entry(account=account, occurred_at=dt.datetime(2020, 1, 11, 22, 0, tzinfo=dt.UTC))
    assert only(Goal.ENGAGE) == (Outcome.REACHED, 11)


def test_first_value_counts_from_the_contract_and_may_come_before_it() -> None:
    bought("2020-03-01", "2020-03-21")
    bought("2020-03-01", "2020-02-20")
    assert [way.days(today=TODAY) for way in ways(Goal.FIRST_VALUE)] == [20, -10]


def test_a_milestone_that_was_withdrawn_or_is_a_subscriptions_does_not_count() -> None:
    account = bought("2020-03-01")
    reach(account, "first_value", "2020-03-05", withdrawn_at=NOW)
    reach(account, "first_value", "2020-03-06", subscription=account.subscriptions.get())
    assert only(Goal.FIRST_VALUE)[0] is Outcome.WAITING


def test_who_churned_before_value_left_and_is_told_apart() -> None:
    bought("2020-03-01", left="2020-06-01")
    assert only(Goal.FIRST_VALUE) == (Outcome.LEFT, 92)


def test_the_range_is_of_days_on_which_clocks_started() -> None:
    for contract in ("2019-12-31", "2020-01-01", "2020-12-31", "2021-01-01"):
        bought(contract)
    assert [way.started.isoformat() for way in ways(Goal.FIRST_VALUE)] == ["2020-01-01", "2020-12-31"]


def test_the_median_counts_those_who_still_wait() -> None:
    for day in ("2020-11-11", "2020-11-21", "2020-12-11"):
        bought("2020-11-01", day)
    bought("2020-11-01", left="2020-11-16")
    bought("2020-11-01")

    found = selectors.figure(ways(Goal.FIRST_VALUE), Goal.FIRST_VALUE, today=TODAY)

    assert found.curve.median == 40  # 10, 20 and 40 days; one left on day 15, one still waits
    assert (found.reached, found.waiting, found.left) == (3, 1, 1)
    assert (found.within_goal.within, found.within_goal.old_enough) == (2, 5)


@pytest.mark.parametrize(("goal", "days"), [(Goal.ENGAGE, 14), (Goal.FIRST_VALUE, 30), (Goal.ONBOARD, 45)])
def test_who_waits_longer_than_the_goal_stands_on_the_burn_down(goal: Goal, days: int) -> None:
    late = [TODAY - dt.timedelta(days=days + 1), TODAY - dt.timedelta(days=days)]
    made = [onboarded(day.isoformat(), contract_date=day).pk for day in late]

    assert selectors.late(ways(goal), goal, today=TODAY) == (made[0],)


def test_each_months_beginners_have_their_own_figure() -> None:
    for contract in ("2020-02-03", "2020-01-05", "2020-02-28"):
        bought(contract, contract)

    found = selectors.by_month(ways(Goal.FIRST_VALUE), Goal.FIRST_VALUE, today=TODAY)

    assert {month.isoformat(): each.reached for month, each in found.items()} == {"2020-01-01": 1, "2020-02-01": 2}


def test_mail_counts_from_the_start_of_the_clock_to_its_stop() -> None:
    before, during, after, clicked_late, clicked = (bought("2020-03-10", "2020-03-20") for _ in range(5))
    waiting = bought("2020-03-10")
    mail(before, on=dt.date(2020, 3, 9), clicked_on=dt.date(2020, 3, 9))
    mail(during, on=dt.date(2020, 3, 10))
    mail(after, on=dt.date(2020, 3, 21))
    mail(clicked_late, on=dt.date(2020, 3, 15), clicked_on=dt.date(2020, 3, 21))
    mail(clicked, on=dt.date(2020, 3, 20), clicked_on=dt.date(2020, 3, 20))
    mail(waiting, on=dt.date(2020, 12, 30), clicked_on=TODAY)
    found = ways(Goal.FIRST_VALUE)

    reaches = selectors.reaches_of({Goal.FIRST_VALUE: found}, today=TODAY)[Goal.FIRST_VALUE]

    assert [reaches[each.pk] for each in (before, during, after, clicked_late, clicked, waiting)] == [
        Reach.NOT_REACHED, Reach.DELIVERED, Reach.NOT_REACHED, Reach.DELIVERED, Reach.CLICKED, Reach.CLICKED,
    ]  # fmt: skip
    split = selectors.by_reach(found, reaches, Goal.FIRST_VALUE, today=TODAY)
    assert {reach: each.reached + each.waiting for reach, each in split.items()} == dict.fromkeys(Reach, 2)


def test_nobody_counts_accounts_they_may_not_see(ada, ben, eve) -> None:
    bought("2020-03-01", is_pubsec=True)
    bought("2020-03-01")

    assert [len(ways(Goal.FIRST_VALUE, population=Population(user))) for user in (ada, ben, eve)] == [2, 1, 0]


RECOMPUTED = """
select count(*), count(*) filter (where m.reached_date - a.contract_date <= 30), sum(m.reached_date - a.contract_date),
       count(*) filter (where m.reached_date is null and %(today)s::date - a.contract_date > 30)
from accounts_account a left join metrics_milestone m on m.account_id = a.id and m.withdrawn_at is null
where %(today)s::date - a.contract_date > 30
"""


def test_plain_sql_counts_the_same_accounts(ada, django_assert_num_queries) -> None:
    dice = random.Random(7)
    for _ in range(60):
        contract = TODAY - dt.timedelta(days=dice.randint(0, 300))
        value = contract + dt.timedelta(days=dice.randint(-5, 90))
        bought(contract.isoformat(), value.isoformat() if value <= TODAY and dice.random() < 0.8 else "")

    with django_assert_num_queries(2):  # the permissions of the viewer, the accounts
        found = selectors.journeys(selectors.milestones(Population(ada)), Goal.FIRST_VALUE)

    figure = selectors.figure(found, Goal.FIRST_VALUE, today=TODAY)
    old = [way for way in found if (TODAY - way.started).days > 30]
    days = sum(way.days(today=TODAY) for way in old if way.outcome(today=TODAY) is Outcome.REACHED)
    late = len(selectors.late(found, Goal.FIRST_VALUE, today=TODAY))
    within = figure.within_goal
    assert [(within.old_enough, within.within, days, late)] == ask(RECOMPUTED, today=TODAY)
    assert 0 < within.within < within.old_enough
