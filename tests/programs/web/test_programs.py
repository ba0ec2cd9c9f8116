"""The list of programs, pausing and resuming."""

from __future__ import annotations

import datetime as dt

import pytest

from accounts.models import User
from contacts.models import Delivery
from cs_platform.common import clock
from programs.models import Program
from tests import factories
from tests.factories import NOW
from tests.fixtures import Browser
from tests.programs import world
from tests.programs.world import DAY

pytestmark = pytest.mark.django_db

LIST = "/programs/"
# Session, user, permissions; programs, mailings, counters, people, versions, doubts; documents.
QUERIES = 11


@pytest.fixture
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW + 5 * DAY)


@pytest.fixture
def welcome(ada: User, today: None) -> Program:
    factories.organisation()
    program = world.published(ada)
    world.admin()
    world.admin()
    world.customer()
    world.live(NOW)
    world.click(Delivery.objects.order_by("pk")[0], at=NOW + dt.timedelta(hours=3))
    return program


def test_a_row_says_who_is_inside_and_what_became_of_the_mail(browser_of: Browser, ada: User, welcome: Program) -> None:
    shown = browser_of(ada).get(LIST).content.decode()

    assert "Starts on the contract date, or up to 2 days after" in shown
    assert "Early results" in shown
    assert 'title="1 of 2 delivered">50.0%' in shown
    assert f"/programs/{welcome.pk}/participants/?group=rejected" in shown
    assert "Ada Lovelace" in shown


def test_uncertain_messages_lead_to_the_outbox(browser_of: Browser, ada: User, welcome: Program) -> None:
    Delivery.objects.update(state="uncertain")

    assert f"/outbox/?program={welcome.pk}&amp;state=uncertain" in browser_of(ada).get(LIST).content.decode()


def test_the_fragment_is_the_same_list_as_the_page(browser_of: Browser, ada: User, welcome: Program) -> None:
    page, fragment = (browser_of(ada, htmx=htmx).get(LIST).content.decode() for htmx in (False, True))

    assert fragment.strip().startswith('<row-keys id="results"')
    assert fragment.strip() in page


def test_the_list_takes_the_same_queries_however_many_programs(
    browser_of: Browser, ada: User, welcome: Program, django_assert_num_queries
) -> None:
    for number in range(5):
        world.published(ada, key=f"more-{number}", name=f"More {number}")
    client = browser_of(ada, htmx=True)

    with django_assert_num_queries(QUERIES):
        client.get(LIST)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, ["Welcome", "Asleep", "Idea"]),
        ({"status": "paused"}, ["Asleep"]),
        ({"category": "retention"}, ["Idea"]),
        ({"owner": "me"}, ["Welcome", "Asleep"]),
        ({"q": "WEL"}, ["Welcome"]),
        ({"sort": "name"}, ["Asleep", "Idea", "Welcome"]),
        ({"sort": "-sent"}, ["Welcome", "Asleep", "Idea"]),
        ({"status": "nonsense", "sort": "nonsense"}, ["Welcome", "Asleep", "Idea"]),
    ],
)
def test_the_list_is_narrowed_and_sorted(
    browser_of: Browser, ada: User, ben: User, welcome: Program, query: dict[str, str], found: list[str]
) -> None:
    world.program(ada, key="asleep", name="Asleep", status="paused")
    world.program(ben, key="idea", name="Idea", category="retention")

    rows = browser_of(ada).get(LIST, query).context["rows"]
    assert [row.program.name for row, _ in rows] == found


def test_an_empty_list_and_a_filter_without_matches_say_different_things(browser_of: Browser, ada: User) -> None:
    client = browser_of(ada)

    assert "No programs yet" in client.get(LIST).content.decode()
    assert "Clear filters" in client.get(LIST, {"q": "x"}).content.decode()


def test_a_stranger_sees_no_programs(browser_of: Browser, eve: User, welcome: Program) -> None:
    assert browser_of(eve).get(LIST).status_code == 403
