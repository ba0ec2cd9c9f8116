from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from contacts.engagement.operations.webhooks import process_webhook_events
from contacts.engagement.selectors.counters import engagement
from contacts.models import Delivery, Suppression, WebhookEvent
from tests import mail
from tests.factories import NOW

pytestmark = pytest.mark.django_db

BASIC = {"HTTP_AUTHORIZATION": "Basic d2ViaG9vazpzZWNyZXQ="}  # webhook:secret


@pytest.fixture
def sent(settings: Any, ada: User) -> Delivery:
    settings.ANYMAIL = {"WEBHOOK_SECRET": ["webhook:secret"]}
    (row,) = mail.deliveries(1)
    Delivery.objects.update(state="sent", sent_at=NOW, delivered_at=NOW)
    return row


def postmark(row: Delivery, **fields: Any) -> dict[str, Any]:
    return {
        "RecordType": "Bounce",
        "Type": "HardBounce",
        "ID": 42,
        "MessageID": f"{row.uuid.hex}@keel.example",
        "Email": row.address,
        "BouncedAt": "2026-03-02T10:00:00Z",
        "Description": "The address does not exist.",
        "Details": "smtp;550 5.1.1 user unknown",
        **fields,
    }


def post(event: dict[str, Any], **headers: Any) -> int:
    body = json.dumps(event)
    return Client().post("/anymail/postmark/tracking/", body, content_type="application/json", **headers).status_code


def test_a_hard_bounce_is_kept_raw_counted_and_suppresses_the_address(sent: Delivery) -> None:
    assert post(postmark(sent), **BASIC) == 200
    assert WebhookEvent.objects.get().done_at is None

    process_webhook_events(now=NOW)

    sent.refresh_from_db()
    assert sent.bounce_class == "hard"
    assert engagement([sent.mailing_id]).delivered == -1 + engagement([sent.mailing_id]).sent
    assert Suppression.objects.get().reason == "hard_bounce"


def test_the_same_event_posted_again_counts_once(sent: Delivery) -> None:
    for _ in range(3):
        post(postmark(sent), **BASIC)
        process_webhook_events(now=NOW)

    assert WebhookEvent.objects.count() == 1
    assert engagement([sent.mailing_id]).bounced == 1


def test_a_soft_bounce_that_the_provider_calls_bounced_suppresses_nobody(sent: Delivery) -> None:
    post(postmark(sent, Type="SoftBounce", Details="smtp;452 4.2.2 mailbox full"), **BASIC)
    process_webhook_events(now=NOW)

    sent.refresh_from_db()
    assert sent.bounce_class == "soft"
    assert not Suppression.objects.exists()


def test_an_event_about_no_message_of_ours_says_so(sent: Delivery) -> None:
    post(postmark(sent, MessageID="somebody-elses"), **BASIC)
    process_webhook_events(now=NOW)

    assert WebhookEvent.objects.get().error == "names no message of ours"


def test_without_the_secret_nothing_is_taken(sent: Delivery) -> None:
    assert post(postmark(sent)) == 400
    assert not WebhookEvent.objects.exists()


def test_evidence_of_arrival_settles_an_uncertain_delivery(sent: Delivery) -> None:
    Delivery.objects.update(state="uncertain", sent_at=None, handed_over_at=NOW)
    delivered = {"RecordType": "Delivery", "DeliveredAt": "2026-03-02T10:00:00Z", "Recipient": sent.address}
    post({**delivered, "MessageID": f"{sent.uuid.hex}@keel.example"}, **BASIC)
    process_webhook_events(now=NOW)

    sent.refresh_from_db()
    assert sent.state == "sent"
