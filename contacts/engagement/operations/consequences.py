"""What follows from an event for the delivery, and for whether its reader is written to again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.db import connection

from contacts.consent.operations import note_bounce, note_complaint, unsubscribe_reader
from contacts.delivery.models import Delivery
from contacts.delivery.operations import settle_heard_of
from contacts.engagement.models import Kind

if TYPE_CHECKING:
    from contacts.engagement.operations.events import RawHit

# From the mildest; what a bounce was called once, no later event softens.
RANK = ["delayed", "soft", "block", "hard"]
STAMP = {
    Kind.BOUNCED: "bounced_at = coalesce(bounced_at, %(at)s), bounce_class = case"
    " when coalesce(array_position(%(rank)s, %(class)s), 0) > coalesce(array_position(%(rank)s, bounce_class::text), 0)"
    " then %(class)s else bounce_class end",
    Kind.COMPLAINED: "complained_at = coalesce(complained_at, %(at)s)",
    Kind.UNSUBSCRIBED: "unsubscribed_at = coalesce(unsubscribed_at, %(at)s)",
    Kind.DELIVERED: "delivered_at = coalesce(delivered_at, %(at)s)",
}


def draw_consequences(events: Sequence[RawHit]) -> None:
    """
    Stamp deliveries and tell consent of bounces, complaints and unsubscribes; opens and clicks wait to be judged.

    Each event is heeded by itself, in the order in which they happened: a hard and a soft bounce in one batch are a
    hard bounce and a soft one.
    """
    weighty = sorted((h for h in events if h.kind in STAMP), key=lambda h: (h.occurred_at, h.delivery_id, h.dedupe_key))
    deliveries = Delivery.objects.select_related("membership").in_bulk({hit.delivery_id for hit in weighty})
    for hit in weighty:
        _heed(hit, deliveries[hit.delivery_id])
    settle_heard_of(delivery_ids=sorted({hit.delivery_id for hit in events}))


def _heed(hit: RawHit, delivery: Delivery) -> None:
    at, bounce_class = hit.occurred_at, str(hit.detail.get("bounce_class", ""))
    with connection.cursor() as cursor:
        cursor.execute(
            f"update contacts_delivery set {STAMP[Kind(hit.kind)]} where id = %(id)s",  # noqa: S608 (ours)
            {"at": at, "class": bounce_class, "rank": RANK, "id": delivery.pk},
        )
    if hit.kind == Kind.BOUNCED:
        note_bounce(
            address=delivery.address,
            bounce_class=bounce_class,
            now=at,
            earlier=_bounces_before(delivery, at),
            evidence=str(hit.detail.get("answer", "")),
        )
    elif hit.kind == Kind.COMPLAINED:
        note_complaint(address=delivery.address, now=at)
    elif hit.kind == Kind.UNSUBSCRIBED:
        unsubscribe_reader(
            membership=delivery.membership,
            address=delivery.address,
            category=str(hit.detail.get("category") or delivery.category),
            source=str(hit.detail.get("source", "email")),
            now=at,
        )


# Return the address's earlier bounces (class, UTC day): several soft ones in a week hold it back.
def _bounces_before(delivery: Delivery, at: dt.datetime) -> list[tuple[str, dt.date]]:
    earlier = Delivery.objects.filter(person=delivery.person_id, address=delivery.address, bounced_at__lt=at)
    rows = earlier.exclude(pk=delivery.pk).values_list("bounce_class", "bounced_at")
    return [(kind, bounced_at.astimezone(dt.UTC).date()) for kind, bounced_at in rows if bounced_at]
