"""
Events that wait to be read: a provider's webhooks, stored as they came, and hits of tracking that could not be written.

What cannot be read is set aside after a few tries (kind "engagement.webhook") and never holds up the others.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import logging
import re
import uuid
from collections.abc import Iterator, Mapping, Sequence
from email.utils import parseaddr
from typing import Any

from anymail.signals import AnymailTrackingEvent  # type: ignore[import-untyped]
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models.functions import Now

from contacts.consent.rules import BadAddress, normalise_address
from contacts.delivery.models import Delivery
from contacts.engagement.models import Kind, WebhookEvent
from contacts.engagement.operations.events import RawHit, record_hits
from contacts.engagement.rules.providers import Reading, read_event
from cs_platform.common.acting import acting
from cs_platform.common.dead_letters import not_set_aside_q, work_in_halves
from cs_platform.common.text import clean_json

logger = logging.getLogger(__name__)

TO_READ = "engagement.webhook"
TRACKING = "tracking"
# Opens and clicks are ours to count: our own pixel and links see them first, and once.
KINDS = {
    "delivered": Kind.DELIVERED,
    "bounced": Kind.BOUNCED,
    "rejected": Kind.BOUNCED,
    "deferred": Kind.DEFERRED,
    "complained": Kind.COMPLAINED,
    "unsubscribed": Kind.UNSUBSCRIBED,
}
HITS = {"o": Kind.OPENED, "c": Kind.CLICKED, "u": Kind.UNSUBSCRIBED}
OUR_MESSAGE_ID = re.compile(r"<?([0-9a-f]{32})@[^@>]+>?")
# A reply quotes our Message-ID in these without being about the message itself.
QUOTING = frozenset({"in-reply-to", "references", "inreplyto"})
# Queue ids of mail servers are short and come again; the ids that providers give are long.
SHORTEST_PROVIDER_ID = 16
KEPT = dt.timedelta(days=90)


def store_webhook_event(*, event: AnymailTrackingEvent, provider: str, now: dt.datetime) -> WebhookEvent:
    """Keep one event of a provider's POST; the same event posted again is kept once."""
    body = {
        "type": event.event_type,
        "at": event.timestamp.isoformat() if event.timestamp else None,
        "message_id": event.message_id,
        "recipient": event.recipient,
        "metadata": event.metadata,
        "reject_reason": event.reject_reason,
        "description": event.description,
        "mta_response": event.mta_response,
        "esp_event": event.esp_event if isinstance(event.esp_event, Mapping) else repr(event.esp_event),
    }
    # Several providers give no event id, and one gives the same to all recipients of a call: the key is our own.
    named = [provider, event.message_id, event.recipient, event.event_type, body["at"], event.click_url, event.event_id]
    key = hashlib.sha256(json.dumps(named, default=str).encode()).hexdigest()
    # NaN and Infinity are no JSON to PostgreSQL.
    plain = json.loads(json.dumps(body, cls=DjangoJSONEncoder, default=str), parse_constant=str)
    stored, _ = WebhookEvent.objects.get_or_create(
        source_key=key, defaults={"source": provider, "body": clean_json(plain), "received_at": now}
    )
    return stored


def keep_hit(fields: Mapping[str, str], *, moved: dt.timedelta, now: dt.datetime) -> None:
    """Keep a hit that could not be written, to be tried again with the webhooks; the same hit is kept once."""
    body = {**fields, "moved": moved.total_seconds()}
    named = fields.get("x") or json.dumps(body, sort_keys=True)
    key = hashlib.sha256(f"{TRACKING}:{named}".encode()).hexdigest()
    WebhookEvent.objects.get_or_create(source_key=key, defaults={"source": TRACKING, "body": body, "received_at": now})


def process_webhook_events(*, now: dt.datetime, limit: int = 1000) -> int:
    """Bring stored events into the event stream; return how many were. What names no message of ours says so."""
    waiting = WebhookEvent.objects.filter(not_set_aside_q(TO_READ), done_at=None)
    found = list(waiting.order_by("id").values_list("id", flat=True)[:limit])

    def take_in(part: list[int]) -> list[int]:
        with acting(actor="reader", source="provider"):
            return _take_in(part, now)

    return len(work_in_halves(found, take_in, kind=TO_READ))


def delete_old_webhook_events(*, now: dt.datetime) -> int:
    """Delete events that were taken in 90 days ago; return how many."""
    return WebhookEvent.objects.filter(done_at__lt=now - KEPT).delete()[0]


def discard_webhook_events(keys: Sequence[str]) -> None:
    """Note that somebody decided not to read these."""
    WebhookEvent.objects.filter(pk__in=[int(key) for key in keys]).update(done_at=Now(), error="Discarded")


def _take_in(numbers: Sequence[int], now: dt.datetime) -> list[int]:
    locked = WebhookEvent.objects.select_for_update(skip_locked=True).filter(pk__in=numbers, done_at=None)
    events = list(locked.order_by("id"))
    deliveries = _deliveries_of([event for event in events if event.source != TRACKING])
    hits = []
    for event in events:
        event.done_at, event.error = now, ""
        if event.source == TRACKING:
            moved = dt.timedelta(seconds=float(event.body.get("moved", 0)))
            hits.append(hit_of(event.body, moved=moved, received_at=event.received_at))
        elif (delivery := deliveries.get(event.pk)) is None:
            event.error = "Matches no message"
        elif not _is_for(event.body, delivery):
            event.error = "For a different recipient than the message"
        elif (hit := _hit(event, delivery)) is not None:
            hits.append(hit)
    record_hits(hits, now=now)
    WebhookEvent.objects.bulk_update(events, ["done_at", "error"])
    return [event.pk for event in events]


