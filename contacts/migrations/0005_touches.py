"""What a contact's row shows of the person and of orders changes the contact too, so that the change feed tells it."""

from django.db import migrations

TOUCH = """
create function contacts_touch_of_person() returns trigger language plpgsql as $$
begin
  -- The feed trigger of the membership stamps it; nothing that is audited or kept as of a date differs.
  update contacts_membership m set changed_at = m.changed_at from new_rows n join old_rows o on o.id = n.id
  where m.person_id = n.id
    and (o.email, o.first_name, o.last_name, o.title, o.locale, o.zone, o.merged_into_id, o.erased_at) is distinct from
        (n.email, n.first_name, n.last_name, n.title, n.locale, n.zone, n.merged_into_id, n.erased_at);
  return null;
end $$;

create trigger contacts_person_touch after update on contacts_person
referencing old table as old_rows new table as new_rows
for each statement execute function contacts_touch_of_person();

create function contacts_touch_of_order() returns trigger language plpgsql as $$
begin
  update contacts_membership m set changed_at = m.changed_at from new_rows n
  where m.person_id = n.person_id and m.account_id = n.account_id;
  return null;
end $$;

create trigger contacts_soldto_touch after insert on contacts_soldto referencing new table as new_rows
for each statement execute function contacts_touch_of_order();
"""

UNTOUCH = """
drop trigger contacts_soldto_touch on contacts_soldto;
drop function contacts_touch_of_order();
drop trigger contacts_person_touch on contacts_person;
drop function contacts_touch_of_person();
"""


class Migration(migrations.Migration):
    dependencies = [("contacts", "0004_roles")]
    operations = [migrations.RunSQL(TOUCH, UNTOUCH)]
