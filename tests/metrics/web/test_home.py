"""Home differs by person, and everything on it opens or can be mended there."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client

from accounts.models import Account, User
from cs_platform.common import clock, outbox
from tests import factories
from tests.fixtures import Browser
from tests.metrics.web.builders import customers, rows_of

pytestmark = pytest.mark.django_db


def home(client: Client, more: str = "") -> str:
    return client.get(f"/{more}").content.decode()


def test_whoever_may_see_nothing_is_told_whom_to_ask(browser_of: Browser, eve: User) -> None:
    assert "have access yet." in home(browser_of(eve))


def test_the_program_manager_sees_who_cannot_be_reached_and_can_mend_it(browser_of: Browser, ada: User) -> None:
    factories.membership(account=factories.account(name="Reached"), roles=["gitlab_admin"])
    contact = factories.membership(account=factories.account(name="Unreached"))

    shown = home(browser_of(ada))

    assert "1 of 2 accounts are reachable" in shown
    assert "Unreached" in shown
    assert f"/contacts/at/{contact.pk}/" in shown
    assert ">Reached<" not in shown


def test_the_page_is_redrawn_when_a_role_changed(browser_of: Browser, ada: User) -> None:
    factories.account(name="Unreached")
    page, part = home(browser_of(ada)), home(browser_of(ada, htmx=True))

    assert part.strip().startswith('<div class="flow" id="home"')
    assert 'hx-trigger="roles:changed from:body"' in part
    assert part.strip() in page


def test_an_empty_house_has_a_home_too(browser_of: Browser, ada: User) -> None:
    shown = home(browser_of(ada))

    for sentence in ("Nothing is scheduled for the next 7 days.", "Nothing stopped.", "No changes in the last 14"):
        assert sentence in shown


def test_the_program_managers_home_asks_a_fixed_number_of_questions(
    browser_of: Browser, ada: User, django_assert_num_queries
) -> None:
    customers()
    client = browser_of(ada)
    outbox.drain()
    client.get("/healthz")

    with django_assert_num_queries(17):
        home(client)


@pytest.fixture
def ben_sees(browser_of: Browser, ben: User) -> Client:
    today = clock.today()
    for number in range(3):
        factories.account(
            name=f"Account {number}", csm=ben, priority=1, contract_date=today - dt.timedelta(days=60 * number)
        )
    return browser_of(ben)


def test_the_csm_sees_their_own_accounts_and_what_to_work_off(ben_sees: Client) -> None:
    factories.account(name="Somebody else's")

    page = ben_sees.get("/")

    assert [key for key, _, _, _ in page.context["counters"]] == [
        "engage", "first_value", "onboard", "no_admin", "no_call",
    ]  # fmt: skip
    assert "Account 2" in page.content.decode()
    assert "Somebody else" not in page.content.decode()


def test_every_counter_opens_to_its_rows(ben_sees: Client) -> None:
    for key, _, count, _ in ben_sees.get("/").context["counters"]:
        assert len(rows_of(ben_sees, f"/metrics/burn-down/?counter={key}")) == count
        if count:
            assert ben_sees.get(f"/?counter={key}").context["page"].paginator.count == count


def test_the_csms_home_asks_a_fixed_number_of_questions(ben_sees: Client, django_assert_num_queries) -> None:
    outbox.drain()
    ben_sees.get("/healthz")

    with django_assert_num_queries(8):
        home(ben_sees)


def test_the_accounts_of_the_csm_are_a_part_of_the_page(browser_of: Browser, ben: User) -> None:
    factories.account(name="Harbour Cranes", csm=ben)

    assert home(browser_of(ben, htmx=True)).strip() in home(browser_of(ben))


def test_the_executive_sees_retention_time_to_value_and_reasons(
    browser_of: Browser, ada: User, django_assert_num_queries
) -> None:
    customers()
    Account.objects.update(is_pubsec=False)
    client = browser_of(factories.user(bundle="viewer", home="executive"))
    client.get("/")  # what changed is added up once

    with django_assert_num_queries(12):
        page = client.get("/")

    assert [cell.definition.name for cell in page.context["cells"]] == [
        "Gross dollar retention", "Net dollar retention", "Logo churn",
        "Time to engage", "Time to first value", "Time to onboard",
    ]  # fmt: skip
    assert "ARR lost" in page.content.decode()
