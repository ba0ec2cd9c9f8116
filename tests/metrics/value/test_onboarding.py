"""Onboarding is started and closed by a CSM's word, and the figures follow."""

from __future__ import annotations

import datetime as dt

import pytest

from accounts.models import Account, Entry
from accounts.timeline import operations as timeline
from metrics.models import Milestone
from metrics.value import operations, selectors
from metrics.value.models import Kind
from metrics.value.operations import AlreadyWithdrawn, NotReached, Reached, note_first_values, reach
from metrics.value.rules import Goal, Outcome, why_not_reached
from tests import factories
from tests.factories import NOW
from tests.metrics.value.test_operations import using
from tests.metrics.worlds import everybody

pytestmark = pytest.mark.django_db

TODAY = NOW.date()
STARTED, CLOSED = Kind.ONBOARDING_STARTED, Kind.ONBOARDING_CLOSED


def record(account: Account, kind: Kind, on: dt.date) -> Milestone:
    return operations.record_milestone(account=account, kind=kind, on=on, by="ben@keel.example", today=TODAY, now=NOW)


def start(account: Account, on: dt.date) -> Milestone:
    return record(account, STARTED, on)


def close(account: Account, on: dt.date) -> Milestone:
    return record(account, CLOSED, on)


def way(goal: Goal) -> tuple[Outcome, int] | None:
    found = selectors.journeys(selectors.milestones(everybody()), goal)
    return (found[0].outcome(today=TODAY), found[0].days(today=TODAY)) if found else None


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def test_the_handbooks_examples_hold_from_a_csms_word_to_the_figure() -> None:
    account = factories.account()
    start(account, day("2020-08-15"))
    assert (way(Goal.ENGAGE), way(Goal.ONBOARD)) == ((Outcome.WAITING, 2025), (Outcome.WAITING, 2025))

    timeline.record(
        entries=[Entry(account=account, kind="call", subject="Kickoff", occurred_at="2020-08-26T09:00:00+00:00")]
    )
    close(account, day("2020-09-18"))

    assert way(Goal.ENGAGE) == (Outcome.REACHED, 11)
    assert way(Goal.ONBOARD) == (Outcome.REACHED, 34)


def test_a_milestone_is_told_on_the_timeline_by_who_recorded_it() -> None:
    account = factories.account()

    row = start(account, day("2026-02-20"))

    entry = Entry.objects.get(account=account)
    assert (entry.subject, entry.actor, entry.occurred_at.date()) == (
        "Onboarding started",
        "ben@keel.example",
        day("2026-02-20"),
    )
    assert (row.source, row.recorded_at, row.withdrawn_at) == ("csm", NOW, None)


@pytest.mark.parametrize(
    ("kind", "on", "standing", "problem"),
    [
        (STARTED, "2026-03-03", {}, "future"),
        (STARTED, "2026-03-02", {STARTED: "2026-01-01"}, "Already reached on 2026-01-01"),
        (CLOSED, "2026-03-02", {}, "hasn't started"),
        (CLOSED, "2026-02-01", {STARTED: "2026-02-02"}, "started on 2026-02-02"),
        (STARTED, "2026-02-03", {CLOSED: "2026-02-02"}, "closed on 2026-02-02"),
        (CLOSED, "2026-02-02", {STARTED: "2026-02-02"}, ""),
        (STARTED, "2024-02-29", {}, ""),
        (Kind.FIRST_VALUE, "2020-01-01", {STARTED: "2026-02-02"}, ""),  # a trial may have reached it long before
    ],
)
def test_a_day_that_cannot_be_is_refused_in_words(kind: Kind, on: str, standing: dict[str, str], problem: str) -> None:
    known = {each: day(text) for each, text in standing.items()}

    said = why_not_reached(kind, day(on), standing=known, today=TODAY)

    assert (said is None) if not problem else (problem in str(said))


def test_what_is_refused_changes_nothing() -> None:
    account = factories.account()
    with pytest.raises(NotReached):
        close(account, TODAY)

    assert not Milestone.objects.exists()
    assert not Entry.objects.exists()


def test_what_was_taken_back_can_be_recorded_anew_and_both_stay() -> None:
    account = factories.account()
    wrong = start(account, day("2026-01-01"))
    operations.withdraw_milestone(milestone=wrong, by="ben@keel.example", now=NOW)
    assert way(Goal.ONBOARD) is None

    start(account, day("2026-02-20"))

    assert way(Goal.ONBOARD) == (Outcome.WAITING, 10)
    assert list(Milestone.objects.order_by("pk").values_list("withdrawn_at", flat=True)) == [NOW, None]
    with pytest.raises(AlreadyWithdrawn):
        operations.withdraw_milestone(milestone=wrong, by="ben@keel.example", now=NOW)


def test_a_first_value_that_a_csm_took_back_is_not_noted_again() -> None:
    using([(5, 50, 100)])
    note_first_values(now=NOW)
    operations.withdraw_milestone(milestone=Milestone.objects.get(), by="ben@keel.example", now=NOW)

    assert note_first_values(now=NOW) == 0


def test_first_values_are_noted_for_the_accounts_asked_for() -> None:
    asked, other = using([(5, 50, 100)]), using([(5, 50, 100)])

    assert note_first_values(now=NOW, account_ids=[asked.pk]) == 1
    assert note_first_values(now=NOW, account_ids=[]) == 0
    assert note_first_values(now=NOW) == 1
    assert set(Milestone.objects.values_list("account", flat=True)) == {asked.pk, other.pk}


def test_many_are_recorded_at_once_and_what_stands_is_left_alone(django_assert_num_queries) -> None:
    accounts = [factories.account() for _ in range(20)]
    start(accounts[0], day("2026-01-01"))
    reached = [Reached(account.pk, STARTED, day("2026-02-01")) for account in accounts]

    with django_assert_num_queries(3):  # one statement, and the timeline's in a savepoint
        assert reach(reached=reached, source="onboarding", actor="demo", now=NOW) == 19

    assert reach(reached=reached, source="onboarding", actor="demo", now=NOW) == 0
    assert Milestone.objects.get(account=accounts[0]).reached_date == day("2026-01-01")
    assert Entry.objects.count() == 20
