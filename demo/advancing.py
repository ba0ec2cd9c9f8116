"""Next day and Next week, as one does them: one at a time, with a word on what happened."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import connection, transaction

from accounts.book.models import Account
from contacts.delivery.models import Delivery
from cs_platform.common import clock
from demo.simulation import Simulation
from surveys.responses.models import Response

LOCK = 0x4B45454C, 0x44454D4F  # "KEEL", "DEMO"
# The newest mail has lain in its inbox for so long when one comes to look: a link followed in the first minute, in a
# message that nobody opened, is no proof of a human being.
REST = dt.timedelta(minutes=5)


class UnderWay(Exception):
    """Somebody else is letting time pass right now."""


@dataclass(frozen=True, slots=True)
class Happened:
    """What happened in a stretch of simulated time."""

    sent: int
    opened: int
    clicked: int
    answered: int
    signed: int

    @property
    def words(self) -> str:
        parts = (
            (self.signed, "account signed", "accounts signed"),
            (self.sent, "message sent", "messages sent"),
            (self.opened, "opened", "opened"),
            (self.clicked, "clicked", "clicked"),
            (self.answered, "survey answered", "surveys answered"),
        )
        said = [f"{number:,} {one if number == 1 else many}" for number, one, many in parts if number]
        return ", ".join(said) or "nothing was due"


@transaction.atomic
def let_pass(*, days: int) -> None:
    """
    Let so many days pass in the demo.

    In one transaction: whoever looks meanwhile sees the world before it, then the world after it, and a crash leaves
    it as it was.

    :raises UnderWay: when time is passing already.
    """
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_xact_lock(%s, %s)", LOCK)
        if cursor.fetchone() != (True,):
            raise UnderWay
    end = clock.now() + dt.timedelta(days=days)
    Simulation().advance(until=end - REST)
    clock.move_to(end)
    with connection.cursor() as cursor:
        # The connection goes on to serve pages, whose changes must last.
        cursor.execute("reset synchronous_commit")


def happened(*, since: dt.datetime, until: dt.datetime) -> Happened:
    opened = Delivery.objects.filter(opened_at__gt=since, opened_at__lte=until)
    clicked = Delivery.objects.filter(clicked_at__gt=since, clicked_at__lte=until)
    signed = Account.objects.filter(contract_date__gt=since.date(), contract_date__lte=until.date())
    return Happened(
        sent=Delivery.objects.sent().filter(sent_at__gt=since, sent_at__lte=until).count(),
        opened=opened.count(),
        clicked=clicked.count(),
        answered=Response.objects.filter(submitted_at__gt=since, submitted_at__lte=until).count(),
        signed=signed.count(),
    )
