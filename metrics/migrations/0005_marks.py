"""Whatever the monthly figures are made of says, in the same transaction, whose figures are to be made anew."""

from django.db import migrations

MARKS = """
create function keel_mark(accounts bigint[], since date) returns void language sql as $$
  insert into metrics_mark (account_id, since, marked_at) select account, since, clock_timestamp()
  from (select distinct unnest(accounts) as account) each where account is not null
$$;

create function keel_mark_lines() returns trigger language plpgsql as $$
begin
  perform keel_mark(array(select distinct s.account_id from changed c join accounts_subscription s on s.id = c.subscription_id),
                    null);
  return null;
end $$;

create function keel_mark_subscriptions() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    perform keel_mark(array(select account_id from changed), null);
  else
    perform keel_mark(array(select unnest(array[n.account_id, o.account_id]) from changed n join before o on o.id = n.id
                            where (n.account_id, n.superseded_by_id, n.is_trial)
                              is distinct from (o.account_id, o.superseded_by_id, o.is_trial)), null);
  end if;
  return null;
end $$;

create function keel_mark_accounts() returns trigger language plpgsql as $$
begin
  -- Both parents too: their families lose and gain a member.
  perform keel_mark(array(select unnest(array[n.id, n.parent_id, o.parent_id]) from changed n join before o on o.id = n.id
                          where (n.parent_id, n.segment, n.market, n.region, n.is_pubsec)
                            is distinct from (o.parent_id, o.segment, o.market, o.region, o.is_pubsec)), null);
  return null;
end $$;

create function keel_mark_opportunities() returns trigger language plpgsql as $$
begin
  perform keel_mark(array(select account_id from changed where order_type in ('4', '5', '6')), null);
  return null;
end $$;

create function keel_mark_rates() returns trigger language plpgsql as $$
begin
  insert into metrics_mark (account_id, since, marked_at) select null, min(date), clock_timestamp() from changed
  having count(*) > 0;
  return null;
end $$;

create function keel_mark_organization() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' then
    if not exists (
      select from changed n join before o on o.id = n.id
      where (n.currency, n.zone, n.renewal_grace_days) is distinct from (o.currency, o.zone, o.renewal_grace_days)
    ) then
      return null;
    end if;
  end if;
  insert into metrics_mark (account_id, since, marked_at) values (null, null, clock_timestamp());
  return null;
end $$;

create function keel_mark_deliveries() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    insert into metrics_mark (account_id, since, marked_at)
    select account_id, min(sent_at)::date, clock_timestamp() from changed
    where state = 'sent' and account_id is not null group by account_id;
  else
    insert into metrics_mark (account_id, since, marked_at)
    select n.account_id, min(coalesce(n.sent_at, o.sent_at))::date, clock_timestamp()
    from changed n join before o on o.id = n.id
    where n.account_id is not null and 'sent' in (n.state, o.state)
      and (n.state, n.sent_at, n.bounced_at is null, n.clicked_at)
        is distinct from (o.state, o.sent_at, o.bounced_at is null, o.clicked_at)
    group by n.account_id;
  end if;
  return null;
end $$;
"""

TRIGGERS = {
    ("accounts_line", "keel_mark_lines"): ("insert", "update", "delete"),
    ("accounts_subscription", "keel_mark_subscriptions"): ("update", "delete"),
    ("accounts_account", "keel_mark_accounts"): ("update",),
    ("accounts_opportunity", "keel_mark_opportunities"): ("insert", "update", "delete"),
    ("accounts_fxrate", "keel_mark_rates"): ("insert", "update", "delete"),
    ("accounts_organisation", "keel_mark_organization"): ("insert", "update"),
    ("contacts_delivery", "keel_mark_deliveries"): ("insert", "update"),
}
TRANSITIONS = {
    "insert": "new table as changed",
    "update": "old table as before new table as changed",
    "delete": "old table as changed",
}


def created() -> str:
    return ";\n".join(
        f"create trigger {table}_figures_{event} after {event} on {table} referencing {TRANSITIONS[event]}"
        f" for each statement execute function {function}()"
        for (table, function), events in TRIGGERS.items()
        for event in events
    )


def dropped() -> str:
    names = [
        f"drop trigger {table}_figures_{event} on {table}"
        for (table, _), events in TRIGGERS.items()
        for event in events
    ]
    functions = [f"drop function {function}()" for _, function in TRIGGERS]
    return ";\n".join([*names, *functions, "drop function keel_mark(bigint[], date)"])


class Migration(migrations.Migration):
    dependencies = [
        ("metrics", "0004_facts"),
        ("accounts", "0009_one_rate_a_day"),
        ("contacts", "0018_recorded_at"),
    ]
    operations = [migrations.RunSQL(MARKS + created(), dropped())]
