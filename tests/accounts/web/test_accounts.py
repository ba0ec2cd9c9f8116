"""The list of accounts and the page of one."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.test import Client

from accounts.models import Account, User
from cs_platform.common import clock, outbox
from tests import factories
from tests.fixtures import Browser

pytestmark = pytest.mark.django_db

LIST = "/accounts/"
# Whether anybody is set up; user, permissions; the organisation for its currency and for the safe-mode strip; rows,
# count and ARR of the head, which the pager shows too.
QUERIES = 7


def named_on(client: Client, query: str = "") -> list[str]:
    """Return the names of the accounts that a list shows, in its order."""
    page = client.get(f"{LIST}{query}").context["page"]
    return [account.name for account in page]


@pytest.fixture
def ada_sees(browser_of: Browser, ada: User) -> Client:
    return browser_of(ada)


def test_the_list_says_of_each_account_what_matters(ada_sees: Client, ben: User) -> None:
    group = factories.account(name="Harbour Group")
    factories.account(
        name="Harbour Cranes",
        parent=group,
        top=group,
        csm=ben,
        arr=Decimal(184_000),
        segment="scale",
        products=["Ultimate"],
    )

    shown = ada_sees.get(LIST).content.decode()

    for fact in ("Harbour Cranes", "Harbour Group", "$184k", "Scale", "Ben Okri", "Ultimate", "Not reachable"):
        assert fact in shown


def test_the_fragment_is_the_same_list_as_the_page(browser_of: Browser, ada: User) -> None:
    factories.account()
    page, fragment = (browser_of(ada, htmx=part).get(LIST).content.decode() for part in (False, True))

    assert fragment.strip().startswith('<row-keys id="results"')
    assert fragment.strip() in page


def test_the_list_takes_the_same_queries_however_many_accounts(
    browser_of: Browser, ada: User, django_assert_num_queries
) -> None:
    client = browser_of(ada, htmx=True)
    parent = factories.account()
    for _ in range(30):
        factories.account(parent=parent, top=parent, csm=ada)

    outbox.drain()

    with django_assert_num_queries(QUERIES):
        client.get(LIST)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("?segment=scale", ["Scale"]),
        ("?stage=will_churn", ["Leaving"]),
        ("?market=large", ["Large"]),
        ("?region=APAC", ["Far"]),
        ("?q=larg", ["Large"]),
        ("?q=001A000001bcdefIAA", ["Far"]),
        ("?segment=no-such", ["Far", "Large", "Leaving", "Scale"]),
        ("?segment=scale&market=large", []),
    ],
)
def test_filters_and_words_narrow_the_list(ada_sees: Client, query: str, names: list[str]) -> None:
    far = factories.account(name="Far", region="APAC")
    factories.external_id(row=far, kind="account", name="001A000001bcdefIAA")
    factories.account(name="Large", market="large")
    factories.account(name="Leaving", stage="will_churn")
    factories.account(name="Scale", segment="scale")

    assert named_on(ada_sees, query) == names


def test_mine_are_those_i_look_after(ada_sees: Client, ada: User) -> None:
    factories.account(name="Hers", csm=ada)
    factories.account(name="Somebody's")

    assert named_on(ada_sees, "?csm=me") == ["Hers"]


def test_what_renews_soon_is_counted_from_today(ada_sees: Client) -> None:
    today = clock.today()
    factories.account(name="In 89 days", renewal_date=today + dt.timedelta(days=89))
    factories.account(name="In 90 days", renewal_date=today + dt.timedelta(days=90))
    factories.account(name="Yesterday", renewal_date=today - dt.timedelta(days=1))

    assert named_on(ada_sees, "?renewal=soon") == ["In 89 days"]


@pytest.fixture
def covered(db: None) -> None:
    """An account with a GitLab Admin, one with a buyer only, one with nobody, and one that has left."""
    factories.membership(account=factories.account(name="Admin"), roles=["gitlab_admin", "economic_buyer"])
    buyer = factories.membership(account=factories.account(name="Buyer"))
    factories.sold_to(account=buyer.account, person=buyer.person)
    factories.membership(account=factories.account(name="Nobody"), roles=["gitlab_admin"], is_active=False)
    factories.account(name="Left", stage="churned")


@pytest.mark.parametrize(
    ("coverage", "names"),
    [("no_admin", ["Buyer", "Nobody"]), ("unreachable", ["Nobody"]), ("", ["Admin", "Buyer", "Left", "Nobody"])],
)
def test_coverage_finds_the_customers_who_cannot_be_written_to(
    ada_sees: Client, covered: None, coverage: str, names: list[str]
) -> None:
    assert named_on(ada_sees, f"?coverage={coverage}") == names


def test_the_chip_says_who_can_be_written_to(ada_sees: Client, covered: None) -> None:
    page = ada_sees.get(LIST).context["page"]

    assert {account.name: account.coverage for account in page} == {
        "Admin": "admin",
        "Buyer": "sold_to",
        "Nobody": "nobody",
        "Left": "nobody",
    }


def test_sorting_puts_what_is_missing_last_either_way(ada_sees: Client) -> None:
    for name, day in (("Late", 9), ("Never", None), ("Soon", 2)):
        factories.account(name=name, renewal_date=day and dt.date(2026, 3, day))

    assert named_on(ada_sees, "?sort=renewal") == ["Soon", "Late", "Never"]
    assert named_on(ada_sees, "?sort=-renewal") == ["Late", "Soon", "Never"]


def test_a_page_holds_25_and_its_links_keep_the_filters(ada_sees: Client) -> None:
    for _ in range(26):
        factories.account(segment="scale")

    answer = ada_sees.get(f"{LIST}?segment=scale")

    assert len(answer.context["page"]) == 25
    assert f"?segment=scale&amp;page={answer.context['page'].next}" in answer.content.decode()


def test_an_empty_list_says_what_to_do_and_a_narrowed_one_how_to_get_out(ada_sees: Client) -> None:
    assert "No accounts yet" in ada_sees.get(LIST).content.decode()
    assert "Clear filters" in ada_sees.get(f"{LIST}?q=nobody").content.decode()


def test_the_csv_holds_the_narrowed_list_and_no_formula(ada_sees: Client) -> None:
    factories.account(name="=HYPERLINK(1)", segment="scale", arr=Decimal("99.5"))
    factories.account(name="Other")

    lines = b"".join(ada_sees.get("/accounts/accounts.csv?segment=scale")).decode("utf-8-sig").splitlines()

    assert lines[0].startswith("Account,Parent,Segment,Stage")
    assert [line.split(",")[0] for line in lines[1:]] == ["'=HYPERLINK(1)"]
    assert "99.5000" in lines[1]


def test_public_sector_accounts_are_seen_with_that_permission_alone(browser_of: Browser, ada: User, ben: User) -> None:
    town = factories.account(name="Town", is_pubsec=True)

    assert named_on(browser_of(ada)) == ["Town"]
    assert named_on(browser_of(ben)) == []
    assert browser_of(ben).get(f"/accounts/{town.pk}/").status_code == 404


def test_a_stranger_sees_neither_list_nor_account_nor_file(browser_of: Browser, eve: User) -> None:
    client, account = browser_of(eve), factories.account()

    for path in (LIST, f"/accounts/{account.pk}/", "/accounts/accounts.csv", "/accounts/new/"):
        assert client.get(path).status_code == 403


def test_the_page_carries_a_panel_for_every_room_that_has_one(ada_sees: Client) -> None:
    account = factories.account(name="Acme")

    shown = ada_sees.get(f"/accounts/{account.pk}/").content.decode()

    for panel in ("contacts", "recipients", "timeline", "contracts", "csm", "family", "changes"):
        assert f'hx-get="/accounts/{account.pk}/{panel}/"' in shown
        assert f'<a class="link" href="/accounts/{account.pk}/{panel}/">' in shown


def test_an_account_is_added_under_its_parent(ada_sees: Client) -> None:
    group = factories.account(name="Harbour Group")
    facts = {
        "name": "Harbour Cranes", "parent": "harbour group", "segment": "scale", "market": "smb", "deployment": "saas",
        "purchase_channel": "web_direct", "region": "EMEA", "zone": "Europe/Lisbon",
    }  # fmt: skip

    answer = ada_sees.post("/accounts/new/", facts)

    added = Account.objects.get(name="Harbour Cranes")
    assert answer.headers["Location"] == f"/accounts/{added.pk}/"
    assert (added.parent, added.top, added.segment, added.priority) == (group, group, "scale", None)


def test_a_parent_nobody_knows_is_refused_at_its_field_and_nothing_is_lost(ada_sees: Client) -> None:
    answer = ada_sees.post("/accounts/new/", {"name": "Harbour Cranes", "parent": "Nowhere"})

    assert answer.status_code == 422
    assert "No account has this name." in answer.content.decode()
    assert 'value="Harbour Cranes"' in answer.content.decode()
    assert not Account.objects.exists()


def test_editing_changes_what_was_typed_and_nothing_else(ada_sees: Client, ada: User) -> None:
    account = factories.account(name="Acme", csm=ada, industry="Shipping")
    form = ada_sees.get(f"/accounts/{account.pk}/edit/").context["form"]

    ada_sees.post(f"/accounts/{account.pk}/edit/", {**plain(form.initial), "priority": "2", "is_restricted": "on"})

    account.refresh_from_db()
    assert (account.name, account.industry, account.priority, account.is_restricted) == ("Acme", "Shipping", 2, True)
    assert account.csm == ada


def plain(initial: dict[str, object]) -> dict[str, object]:
    """Return a form's values as a browser sends them back: what is empty or unticked is left out."""
    return {name: value for name, value in initial.items() if value not in (None, False)}


def test_a_stage_moves_on_and_leaves_an_entry(ada_sees: Client) -> None:
    account = factories.account(stage="onboarding")

    ada_sees.post(f"/accounts/{account.pk}/stage/", {"stage": "adoption"})

    account.refresh_from_db()
    assert account.stage == "adoption"
    assert account.timeline.get().subject == "Stage changed from Onboarding to Adoption"


def test_a_stage_that_does_not_follow_is_refused_in_words(ada_sees: Client) -> None:
    account = factories.account(stage="onboarding")

    answer = ada_sees.post(f"/accounts/{account.pk}/stage/", {"stage": "optimize"}, follow=True)

    account.refresh_from_db()
    assert account.stage == "onboarding"
    assert "move from" in answer.content.decode()


def test_who_may_only_read_is_offered_no_form_and_refused_one(browser_of: Browser, reader: User) -> None:
    client, account = browser_of(reader), factories.account()

    shown = client.get(f"/accounts/{account.pk}/").content.decode()

    assert f"/accounts/{account.pk}/edit/" not in shown
    assert client.get(f"/accounts/{account.pk}/edit/").status_code == 403
    assert client.post(f"/accounts/{account.pk}/stage/", {"stage": "adoption"}).status_code == 403
