"""Who is in a program, and why somebody got something or did not."""

from __future__ import annotations

import pytest

from accounts.models import User
from contacts.models import Delivery, Membership
from cs_platform.common import clock
from programs.models import Participant, Program
from tests import factories
from tests.factories import NOW
from tests.fixtures import Browser
from tests.programs import world
from tests.programs.world import DAY

pytestmark = pytest.mark.django_db

# Session, user, permissions; program, version, reasons; counts, count, rows, texts, latest messages.
QUERIES = 12
SELF_MANAGED = {"field": "deployment", "op": "in", "value": ["self_managed"]}


@pytest.fixture
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW + DAY)


@pytest.fixture
def welcome(ada: User, today: None) -> Program:
    factories.organisation()
    steps = [world.step(1, day=0), world.step(2, day=0, only_if=SELF_MANAGED), world.step(3, day=3)]
    program = world.published(ada, *steps)
    account = world.customer(name="Navy Yard")
    world.admin(account, person=factories.person(first_name="Grace", last_name="Hopper", title="Platform lead"))
    factories.membership(account=account, person=factories.person(first_name="Linus", last_name="Torvalds"))
    world.customer(name="Lonely Ltd")
    world.live(NOW)
    return program


def people(of: Program) -> str:
    return f"/programs/{of.pk}/participants/"


def path(name: str) -> str:
    return f"/programs/paths/{Participant.objects.get(account__name=name).pk}/"


def test_the_table_says_of_each_where_they_are_and_why(browser_of: Browser, ada: User, welcome: Program) -> None:
    shown = browser_of(ada).get(people(welcome)).content.decode()

    assert "Grace Hopper" in shown
    assert "Platform lead" in shown
    assert "GitLab Admin of this account." in shown
    assert "Mail 3" in shown
    assert "No recipient" in shown


@pytest.mark.parametrize(
    ("query", "accounts"),
    [
        ({"group": "inside"}, ["Navy Yard"]),
        ({"group": "rejected"}, ["Lonely Ltd"]),
        ({"reason": "is_gitlab_admin"}, ["Navy Yard"]),
        ({"step": "mail-3"}, ["Navy Yard"]),
        ({"q": "hopper"}, ["Navy Yard"]),
        ({"group": "nonsense"}, ["Lonely Ltd", "Navy Yard"]),
    ],
)
def test_the_table_is_narrowed(
    browser_of: Browser, ada: User, welcome: Program, query: dict[str, str], accounts: list[str]
) -> None:
    rows = browser_of(ada).get(people(welcome), query).context["rows"]

    assert sorted(row["participant"].account.name for row in rows) == accounts


def test_the_fragment_is_the_same_table_as_the_page(browser_of: Browser, ada: User, welcome: Program) -> None:
    page, fragment = (browser_of(ada, htmx=h).get(people(welcome)).content.decode() for h in (False, True))

    assert fragment.strip() in page


def test_the_table_takes_the_same_queries_however_many_take_part(
    browser_of: Browser, ada: User, welcome: Program, django_assert_num_queries
) -> None:
    for _ in range(10):
        world.admin()
    world.live(NOW + DAY)
    client = browser_of(ada, htmx=True)

    with django_assert_num_queries(QUERIES):
        client.get(people(welcome))


def test_a_filter_without_matches_offers_to_clear_it(browser_of: Browser, ada: User, welcome: Program) -> None:
    assert "Clear filters" in browser_of(ada).get(people(welcome), {"q": "nobody"}).content.decode()


def test_the_path_shows_what_was_sent_what_was_skipped_and_what_comes(
    browser_of: Browser, ada: User, welcome: Program
) -> None:
    shown = browser_of(ada).get(path("Navy Yard"))

    assert [item["fate"] for item in shown.context["path"]] == ["written", "skipped", "next"]
    text = shown.content.decode()
    assert "The account didn&#x27;t meet this step&#x27;s condition" in text
    assert f"/outbox/{Delivery.objects.get().pk}/" in text


def test_the_path_says_why_the_others_got_nothing(browser_of: Browser, ada: User, welcome: Program) -> None:
    others = browser_of(ada).get(path("Navy Yard")).context["others"]

    assert [(row["contact"].person.first_name, row["receives"], row["reason"]) for row in others] == [
        ("Grace", True, "GitLab Admin of this account."),
        ("Linus", False, "Role not targeted by this program."),
    ]


def test_whoever_left_sees_where_and_why(browser_of: Browser, ada: User, welcome: Program) -> None:
    Membership.objects.filter(person__first_name="Grace").update(is_active=False)
    world.live(NOW + 4 * DAY)

    shown = browser_of(ada).get(path("Navy Yard"))

    assert [item["fate"] for item in shown.context["path"]] == ["written", "skipped", "left"]
    assert "Exited the program" in shown.content.decode()
    assert "Inactive contact." in shown.content.decode()


def test_an_account_that_did_not_enter_has_a_path_too(browser_of: Browser, ada: User, welcome: Program) -> None:
    shown = browser_of(ada).get(path("Lonely Ltd")).content.decode()

    assert "Evaluated, not enrolled" in shown
    assert "The account had no contacts when it was due." in shown


def test_a_path_at_a_public_sector_account_is_not_there_for_a_colleague(
    browser_of: Browser, ben: User, eve: User, welcome: Program
) -> None:
    address = path("Navy Yard")
    assert browser_of(ben).get(address).status_code == 200
    assert browser_of(eve).get(address).status_code == 403

    account = Participant.objects.get(account__name="Navy Yard").account
    account.is_pubsec = True
    account.save()

    assert browser_of(ben).get(address).status_code == 404
