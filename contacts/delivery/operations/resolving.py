from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from django.db import connection, transaction
from django.db.models import Value
from django.db.models.functions import Coalesce

from contacts.delivery.models import Delivery, State
from contacts.delivery.operations.counting import count_sent


class NotUncertain(Exception):
    """The delivery is not uncertain any more: somebody or a provider's report settled it first."""


@transaction.atomic
def resolve_uncertain(*, delivery: Delivery, arrived: bool, by: str, now: dt.datetime) -> None:
    """
    Settle by a person's word whether an uncertain message arrived; one that did not is planned again.

    :raises NotUncertain: when it was settled before.
    """
    settled = Delivery.objects.filter(pk=delivery.pk, state=State.UNCERTAIN)
    if arrived:
        left_at = Coalesce("handed_over_at", Value(now))
        changed = settled.update(
            state=State.SENT, reason="settled_by_person", detail=by, sent_at=left_at, delivered_at=left_at
        )
    else:
        changed = settled.update(state=State.PLANNED, reason="settled_by_person", detail=by, due_at=now)
    if not changed:
        raise NotUncertain
    if arrived:
        count_sent([delivery.pk])


HEARD_OF = """
update contacts_delivery set state = 'sent', reason = 'heard_of', sent_at = coalesce(sent_at, handed_over_at, due_at),
  delivered_at = coalesce(delivered_at, handed_over_at, due_at)
where id = any(%s) and state = 'uncertain'
returning id
"""


@transaction.atomic
def settle_heard_of(*, delivery_ids: Collection[int]) -> int:
    """Settle what a dying worker left uncertain and was heard of since: it has left. Return how many there were."""
    with connection.cursor() as cursor:
        cursor.execute(HEARD_OF, [list(delivery_ids)])
        settled = [number for (number,) in cursor.fetchall()]
    if settled:
        count_sent(settled)
    return len(settled)
