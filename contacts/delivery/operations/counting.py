from __future__ import annotations

from collections.abc import Collection

from django.db import connection

COUNT = """
insert into contacts_bucket (mailing_id, program_version, link_ref, kind, verdict, rule_version, quarter_at, total,
  uniques)
select mailing_id, coalesce(program_version, 0), 0, 'sent', '', 0,
  to_timestamp(floor(extract(epoch from sent_at) / 900) * 900), count(*), count(*)
from contacts_delivery where id = any(%s) and state = 'sent'
group by 1, 2, 7
on conflict (mailing_id, program_version, link_ref, kind, verdict, rule_version, quarter_at)
do update set total = contacts_bucket.total + excluded.total, uniques = contacts_bucket.uniques + excluded.uniques
"""


def count_sent(delivery_ids: Collection[int]) -> None:
    """Count those of these deliveries that are sent; to be called once, in the transaction that made them so."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT, [list(delivery_ids)])
