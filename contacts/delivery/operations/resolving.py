from __future__ import annotations

import datetime as dt

from contacts.delivery.models import Delivery, State


class NotUncertain(Exception):
    """The delivery is not uncertain any more: somebody or a provider's report settled it first."""


def resolve_uncertain(*, delivery: Delivery, arrived: bool, by: str, now: dt.datetime) -> None:
    """
    Settle by a person's word whether an uncertain message arrived; one that did not is planned again.

    :raises NotUncertain: when it was settled before.
    """
    settled = Delivery.objects.filter(pk=delivery.pk, state=State.UNCERTAIN)
    if arrived:
        changed = settled.update(state=State.SENT, reason="settled_by_person", detail=by, sent_at=now, delivered_at=now)
    else:
        changed = settled.update(state=State.PLANNED, reason="settled_by_person", detail=by, due_at=now)
    if not changed:
        raise NotUncertain
