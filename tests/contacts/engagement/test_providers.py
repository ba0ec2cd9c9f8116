"""What providers' events say: nobody is accused by a provider's filter, list or full mailbox."""

from __future__ import annotations

from typing import Any

import pytest

from contacts.engagement.operations.webhooks import KINDS
from contacts.engagement.rules.providers import Reading, read_event

OURS = {theirs: kind.value for theirs, kind in KINDS.items()}
HARD, SOFT, BLOCK = Reading("bounced", "hard"), Reading("bounced", "soft"), Reading("bounced", "block")
UNSUBSCRIBED, COMPLAINED, NOTHING = Reading("unsubscribed"), Reading("complained"), Reading("")
UNKNOWN_USER = "550 5.1.1 user unknown"


def read(event_type: str, said: dict[str, Any], *, answer: str = "", reject_reason: str = "") -> Reading:
    return read_event(event_type=event_type, reject_reason=reject_reason, answer=answer, said=said, ours=OURS)


def mailgun(**data: Any) -> dict[str, Any]:
    return {"event-data": {"event": "failed", **data}}


@pytest.mark.parametrize(
    ("event_type", "said", "answer", "meant"),
    [
        # https://documentation.mailgun.com: severity is the verdict; reason says when it is Mailgun's own list.
        ("bounced", mailgun(severity="permanent", reason="bounce"), "550 mailbox unavailable", HARD),
        ("bounced", mailgun(severity="permanent", reason="suppress-bounce"), "Not delivering", HARD),
        ("bounced", mailgun(severity="permanent", reason="suppress-unsubscribe"), "Not delivering", UNSUBSCRIBED),
        ("bounced", mailgun(severity="permanent", reason="suppress-complaint"), "Not delivering", COMPLAINED),
        ("bounced", mailgun(severity="permanent", reason="generic"), "550 5.7.1 listed by Spamhaus", BLOCK),
        ("deferred", mailgun(severity="temporary"), UNKNOWN_USER, Reading("deferred")),
        # SendGrid: type beats what the text says; a drop is one of its own lists.
        ("bounced", {"event": "bounce", "type": "blocked"}, UNKNOWN_USER, BLOCK),
        ("bounced", {"event": "bounce", "type": "bounce", "status": "5.1.1"}, "no such address", HARD),
        ("bounced", {"event": "bounce", "type": "bounce", "status": "4.2.2"}, "try again", SOFT),
        ("rejected", {"event": "dropped", "reason": "Unsubscribed Address"}, "", UNSUBSCRIBED),
        ("rejected", {"event": "dropped", "reason": "Bounced Address"}, "", HARD),
        ("rejected", {"event": "dropped", "reason": "Spam Reporting Address"}, "", COMPLAINED),
        ("rejected", {"event": "dropped", "reason": "Invalid SMTPAPI header"}, "", SOFT),
        # Postmark calls a spam filter a complaint, and so does Anymail.
        ("complained", {"RecordType": "Bounce", "Type": "SpamNotification"}, "", BLOCK),
        ("complained", {"RecordType": "SpamComplaint", "Type": "SpamComplaint"}, "", COMPLAINED),
        ("bounced", {"RecordType": "Bounce", "Type": "HardBounce"}, "", HARD),
        ("bounced", {"RecordType": "Bounce", "Type": "SoftBounce"}, UNKNOWN_USER, SOFT),
        ("rejected", {"RecordType": "Bounce", "Type": "DMARCPolicy"}, UNKNOWN_USER, BLOCK),
        ("bounced", {"bounce": {"bounceType": "Transient", "bounceSubType": "General"}}, UNKNOWN_USER, SOFT),
        ("bounced", {"bounce": {"bounceType": "Transient", "bounceSubType": "ContentRejected"}}, "", BLOCK),
        ("bounced", {"bounce": {"bounceType": "Permanent", "bounceSubType": "General"}}, "", HARD),
        ("bounced", {"type": "email.bounced", "data": {"bounce": {"type": "Permanent"}}}, "", HARD),
        ("bounced", {"type": "email.bounced", "data": {"bounce": {"type": "Transient"}}}, UNKNOWN_USER, SOFT),
        ("bounced", {"event": "bounce", "hard_bounce": False}, UNKNOWN_USER, SOFT),
        ("bounced", {"event": "bounce", "hard_bounce": True}, "", HARD),
        ("bounced", {"msys": {"message_event": {"bounce_class": "10"}}}, "", HARD),
        ("bounced", {"msys": {"message_event": {"bounce_class": "22"}}}, UNKNOWN_USER, SOFT),
        ("bounced", {"msys": {"message_event": {"bounce_class": "51"}}}, UNKNOWN_USER, BLOCK),
        ("bounced", {"event": "hard_bounce"}, "", HARD),
        ("bounced", {"event": "soft_bounce"}, UNKNOWN_USER, SOFT),
        ("bounced", {"type": "activity.hard_bounced"}, "", HARD),
        ("bounced", {}, UNKNOWN_USER, HARD),
        ("bounced", {}, "", SOFT),
        # A report that the other side is still trying is no bounce.
        ("bounced", {"event": "deferred"}, "451 4.7.1 later", Reading("deferred")),
        ("opened", {}, "", NOTHING),
        ("autoresponded", {"Type": "AutoResponder"}, "", NOTHING),
        ("unknown", {}, UNKNOWN_USER, NOTHING),
    ],
)
def test_the_providers_own_verdict_comes_first(
    event_type: str, said: dict[str, Any], answer: str, meant: Reading
) -> None:
    assert read(event_type, said, answer=answer) == meant


@pytest.mark.parametrize(("reason", "meant"), [("unsubscribed", UNSUBSCRIBED), ("spam", COMPLAINED)])
def test_anymails_reason_is_heeded_where_the_provider_has_no_words(reason: str, meant: Reading) -> None:
    assert read("rejected", {}, reject_reason=reason) == meant


@pytest.mark.parametrize("said", [{"bounce": "?"}, {"event-data": None}, {"type": 7}, {"data": []}])
def test_an_event_of_an_unknown_shape_is_read_by_its_text(said: dict[str, Any]) -> None:
    assert read("bounced", said, answer="452 4.2.2 mailbox full") == SOFT
