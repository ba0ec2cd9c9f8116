"""The bar that lets time pass, and the page where links of the demo lead."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

import psycopg2
import pytest
from django.db import connection
from django.test import Client

from accounts.models import User
from contacts.delivery.rules import seal, seal_unsubscribe
from contacts.delivery.selectors import tracking_key
from contacts.models import Delivery, Link
from cs_platform.common import clock
from demo import web
from demo.advancing import LOCK, REST, Happened, happened
from demo.simulation import Simulation
from tests import factories, mail
from tests.factories import NOW
from tests.fixtures import Browser

pytestmark = pytest.mark.django_db

ADVANCE = "/demo/advance/"
DAY = dt.timedelta(days=1)


@pytest.fixture
def demo(settings) -> None:
    settings.DEMO = True
    settings.ROOT_URLCONF = "demo.urls"


@pytest.fixture
def leaps(monkeypatch: pytest.MonkeyPatch) -> list[dt.timedelta]:
    """Return the stretches of time that the bar was asked to let pass; nothing else happens in them."""
    asked: list[dt.timedelta] = []

    def advance(self: Simulation, *, until: dt.datetime) -> int:
        asked.append(until - clock.now())
        clock.move_to(until)
        return 0

    monkeypatch.setattr(Simulation, "advance", advance)
    return asked


@pytest.mark.parametrize("days", [1, 7])
def test_a_press_lets_time_pass_and_comes_back_to_the_page(
    demo: None, leaps: list[dt.timedelta], browser_of: Browser, ada: User, days: int
) -> None:
    answered = browser_of(ada).post(ADVANCE, {"days": str(days), "next": "/outbox/?q=x"})

    assert (answered.status_code, answered["Location"]) == (302, "/outbox/?q=x")
    assert [round(leap / DAY) for leap in leaps] == [days]


def test_it_says_what_happened(
    demo: None, leaps: list[dt.timedelta], browser_of: Browser, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "happened", lambda **_: Happened(12, 31, 9, 1, 2))

    shown = browser_of(ada).post(ADVANCE, {"days": "1", "next": "/outbox/"}, follow=True).content.decode()

    assert "2 accounts signed, 12 messages sent, 31 opened, 9 clicked, 1 survey answered." in shown


def test_what_was_sent_last_has_lain_in_its_inbox_for_minutes(
    demo: None, leaps: list[dt.timedelta], browser_of: Browser, ada: User
) -> None:
    before = clock.now()

    browser_of(ada).post(ADVANCE, {"days": "1", "next": "/outbox/"})

    assert round((DAY - leaps[0]) / REST) == 1
    assert clock.now() - before >= DAY


def test_a_week_passes_day_by_day_for_whoever_watches(
    demo: None, leaps: list[dt.timedelta], browser_of: Browser, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[dt.timedelta] = []

    def happened(*, since: dt.datetime, until: dt.datetime) -> Happened:
        asked.append(until - since)
        return Happened(9, 0, 0, 0, 0)

    monkeypatch.setattr(web, "happened", happened)
    watching, form = browser_of(ada), {"days": "7", "next": "/programs/2/"}
    for left in range(6, 0, -1):
        answered = watching.post(ADVANCE, form, headers={"HX-Request": "true"})
        shown = answered.content.decode()
        assert answered["HX-Trigger"] == "time:passed"
        assert f"{left} more day{'s' if left > 1 else ''}" in shown
        form = dict(re.findall(r'name="(next|days|passed|since)" value="([^"]+)"', shown))

    last = watching.post(ADVANCE, form, headers={"HX-Request": "true"})

    assert last["HX-Redirect"] == "/programs/2/"
    assert [round(leap / DAY) for leap in leaps] == [1] * 7
    assert [round(stretch / DAY) for stretch in asked] == [7]
    assert "9 messages sent." in watching.get("/programs/").content.decode()


@pytest.mark.parametrize("passed", ["7", "-1", "x"])
def test_a_week_has_no_eighth_day(
    demo: None, leaps: list[dt.timedelta], browser_of: Browser, ada: User, passed: str
) -> None:
    form = {"days": "7", "passed": passed, "since": "0"}

    assert browser_of(ada).post(ADVANCE, form, headers={"HX-Request": "true"}).status_code == 404
    assert leaps == []


@pytest.mark.parametrize("days", ["", "2", "-1", "400"])
def test_other_leaps_are_none(demo: None, leaps: list[dt.timedelta], browser_of: Browser, ada: User, days: str) -> None:
    assert browser_of(ada).post(ADVANCE, {"days": days}).status_code == 404
    assert leaps == []


def test_it_never_leads_away_from_keel(demo: None, leaps: list[dt.timedelta], browser_of: Browser, ada: User) -> None:
    answered = browser_of(ada).post(ADVANCE, {"days": "1", "next": "https://elsewhere.example/"})

    assert answered["Location"] == "/"


def test_whoever_may_not_run_programs_sees_the_date_alone(
    demo: None, leaps: list[dt.timedelta], browser_of: Browser, ada: User, ben: User
) -> None:
    assert browser_of(ben).post(ADVANCE, {"days": "1"}).status_code == 403
    assert "Next day" in browser_of(ada).get("/outbox/").content.decode()
    theirs = browser_of(ben).get("/outbox/").content.decode()
    assert "Demo date:" in theirs
    assert "Next day" not in theirs
    assert leaps == []


def test_outside_a_demo_there_is_neither_bar_nor_page(
    leaps: list[dt.timedelta], browser_of: Browser, ada: User
) -> None:
    assert browser_of(ada).post(ADVANCE, {"days": "1"}).status_code == 404
    assert browser_of(ada).get("/demo/visited/x/").status_code == 404
    assert "Demo date:" not in browser_of(ada).get("/outbox/").content.decode()
    assert leaps == []


@pytest.fixture
def somebody_else() -> Iterator[None]:
    """Hold the lock as another process that lets time pass does."""
    other = psycopg2.connect(**{key: value for key, value in connection.get_connection_params().items() if key in KEYS})
    with other.cursor() as cursor:
        cursor.execute("select pg_advisory_lock(%s, %s)", LOCK)
    yield
    other.close()


KEYS = {"dbname", "user", "password", "host", "port"}


def test_a_second_press_says_that_time_is_passing_already(
    demo: None, leaps: list[dt.timedelta], somebody_else: None, browser_of: Browser, ada: User
) -> None:
    shown = browser_of(ada).post(ADVANCE, {"days": "7", "next": "/outbox/"}, follow=True).content.decode()

    assert "The demo is already advancing." in shown
    assert leaps == []


def test_what_happened_is_what_lies_in_the_stretch() -> None:
    before, within = mail.deliveries(2)
    Delivery.objects.filter(pk=before.pk).update(state="sent", sent_at=NOW, opened_at=NOW + DAY)
    Delivery.objects.filter(pk=within.pk).update(state="sent", sent_at=NOW + DAY, clicked_at=NOW + 2 * DAY)
    factories.account(contract_date=(NOW + DAY).date())
    factories.account(contract_date=NOW.date())

    assert happened(since=NOW, until=NOW + DAY) == Happened(sent=1, opened=1, clicked=0, answered=0, signed=1)
    assert Happened(0, 0, 0, 0, 0).words == "nothing was due"


@pytest.fixture
def sent(ada: User) -> Delivery:
    (row,) = mail.deliveries(1, account=factories.account(name="Navy Yard"))
    Delivery.objects.update(state="sent", sent_at=NOW)
    return row


def visited(row: Delivery) -> str:
    return f"/demo/visited/{seal(tracking_key(), row.pk, Link.objects.get(version=row.template_version, number=1).pk)}/"


def test_anybody_hears_where_the_link_leads_and_nothing_of_the_customer(demo: None, sent: Delivery) -> None:
    shown = Client().get(visited(sent)).content.decode()

    assert "You followed the link “Read the guide”" in shown
    assert "docs.example/guide" in shown
    assert "Navy Yard" not in shown


def test_whoever_is_signed_in_goes_on_to_where_the_click_shows(
    demo: None, browser_of: Browser, ada: User, sent: Delivery
) -> None:
    shown = browser_of(ada).get(visited(sent)).content.decode()

    assert f"/outbox/{sent.pk}/" in shown
    assert "Navy Yard" in shown


def test_a_token_we_did_not_seal_leads_nowhere(demo: None, sent: Delivery) -> None:
    unsubscribe = seal_unsubscribe(tracking_key(), sent.pk)

    assert [Client().get(f"/demo/visited/{token}/").status_code for token in ("x", unsubscribe)] == [404, 404]
