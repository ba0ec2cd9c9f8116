"""Make a month's partition also where its rows wait in a default partition."""

from django.db import migrations

FUNCTION = """
-- Make the monthly partition that holds `day`; safe to call twice and from two sessions. Rows of that month that came
-- before their partition wait in the default one and move. Attaching locks the default partition alone, not the parent.
create or replace function keel_ensure_partition(parent regclass, day date) returns void language plpgsql as $$
declare
  first date := date_trunc('month', day)::date;
  until date := (first + interval '1 month')::date;
  child text := format('%s_%s', (select relname from pg_class where oid = parent), to_char(first, 'YYYY_MM'));
  spare regclass := (select nullif(partdefid, 0) from pg_partitioned_table where partrelid = parent);
  key text := (
    select attname from pg_partitioned_table join pg_attribute on attrelid = partrelid and attnum = partattrs[0]
    where partrelid = parent
  );
begin
  if to_regclass(quote_ident(child)) is not null then return; end if;
  perform pg_advisory_xact_lock(hashtext('keel_ensure_partition'));
  if to_regclass(quote_ident(child)) is not null then return; end if;
  execute format(
    'create table %I (like %s including defaults including constraints including indexes including storage)',
    child, parent
  );
  if spare is not null then
    execute format('lock table %s in access exclusive mode', spare);
    execute format(
      'with moved as (delete from %s where %I >= %L and %I < %L returning *) insert into %I select * from moved',
      spare, key, first, key, until, child
    );
  end if;
  execute format('alter table %s attach partition %I for values from (%L) to (%L)', parent, child, first, until);
end $$;
"""

BEFORE = """
create or replace function keel_ensure_partition(parent regclass, day date) returns void language plpgsql as $$
declare
  first date := date_trunc('month', day)::date;
  child text := format('%s_%s', (select relname from pg_class where oid = parent), to_char(first, 'YYYY_MM'));
begin
  if to_regclass(quote_ident(child)) is not null then return; end if;
  perform pg_advisory_xact_lock(hashtext('keel_ensure_partition'));
  if to_regclass(quote_ident(child)) is not null then return; end if;
  execute format('create table %I partition of %s for values from (%L) to (%L)',
                 child, parent, first, (first + interval '1 month')::date);
end $$;
"""


class Migration(migrations.Migration):
    dependencies = [("common", "0007_recording_time")]
    operations = [migrations.RunSQL(FUNCTION, BEFORE)]
