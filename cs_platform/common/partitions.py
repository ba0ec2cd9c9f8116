"""Monthly partitions, made ahead: by `migrate`, by a beat job, and by whoever writes older facts."""

from __future__ import annotations

import datetime as dt

from django.db import connection, transaction

PARTITIONED = ("contacts_event", "contacts_verdict", "programs_decision", "metrics_reading")
MONTHS_AHEAD = 3


# Seen by this process, and committed: writers of every batch ask, and a partition once made stays.
_there: set[tuple[str, dt.date]] = set()


def ensure(table: str, *, first: dt.date, last: dt.date) -> None:
    """Make the partitions of `table` that hold every day from `first` to `last`; safe to repeat."""
    months = {(table, day.replace(day=1)) for day in (first + dt.timedelta(n) for n in range((last - first).days + 1))}
    if months <= _there:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "select keel_ensure_partition(%s::regclass, month::date) from"
            " generate_series(date_trunc('month', %s::date), %s::date, interval '1 month') month",
            [table, first, last],
        )
    transaction.on_commit(lambda: _there.update(months))


def ensure_ahead(*, today: dt.date) -> None:
    """Make this month's and the coming months' partitions of every partitioned table."""
    for table in PARTITIONED:
        ensure(table, first=today, last=today + dt.timedelta(days=31 * MONTHS_AHEAD))
