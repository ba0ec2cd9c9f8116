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

STAMP = {
    Kind.BOUNCED: "bounced_at = coalesce(bounced_at, %(at)s), bounce_class = %(detail)s",
    Kind.COMPLAINED: "complained_at = coalesce(complained_at, %(at)s)",
    Kind.UNSUBSCRIBED: "unsubscribed_at = coalesce(unsubscribed_at, %(at)s)",
    Kind.DELIVERED: "delivered_at = coalesce(delivered_at, %(at)s)",
}


def draw_consequences(events: Sequence[tuple[str, int, dt.datetime]], *, hits: Sequence[RawHit]) -> None:
    """Stamp deliveries and tell consent of bounces, complaints and unsubscribes; opens and clicks settle later."""
    settle_heard_of(delivery_ids={delivery_id for _, delivery_id, _ in events})
    weighty = [(kind, delivery_id, at) for kind, delivery_id, at in events if kind in STAMP]
    if not weighty:
        return
    details = {(hit.kind, hit.delivery_id): hit.detail for hit in hits}
    deliveries = Delivery.objects.select_related("membership").in_bulk([delivery_id for _, delivery_id, _ in weighty])
    for kind, delivery_id, at in weighty:
        delivery, detail = deliveries[delivery_id], details.get((kind, delivery_id), {})
        bounce_class = str(detail.get("bounce_class", ""))
        with connection.cursor() as cursor:
            cursor.execute(
                f"update contacts_delivery set {STAMP[Kind(kind)]} where id = %(id)s",  # noqa: S608 (ours)
                {"at": at, "detail": bounce_class, "id": delivery_id},
            )
        if kind == Kind.BOUNCED:
            note_bounce(
                address=delivery.address, bounce_class=bounce_class, now=at, earlier=_bounces_before(delivery, at)
            )
        elif kind == Kind.COMPLAINED:
            note_complaint(address=delivery.address, now=at)
        elif kind == Kind.UNSUBSCRIBED:
            unsubscribe_reader(
                membership=delivery.membership,
                address=delivery.address,
                category=str(detail.get("category") or delivery.category),
                source=str(detail.get("source", "email")),
                now=at,
            )


# Return the address's earlier bounces (class, UTC day): several soft ones in a week hold it back.
def _bounces_before(delivery: Delivery, at: dt.datetime) -> list[tuple[str, dt.date]]:
    earlier = Delivery.objects.filter(person=delivery.person_id, address=delivery.address, bounced_at__lt=at)
    rows = earlier.exclude(pk=delivery.pk).values_list("bounce_class", "bounced_at")
    return [(kind, bounced_at.astimezone(dt.UTC).date()) for kind, bounced_at in rows if bounced_at]
