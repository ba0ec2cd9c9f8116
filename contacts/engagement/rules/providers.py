"""
What a provider's event says about a message, from its own words.

Anymail's normalized types are kept where they are right. They are too coarse for what must accuse nobody: it calls soft
bounces bounced, a dropped message of somebody who unsubscribed rejected, and Postmark's spam filter a complaint.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from contacts.consent.rules.bounces import (
    BLOCK_TYPES,
    DELAYED_TYPES,
    HARD_TYPES,
    SOFT_TYPES,
    BounceClass,
    classify_bounce,
)

# SendGrid drops, Mailgun suppresses, Postmark deactivates: the address is on the provider's own list, with its reason.
UNSUBSCRIBED = frozenset({"unsubscribedaddress", "suppressunsubscribe", "manualsuppression", "unsubscribe"})
COMPLAINED = frozenset({"spamreportingaddress", "suppresscomplaint"})
BOUNCED_BEFORE = frozenset({"bouncedaddress", "suppressbounce", "invalid", "invalidaddress"})
KNOWN = DELAYED_TYPES | SOFT_TYPES | BLOCK_TYPES | HARD_TYPES | UNSUBSCRIBED | COMPLAINED | BOUNCED_BEFORE
# Where providers name the kind of a bounce, the most telling place first.
PLACES = (
    ("event-data", "reason"),  # Mailgun
    ("event-data", "severity"),
    ("bounce", "bounceSubType"),  # Amazon SES
    ("bounce", "bounceType"),
    ("data", "bounce", "subType"),  # Resend
    ("data", "bounce", "type"),
    ("Type",),  # Postmark
    ("SuppressionReason",),
    ("reason",),  # SendGrid, of what it dropped
    ("type",),
    ("event_data", "status"),  # Unisender Go
    ("event",),  # Brevo, Mailjet, Mandrill
)
STATUSES = (("status",), ("event-data", "delivery-status", "enhanced-code"), ("msys", "message_event", "error_code"))
# https://developers.sparkpost.com: numbers of its bounce classes; the others are soft or undetermined.
SPARKPOST = {10: "hardbounce", 30: "hardbounce", 90: "unsubscribe"} | dict.fromkeys((25, 50, 51, 52, 53, 54), "blocked")


@dataclass(frozen=True, slots=True)
class Reading:
    """What we keep of an event: its kind ("" for one that says nothing to us), and the class of a bounce."""

    kind: str
    bounce_class: str = ""


def read_event(
    *, event_type: str, reject_reason: str, answer: str, said: Mapping[str, Any], ours: Mapping[str, str]
) -> Reading:
    """
    Return what an event says.

    `event_type` and `reject_reason` are Anymail's, `answer` is the mail server's or any other text, `said` the
    provider's own event, `ours` the kinds that Anymail's types stand for.
    """
    names = list(_names(said))
    kind = ours.get(event_type, "")
    if kind in ("bounced", "complained") and (reject_reason == "unsubscribed" or UNSUBSCRIBED.intersection(names)):
        return Reading("unsubscribed")
    if kind == "bounced" and (reject_reason == "spam" or COMPLAINED.intersection(names)):
        return Reading("complained")
    if kind == "complained" and BLOCK_TYPES.intersection(names):
        return Reading("bounced", BounceClass.BLOCK)
    if kind != "bounced":
        return Reading(kind)
    name = next((name for name in names if name in KNOWN), None)
    if name in BOUNCED_BEFORE:
        name = "hardbounce"
    status = next((str(found) for place in STATUSES if (found := _at(said, place))), None)
    bounce = classify_bounce(esp_event_type=name, status_code=status, description=answer)
    if bounce is BounceClass.DELAYED:
        return Reading("deferred")
    return Reading("bounced", bounce)


def _names(said: Mapping[str, Any]) -> Iterator[str]:
    if (hard := said.get("hard_bounce")) is not None:  # Mailjet
        yield "hardbounce" if hard else "softbounce"
    number = _at(said, ("msys", "message_event", "bounce_class"))
    if number is not None and str(number).isdecimal():
        yield SPARKPOST.get(int(number), "softbounce")
    for place in PLACES:
        if isinstance(found := _at(said, place), str):
            yield re.sub(r"[^a-z]", "", found.lower())


def _at(said: Any, place: tuple[str, ...]) -> Any:
    for name in place:
        said = said.get(name) if isinstance(said, Mapping) else None
    return said
