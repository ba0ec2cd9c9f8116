"""
Whatever decides who is written to notes the accounts it touches in common_outbox, whoever writes it.

One row a statement and a thousand ids. People and address hashes are noted as such and looked up when the row is
drained: a membership or an address that another transaction adds meanwhile is found then.
"""

from django.db import migrations

NOTE = r"""
create function contacts_note_touched(name text, ids jsonb) returns void language sql as $$
  insert into common_outbox (kind, payload, created_at, attempts, error)
  values ('recipients.touched', jsonb_build_object(name, ids), clock_timestamp(), 0, '')
$$;

create function contacts_membership_touches() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    perform contacts_note_touched('accounts', jsonb_agg(distinct account_id)) from new_rows group by account_id / 1000;
  elsif tg_op = 'DELETE' then
    perform contacts_note_touched('accounts', jsonb_agg(distinct account_id)) from old_rows group by account_id / 1000;
  else
    perform contacts_note_touched('accounts', jsonb_agg(distinct account_id)) from (
      select unnest(array[o.account_id, n.account_id]) as account_id from new_rows n join old_rows o on o.id = n.id
      where (o.person_id, o.account_id, o.roles, o.access, o.is_active, o.opted_out)
        is distinct from (n.person_id, n.account_id, n.roles, n.access, n.is_active, n.opted_out)
    ) changed group by account_id / 1000;
  end if;
  return null;
end $$;

create function contacts_person_touches() returns trigger language plpgsql as $$
begin
  perform contacts_note_touched('people', jsonb_agg(n.id)) from new_rows n join old_rows o on o.id = n.id
  where (o.email, o.merged_into_id, o.erased_at) is distinct from (n.email, n.merged_into_id, n.erased_at)
  group by n.id / 1000;
  return null;
end $$;

create function contacts_soldto_touches() returns trigger language plpgsql as $$
begin
  if tg_op <> 'DELETE' then
    perform contacts_note_touched('accounts', jsonb_agg(distinct account_id)) from new_rows group by account_id / 1000;
  end if;
  if tg_op <> 'INSERT' then
    perform contacts_note_touched('accounts', jsonb_agg(distinct account_id)) from old_rows group by account_id / 1000;
  end if;
  return null;
end $$;

create function contacts_suppression_touches() returns trigger language plpgsql as $$
begin
  if tg_op <> 'DELETE' then
    perform contacts_note_touched('address_hashes', jsonb_agg(address_hash)) from (
      select distinct address_hash, dense_rank() over (order by address_hash) as place from new_rows) hashes
    group by place / 1000;
  end if;
  if tg_op <> 'INSERT' then
    perform contacts_note_touched('address_hashes', jsonb_agg(address_hash)) from (
      select distinct address_hash, dense_rank() over (order by address_hash) as place from old_rows) hashes
    group by place / 1000;
  end if;
  return null;
end $$;

create function contacts_account_touches() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    perform contacts_note_touched('accounts', jsonb_agg(id)) from new_rows group by id / 1000;
  else
    perform contacts_note_touched('accounts', jsonb_agg(n.id)) from new_rows n join old_rows o on o.id = n.id
    where (o.segment, o.purchase_channel, o.deployment, o.is_restricted, o.is_pubsec, o.stage, o.switched_off)
      is distinct from (n.segment, n.purchase_channel, n.deployment, n.is_restricted, n.is_pubsec, n.stage,
        n.switched_off)
    group by n.id / 1000;
  end if;
  return null;
end $$;
"""

DROP = """
drop function contacts_account_touches();
drop function contacts_suppression_touches();
drop function contacts_soldto_touches();
drop function contacts_person_touches();
drop function contacts_membership_touches();
drop function contacts_note_touched(text, jsonb);
"""

ROWS = {"insert": "new table as new_rows", "delete": "old table as old_rows"}
ROWS["update"] = f"{ROWS['delete']} {ROWS['insert']}"
TOUCHING = {
    "contacts_membership": ("insert", "update", "delete"),
    "contacts_person": ("update",),
    "contacts_soldto": ("insert", "update", "delete"),
    "contacts_suppression": ("insert", "update", "delete"),
    "accounts_account": ("insert", "update"),
}


def triggers() -> migrations.RunSQL:
    named = [(table, event, f"{table}_touches_{event}") for table, events in TOUCHING.items() for event in events]
    functions = {table: f"contacts_{table.partition('_')[2]}_touches" for table in TOUCHING}
    return migrations.RunSQL(
        [
            f"create trigger {name} after {event} on {table} referencing {ROWS[event]}"
            f" for each statement execute function {functions[table]}()"
            for table, event, name in named
        ],
        [f"drop trigger {name} on {table}" for table, _, name in named],
    )


class Migration(migrations.Migration):
    dependencies = [("contacts", "0016_reach"), ("common", "0006_dead_letters")]
    operations = [migrations.RunSQL(NOTE, DROP), triggers()]
