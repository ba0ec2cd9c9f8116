"""
When we came to know something is the database's word.

Triggers used the time that the caller had read before it waited for the row: an import that retried wrote under a time
long gone. Now the time is taken here, after the row's lock, and never runs backwards for a row.
"""

import re
from importlib import import_module

from django.db import migrations

CLOCK = r"""
-- The database's clock, moved as far as the demo's; or the instant that a simulation has reached.
create function keel_recorded_at() returns timestamptz language plpgsql volatile as $$
declare simulated text := current_setting('keel.simulated_at', true);
begin
  if simulated <> '' then return simulated::timestamptz; end if;
  return clock_timestamp() + coalesce((select moved from common_clock limit 1), interval '0');
end $$;

-- What earlier migrations gave columns as their default.
create or replace function keel_now() returns timestamptz language sql volatile as $$ select keel_recorded_at() $$;

-- How far readers of changes may read (every row below this transaction is there to see), and up to which instant
-- nothing is missing then. The instant first: whoever is given a transaction number after it stamps rows after it.
create function keel_feed_horizon(out horizon bigint, out as_of timestamptz) language plpgsql volatile as $$
declare asked_at timestamptz := clock_timestamp();
begin
  -- PostgreSQL reads the list of sessions once a transaction.
  perform pg_stat_clear_snapshot();
  select least(asked_at, min(xact_start)) into as_of from pg_stat_activity
  where backend_xid is not null and datname = current_database();
  as_of := as_of + (keel_recorded_at() - clock_timestamp());
  select pg_snapshot_xmin(pg_current_snapshot())::text::bigint into horizon;
end $$;
"""

TRIGGERS = r"""
-- Row trigger BEFORE INSERT OR UPDATE, which runs when the row is locked. The transaction's number comes before the
-- time: see keel_feed_horizon.
create or replace function keel_feed() returns trigger language plpgsql as $$
begin
  new.changed_xid := pg_current_xact_id()::text::bigint;
  new.changed_at := keel_recorded_at();
  if tg_op = 'UPDATE' then
    new.changed_at := greatest(new.changed_at, old.changed_at + interval '1 microsecond');
  end if;
  return new;
end $$;

-- As before, but for the time: that of the statement, never before the row's last change.
create or replace function keel_audit() returns trigger language plpgsql as $$
declare
  quiet text[] := array['changed_at', 'changed_xid', 'created_at'] || coalesce(tg_argv[0:], '{}');
  at timestamptz := keel_recorded_at();
begin
  if tg_op = 'INSERT' then
    insert into accounts_change (table_name, row_id, account_id, operation, before, after, actor, source, changed_at)
    select tg_table_name, n.id, case when tg_table_name = 'accounts_account' then n.id
           else (to_jsonb(n) ->> 'account_id')::bigint end,
           'insert', null, to_jsonb(n) - quiet, keel_actor(), keel_source(), at
    from new_rows n;
  elsif tg_op = 'DELETE' then
    insert into accounts_change (table_name, row_id, account_id, operation, before, after, actor, source, changed_at)
    select tg_table_name, o.id, case when tg_table_name = 'accounts_account' then o.id
           else (to_jsonb(o) ->> 'account_id')::bigint end,
           'delete', to_jsonb(o) - quiet, null, keel_actor(), keel_source(),
           greatest(at, (select max(c.changed_at) from accounts_change c
                         where c.table_name = tg_table_name and c.row_id = o.id))
    from old_rows o;
  else
    insert into accounts_change (table_name, row_id, account_id, operation, before, after, actor, source, changed_at)
    select tg_table_name, d.id, d.account_id, 'update', d.before, d.after, keel_actor(), keel_source(),
           greatest(at, (select max(c.changed_at) from accounts_change c
                         where c.table_name = tg_table_name and c.row_id = d.id))
    from (
      select n.id, case when tg_table_name = 'accounts_account' then n.id
             else (to_jsonb(n) ->> 'account_id')::bigint end as account_id,
             jsonb_object_agg(b.key, b.value) as before, jsonb_object_agg(b.key, to_jsonb(n) -> b.key) as after
      from old_rows o join new_rows n on n.id = o.id
      cross join lateral jsonb_each(to_jsonb(o) - quiet) b
      where b.value is distinct from to_jsonb(n) -> b.key
      group by n.id, to_jsonb(n) ->> 'account_id'
    ) d;
  end if;
  return null;
end $$;

-- Arguments: the span table, its key column, then the columns. A change at t ends what was believed at t and adds what
-- is believed since: the old facts for [start, t), the new ones from t on. What was believed is never deleted and never
-- rewritten, except what this same transaction said a moment ago: nobody has seen that. (A simulation passes through many
-- instants in one transaction.)
create or replace function keel_span() returns trigger language plpgsql as $$
declare
  spans text := tg_argv[0];
  key text := tg_argv[1];
  names text[] := tg_argv[2:];
  at timestamptz := keel_recorded_at();
  xid bigint := pg_current_xact_id()::text::bigint;
begin
  if tg_op = 'INSERT' then
    execute format(
      'insert into %1$I (%2$I, facts, valid, known, recorded_xid)
       select n.id, keel_pick(to_jsonb(n), $1), tstzrange($2, null), tstzrange($2, null), $3
       from new_rows n', spans, key) using names, at, xid;
    return null;
  end if;
  execute format(
    'with changed as (
       select n.id, keel_pick(to_jsonb(n), $1) as facts from new_rows n join old_rows o on o.id = n.id
       where keel_pick(to_jsonb(n), $1) is distinct from keel_pick(to_jsonb(o), $1)
     ), current as (
       select s.id as span, s.%2$I as key, s.facts as old_facts, s.valid, s.known, c.facts,
              s.recorded_xid = $3 and ($4 or lower(s.known) >= $2) as is_ours,
              greatest($2, lower(s.known) + interval ''1 microsecond'', lower(s.valid) + interval ''1 microsecond'') as at
       from %1$I s join changed c on c.id = s.%2$I where upper_inf(s.valid) and upper_inf(s.known)
     ), said_again as (
       update %1$I s set facts = c.facts from current c where s.id = c.span and c.is_ours
     ), superseded as (
       update %1$I s set known = tstzrange(lower(c.known), c.at) from current c where s.id = c.span and not c.is_ours
     )
     insert into %1$I (%2$I, facts, valid, known, recorded_xid)
     select key, old_facts, tstzrange(lower(valid), at), tstzrange(at, null), $3 from current where not is_ours
     union all
     select key, facts, tstzrange(at, null), tstzrange(at, null), $3 from current where not is_ours',
    spans, key) using names, at, xid, coalesce(current_setting('keel.simulated_at', true), '') = '';
  return null;
end $$;
"""


# The functions of 0001 that are replaced here, as they were.
def _former() -> str:
    functions = import_module("cs_platform.common.migrations.0001_functions").FUNCTIONS
    names = ("keel_now", "keel_feed", "keel_audit", "keel_span")
    found = (
        re.search(rf"create (function {name}\(.*?^(?:end )?\$\$;)", functions, re.DOTALL | re.MULTILINE)
        for name in names
    )
    return "\n".join(f"create or replace {each[1]}" for each in found if each)


class Migration(migrations.Migration):
    dependencies = [("common", "0006_dead_letters")]
    operations = [
        migrations.RunSQL(CLOCK, "drop function keel_feed_horizon(); drop function keel_recorded_at();"),
        migrations.RunSQL(TRIGGERS, _former()),
    ]
