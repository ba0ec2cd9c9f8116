"""The page behind the unsubscribe link."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from contacts.delivery.rules import seal, seal_unsubscribe
from contacts.delivery.selectors import tracking_key
from contacts.engagement.selectors.counters import engagement
from contacts.models import Choice, Delivery, Event, Membership
from tests import factories, mail
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent() -> Delivery:
    factories.user()
    factories.organisation(name="Keel Works")
    (row,) = mail.deliveries(1)
    Delivery.objects.update(state="sent", sent_at=NOW, delivered_at=NOW, address="grace@navy.example")
    row.refresh_from_db()
    return row


def address(row: Delivery) -> str:
    return f"/unsubscribe/{seal_unsubscribe(tracking_key(), row.pk)}/"


def post(row: Delivery, **data: str) -> Any:
    return Client(enforce_csrf_checks=True).post(address(row), data, follow=True)


def opted_out(row: Delivery) -> list[str]:
    return Membership.objects.get(pk=row.membership_id or 0).opted_out


def test_looking_says_what_would_be_unsubscribed_and_changes_nothing(sent: Delivery) -> None:
    shown = Client().get(address(sent))

    text = shown.content.decode()
    assert "Unsubscribe from “Onboarding and enablement”?" in text
    assert "Keel Works" in text
    assert "g•••@navy.example" in text
    assert "grace@" not in text
    assert (opted_out(sent), Event.objects.count()) == ([], 0)


def test_pressing_the_button_unsubscribes_from_the_category_and_is_counted(sent: Delivery) -> None:
    answered = post(sent, stop="enablement")

    assert "You're unsubscribed" in answered.content.decode()
    assert opted_out(sent) == ["enablement"]
    assert engagement([sent.mailing_id]).unsubscribed == 1
    assert Choice.objects.get().source == "preferences"
    sent.refresh_from_db()
    assert sent.unsubscribed_at is not None


def test_somebody_at_two_customers_is_unsubscribed_at_both(sent: Delivery) -> None:
    other = factories.membership(person=sent.person)

    post(sent, stop="enablement")

    other.refresh_from_db()
    assert other.opted_out == ["enablement"]


def test_everything_can_be_declined_at_once(sent: Delivery) -> None:
    shown = post(sent, stop="all").content.decode()

    assert opted_out(sent) == ["all"]
    assert shown.count("Turn on") == 3
    assert "Unsubscribe from all" not in shown


def test_whoever_changes_their_mind_gets_mail_again(sent: Delivery) -> None:
    post(sent, stop="all")

    answered = post(sent, resume="enablement")

    assert "Welcome back." in answered.content.decode()
    assert opted_out(sent) == ["newsletter", "survey"]
    assert engagement([sent.mailing_id]).unsubscribed == 1


def test_unsubscribing_again_after_coming_back_takes_effect(sent: Delivery) -> None:
    for wish in ({"stop": "enablement"}, {"resume": "enablement"}, {"stop": "enablement"}):
        post(sent, **wish)

    assert opted_out(sent) == ["enablement"]
    assert engagement([sent.mailing_id]).unsubscribed == 1


def test_it_works_after_the_contact_is_gone(sent: Delivery) -> None:
    Membership.objects.all().delete()

    assert "You're unsubscribed" in post(sent, stop="enablement").content.decode()


@pytest.mark.parametrize("wish", [{"stop": "spam"}, {}, {"resume": "x"}])
def test_a_wish_nobody_offered_changes_nothing(sent: Delivery, wish: dict[str, str]) -> None:
    assert post(sent, **wish).status_code == 200
    assert Event.objects.count() == 0


@pytest.mark.parametrize("token", ["x", "1AAAA", "1" + "A" * 200])
def test_a_token_we_did_not_seal_leads_to_a_page_that_helps(sent: Delivery, token: str) -> None:
    shown = Client().get(f"/unsubscribe/{token}/")

    assert shown.status_code == 404
    assert "This link is incomplete" in shown.content.decode()


def test_a_tracking_token_unsubscribes_nobody(sent: Delivery) -> None:
    token = seal(tracking_key(), sent.pk, 1)

    assert Client().post(f"/unsubscribe/{token}/", {"stop": "all"}).status_code == 404
    assert opted_out(sent) == []


def test_the_page_carries_no_script_and_is_kept_from_caches_and_search_engines(sent: Delivery) -> None:
    shown = Client().get(address(sent))

    assert "<script" not in shown.content.decode()
    assert shown["Cache-Control"] == "no-store"
    assert shown["X-Robots-Tag"] == "noindex"
