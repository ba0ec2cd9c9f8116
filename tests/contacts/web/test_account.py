"""What the contacts room shows of an account: its people, who would receive what, and the audit."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import Account, User
from contacts.consent.operations import Reason, suppress
from contacts.models import Membership
from cs_platform.common import clock, outbox
from tests import factories
from tests.fixtures import Browser

pytestmark = pytest.mark.django_db

PANELS = ("contacts", "recipients", "timeline", "changes")
# User, permissions, organisation, whether anybody is set up and the account are five of each; the rest is its own.
QUERIES = {"contacts": 15, "recipients": 9, "timeline": 6, "changes": 10}


@pytest.fixture
def account() -> Account:
    """Acme bought by Dev, who has no role; Sofia is its GitLab Admin."""
    acme = factories.account(name="Acme")
    admin(acme, "Sofia", "Marchetti")
    buyer = factories.membership(account=acme, person=factories.person(first_name="Dev", last_name="Patel"))
    factories.sold_to(account=acme, person=buyer.person)
    return acme


def admin(account: Account, first: str, last: str) -> Membership:
    person = factories.person(first_name=first, last_name=last)
    return factories.membership(account=account, person=person, roles=["gitlab_admin"])


def panel(client: Client, account: Account, name: str) -> str:
    return client.get(f"/accounts/{account.pk}/{name}/").content.decode()


@pytest.mark.parametrize("name", PANELS)
def test_the_panel_stands_on_a_page_of_its_own_too(browser_of: Browser, ada: User, account: Account, name: str) -> None:
    page, part = (panel(browser_of(ada, htmx=part), account, name) for part in (False, True))

    assert part.strip().startswith('<section class="card')
    assert "<h1>Acme</h1>" in page
    assert f'aria-labelledby="h-{name}"' in page


@pytest.mark.parametrize("name", PANELS)
def test_the_panel_takes_the_same_queries_however_many_contacts(
    browser_of: Browser, ada: User, account: Account, name: str, django_assert_num_queries
) -> None:
    client = browser_of(ada, htmx=True)
    for number in range(20):
        admin(account, "Contact", str(number))

    outbox.drain()

    with django_assert_num_queries(QUERIES[name]):
        panel(client, account, name)


@pytest.mark.parametrize("name", [*PANELS, "standing"])
def test_others_see_nothing_of_an_account_that_is_not_theirs_to_see(
    browser_of: Browser, ben: User, eve: User, name: str
) -> None:
    town = factories.account(is_pubsec=True)

    assert browser_of(ben).get(f"/accounts/{town.pk}/{name}/").status_code == 404
    assert browser_of(eve).get(f"/accounts/{town.pk}/{name}/").status_code == 403


def test_the_contacts_stand_in_the_order_of_their_weight(browser_of: Browser, ada: User, account: Account) -> None:
    factories.membership(account=account, person=factories.person(first_name="Zoe", last_name="Abel"))

    shown = panel(browser_of(ada), account, "contacts")

    assert shown.index("Sofia Marchetti") < shown.index("Dev Patel") < shown.index("Zoe Abel")


def test_the_panel_shows_six_and_says_how_many_there_are(browser_of: Browser, ada: User, account: Account) -> None:
    for number in range(5):
        admin(account, "Contact", str(number))

    part, page = (panel(browser_of(ada, htmx=part), account, "contacts") for part in (True, False))

    assert (part.count('class="contact-row"'), page.count('class="contact-row"')) == (6, 7)
    assert "All 7" in part


def test_the_heading_counts_admins_and_warns_of_dead_addresses(
    browser_of: Browser, ada: User, account: Account
) -> None:
    dead = admin(account, "Gone", "Away")
    suppress(addresses=[str(dead.person.email)], reason=Reason.HARD_BOUNCE, source="bounce", now=clock.now())

    shown = panel(browser_of(ada, htmx=True), account, "standing")

    assert "2 GitLab Admins" in shown
    assert "1 suppressed" in shown


def answers(client: Client, account: Account) -> dict[str, tuple[list[str], dict[str, str]]]:
    """Return per class who receives it, and the others with their reasons, as the page has them."""
    classes = client.get(f"/accounts/{account.pk}/recipients/").context["classes"]
    return {
        one["key"]: (
            [who["name"] for who in one["recipients"]],
            {name: reason for reason, names in one["others"].items() for name in names},
        )
        for one in classes
    }


def test_everybody_who_would_not_receive_is_given_a_reason(browser_of: Browser, ada: User, account: Account) -> None:
    found = answers(browser_of(ada), account)

    assert found["onboarding"] == (
        ["Sofia Marchetti"],
        {"Dev Patel": "The account's GitLab Admin gets it instead."},
    )
    assert found["nps"][1] == {"Dev Patel": "Sold-To contacts are never sent NPS or CSAT surveys."}


def test_a_reason_that_several_share_is_said_once(browser_of: Browser, ada: User, account: Account) -> None:
    for last in ("Abel", "Bond"):
        factories.membership(account=account, person=factories.person(first_name="Zoe", last_name=last))

    shown = panel(browser_of(ada), account, "recipients")

    assert "Zoe Abel, Zoe Bond</dd>" in shown
    assert "3 others" in shown


def test_where_nobody_receives_there_are_no_others(browser_of: Browser, ada: User) -> None:
    lonely = factories.membership().account

    assert "1 contact<" in panel(browser_of(ada), lonely, "recipients")


def test_an_account_without_contacts_offers_to_add_one(browser_of: Browser, ada: User, reader: User) -> None:
    empty = factories.account()
    link = f"/contacts/new/?account={empty.pk}"

    assert f'href="{link}">Add contact</a>' in panel(browser_of(ada, htmx=True), empty, "contacts")
    assert link not in panel(browser_of(reader, htmx=True), empty, "contacts")


@pytest.mark.parametrize(
    ("name", "title"),
    [("contacts", "Contacts"), ("recipients", "Who receives what"), ("timeline", "Timeline"), ("changes", "Changes")],
)
def test_a_section_is_named_before_its_account_in_the_title(
    browser_of: Browser, ada: User, account: Account, name: str, title: str
) -> None:
    assert f"<title>{title} · Acme · Keel</title>" in panel(browser_of(ada), account, name)


def test_who_would_receive_follows_the_roles(browser_of: Browser, ada: User, account: Account) -> None:
    sofia = Membership.objects.get(person__last_name="Marchetti")
    client = browser_of(ada)

    client.post(f"/contacts/at/{sofia.pk}/roles/", {"shown": "gitlab_admin"})

    found = answers(client, account)
    assert found["onboarding"][0] == ["Dev Patel"]
    assert found["nps"][0] == []


def test_the_panel_listens_for_roles_that_change(browser_of: Browser, ada: User, account: Account) -> None:
    for name in ("recipients", "changes", "standing"):
        assert "roles:changed from:body" in panel(browser_of(ada, htmx=True), account, name)


def test_mail_is_switched_off_for_the_account_as_a_whole(browser_of: Browser, ada: User, account: Account) -> None:
    client = browser_of(ada)

    client.post(f"/accounts/{account.pk}/mail/", {"wanted": ["enablement", "survey"]})

    account.refresh_from_db()
    assert account.switched_off == ["newsletter"]
    assert answers(client, account)["newsletter"][1]["Sofia Marchetti"] == (
        "This kind of email is turned off for the account."
    )


def test_who_may_only_read_switches_nothing_off(browser_of: Browser, reader: User, account: Account) -> None:
    assert browser_of(reader).post(f"/accounts/{account.pk}/mail/", {}).status_code == 403
    assert "Onboarding and enablement" not in panel(browser_of(reader), account, "recipients")


def test_a_change_of_roles_remains_in_the_audit_in_words(browser_of: Browser, ada: User, account: Account) -> None:
    sofia = Membership.objects.get(person__last_name="Marchetti")
    client = browser_of(ada)

    client.post(
        f"/contacts/at/{sofia.pk}/roles/", {"shown": "gitlab_admin", "wanted": ["gitlab_admin", "security_lead"]}
    )

    newest = client.get(f"/accounts/{account.pk}/changes/").context["changes"][0]
    assert (newest.name, newest.line.what, newest.line.actor, newest.line.source) == (
        "Sofia Marchetti",
        "Contact changed",
        ada.name,
        "Keel",
    )
    assert [(field.label, field.before, field.after) for field in newest.line.fields] == [
        ("GitLab Role", "GitLab Admin", "GitLab Admin, Security Lead")
    ]


def test_an_account_with_many_contacts_shows_25_a_page(browser_of: Browser, ada: User, account: Account) -> None:
    for number in range(28):
        factories.membership(account=account, person=factories.person(last_name=f"Zeta {number:02}"))
    client = browser_of(ada)
    first = client.get(f"/accounts/{account.pk}/contacts/")

    second = client.get(f"/accounts/{account.pk}/contacts/", {"page": first.context["page"].next})

    assert [len(answer.context["people"]) for answer in (first, second)] == [25, 5]
    assert "26–30 of 30 contacts" in second.content.decode()
