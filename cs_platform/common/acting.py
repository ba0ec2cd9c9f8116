"""Who acts, and when: told to the database's triggers for the length of a transaction."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

LONGEST_SOURCE = 20
"""What fits into the audit's column."""


@contextmanager
def acting(*, actor: str, now: dt.datetime, source: str = "keel") -> Iterator[None]:
    """
    Run the block in one transaction in which triggers know the actor and the time.

    `actor` is an e-mail address or the name of a program part ("import", "worker"); `source` is where the change
    comes from (keel, salesforce, import). The settings are LOCAL: they end with the transaction.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                "select set_config('keel.actor', %s, true), set_config('keel.now', %s, true),"
                " set_config('keel.source', %s, true)",
                [actor, now.isoformat(), source],
            )
        yield
