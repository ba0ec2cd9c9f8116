"""The timeline of an account, which asks by itself whether anything has happened."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from accounts.models import User
from contacts.engagement.operations.events import RawHit, record_hits
from contacts.models import Delivery
from tests import factories, mail
from tests.factories import NOW
from tests.fixtures import Browser

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent() -> Delivery:
    (row,) = mail.deliveries(1)
    Delivery.objects.update(state="sent", sent_at=NOW)
    row.refresh_from_db()
    return row


@pytest.fixture
def parts(browser_of: Browser, ada: User) -> Client:
    return browser_of(ada, htmx=True)


def path(row: Delivery) -> str:
    return f"/accounts/{row.account_id}/timeline/"


def asks(shown: str) -> str:
    """Return the address that the part asks every two seconds."""
    found = re.search(r'<live-poll data-seconds="2" hx-get="([^"]+)"', shown)
    assert found
    return found[1].replace("&amp;", "&")


def click(row: Delivery) -> None:
    record_hits([RawHit("clicked", row.pk, NOW, "a", user_agent="Firefox")], now=NOW)


def test_asking_again_is_answered_with_nothing_while_nothing_happened(parts: Client, sent: Delivery) -> None:
    shown = parts.get(path(sent)).content.decode()

    assert parts.get(asks(shown)).status_code == 204


def test_a_click_is_in_the_next_answer_as_unknown(parts: Client, sent: Delivery) -> None:
    shown = parts.get(path(sent)).content.decode()
    click(sent)

    answer = parts.get(asks(shown))

    assert answer.status_code == 200
    assert "was clicked" in answer.content.decode()
    assert "Unknown" in answer.content.decode()
    assert asks(answer.content.decode()) != asks(shown)


def test_asking_costs_few_queries(parts: Client, sent: Delivery, django_assert_num_queries) -> None:
    address = asks(parts.get(path(sent)).content.decode())

    # User, permissions, account; one that merges entries, sendings and events.
    with django_assert_num_queries(4):
        parts.get(address)


def test_a_message_leads_to_itself_in_the_outbox(parts: Client, sent: Delivery) -> None:
    assert f'href="/outbox/{sent.pk}/"' in parts.get(path(sent)).content.decode()


def test_older_things_are_one_link_away_and_asking_stops_there(parts: Client, sent: Delivery) -> None:
    for number in range(25):
        factories.entry(account=sent.account, subject=f"Entry {number}", occurred_at=NOW)
    first = parts.get(path(sent)).content.decode()

    older = re.search(r'href="([^"]+from=[^"]+)"', first)
    assert older
    second = parts.get(older[1].replace("&amp;", "&")).content.decode()

    assert "Your first pipeline" in second
    assert "live-poll" not in second
    assert "Newest" in second


def test_a_filter_without_anything_says_so(parts: Client, sent: Delivery) -> None:
    assert "No activity yet" in parts.get(f"{path(sent)}?show=surveys").content.decode()


def test_words_of_customers_are_shown_as_words(parts: Client, sent: Delivery) -> None:
    factories.entry(account=sent.account, subject="<b>Hello</b>", body="<script>alert(1)</script>")

    shown = parts.get(path(sent)).content.decode()

    assert "&lt;b&gt;Hello&lt;/b&gt;" in shown
    assert "<script>" not in shown
