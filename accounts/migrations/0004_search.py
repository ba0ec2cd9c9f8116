"""A side table by which accounts are found and sorted, kept by triggers: words, ids, subscription numbers."""

import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
from django.db import migrations, models

FUNCTIONS = r"""
-- Write the search rows of these accounts anew. In the order of their ids: two writers never wait for each other.
create function keel_search_accounts(ids bigint[]) returns void language sql as $$
  insert into accounts_accountsearch as s (account_id, name_key, words)
  select a.id, keel_fold(a.name), keel_words(concat_ws(' ', a.name,
    (select string_agg(concat_ws(' ', u.number, e.external_id), ' ') from accounts_subscription u
     left join accounts_externalid e on e.kind = 'subscription' and e.object_id = u.id where u.account_id = a.id),
    (select string_agg(e.external_id, ' ') from accounts_externalid e where e.kind = 'account' and e.object_id = a.id)))
  from accounts_account a where a.id = any(ids) order by a.id
  on conflict (account_id) do update set name_key = excluded.name_key, words = excluded.words
  where (s.name_key, s.words) is distinct from (excluded.name_key, excluded.words)
$$;

create function keel_search_account_insert() returns trigger language plpgsql as $$
begin
  insert into accounts_accountsearch (account_id, name_key, words)
  select id, keel_fold(name), keel_words(name) from new_rows order by id;
  return null;
end $$;

create function keel_search_account_update() returns trigger language plpgsql as $$
declare ids bigint[];
begin
  select array_agg(n.id) into ids from new_rows n join old_rows o on o.id = n.id where o.name <> n.name;
  if ids is not null then perform keel_search_accounts(ids); end if;
  return null;
end $$;

create function keel_search_subscription() returns trigger language plpgsql as $$
declare ids bigint[];
begin
  if tg_op = 'UPDATE' then
    select array_agg(account) into ids from (
      select unnest(array[o.account_id, n.account_id]) account from new_rows n join old_rows o on o.id = n.id
      where (o.account_id, o.number) is distinct from (n.account_id, n.number)) moved;
  else
    select array_agg(distinct account_id) into ids from changed_rows
    where account_id in (select account_id from accounts_accountsearch);
  end if;
  if ids is not null then perform keel_search_accounts(ids); end if;
  return null;
end $$;

-- Of an account that is being deleted the search row may be gone already; it must not come back.
-- External ids of accounts and of subscriptions; those of contacts are the contacts app's own trigger.
create function keel_search_account_ids() returns trigger language plpgsql as $$
declare ids bigint[];
begin
  select array_agg(distinct account) into ids from (
    select object_id account from changed_rows where kind = 'account'
    union select u.account_id from changed_rows c join accounts_subscription u on u.id = c.object_id
    where c.kind = 'subscription') named
  where account in (select account_id from accounts_accountsearch);
  if ids is not null then perform keel_search_accounts(ids); end if;
  return null;
end $$;

create trigger accounts_account_search_insert after insert on accounts_account referencing new table as new_rows
  for each statement execute function keel_search_account_insert();
create trigger accounts_account_search_update after update on accounts_account
  referencing old table as old_rows new table as new_rows
  for each statement execute function keel_search_account_update();
create trigger accounts_subscription_search_insert after insert on accounts_subscription
  referencing new table as changed_rows for each statement execute function keel_search_subscription();
create trigger accounts_subscription_search_update after update on accounts_subscription
  referencing old table as old_rows new table as new_rows
  for each statement execute function keel_search_subscription();
create trigger accounts_subscription_search_delete after delete on accounts_subscription
  referencing old table as changed_rows for each statement execute function keel_search_subscription();
create trigger accounts_externalid_search_insert after insert on accounts_externalid
  referencing new table as changed_rows for each statement execute function keel_search_account_ids();
create trigger accounts_externalid_search_update after update on accounts_externalid
  referencing new table as changed_rows for each statement execute function keel_search_account_ids();
create trigger accounts_externalid_search_delete after delete on accounts_externalid
  referencing old table as changed_rows for each statement execute function keel_search_account_ids();
"""

DROP = """
drop trigger accounts_externalid_search_delete on accounts_externalid;
drop trigger accounts_externalid_search_update on accounts_externalid;
drop trigger accounts_externalid_search_insert on accounts_externalid;
drop trigger accounts_subscription_search_delete on accounts_subscription;
drop trigger accounts_subscription_search_update on accounts_subscription;
drop trigger accounts_subscription_search_insert on accounts_subscription;
drop trigger accounts_account_search_update on accounts_account;
drop trigger accounts_account_search_insert on accounts_account;
drop function keel_search_account_ids();
drop function keel_search_subscription();
drop function keel_search_account_update();
drop function keel_search_account_insert();
drop function keel_search_accounts(bigint[]);
"""

FILL = "select keel_search_accounts(array(select id from accounts_account))"


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_bundles"), ("common", "0005_search_functions")]
    operations = [
        migrations.CreateModel(
            name="AccountSearch",
            fields=[
                (
                    "account",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="search",
                        serialize=False,
                        to="accounts.account",
                    ),
                ),
                ("name_key", models.TextField()),
                ("words", django.contrib.postgres.search.SearchVectorField()),
            ],
            options={
                "indexes": [
                    models.Index(fields=["name_key", "account"], name="accounts_by_name"),
                    django.contrib.postgres.indexes.GinIndex(fields=["words"], name="account_words"),
                ],
            },
        ),
        migrations.RunSQL(FUNCTIONS, DROP),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