# Find each event's delivery: by our own Message-ID wherever the provider repeats it, else by the provider's id, where
# one delivery alone has it.
def _deliveries_of(events: Sequence[WebhookEvent]) -> dict[int, Delivery]:
    ours = {event.pk: set(_our_ids(event.body)) for event in events}
    theirs = {event.pk: str(event.body.get("message_id") or "").strip("<>") for event in events if not ours[event.pk]}
    wanted = {name for name in theirs.values() if len(name) >= SHORTEST_PROVIDER_ID}
    by_uuid = {row.uuid: row for row in Delivery.objects.filter(uuid__in=set().union(*ours.values()))}
    by_name: dict[str, list[Delivery]] = {}
    for row in Delivery.objects.filter(provider_id__in=wanted):
        by_name.setdefault(row.provider_id, []).append(row)
    found = {number: [by_uuid[name] for name in names if name in by_uuid] for number, names in ours.items()}
    found |= {number: by_name.get(name, []) for number, name in theirs.items()}
    # Whom an event means must be beyond doubt before it counts against anybody.
    return {number: rows[0] for number, rows in found.items() if len(rows) == 1}


def _our_ids(body: Mapping[str, Any]) -> Iterator[uuid.UUID]:
    for text in (str(body.get("message_id") or ""), *_texts(body.get("esp_event")), *_texts(body.get("metadata"))):
        if found := OUR_MESSAGE_ID.fullmatch(text.strip()):
            yield uuid.UUID(found[1])


def _texts(said: Any, name: str = "") -> Iterator[str]:
    if isinstance(said, str):
        yield said
    elif isinstance(said, list):
        for each in said:
            yield from _texts(each, name)
    elif isinstance(said, Mapping):
        # Some list headers as {"name": ..., "value": ...}.
        is_quoting = str(said.get("name", "")).lower() in QUOTING
        for key, value in said.items():
            if not is_quoting and str(key).lower() not in QUOTING:
                yield from _texts(value)


# A bounce of an address that our reader forwards to says nothing about our reader's.
def _is_for(body: Mapping[str, Any], delivery: Delivery) -> bool:
    named = parseaddr(str(body.get("recipient") or ""))[1]
    return not named or _spelled(named) == _spelled(delivery.address)


def _spelled(address: str) -> str:
    try:
        return normalise_address(address)
    except BadAddress:
        return address.strip().lower()


def _hit(event: WebhookEvent, delivery: Delivery) -> RawHit | None:
    body: dict[str, Any] = event.body
    reading = _read(body)
    if not reading.kind:
        return None
    detail = {}
    if reading.bounce_class:
        detail = {"bounce_class": reading.bounce_class, "answer": _answer(body)[:500]}
    return RawHit(
        kind=reading.kind,
        delivery_id=delivery.pk,
        occurred_at=_instant(body["at"]) or event.received_at,
        dedupe_key=event.source_key,
        source=event.source,
        detail=detail,
        received_at=event.received_at,
    )


def _read(body: Mapping[str, Any]) -> Reading:
    said = body["esp_event"] if isinstance(body["esp_event"], Mapping) else {}
    ours = {theirs: kind.value for theirs, kind in KINDS.items()}
    reject_reason = str(body.get("reject_reason") or "")
    return read_event(event_type=body["type"], reject_reason=reject_reason, answer=_answer(body), said=said, ours=ours)


def _answer(body: Mapping[str, Any]) -> str:
    return str(body.get("mta_response") or body.get("description") or "")


def _instant(text: str | None) -> dt.datetime | None:
    found = dt.datetime.fromisoformat(text) if text else None
    return found.replace(tzinfo=dt.UTC) if found and found.tzinfo is None else found


def hit_of(fields: Mapping[str, Any], *, moved: dt.timedelta, received_at: dt.datetime | None = None) -> RawHit:
    """
    Return a hit as tracking wrote it down (cs_platform.tracking.app).

    :raises KeyError, ValueError: when it is none.
    """
    detail = {"category": fields["g"]} if fields.get("g") else {}
    detail |= {"purpose": fields["p"]} if fields.get("p") else {}
    return RawHit(
        kind=HITS[fields["k"]],
        delivery_id=int(fields["d"]),
        link_id=int(fields.get("l", 0)) or None,
        occurred_at=_moment(fields["t"], moved),
        dedupe_key=fields["x"][:80],
        method=fields.get("m", ""),
        user_agent=fields.get("a", ""),
        network=fields.get("n", ""),
        detail=detail,
        received_at=received_at,
    )


BEGINNING = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


# What no calendar holds is before every message, and so taken as of its receipt.
def _moment(microseconds: str, moved: dt.timedelta) -> dt.datetime:
    try:
        return BEGINNING + dt.timedelta(microseconds=int(microseconds)) + moved
    except OverflowError:
        return BEGINNING
