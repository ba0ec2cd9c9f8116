"""Being asked for CSAT decides when somebody may be asked again: note whom an invitation touches."""

from django.db import migrations

TOUCHES = """
create function surveys_invitation_touches() returns trigger language plpgsql as $$
begin
  insert into common_outbox (kind, payload, created_at, attempts, error)
  select 'recipients.touched', jsonb_build_object('people', jsonb_agg(distinct person_id),
      'accounts', jsonb_agg(distinct account_id)), clock_timestamp(), 0, ''
  from new_rows group by person_id / 1000;
  return null;
end $$;

create trigger surveys_invitation_touches after insert on surveys_invitation referencing new table as new_rows
for each statement execute function surveys_invitation_touches();
"""

DROP = """
drop trigger surveys_invitation_touches on surveys_invitation;
drop function surveys_invitation_touches();
"""


class Migration(migrations.Migration):
    dependencies = [("surveys", "0002_triggers"), ("contacts", "0017_reach_triggers")]
    operations = [migrations.RunSQL(TOUCHES, DROP)]
