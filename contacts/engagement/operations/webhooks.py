"""Provider webhooks: stored as they came before anything is read from them, then taken into the event stream."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from anymail.signals import AnymailTrackingEvent  # type: ignore[import-untyped]
from django.core.serializers.json import DjangoJSONEncoder

from contacts.consent.rules import classify_bounce
from contacts.delivery.models import Delivery
from contacts.engagement.models import Kind, WebhookEvent
from contacts.engagement.operations.events import RawHit, record_hits
from cs_platform.common.acting import acting

KINDS = {
    "delivered": Kind.DELIVERED,
    "bounced": Kind.BOUNCED,
    "rejected": Kind.BOUNCED,
    "deferred": Kind.DEFERRED,
    "complained": Kind.COMPLAINED,
    "unsubscribed": Kind.UNSUBSCRIBED,
}
# Opens and clicks are ours to count: our own pixel and links see them first, and once.
OUR_MESSAGE_ID = re.compile(r"<?([0-9a-f]{32})@")
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
    plain = json.loads(json.dumps(body, cls=DjangoJSONEncoder, default=str))
    stored, _ = WebhookEvent.objects.get_or_create(
        source_key=key, defaults={"source": provider, "body": plain, "received_at": now}
    )
    return stored


def process_webhook_events(*, now: dt.datetime, limit: int = 1000) -> int:
    """Bring stored events into the event stream; return how many were taken in. What cannot be read says why."""
    with acting(actor="reader", source="provider"):
        waiting = list(
            WebhookEvent.objects.select_for_update(skip_locked=True).filter(done_at=None).order_by("id")[:limit]
        )
        deliveries = _deliveries_of(waiting)
        hits = []
        for event in waiting:
            delivery = deliveries.get(event.pk)
            event.done_at, event.error = now, "" if delivery else "names no message of ours"
            if delivery and event.body["type"] in KINDS:
                hits.append(_hit(event, delivery))
        record_hits(hits, now=now)
        WebhookEvent.objects.bulk_update(waiting, ["done_at", "error"])
    return len(waiting)


def delete_old_webhook_events(*, now: dt.datetime) -> int:
    """Delete events that were taken in 90 days ago; return how many."""
    return WebhookEvent.objects.filter(done_at__lt=now - KEPT).delete()[0]


# Find each event's delivery: by our own Message-ID, else by the provider's name of the message.
def _deliveries_of(events: Sequence[WebhookEvent]) -> dict[int, Delivery]:
    ours = {r.pk: uuid.UUID(found[1]) for r in events if (found := OUR_MESSAGE_ID.match(r.body["message_id"] or ""))}
    theirs = {r.pk: r.body["message_id"] for r in events if r.pk not in ours and r.body["message_id"]}
    by_uuid = {row.uuid: row for row in Delivery.objects.filter(uuid__in=ours.values())}
    by_name = {row.provider_id: row for row in Delivery.objects.filter(provider_id__in=theirs.values())}
    found_ours = {number: by_uuid[name] for number, name in ours.items() if name in by_uuid}
    return found_ours | {number: by_name[name] for number, name in theirs.items() if name in by_name}


def _hit(event: WebhookEvent, delivery: Delivery) -> RawHit:
    body: dict[str, Any] = event.body
    kind = KINDS[body["type"]]
    at = dt.datetime.fromisoformat(body["at"]) if body["at"] else event.received_at
    detail = {}
    if kind == Kind.BOUNCED:
        said = body["esp_event"] if isinstance(body["esp_event"], Mapping) else {}
        named = said.get("Type") or said.get("event") or said.get("severity")
        answer = body["mta_response"] or body["description"] or ""
        bounce = classify_bounce(esp_event_type=named, description=answer)
        detail = {"bounce_class": bounce.value, "answer": answer[:500]}
    return RawHit(
        kind=kind,
        delivery_id=delivery.pk,
        occurred_at=at,
        dedupe_key=event.source_key,
        source=event.source[:30],
        detail=detail,
    )
