from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from contacts.engagement.operations.webhooks import process_webhook_events
from contacts.engagement.selectors.counters import engagement
from contacts.models import Delivery, Suppression, WebhookEvent
from cs_platform import env
from cs_platform.web.webhooks import PROVIDERS
from tests import mail
from tests.factories import NOW

pytestmark = pytest.mark.django_db

README = Path(__file__).parents[3] / "README.md"
BASIC: Any = {"HTTP_AUTHORIZATION": "Basic d2ViaG9vazpzZWNyZXQ="}  # webhook:secret


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

    assert WebhookEvent.objects.get().error == "Matches no message"


@pytest.mark.parametrize("headers", [{}, {"HTTP_AUTHORIZATION": "Basic d2ViaG9vazp3cm9uZw=="}])
def test_without_the_secret_nothing_is_taken(sent: Delivery, headers: dict[str, str]) -> None:
    assert post(postmark(sent), **headers) == 403
    assert not WebhookEvent.objects.exists()


def test_an_installation_without_a_secret_takes_no_webhook_of_anybody(sent: Delivery, settings: Any) -> None:
    settings.ANYMAIL = {"WEBHOOK_SECRET": []}

    assert post(postmark(sent), **BASIC) == 403
    assert not WebhookEvent.objects.exists()


@pytest.mark.parametrize(
    "path",
    [
        "amazon_ses/tracking/",
        "mailersend/tracking/",
        "mailgun/tracking/",
        "mandrill/",
        "nobody/tracking/",
        "postal/tracking/",
        "postmark/inbound/",
        "sendgrid/inbound/",
        "mailgun/inbound_mime/",
        "unisender_go/tracking/",
    ],
)
@pytest.mark.parametrize("method", ["get", "post", "put", "delete", "head", "options"])
def test_what_is_not_set_up_is_not_there(sent: Delivery, path: str, method: str) -> None:
    assert getattr(Client(), method)(f"/anymail/{path}", **BASIC).status_code in (404, 405)


@pytest.mark.parametrize("provider", sorted(PROVIDERS))
@pytest.mark.parametrize("body", ["", "{", "[]", "null", "7", '"x"', "[[]]", '{"RecordType": "Inbound"}', "[null]"])
def test_a_body_that_is_no_report_never_fails(sent: Delivery, settings: Any, provider: str, body: str) -> None:
    settings.ANYMAIL = {"WEBHOOK_SECRET": ["webhook:secret"]}
    answer = Client().post(f"/anymail/{provider}/tracking/", body, content_type="application/json", **BASIC)

    assert answer.status_code in (200, 400, 404)


@pytest.mark.parametrize(
    ("provider", "keys"),
    [
        ("brevo", {}),
        ("mailjet", {}),
        ("mailtrap", {}),
        ("postmark", {}),
        ("resend", {}),
        ("sendgrid", {}),
        ("sparkpost", {}),
        ("mailgun", {"MAILGUN_WEBHOOK_SIGNING_KEY": "k"}),
        ("mailersend", {"MAILERSEND_SIGNING_SECRET": "k"}),
    ],
)
def test_a_provider_that_the_readme_names_is_there(
    sent: Delivery, settings: Any, provider: str, keys: dict[str, str]
) -> None:
    settings.ANYMAIL = {"WEBHOOK_SECRET": ["webhook:secret"], **keys}

    assert Client().head(f"/anymail/{provider}/tracking/", **BASIC).status_code == 200
    assert f"`{provider}`" in README.read_text()


def test_an_event_about_another_recipient_accuses_nobody(sent: Delivery) -> None:
    post(postmark(sent, Email="forwarded@elsewhere.example"), **BASIC)
    process_webhook_events(now=NOW)

    assert WebhookEvent.objects.get().error == "For a different recipient than the message"
    assert not Suppression.objects.exists()


def test_an_event_is_matched_by_the_providers_own_id(sent: Delivery) -> None:
    Delivery.objects.update(provider_id="0a129aee-e1cd-480d-b08d-4f48548ff48d")
    post(postmark(sent, MessageID="0a129aee-e1cd-480d-b08d-4f48548ff48d"), **BASIC)
    process_webhook_events(now=NOW)

    assert Suppression.objects.get().reason == "hard_bounce"


