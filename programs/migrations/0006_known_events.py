"""
The events that programs have counted from until now, from the entry keys of their participants.

Until now a key named the date that the event had at the moment. It stays the event's key, so that participants, the
ledger and invitations keep theirs, and becomes its date until the next run sees the date of today.
"""

from django.db import migrations

KNOWN = """
insert into programs_anchorevent (source, account_id, key, date)
select distinct s.source, p.account_id, split_part(p.entry_key, ':', 2), split_part(p.entry_key, ':', 2)::date
from programs_participant p
join (values
  ('contract_start', 'contract'), ('first_value_or_day_90', 'contract'), ('renewal', 'renewal'),
  ('last_renewal', 'last_renewal'), ('csm_assigned', 'csm_assigned')
) s (anchor, source) on s.anchor = split_part(p.entry_key, ':', 1)
where split_part(p.entry_key, ':', 2) ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$'
on conflict do nothing
"""


class Migration(migrations.Migration):
    dependencies = [("programs", "0005_anchor_events")]
    operations = [migrations.RunSQL(KNOWN, migrations.RunSQL.noop)]
