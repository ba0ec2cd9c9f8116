"""A CSM records on the account page what the account reached."""

from __future__ import annotations

import datetime as dt

import pytest

from accounts.audit.selectors import changes_at
from accounts.models import Account, Entry, User
from cs_platform.common import clock
from metrics.models import Milestone
from tests import factories
from tests.fixtures import Browser

pytestmark = pytest.mark.django_db


@pytest.fixture
def account() -> Account:
    return factories.account(contract_date=clock.today() - dt.timedelta(days=20))


def address(account: Account) -> str:
    return f"/accounts/{account.pk}/milestones/"


def test_starting_and_closing_onboarding_moves_the_clocks(browser_of: Browser, ben: User, account: Account) -> None:
    client, today = browser_of(ben, htmx=True), clock.today()
    for kind, ago in (("onboarding_started", 18), ("onboarding_closed", 2)):
        said = {"kind": kind, "on": (today - dt.timedelta(days=ago)).isoformat()}
        assert client.post(address(account), said).status_code == 200

    shown = client.get(f"/accounts/{account.pk}/value/").content.decode()

    assert "16 days" in shown
    assert Entry.objects.filter(account=account, kind="milestone", actor=ben.email).count() == 2
    assert changes_at(account.pk).filter(table_name="metrics_milestone").count() == 2


def test_a_day_that_cannot_be_comes_back_with_the_reason(browser_of: Browser, ben: User, account: Account) -> None:
    said = {"kind": "onboarding_closed", "on": clock.today().isoformat()}

    answered = browser_of(ben, htmx=True).post(address(account), said)

    assert answered.status_code == 422
    assert "Onboarding hasn&#x27;t started." in answered.content.decode()
    assert not Milestone.objects.exists()


def test_without_javascript_it_leads_back_to_the_account(browser_of: Browser, ben: User, account: Account) -> None:
    said = {"kind": "onboarding_started", "on": clock.today().isoformat()}

    answered = browser_of(ben).post(address(account), said)

    assert (answered.status_code, answered["Location"]) == (302, f"/accounts/{account.pk}/")


def test_a_mistake_is_taken_back(browser_of: Browser, ben: User, account: Account) -> None:
    client = browser_of(ben, htmx=True)
    client.post(address(account), {"kind": "onboarding_started", "on": clock.today().isoformat()})
    row = Milestone.objects.get()

    answers = [client.post(f"{address(account)}{row.pk}/withdraw/") for _ in range(2)]

    assert [answered.status_code for answered in answers] == [200, 200]
    assert "No milestones yet." in answers[1].content.decode()


def test_who_may_only_look_sees_no_form_and_changes_nothing(
    browser_of: Browser, reader: User, account: Account
) -> None:
    client = browser_of(reader, htmx=True)

    assert "Record a milestone" not in client.get(address(account)).content.decode()
    assert client.post(address(account), {"kind": "first_value", "on": "2026-01-01"}).status_code == 403


def test_a_milestone_of_another_account_is_not_found(browser_of: Browser, ben: User, account: Account) -> None:
    client = browser_of(ben, htmx=True)
    client.post(address(account), {"kind": "onboarding_started", "on": clock.today().isoformat()})

    elsewhere = client.post(f"{address(factories.account())}{Milestone.objects.get().pk}/withdraw/")

    assert elsewhere.status_code == 404
    assert Milestone.objects.get().withdrawn_at is None


def test_public_sector_accounts_are_for_those_who_may_see_them(
    browser_of: Browser, ben: User, account: Account
) -> None:
    Account.objects.update(is_pubsec=True)

    assert browser_of(ben, htmx=True).get(address(account)).status_code == 404