def test_an_id_that_two_messages_have_names_neither(sent: Delivery) -> None:
    mail.deliveries(1)
    Delivery.objects.update(provider_id="0a129aee-e1cd-480d-b08d-4f48548ff48d", address=sent.address)
    post(postmark(sent, MessageID="0a129aee-e1cd-480d-b08d-4f48548ff48d"), **BASIC)
    process_webhook_events(now=NOW)

    assert WebhookEvent.objects.get().error == "Matches no message"
    assert not Suppression.objects.exists()


@pytest.mark.parametrize(
    ("where", "is_matched"),
    [
        ({"Metadata": {"message-id": "%s"}}, True),
        ({"Headers": [{"name": "Message-ID", "value": "<%s>"}]}, True),
        ({"Headers": [{"name": "In-Reply-To", "value": "<%s>"}]}, False),
        ({"References": "<%s>"}, False),
        ({"Content": "about <%s> of yesterday"}, False),
    ],
)
def test_our_message_id_is_found_where_a_provider_repeats_it(
    sent: Delivery, where: dict[str, Any], is_matched: bool
) -> None:
    ours = f"{sent.uuid.hex}@keel.example"
    repeated = json.loads(json.dumps(where).replace("%s", ours))
    post(postmark(sent, MessageID="0a129aee-e1cd-480d-b08d-4f48548ff48d", **repeated), **BASIC)
    process_webhook_events(now=NOW)

    assert Suppression.objects.exists() == is_matched


@pytest.mark.parametrize("at", ["1970-01-01T00:00:00Z", "2099-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "never"])
def test_an_instant_that_cannot_be_is_taken_as_of_the_receipt(sent: Delivery, at: str) -> None:
    post(postmark(sent, BouncedAt=at), **BASIC)
    received = WebhookEvent.objects.get().received_at
    process_webhook_events(now=received + timedelta(minutes=5))

    sent.refresh_from_db()
    assert (sent.bounce_class, sent.bounced_at) == ("hard", received)


def test_text_and_numbers_that_postgresql_refuses_are_stored_without_them(sent: Delivery) -> None:
    body = json.dumps(postmark(sent, Details="smtp;550 5.1.1\x00 unknown\ud800", Odd=float("nan"), Large=1e400))
    path = "/anymail/postmark/tracking/"
    assert Client().post(path, body, content_type="application/json", **BASIC).status_code == 200
    process_webhook_events(now=NOW)

    assert WebhookEvent.objects.get().body["esp_event"]["Large"] == "Infinity"
    assert Suppression.objects.get().reason == "hard_bounce"


@pytest.mark.parametrize(
    ("given", "is_required", "found"),
    [("", False, []), ("none", True, []), ("a:b", True, ["a:b"]), ("a:b, c:d", False, ["a:b", "c:d"])],
)
def test_the_secret_is_read_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, given: str, is_required: bool, found: list[str]
) -> None:
    monkeypatch.setenv("ANYMAIL_WEBHOOK_SECRET", given)

    assert env.webhook_secrets("ANYMAIL_WEBHOOK_SECRET", is_required=is_required) == found


@pytest.mark.parametrize("given", ["", "secret", "user:", ":password", "a:b,c"])
def test_a_real_installation_does_not_start_without_a_secret(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("ANYMAIL_WEBHOOK_SECRET", given)

    with pytest.raises(env.BadSetting, match="ANYMAIL_WEBHOOK_SECRET"):
        env.webhook_secrets("ANYMAIL_WEBHOOK_SECRET", is_required=True)


def test_evidence_of_arrival_settles_an_uncertain_delivery(sent: Delivery) -> None:
    Delivery.objects.update(state="uncertain", sent_at=None, handed_over_at=NOW)
    delivered = {"RecordType": "Delivery", "DeliveredAt": "2026-03-02T10:00:00Z", "Recipient": sent.address}
    post({**delivered, "MessageID": f"{sent.uuid.hex}@keel.example"}, **BASIC)
    process_webhook_events(now=NOW)

    sent.refresh_from_db()
    assert sent.state == "sent"
