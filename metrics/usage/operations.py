from __future__ import annotations

from collections.abc import Sequence

from django.db import connection, transaction

from cs_platform.common import partitions
from metrics.usage.rules import Measured
from metrics.usage.selectors import TABLE, News, in_columns, news_of

# A reading that says what is known already is not written again.
RECORD = f"""
insert into {TABLE} (subscription_id, measure, date, value, source)
select reading.*, %s from unnest(%s::bigint[], %s::text[], %s::date[], %s::numeric[]) reading
on conflict (subscription_id, measure, date) do update set value = excluded.value, source = excluded.source
where {TABLE}.value <> excluded.value
"""  # noqa: S608 (a name of ours)


def record_readings(*, readings: Sequence[Measured], source: str) -> News:
    """
    Take in what was measured and return which readings were new and which different.

    The later word about a day stands. Each (subscription, measure, day) may be named once in a call.
    """
    news = news_of(readings)
    telling = [reading for reading in readings if reading.key in news.new or reading.key in news.different]
    if not telling:
        return news
    days = [reading.date for reading in telling]
    with transaction.atomic():
        partitions.ensure(TABLE, first=min(days), last=max(days))
        with connection.cursor() as cursor:
            cursor.execute(RECORD, [source, *in_columns(telling)])
    return news
