"""What the gate asks of a mailing, copied down from the programs that there are."""

from django.db import migrations

COPY = """
update contacts_mailing m set
  status = case p.status when 'paused' then 'paused' when 'stopped' then 'stopped' else 'running' end,
  max_lateness = make_interval(days => greatest(coalesce((v.document->>'latest_days')::int, 3), 1)),
  include_restricted = coalesce((v.document->'recipients'->>'include_restricted')::boolean, false),
  includes_churned = coalesce((v.document->'recipients'->>'includes_churned')::boolean, false),
  excludes_pubsec = coalesce((v.document->'recipients'->>'excludes_pubsec')::boolean, false)
from programs_program p
join lateral (
  select document from programs_version where program_id = p.id order by number desc limit 1
) v on true
where m.program_ref = p.id
"""


class Migration(migrations.Migration):
    dependencies = [("contacts", "0015_gate_indexes"), ("programs", "0003_resumed")]
    operations = [migrations.RunSQL(COPY, migrations.RunSQL.noop)]
