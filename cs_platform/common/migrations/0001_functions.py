"""The database functions that triggers and defaults of every room use."""

from django.db import migrations

FUNCTIONS = r"""
create function keel_now() returns timestamptz language sql stable parallel safe as $$
  select coalesce(nullif(current_setting('keel.now', true), '')::timestamptz, now())
$$;

create function keel_actor() returns text language sql stable parallel safe as $$
  select coalesce(nullif(current_setting('keel.actor', true), ''), 'database')
$$;

create function keel_source() returns text language sql stable parallel safe as $$
  select coalesce(nullif(current_setting('keel.source', true), ''), 'database')
$$;

-- RFC 9562 version 7: 48 bits of milliseconds, then random bits. PostgreSQL has its own from 18 on; we support 15.
create function keel_uuid7() returns uuid language sql volatile parallel safe as $$
  select encode(
    set_bit(set_bit(
      overlay(uuid_send(gen_random_uuid())
        placing substring(int8send((extract(epoch from clock_timestamp()) * 1000)::bigint) from 3)
        from 1 for 6),
      52, 1), 53, 1), 'hex')::uuid
$$;

create function keel_pick(source jsonb, names text[]) returns jsonb language sql immutable parallel safe as $$
  select coalesce(jsonb_object_agg(name, source -> name), '{}') from unnest(names) name
$$;

-- Row trigger BEFORE INSERT OR UPDATE: stamp the change feed.
create function keel_feed() returns trigger language plpgsql as $$
begin
  new.changed_xid := pg_current_xact_id()::text::bigint;
  new.changed_at := keel_now();
  return new;
end $$;

-- Statement triggers with transition tables: before and after of changed rows. Arguments: the columns that are
-- copied down or bookkeeping, whose change is no change of customer data.
create function keel_audit() returns trigger language plpgsql as $$
declare quiet text[] := array['changed_at', 'changed_xid', 'created_at'] || coalesce(tg_argv[0:], '{}');
begin
  if tg_op = 'INSERT' then
    insert into accounts_change (table_name, row_id, account_id, operation, before, after, actor, source, changed_at)
    select tg_table_name, n.id, case when tg_table_name = 'accounts_account' then n.id
           else (to_jsonb(n) ->> 'account_id')::bigint end,
           'insert', null, to_jsonb(n) - quiet, keel_actor(), keel_source(), keel_now()
    from new_rows n;
  elsif tg_op = 'DELETE' then
    insert into accounts_change (table_name, row_id, account_id, operation, before, after, actor, source, changed_at)
    select tg_table_name, o.id, case when tg_table_name = 'accounts_account' then o.id
           else (to_jsonb(o) ->> 'account_id')::bigint end,
           'delete', to_jsonb(o) - quiet, null, keel_actor(), keel_source(), keel_now()
    from old_rows o;
  else
    insert into accounts_change (table_name, row_id, account_id, operation, before, after, actor, source, changed_at)
    select tg_table_name, d.id, d.account_id, 'update', d.before, d.after, keel_actor(), keel_source(), keel_now()
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

-- Statement triggers with transition tables: bitemporal spans of the columns a condition may name.
-- Arguments: the span table, its key column, then the columns. A change at t ends what was believed at t and adds
-- what is believed since: the old facts for [start, t), the new ones from t on.
create function keel_span() returns trigger language plpgsql as $$
declare
  spans text := tg_argv[0];
  key text := tg_argv[1];
  names text[] := tg_argv[2:];
begin
  if tg_op = 'INSERT' then
    execute format(
      'insert into %1$I (%2$I, facts, valid, known)
       select n.id, keel_pick(to_jsonb(n), $1), tstzrange(keel_now(), null), tstzrange(keel_now(), null)
       from new_rows n', spans, key) using names;
    return null;
  end if;
  execute format(
    'with changed as (
       select n.id, keel_pick(to_jsonb(n), $1) as facts from new_rows n join old_rows o on o.id = n.id
       where keel_pick(to_jsonb(n), $1) is distinct from keel_pick(to_jsonb(o), $1)
     ), current as (
       select s.id as span, s.%2$I as key, s.facts as old_facts, s.valid, s.known, c.facts from %1$I s
       join changed c on c.id = s.%2$I where upper_inf(s.valid) and upper_inf(s.known)
     ), superseded as (
       update %1$I s set known = tstzrange(lower(c.known), keel_now()) from current c
       where s.id = c.span and lower(c.known) < keel_now()
     ), withdrawn as (
       delete from %1$I s using current c where s.id = c.span and lower(c.known) >= keel_now()
     )
     insert into %1$I (%2$I, facts, valid, known)
     select key, old_facts, tstzrange(lower(valid), keel_now()), tstzrange(keel_now(), null) from current
     where lower(valid) < keel_now()
     union all
     select key, facts, tstzrange(greatest(keel_now(), lower(valid)), null), tstzrange(keel_now(), null)
     from current', spans, key) using names;
  return null;
end $$;

-- Make the monthly partition that holds `day`; safe to call twice and from two sessions.
create function keel_ensure_partition(parent regclass, day date) returns void language plpgsql as $$
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

DROP = """
drop function keel_ensure_partition(regclass, date);
drop function keel_span();
drop function keel_audit();
drop function keel_feed();
drop function keel_pick(jsonb, text[]);
drop function keel_uuid7();
drop function keel_source();
drop function keel_actor();
drop function keel_now();
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = ()
    operations = [migrations.RunSQL(FUNCTIONS, DROP)]
