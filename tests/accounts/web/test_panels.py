"""The blocks of the account page that this room serves: contracts, CSM, family, and the form that logs a call."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.test import Client

from accounts.book.operations import assign_csm
from accounts.models import CsmAssignment, Entry, User
from cs_platform.common import clock
from tests import factories
from tests.fixtures import Browser

pytestmark = pytest.mark.django_db

PANELS = ("contracts", "csm", "family")


@pytest.fixture
def parts(browser_of: Browser, ada: User) -> Client:
    return browser_of(ada, htmx=True)


@pytest.mark.parametrize("panel", PANELS)
def test_a_panel_is_the_same_on_the_account_and_on_its_own_page(browser_of: Browser, ada: User, panel: str) -> None:
    account = factories.account()
    page, fragment = (
        browser_of(ada, htmx=part).get(f"/accounts/{account.pk}/{panel}/").content.decode() for part in (False, True)
    )

    assert fragment.strip().startswith("<section")
    assert without_token(fragment) in without_token(page)


def without_token(text: str) -> str:
    """The form's token is masked anew at every look."""
    lines = (line for line in text.strip().splitlines() if "csrfmiddlewaretoken" not in line)
    return "\n".join(lines)


@pytest.mark.parametrize("panel", PANELS)
def test_a_panel_of_an_account_one_may_not_see_is_not_there(
    browser_of: Browser, ben: User, eve: User, panel: str
) -> None:
    town = factories.account(is_pubsec=True)

    assert browser_of(ben).get(f"/accounts/{town.pk}/{panel}/").status_code == 404
    assert browser_of(eve).get(f"/accounts/{town.pk}/{panel}/").status_code == 403


@pytest.mark.parametrize(("panel", "queries"), [("contracts", 7), ("csm", 7), ("family", 6)])
def test_a_panel_takes_the_same_queries_however_much_there_is(
    parts: Client, django_assert_num_queries, ada: User, panel: str, queries: int
) -> None:
    top = factories.account()
    factories.organisation()
    for day in range(1, 6):
        factories.account(parent=top, top=top)
        subscription = factories.subscription(account=top)
        factories.line(subscription=subscription)
        factories.opportunity(account=top, reasons=[("Price", "0.5"), ("Product", "0.5")])
        assign_csm(account=top, csm=[None, ada][day % 2], on=dt.date(2026, 1, day))

    with django_assert_num_queries(queries):
        parts.get(f"/accounts/{top.pk}/{panel}/")


def test_revenue_stands_year_by_year_at_the_end_of_each(browser_of: Browser, ada: User) -> None:
    account, today = factories.account(), clock.today()
    subscription = factories.subscription(account=account)
    factories.line(
        subscription=subscription,
        since=dt.date(today.year - 2, 6, 1),
        until=dt.date(today.year - 1, 6, 1),
        arr=Decimal(1000),
    )
    factories.line(subscription=subscription, since=dt.date(today.year - 1, 6, 1), arr=Decimal(1500))

    columns = browser_of(ada).get(f"/accounts/{account.pk}/contracts/").context["columns"]

    assert columns == [
        (str(today.year - 2), 1000.0, "$1,000"),
        (str(today.year - 1), 1500.0, "$1,500"),
        (str(today.year), 1500.0, "$1,500"),
    ]


def test_the_contracts_page_says_what_runs_what_ended_and_why_it_was_lost(browser_of: Browser, ada: User) -> None:
    account, today = factories.account(), clock.today()
    factories.line(
        account=account, since=today - dt.timedelta(days=800), until=today - dt.timedelta(days=400), product="Premium"
    )
    factories.line(account=account, since=today - dt.timedelta(days=30), product="Ultimate")
    factories.opportunity(
        account=account, name="Renewal", order_type="5", is_closed=True, stage="Closed Lost", reasons=[("Budget", "1")]
    )

    shown = browser_of(ada).get(f"/accounts/{account.pk}/contracts/").content.decode()

    for fact in ("Premium", "Ended", "Ultimate", "Active", "5. Churn - Partial", "Budget"):
        assert fact in shown


