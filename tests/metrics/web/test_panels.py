"""What the account page shows of usage and value."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client

from accounts.models import Account, User
from cs_platform.common import clock
from metrics.usage.models import Measure
from metrics.usage.operations import record_readings
from metrics.usage.rules import Measured
from tests import factories
from tests.fixtures import Browser
from tests.metrics.web.builders import onboard

pytestmark = pytest.mark.django_db


def panel(client: Client, account: Account, name: str) -> str:
    return client.get(f"/accounts/{account.pk}/{name}/").content.decode()


def test_licenses_in_use_are_told_with_both_numbers(browser_of: Browser, ada: User) -> None:
    account, today = factories.account(), clock.today()
    for billable, licensed in ((30, 40), (20, 60)):
        subscription = factories.subscription(account=account)
        measured = ((Measure.BILLABLE_USERS, billable), (Measure.LICENSED_USERS, licensed))
        readings = [Measured(subscription.pk, measure, today, value) for measure, value in measured]
        record_readings(readings=readings, source="test")

    shown = panel(browser_of(ada, htmx=True), account, "licenses")

    assert "50%" in shown
    assert "50 of 100 users" in shown


def test_silence_is_no_data_and_not_nought(browser_of: Browser, ada: User) -> None:
    assert "No data" in panel(browser_of(ada, htmx=True), factories.account(), "licenses")


def test_the_clocks_of_an_account_are_told_against_their_goals(browser_of: Browser, ada: User) -> None:
    since = dt.date(2025, 4, 1)
    account = factories.account(contract_date=since)
    onboard(account, since=since, days=12)

    shown = panel(browser_of(ada, htmx=True), account, "value")

    assert "12 days" in shown
    assert "engage 12 days" in shown
    assert "onboard 17 days" in shown


def test_an_account_without_a_contract_has_no_clock(browser_of: Browser, ada: User) -> None:
    assert "Not started" in panel(browser_of(ada, htmx=True), factories.account(), "value")


@pytest.mark.parametrize("name", ["licenses", "value"])
def test_a_panel_is_a_part_of_its_page_and_hidden_from_strangers(
    name: str, browser_of: Browser, ada: User, ben: User
) -> None:
    account = factories.account(is_pubsec=True, contract_date=dt.date(2025, 4, 1))
    page, part = (panel(browser_of(ada, htmx=htmx), account, name) for htmx in (False, True))

    assert part.strip() in page
    assert browser_of(ben).get(f"/accounts/{account.pk}/{name}/").status_code == 404
