"""What Home shows: the coming week, what stopped, recent changes, and a CSM's own accounts."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from accounts.models import Account, User
from accounts.team.models import Permission
from contacts.consent.models import Suppression
from contacts.models import Delivery, RoleChange
from metrics.models import Milestone
from metrics.reports.rules import Counter
from metrics.reports.selectors.news import News, latest_news, register_news
from metrics.reports.selectors.portfolio import portfolio
from metrics.reports.selectors.week import Stop, Week, stops, week_ahead
from programs.models import Participant, Program
from tests import factories
from tests.factories import NOW, TODAY
from tests.metrics.worlds import mail
from tests.programs import world

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)


def planned(account: Account, *, due_at: dt.datetime, state: str = "planned", reason: str = "") -> Delivery:
    made = mail(account, on=due_at.date(), state=state)
    Delivery.objects.filter(pk=made.pk).update(due_at=due_at, reason=reason)
    return made


def waits(program: Program, **fields: Any) -> Participant:
    """Return an account that waits in a program for its next step."""
    plain = {
        "state": "waiting", "reason": "is_gitlab_admin", "entry_key": "contract_start:2026-03-01",
        "anchor_date": TODAY, "entered_at": NOW, "changed_at": NOW, "account": factories.account(),
    }  # fmt: skip
    return Participant.objects.create(program=program, version=program.versions.get(), **{**plain, **fields})


def counts(week: Week) -> list[int]:
    return [count for _, count in week.days]


def test_the_week_counts_messages_planned_and_contacts_due_by_day(ada: User) -> None:
    program = world.published(ada)
    waits(program, due_at=NOW + DAY)
    waits(program, due_at=NOW + 2 * DAY)
    waits(program, due_at=NOW + 8 * DAY)
    planned(factories.account(), due_at=NOW)
    planned(factories.account(), due_at=NOW, state="sent")

    week = week_ahead(ada, now=NOW)

    assert counts(week) == [1, 1, 1, 0, 0, 0, 0]
    assert [(each.name, each.planned, each.due) for each in week.programs] == [("Other mail", 1, 0), ("Welcome", 0, 2)]
    assert week.total == 3


def test_what_is_overdue_counts_as_today_and_days_are_the_organizations(ada: User) -> None:
    factories.organisation(zone="Asia/Tokyo")
    ada.zone = "America/New_York"
    program = world.published(ada)
    waits(program, due_at=NOW - 3 * DAY)
    waits(program, due_at=dt.datetime(2026, 3, 2, 16, tzinfo=dt.UTC))  # the 3rd of March in Tokyo

    week = week_ahead(ada, now=NOW)

    assert week.days[0] == (TODAY, 1)
    assert week.days[1] == (TODAY + DAY, 1)


def test_a_paused_program_sends_nothing_this_week(ada: User) -> None:
    program = world.published(ada)
    waits(program, due_at=NOW + DAY)
    Program.objects.update(status="paused")

    assert week_ahead(ada, now=NOW).total == 0


def shown(stops: list[Stop]) -> list[tuple[str, str, int]]:
    return [(stop.state, stop.reason, stop.count) for stop in stops]


def test_what_did_not_go_on_is_told_with_its_reason_what_needs_a_person_first(ada: User) -> None:
    account, program = factories.account(), world.published(ada)
    planned(account, due_at=NOW - DAY, state="cancelled", reason="cannot_be_written")
    planned(account, due_at=NOW - 2 * DAY, state="uncertain", reason="answer_lost")
    planned(account, due_at=NOW - 40 * DAY, state="cancelled", reason="cannot_be_written")
    waits(program, state="rejected", reason="no_gitlab_admin")
    waits(program, state="rejected", reason="no_gitlab_admin")
    waits(program, state="held", reason="opted_out")
    waits(program, state="completed", reason="is_gitlab_admin")

    stopped = stops(ada, now=NOW)

    assert shown(stopped) == [
        ("uncertain", "The connection was lost after the message was transmitted. It may have been delivered.", 1),
        ("held", "Opted out of this kind of email.", 1),
        ("cancelled", "The email couldn't be created: a required value is missing or invalid.", 1),
        ("rejected", "No GitLab Admin.", 2),
    ]
    assert [stop.programs for stop in stopped] == [0, 1, 0, 1]


def test_news_are_publications_roles_and_suppressions_newest_first(ada: User, ben: User) -> None:
    world.published(ada)
    contact = factories.membership(account=factories.account(name="Harbour Cranes"))
    for role in ("gitlab_admin", "security_lead"):
        RoleChange.objects.create(
            membership=contact, role=role, is_added=True, actor=ben.email, source="keel", changed_at=NOW + 2 * DAY
        )
    Suppression.objects.create(address_hash="a" * 64, reason="hard_bounce", source="bounce", since_at=NOW + DAY)
    Suppression.objects.create(address_hash="b" * 64, reason="hard_bounce", source="bounce", since_at=NOW - 30 * DAY)

    news = latest_news(ada, now=NOW + 3 * DAY)

    assert [(each.text, each.note) for each in news] == [
        ("2 GitLab roles changed at Harbour Cranes", "ben@keel.example"),
        ("1 address suppressed", "Hard bounce"),
        ("Welcome: version 1 published", "Ada Lovelace: First version"),
    ]


def test_a_room_above_can_add_its_news(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("metrics.reports.selectors.news._sources", [])

    def imports(viewer: User, *, since: dt.datetime, until: dt.datetime) -> list[News]:
        return [News(until, "file-up", f"accounts.csv taken in for {viewer.name}")]

    register_news(imports)
    register_news(imports)

    assert [each.text for each in latest_news(ada, now=NOW)] == ["accounts.csv taken in for Ada Lovelace"]


@pytest.mark.parametrize("ask", [stops, latest_news, lambda viewer, now: week_ahead(viewer, now=now).programs])
def test_home_says_nothing_of_accounts_its_reader_may_not_see(ask: Any, ada: User, ben: User, eve: User) -> None:
    program, hidden = world.published(ada), factories.account(is_pubsec=True)
    Program.objects.get().versions.update(published_at=NOW - 90 * DAY)
    contact = factories.membership(account=hidden)
    waits(program, account=hidden, due_at=NOW + DAY)
    waits(program, account=factories.account(is_pubsec=True), state="held", reason="opted_out")
    RoleChange.objects.create(
        membership=contact, role="gitlab_admin", is_added=True, actor="x", source="keel", changed_at=NOW - DAY
    )

    assert [len(ask(user, now=NOW)) for user in (ada, ben, eve)] == [1, 0, 0]


def kept(csm: User, **fields: Any) -> Account:
    plain = {"csm": csm, "segment": "csm_managed", "priority": 1, "contract_date": TODAY - 100 * DAY}
    account = factories.account(**{**plain, **fields})
    factories.line(account=account, since=TODAY - 100 * DAY)
    return account


def reached(account: Account, kind: str, days_ago: int) -> None:
    Milestone.objects.create(
        account=account, kind=kind, reached_date=TODAY - days_ago * DAY, source="test", recorded_at=NOW
    )


def test_the_counters_hold_who_waits_longer_than_the_goal(ben: User) -> None:
    slow, quick = kept(ben, name="Slow"), kept(ben, name="Quick", contract_date=TODAY - 20 * DAY)
    reached(slow, "onboarding_started", 50)
    reached(quick, "onboarding_started", 10)
    kept(factories.user(), name="Somebody else's")

    found = portfolio(ben, today=TODAY)

    on = {counter: [each.account.name for each in found.of(counter)] for counter in Counter}
    assert on[Counter.FIRST_ENGAGE] == on[Counter.FIRST_VALUE] == on[Counter.ONBOARD] == on[Counter.NO_CALL] == ["Slow"]
    assert sorted(on[Counter.NO_ADMIN]) == ["Quick", "Slow"]
    assert found.waiting[Counter.ONBOARD] == {slow.pk: 50}


@pytest.mark.parametrize(
    ("priority", "days", "is_overdue"), [(1, 30, False), (1, 31, True), (2, 60, False), (2, 61, True)]
)
def test_a_call_is_overdue_by_the_priority_of_the_account(
    ben: User, priority: int, days: int, is_overdue: bool
) -> None:
    account = kept(ben, priority=priority)
    factories.entry(account=account, occurred_at=NOW - days * DAY)
    factories.entry(account=account, kind="email", occurred_at=NOW)

    (row,) = portfolio(ben, today=TODAY).accounts

    assert row.days_without_call == days
    assert (Counter.NO_CALL in row.counters) is is_overdue


def test_the_portfolio_leaves_out_who_has_churned_and_begins_with_the_next_renewal(ben: User) -> None:
    kept(ben, name="Later", renewal_date=TODAY + 90 * DAY)
    kept(ben, name="Sooner", renewal_date=TODAY + 9 * DAY)
    kept(ben, name="Gone", stage="churned")

    assert [row.account.name for row in portfolio(ben, today=TODAY).accounts] == ["Sooner", "Later"]


def test_an_admin_takes_an_account_off_its_counter(ben: User) -> None:
    account = kept(ben)
    factories.membership(account=account, roles=["gitlab_admin"])

    (row,) = portfolio(ben, today=TODAY).accounts

    assert (row.coverage, Counter.NO_ADMIN in row.counters) == ("admin", False)
    assert ben.may(Permission.VIEW)
