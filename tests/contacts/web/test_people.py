"""The list of contacts, and the page of one."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client

from accounts.models import User
from contacts.consent.operations import Reason, suppress
from contacts.models import Choice, Delivery, Membership, Person
from cs_platform.common import clock, outbox
from tests import factories, mail
from tests.factories import NOW
from tests.fixtures import Browser

pytestmark = pytest.mark.django_db

LIST = "/contacts/"
# Whether anybody is set up; user, permissions, organisation; roles, count, rows, suppressions.
QUERIES = 10


@pytest.fixture
def ada_sees(browser_of: Browser, ada: User) -> Client:
    return browser_of(ada)


def contact(first: str, last: str, account: str = "Acme", **fields: object) -> Membership:
    person = factories.person(first_name=first, last_name=last, email=f"{first}@{last}.example".lower())
    return factories.membership(account=factories.account(name=account), person=person, **fields)  # type: ignore[arg-type]


def listed(client: Client, query: str = "") -> list[str]:
    return [row["membership"].person.first_name for row in client.get(f"{LIST}{query}").context["rows"]]


def test_the_list_says_who_is_where_in_which_role(ada_sees: Client) -> None:
    sofia = contact("Sofia", "Marchetti", access="owner", roles=["gitlab_admin"])
    factories.sold_to(account=sofia.account, person=sofia.person)

    shown = ada_sees.get(LIST).content.decode()

    for fact in ("Sofia Marchetti", "Acme", "GitLab Admin", "Sold-To", "Owner", "Reachable"):
        assert fact in shown


def test_the_fragment_is_the_same_list_as_the_page(browser_of: Browser, ada: User) -> None:
    contact("Sofia", "Marchetti")
    page, part = (browser_of(ada, htmx=part).get(LIST).content.decode() for part in (False, True))

    assert part.strip().startswith('<row-keys id="results"')
    assert part.strip() in page


def test_the_list_takes_the_same_queries_however_many_contacts(
    browser_of: Browser, ada: User, django_assert_num_queries
) -> None:
    client = browser_of(ada, htmx=True)
    for number in range(30):
        contact("Pat", f"Example{number}", roles=["gitlab_admin"])

    outbox.drain()

    with django_assert_num_queries(QUERIES):
        client.get(LIST)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("?role=gitlab_admin", ["Ann"]),
        ("?role=none", ["Cem", "Dev"]),
        ("?role=sold_to", ["Dev"]),
        ("?access=owner", ["Bo"]),
        ("?state=inactive", ["Cem"]),
        ("?state=opted_out", ["Bo"]),
        ("?q=ann aal", ["Ann"]),
        ("?q=bo@berg.example", ["Bo"]),
        ("?q=cranes", ["Cem"]),
        ("?q=003A000001bcdefIAA", ["Dev"]),
        ("?sort=-name", ["Dev", "Cem", "Bo", "Ann"]),
        ("?role=emperor&state=asleep", ["Ann", "Bo", "Cem", "Dev"]),
    ],
)
def test_filters_words_and_order(ada_sees: Client, query: str, names: list[str]) -> None:
    contact("Ann", "Aalto", roles=["gitlab_admin", "security_lead"])
    contact("Bo", "Berg", access="owner", roles=["security_lead"], opted_out=["newsletter"])
    contact("Cem", "Can", account="Cranes", is_active=False)
    dev = contact("Dev", "Dahl")
    factories.sold_to(account=dev.account, person=dev.person)
    factories.external_id(row=dev, kind="contact", name="003A000001bcdefIAA")

    assert listed(ada_sees, query) == names


def test_a_dead_address_is_said_so(ada_sees: Client) -> None:
    sofia = contact("Sofia", "Marchetti")
    suppress(addresses=[str(sofia.person.email)], reason=Reason.HARD_BOUNCE, source="bounce", now=clock.now())

    assert "Suppressed" in ada_sees.get(LIST).content.decode()
    assert "Hard bounce" in ada_sees.get(f"/contacts/{sofia.person_id}/").content.decode()


def test_the_csv_holds_the_narrowed_list_and_no_formula(ada_sees: Client) -> None:
    contact("=Sofia", "Marchetti", roles=["gitlab_admin"])
    contact("Dev", "Patel")

    lines = b"".join(ada_sees.get("/contacts/contacts.csv?role=gitlab_admin")).decode("utf-8-sig").splitlines()

    assert [line.split(",")[0] for line in lines] == ["Name", "'=Sofia Marchetti"]
    assert "GitLab Admin" in lines[1]


def test_an_empty_list_says_what_to_do(ada_sees: Client) -> None:
    assert "No contacts yet." in ada_sees.get(LIST).content.decode()
    assert "No contacts match" in ada_sees.get(f"{LIST}?q=nobody").content.decode()


def test_a_person_is_seen_at_the_accounts_one_may_see_and_nowhere_else(
    browser_of: Browser, ada: User, ben: User, eve: User
) -> None:
    sofia = contact("Sofia", "Marchetti")
    factories.membership(account=factories.account(name="Town", is_pubsec=True), person=sofia.person)
    hidden = factories.membership(account=factories.account(name="Navy", is_pubsec=True))
    page = f"/contacts/{sofia.person_id}/"

    assert "Town" in browser_of(ada).get(page).content.decode()
    assert "Town" not in browser_of(ben).get(page).content.decode()
    assert browser_of(ben).get(f"/contacts/{hidden.person_id}/").status_code == 404
    assert browser_of(eve).get(page).status_code == 403


def test_the_page_takes_the_same_queries_however_many_accounts(
    browser_of: Browser, ada: User, django_assert_max_num_queries
) -> None:
    sofia = contact("Sofia", "Marchetti", roles=["gitlab_admin"])
    for number in range(12):
        elsewhere = factories.membership(account=factories.account(name=f"Acme {number}"), person=sofia.person)
        factories.sold_to(account=elsewhere.account, person=sofia.person)
    client = browser_of(ada)

    with django_assert_max_num_queries(16):
        shown = client.get(f"/contacts/{sofia.person_id}/").content.decode()

    assert shown.count("source: ") == 12


@pytest.fixture
def sent() -> Delivery:
    (row,) = mail.deliveries(1)
    reason = {"recipient.reason": "you are the GitLab Admin contact"}
    Delivery.objects.update(state="sent", sent_at=NOW, merge={**row.merge, **reason}, opened_at=NOW)
    row.refresh_from_db()
    return row


def test_every_message_stands_with_its_fate_and_why(ada_sees: Client, sent: Delivery) -> None:
    shown = ada_sees.get(f"/contacts/{sent.person_id}/").content.decode()

    for fact in (
        "Your first pipeline",
        "because you are the GitLab Admin contact",
        "Sent",
        f'href="/outbox/{sent.pk}/"',
    ):
        assert fact in shown


def test_a_message_that_did_not_leave_says_why(ada_sees: Client, sent: Delivery) -> None:
    Delivery.objects.update(state="cancelled", reason="opted_out")

    shown = ada_sees.get(f"/contacts/{sent.person_id}/").content.decode()

    assert "Canceled" in shown
    assert "Opted out of this kind of email." in shown


def test_the_activity_stands_beside_and_asks_for_news(browser_of: Browser, ada: User, sent: Delivery) -> None:
    client, path = browser_of(ada, htmx=True), f"/contacts/{sent.person_id}/activity/"

    shown = client.get(path).content.decode()
    stamp = shown.split("unless=")[1].split('"')[0]

    assert "Your first pipeline" in shown
    assert client.get(f"{path}?unless={stamp}").status_code == 204


def test_the_activity_of_somebody_at_several_accounts_says_where(
    browser_of: Browser, ada: User, sent: Delivery
) -> None:
    client, path = browser_of(ada, htmx=True), f"/contacts/{sent.person_id}/activity/"
    assert sent.account.name not in client.get(path).content.decode()

    factories.membership(account=factories.account(name="Elsewhere"), person=sent.person)

    assert f'<p class="body">{sent.account.name} · ' in client.get(path).content.decode()


def test_a_wish_is_kept_with_who_set_it_and_shown_in_who_would_receive(browser_of: Browser, ada: User) -> None:
    sofia = contact("Sofia", "Marchetti", roles=["gitlab_admin"])

    answer = browser_of(ada, htmx=True).post(
        f"/contacts/at/{sofia.pk}/preferences/", {"wanted": ["enablement", "survey"]}
    )

    sofia.refresh_from_db()
    assert sofia.opted_out == ["newsletter"]
    choice = Choice.objects.get(membership=sofia)
    assert (choice.category, choice.is_opted_out, choice.source) == ("newsletter", True, f"set by {ada.email}")
    assert answer.headers["HX-Trigger"] == "roles:changed"


def test_wanting_all_again_takes_every_refusal_back(ada_sees: Client) -> None:
    sofia = contact("Sofia", "Marchetti", opted_out=["all"])

    ada_sees.post(f"/contacts/at/{sofia.pk}/preferences/", {"wanted": ["enablement", "newsletter", "survey"]})

    sofia.refresh_from_db()
    assert sofia.opted_out == []


def test_who_may_only_read_sets_no_preferences(browser_of: Browser, reader: User) -> None:
    sofia = contact("Sofia", "Marchetti")

    assert browser_of(reader).post(f"/contacts/at/{sofia.pk}/preferences/", {}).status_code == 403
    assert browser_of(reader).get("/contacts/new/").status_code == 403


def test_a_contact_is_added_with_a_role(ada_sees: Client, ada: User) -> None:
    account = factories.account(name="Acme")
    facts = {"account": "acme", "first_name": "Sofia", "email": " Sofia@Acme.example ", "roles": ["gitlab_admin"]}

    answer = ada_sees.post("/contacts/new/", facts)

    added = Membership.objects.get(account=account)
    assert answer.headers["Location"] == f"/accounts/{account.pk}/"
    assert (added.person.email, added.roles, added.source) == ("sofia@acme.example", ["gitlab_admin"], "keel")
    assert added.role_changes.get().actor == ada.email


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"account": "Nowhere", "first_name": "Sofia"}, "No account has this name."),
        ({"account": "Acme"}, "Enter a name or an email address."),
        ({"account": "Acme", "email": "sofia"}, "The address has no @."),
        ({"account": "Acme", "email": "dev@patel.example"}, "is already a contact of Acme."),
    ],
)
def test_what_cannot_be_added_is_refused_in_words(ada_sees: Client, facts: dict[str, str], sentence: str) -> None:
    contact("Dev", "Patel")

    answer = ada_sees.post("/contacts/new/", facts)

    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert Membership.objects.count() == 1


def test_the_form_knows_the_account_one_comes_from(ada_sees: Client) -> None:
    account = factories.account(name="Acme")

    assert 'value="Acme"' in ada_sees.get(f"/contacts/new/?account={account.pk}").content.decode()


def test_a_person_is_changed_and_an_address_of_somebody_else_refused(ada_sees: Client) -> None:
    sofia, dev = contact("Sofia", "Marchetti"), contact("Dev", "Patel", account="Bolt")
    page = f"/contacts/{sofia.person_id}/edit/"

    taken = ada_sees.post(page, {"first_name": "Sofia", "email": dev.person.email})
    saved = ada_sees.post(page, {"first_name": "Sofia", "last_name": "Rossi", "email": "rossi@acme.example"})

    assert (taken.status_code, saved.status_code) == (422, 302)
    assert str(Person.objects.get(pk=sofia.person_id).full_name) == "Sofia Rossi"


def test_what_was_said_long_ago_is_on_the_contacts_own_page(browser_of: Browser, ada: User, sent: Delivery) -> None:
    factories.entry(account=sent.account, person_ref=sent.person_id, occurred_at=NOW - dt.timedelta(days=900))

    assert "Cadence call" in browser_of(ada).get(f"/contacts/{sent.person_id}/activity/").content.decode()
