from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from psycopg2.extras import execute_values

from cs_platform.common import partitions
from cs_platform.common.bulk import cursor

TABLE = "metrics_reading"

# A reading that says what is known already is not written again.
RECORD = f"""
insert into {TABLE} (subscription_id, measure, date, value, source) values %s
on conflict (subscription_id, measure, date) do update set value = excluded.value, source = excluded.source
where {TABLE}.value <> excluded.value
returning 1
"""  # noqa: S608 (a name of ours)


@dataclass(frozen=True, slots=True)
class Measured:
    """One measure of one subscription on one day, in the measure's own unit."""

    subscription_id: int
    measure: str
    date: dt.date
    value: Decimal | int


def record_readings(*, readings: Sequence[Measured], source: str) -> int:
    """
    Take in what was measured and return how many readings were new or different.

    The later word about a day stands. Each (subscription, measure, day) may be named once in a call.
    """
    if not readings:
        return 0
    days = [reading.date for reading in readings]
    rows = [(r.subscription_id, r.measure, r.date, r.value, source) for r in readings]
    with transaction.atomic():
        partitions.ensure(TABLE, first=min(days), last=max(days))
        with cursor() as raw:
            return len(execute_values(raw, RECORD, rows, page_size=5000, fetch=True))
