"""Every message, and each as its reader sees it."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from contacts.delivery.models import State
from contacts.engagement.operations.events import RawHit, record_hits
from contacts.engagement.operations.verdicts import judge_hits
from contacts.models import Delivery, Link
from tests import factories, mail
from tests.factories import NOW
from tests.fixtures import Browser

pytestmark = pytest.mark.django_db

OUTBOX = "/outbox/"
HOUR = dt.timedelta(hours=1)
# Session, user, permissions; rows, count, uncertain, programs; three for the subjects.
QUERIES = 10
MESSAGE = 9


@pytest.fixture
def sent() -> Delivery:
    (row,) = mail.deliveries(1, account=factories.account(name="Navy Yard"))
    Delivery.objects.update(state="sent", sent_at=NOW, delivered_at=NOW, transport="outbox")
    row.refresh_from_db()
    return row


def page_of(row: Delivery, name: str = "message") -> str:
    return reverse(f"contacts:{name}", args=[row.pk])


def test_the_list_says_of_each_message_who_what_where_and_how(browser_of: Browser, ada: User, sent: Delivery) -> None:
    shown = browser_of(ada).get(OUTBOX).content.decode()

    assert "Your first pipeline" in shown
    assert sent.person.display_name in shown
    assert "Navy Yard" in shown
    assert "Outbox only" in shown


def test_the_fragment_is_the_same_list_as_the_page(browser_of: Browser, ada: User, sent: Delivery) -> None:
    page, fragment = (browser_of(ada, htmx=part).get(OUTBOX).content.decode() for part in (False, True))

    assert fragment.strip().startswith('<row-keys id="results"')
    assert fragment.strip() in page


def test_the_list_takes_the_same_queries_however_many_messages(
    browser_of: Browser, ada: User, django_assert_num_queries
) -> None:
    mail.deliveries(30)
    client = browser_of(ada, htmx=True)
    client.get(OUTBOX)

    with django_assert_num_queries(QUERIES):
        client.get(OUTBOX)


def test_older_messages_are_a_click_away_and_filters_go_with_it(browser_of: Browser, ada: User) -> None:
    mail.deliveries(30)
    client = browser_of(ada)
    first = client.get(OUTBOX, {"state": "planned"})

    second = client.get(OUTBOX, {"state": "planned", "page": first.context["page"].next})

    assert len(first.context["rows"]) == 25
    assert len(second.context["rows"]) == 5
    assert f"state=planned&amp;page={first.context['page'].next}" in first.content.decode()


@pytest.mark.parametrize("state", State.values)
def test_every_state_has_a_row_and_a_page(browser_of: Browser, ada: User, sent: Delivery, state: str) -> None:
    Delivery.objects.update(state=state, reason="worker_died")
    client = browser_of(ada)

    assert client.get(OUTBOX).status_code == 200
    assert client.get(page_of(sent)).status_code == 200


@pytest.mark.parametrize(
    ("column", "words"),
    [
        ("bounced_at", "Bounced"),
        ("complained_at", "Reported as spam"),
        ("unsubscribed_at", "Unsubscribed"),
        ("clicked_at", "Clicked"),
        ("unsettled_since", "Unknown so far"),
        ("opened_at", "Opened"),
        ("machine_opened_at", "Bot only"),
    ],
)
def test_what_became_of_a_message_stands_in_its_row(
    browser_of: Browser, ada: User, sent: Delivery, column: str, words: str
) -> None:
    Delivery.objects.update(**{column: NOW + HOUR})

    assert words in browser_of(ada, htmx=True).get(OUTBOX).content.decode().split("<tbody", 1)[1]


def test_a_message_takes_the_same_queries_however_much_became_of_it(
    browser_of: Browser, ada: User, sent: Delivery, django_assert_num_queries
) -> None:
    for number in range(5):
        hit = RawHit("opened", sent.pk, NOW + number * HOUR, f"k{number}", method="GET", user_agent="Firefox/140.0")
        record_hits([hit], now=NOW + 9 * HOUR)
    client = browser_of(ada)
    client.get(page_of(sent))

    with django_assert_num_queries(MESSAGE):
        client.get(page_of(sent))


def test_an_empty_outbox_and_a_filter_without_matches_say_different_things(browser_of: Browser, ada: User) -> None:
    client = browser_of(ada)

    assert "No messages yet" in client.get(OUTBOX).content.decode()
    assert "Clear filters" in client.get(OUTBOX, {"q": "nobody"}).content.decode()


@pytest.mark.parametrize("name", ["message", "message-body"])
def test_a_stranger_finds_no_message(browser_of: Browser, eve: User, sent: Delivery, name: str) -> None:
    assert browser_of(eve).get(page_of(sent, name)).status_code == 403


def test_a_message_to_the_public_sector_is_not_there_for_a_colleague(
    browser_of: Browser, ben: User, sent: Delivery
) -> None:
    sent.account.is_pubsec = True
    sent.account.save()

    assert browser_of(ben).get(page_of(sent)).status_code == 404
    assert browser_of(ben).get(page_of(sent, "message-body")).status_code == 404


def test_the_message_comes_under_a_policy_of_its_own(browser_of: Browser, ada: User, sent: Delivery) -> None:
    body = browser_of(ada).get(page_of(sent, "message-body"))

    policy = body["Content-Security-Policy"]
    assert "sandbox allow-popups allow-popups-to-escape-sandbox" in policy
    assert "allow-scripts" not in policy
    assert "default-src 'none'" in policy
    assert "script-src" not in policy


def test_the_message_is_what_its_reader_got_with_the_readers_own_links(
    browser_of: Browser, ada: User, sent: Delivery
) -> None:
    body = browser_of(ada).get(page_of(sent, "message-body")).content.decode()

    assert "welcome to Navy Yard" in body
    assert "/c/1" in body
    assert '<base target="_blank">' in body
    assert "/o/1" not in body


@pytest.mark.parametrize(("look", "media"), [("light", "@media not all"), ("dark", "@media all")])
def test_the_page_says_whether_the_message_is_shown_light_or_dark(
    browser_of: Browser, ada: User, sent: Delivery, look: str, media: str
) -> None:
    body = browser_of(ada).get(page_of(sent, "message-body"), {"look": look}).content.decode()

    assert media in body
    assert "prefers-color-scheme" not in body


def test_a_click_shows_at_once_as_unknown_and_later_as_human(browser_of: Browser, ada: User, sent: Delivery) -> None:
    link = Link.objects.get(version=sent.template_version, number=1)
    hit = RawHit("clicked", sent.pk, NOW + HOUR, "k", link_id=link.pk, method="GET", user_agent="Firefox/140.0")
    record_hits([hit], now=NOW + HOUR)
    client = browser_of(ada)
    before = client.get(page_of(sent)).content.decode()

    judge_hits(now=NOW + 2 * HOUR)
    after = client.get(page_of(sent)).content.decode()

    assert "Clicked “Read the guide”" in before
    assert "Unknown so far" in before
    assert "Unknown so far" not in after
    assert "no sign of a bot" in after


def test_the_facts_htmx_asks_for_again_are_those_of_the_page(browser_of: Browser, ada: User, sent: Delivery) -> None:
    page = browser_of(ada).get(page_of(sent)).content.decode()

    fragment = browser_of(ada, htmx=True).get(page_of(sent), {"part": "facts"}).content.decode().strip()

    assert fragment.startswith('<live-poll id="facts"')
    assert fragment in page


@pytest.mark.parametrize(("answer", "state"), [("yes", State.SENT), ("no", State.PLANNED)])
def test_a_person_settles_an_uncertain_message(
    browser_of: Browser, ada: User, sent: Delivery, answer: str, state: State
) -> None:
    Delivery.objects.update(state="uncertain", reason="worker_died")

    answered = browser_of(ada).post(page_of(sent, "message-settle"), {"arrived": answer}, follow=True)

    sent.refresh_from_db()
    assert (sent.state, sent.reason, sent.detail) == (state, "settled_by_person", ada.email)
    assert answered.status_code == 200


def test_whoever_settles_second_hears_that_it_is_settled(browser_of: Browser, ada: User, sent: Delivery) -> None:
    answered = browser_of(ada).post(page_of(sent, "message-settle"), {"arrived": "no"}, follow=True)

    sent.refresh_from_db()
    assert sent.state == State.SENT
    assert "already resolved" in answered.content.decode()


def test_settling_needs_the_permission_to_run_programs(browser_of: Browser, ben: User, sent: Delivery) -> None:
    Delivery.objects.update(state="uncertain")

    assert browser_of(ben).post(page_of(sent, "message-settle"), {"arrived": "yes"}).status_code == 403
    assert "Mark as delivered" not in browser_of(ben).get(page_of(sent)).content.decode()


def test_a_message_that_lacks_a_value_says_so_instead(browser_of: Browser, ada: User, sent: Delivery) -> None:
    sent.merge.pop("account.name")
    sent.save()

    shown = browser_of(ada).get(page_of(sent, "message-body"))

    assert shown.status_code == 200
    assert "can't be shown" in shown.content.decode()


def test_nobody_sees_the_outbox_without_signing_in(ada: User, sent: Delivery) -> None:
    assert Client().get(page_of(sent, "message-body")).status_code == 302


def test_a_day_in_the_address_stands_above_the_list_and_can_be_taken_away(
    browser_of: Browser, ada: User, sent: Delivery
) -> None:
    client = browser_of(ada)

    before, after = (client.get(OUTBOX, {"since": day}).content.decode() for day in ("2026-03-02", "2026-03-03"))

    assert "Since <time" in before
    assert "Your first pipeline" in before
    assert "No messages match" in after
    assert client.get(OUTBOX, {"since": "yesterday"}).status_code == 200
