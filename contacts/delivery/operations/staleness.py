from __future__ import annotations

import datetime as dt

from contacts.delivery.models import Delivery, State

# As long as a server that says "later" is asked again.
PATIENCE = dt.timedelta(days=3)


def cancel_stale(*, now: dt.datetime) -> int:
    """
    Cancel what is planned and was due more than three days ago; return how much.

    Only workers that were down leave such messages behind: a step that is due is planned at once, and a retry moves
    the instant at which the message is due. A welcome must not arrive a month late.
    """
    stale = Delivery.objects.filter(state=State.PLANNED, due_at__lt=now - PATIENCE)
    return stale.update(state=State.CANCELLED, reason="too_late")
