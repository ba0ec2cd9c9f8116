"""What safe mode kept in the house was called sent, and counted; it reached nobody."""

from django.db import migrations

UNCOUNT = """
update contacts_bucket b set total = b.total - k.number, uniques = b.uniques - k.number
from (
  select mailing_id, coalesce(program_version, 0) as version,
    to_timestamp(floor(extract(epoch from sent_at) / 900) * 900) as quarter_at, count(*) as number
  from contacts_delivery where state = 'sent' and reason = 'safe_mode' group by 1, 2, 3
) k
where b.mailing_id = k.mailing_id and b.program_version = k.version and b.quarter_at = k.quarter_at
  and b.kind = 'sent' and b.link_ref = 0 and b.verdict = '' and b.rule_version = 0
"""
NOT_SENT = """
update contacts_delivery set state = 'cancelled', reason = 'discarded', sent_at = null, delivered_at = null, transport = ''
where state = 'sent' and reason = 'safe_mode'
"""


class Migration(migrations.Migration):
    dependencies = [("contacts", "0021_held_changes")]
    operations = [
        migrations.RunSQL(UNCOUNT, migrations.RunSQL.noop),
        migrations.RunSQL(NOT_SENT, migrations.RunSQL.noop),
    ]
