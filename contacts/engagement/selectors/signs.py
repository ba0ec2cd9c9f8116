"""Who at an account reads what we send: the last sign of each person, and how many of the last messages they opened."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import connection

LAST_MESSAGES = 5


@dataclass(frozen=True, slots=True)
class Sign:
    """`opened` of the last `sent` messages (five at most), and the last click or opening by a human."""

    opened: int
    sent: int
    kind: str  # "clicked", "opened" or ""
    at: dt.datetime | None

    @property
    def in_words(self) -> str:
        return f"Opened {self.opened} of the last {self.sent} messages"


SIGNS = """
select person_id, max(clicked_at), max(opened_at),
  count(*) filter (where turn <= %(last)s and opened_at is not null), count(*) filter (where turn <= %(last)s)
from (
  select person_id, clicked_at, opened_at, row_number() over (partition by person_id order by sent_at desc, id) as turn
  from contacts_delivery where account_id = %(account)s and state = 'sent'
) d group by person_id
"""


def signs_at(account_id: int) -> dict[int, Sign]:
    """Return the signs of everybody at an account who was ever written to, by person; machines give none."""
    with connection.cursor() as cursor:
        cursor.execute(SIGNS, {"account": account_id, "last": LAST_MESSAGES})
        return {person: _sign(*facts) for person, *facts in cursor.fetchall()}


def _sign(clicked_at: dt.datetime | None, opened_at: dt.datetime | None, opened: int, sent: int) -> Sign:
    if clicked_at and (opened_at is None or clicked_at >= opened_at):
        return Sign(opened, sent, "clicked", clicked_at)
    return Sign(opened, sent, "opened" if opened_at else "", opened_at)