def test_the_csm_changes_from_today_on_and_the_history_keeps_the_old_one(parts: Client, ada: User, ben: User) -> None:
    account = factories.account()
    assign_csm(account=account, csm=ada, on=clock.today() - dt.timedelta(days=90))

    answer = parts.post(f"/accounts/{account.pk}/csm/", {"csm": ben.pk})

    account.refresh_from_db()
    assert account.csm == ben
    spans = CsmAssignment.objects.filter(account=account).order_by("during").values_list("csm__name", "during")
    assert [(name, during.upper) for name, during in spans] == [("Ada Lovelace", clock.today()), ("Ben Okri", None)]
    assert answer.content.decode().index("Ben Okri") < answer.content.decode().index("Ada Lovelace")


def test_a_csm_who_is_nobody_is_refused(parts: Client, ada: User) -> None:
    account = factories.account(csm=ada)

    assert parts.post(f"/accounts/{account.pk}/csm/", {"csm": 0}).status_code == 422

    account.refresh_from_db()
    assert account.csm == ada


def test_without_scripts_the_csm_is_changed_by_a_form_and_a_redirect(browser_of: Browser, ada: User, ben: User) -> None:
    account = factories.account()

    answer = browser_of(ada).post(f"/accounts/{account.pk}/csm/", {"csm": ben.pk})

    assert answer.headers["Location"] == f"/accounts/{account.pk}/"


def test_the_family_stands_as_a_tree_and_leaves_out_what_one_may_not_see(browser_of: Browser, ben: User) -> None:
    group = factories.account(name="Group")
    works = factories.account(name="Works", parent=group, top=group)
    factories.account(name="Cranes", parent=works, top=group)
    factories.account(name="Harbour", parent=group, top=group)
    factories.account(name="Navy", parent=group, top=group, is_pubsec=True)

    family = browser_of(ben).get(f"/accounts/{works.pk}/family/").context["family"]

    assert [(one.account.name, one.depth) for one in family] == [
        ("Group", 0),
        ("Harbour", 1),
        ("Works", 1),
        ("Cranes", 2),
    ]


def test_an_account_alone_has_no_family(parts: Client) -> None:
    account = factories.account()

    assert "No parent or child accounts" in parts.get(f"/accounts/{account.pk}/family/").content.decode()


def test_a_call_is_logged_under_the_name_of_whoever_logs_it(parts: Client, ada: User) -> None:
    account = factories.account()
    call = {"kind": "call", "subject": "Quarterly review", "occurred_at": "2026-03-02T09:00", "body": "All well."}

    answer = parts.post(f"/accounts/{account.pk}/log/", call)

    entry = Entry.objects.get(account=account)
    assert (entry.kind, entry.subject, entry.actor) == ("call", "Quarterly review", ada.email)
    assert answer.status_code == 204
    assert "dialog:close" in answer.headers["HX-Trigger"]
    assert "timeline:changed" in answer.headers["HX-Trigger"]


def test_what_lies_in_the_future_cannot_be_logged(parts: Client) -> None:
    account = factories.account()
    call = {"kind": "call", "subject": "Review", "occurred_at": "2999-01-01T09:00"}

    answer = parts.post(f"/accounts/{account.pk}/log/", call)

    assert answer.status_code == 422
    assert "be in the future" in answer.content.decode()
    assert not Entry.objects.exists()


def test_a_milestone_is_not_logged_by_hand(parts: Client) -> None:
    account = factories.account()
    claim = {"kind": "milestone", "subject": "First value", "occurred_at": "2026-03-02T09:00"}

    assert parts.post(f"/accounts/{account.pk}/log/", claim).status_code == 422


def test_who_may_only_read_logs_nothing(browser_of: Browser, reader: User) -> None:
    account = factories.account()

    assert browser_of(reader).post(f"/accounts/{account.pk}/log/", {"kind": "call"}).status_code == 403
    assert browser_of(reader).post(f"/accounts/{account.pk}/csm/", {"csm": ""}).status_code == 403
