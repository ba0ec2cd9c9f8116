"""What a reader asks for on the page behind the unsubscribe link."""

from __future__ import annotations

import datetime as dt
import uuid

from contacts.consent.operations import resubscribe_reader
from contacts.delivery.models import Delivery
from contacts.engagement.models import Kind
from contacts.engagement.operations.recording import RawHit, record_hits
from cs_platform.common.acting import acting

SOURCE = "preferences"


def decline(*, delivery: Delivery, category: str, now: dt.datetime) -> None:
    """
    Send the reader of this message nothing of a category (or EVERYTHING) any more, and count it as an unsubscribe.

    :raises UnknownCategory: when there is no such category.
    """
    wish = RawHit(
        kind=Kind.UNSUBSCRIBED,
        delivery_id=delivery.pk,
        occurred_at=now,
        # Somebody may change their mind and change it back: each time is a wish of its own.
        dedupe_key=f"{SOURCE}:{uuid.uuid4().hex}",
        source=SOURCE,
        detail={"category": category, "source": SOURCE},
    )
    with acting(actor="reader", now=now, source=SOURCE):
        record_hits([wish], now=now)


def accept(*, delivery: Delivery, category: str, now: dt.datetime) -> None:
    """
    Write to the reader of this message about a category again. The unsubscribe stays counted: it happened.

    :raises UnknownCategory: when there is no such category.
    """
    with acting(actor="reader", now=now, source=SOURCE):
        resubscribe_reader(
            membership=delivery.membership, address=delivery.address, category=category, source=SOURCE, now=now
        )
