"""A side table by which contacts are found and sorted, kept by triggers: names, addresses, accounts, ids."""

import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
from django.db import migrations, models

FUNCTIONS = r"""
-- Write the search rows of these memberships anew. In the order of their ids: two writers never wait for each other.
create function keel_search_contacts(ids bigint[]) returns void language sql as $$
  insert into contacts_membershipsearch as s (membership_id, name_key, account_key, access, words)
  select m.id, keel_fold(coalesce(nullif(trim(p.last_name || ' ' || p.first_name), ''), p.email, '')), keel_fold(a.name),
    m.access, keel_words(concat_ws(' ', p.first_name, p.last_name, p.email, a.name,
      (select string_agg(e.external_id, ' ') from accounts_externalid e where e.kind = 'contact' and e.object_id = m.id)))
  from contacts_membership m join contacts_person p on p.id = m.person_id join accounts_account a on a.id = m.account_id
  where m.id = any(ids) order by m.id
  on conflict (membership_id) do update
    set name_key = excluded.name_key, account_key = excluded.account_key, access = excluded.access, words = excluded.words
  where (s.name_key, s.account_key, s.access, s.words)
    is distinct from (excluded.name_key, excluded.account_key, excluded.access, excluded.words)
$$;

create function keel_search_membership() returns trigger language plpgsql as $$
declare ids bigint[];
begin
  if tg_op = 'INSERT' then
    select array_agg(id) into ids from new_rows;
  else
    select array_agg(n.id) into ids from new_rows n join old_rows o on o.id = n.id
    where (o.person_id, o.account_id, o.access) is distinct from (n.person_id, n.account_id, n.access);
  end if;
  if ids is not null then perform keel_search_contacts(ids); end if;
  return null;
end $$;

create function keel_search_person() returns trigger language plpgsql as $$
declare ids bigint[];
begin
  select array_agg(m.id) into ids from new_rows n join old_rows o on o.id = n.id
  join contacts_membership m on m.person_id = n.id
  where (o.first_name, o.last_name, o.email) is distinct from (n.first_name, n.last_name, n.email);
  if ids is not null then perform keel_search_contacts(ids); end if;
  return null;
end $$;

create function keel_search_account_of_contacts() returns trigger language plpgsql as $$
declare ids bigint[];
begin
  select array_agg(m.id) into ids from new_rows n join old_rows o on o.id = n.id
  join contacts_membership m on m.account_id = n.id where o.name <> n.name;
  if ids is not null then perform keel_search_contacts(ids); end if;
  return null;
end $$;

create function keel_search_contact_ids() returns trigger language plpgsql as $$
declare ids bigint[];
begin
  -- Of a contact that is being deleted the search row may be gone already; it must not come back.
  select array_agg(distinct object_id) into ids from changed_rows
  where kind = 'contact' and object_id in (select membership_id from contacts_membershipsearch);
  if ids is not null then perform keel_search_contacts(ids); end if;
  return null;
end $$;

create trigger contacts_membership_search_insert after insert on contacts_membership
  referencing new table as new_rows for each statement execute function keel_search_membership();
create trigger contacts_membership_search_update after update on contacts_membership
  referencing old table as old_rows new table as new_rows for each statement execute function keel_search_membership();
create trigger contacts_person_search after update on contacts_person
  referencing old table as old_rows new table as new_rows for each statement execute function keel_search_person();
create trigger accounts_account_search_contacts after update on accounts_account
  referencing old table as old_rows new table as new_rows
  for each statement execute function keel_search_account_of_contacts();
create trigger accounts_externalid_contacts_insert after insert on accounts_externalid
  referencing new table as changed_rows for each statement execute function keel_search_contact_ids();
create trigger accounts_externalid_contacts_update after update on accounts_externalid
  referencing new table as changed_rows for each statement execute function keel_search_contact_ids();
create trigger accounts_externalid_contacts_delete after delete on accounts_externalid
  referencing old table as changed_rows for each statement execute function keel_search_contact_ids();
"""

DROP = """
drop trigger accounts_externalid_contacts_delete on accounts_externalid;
drop trigger accounts_externalid_contacts_update on accounts_externalid;
drop trigger accounts_externalid_contacts_insert on accounts_externalid;
drop trigger accounts_account_search_contacts on accounts_account;
drop trigger contacts_person_search on contacts_person;
drop trigger contacts_membership_search_update on contacts_membership;
drop trigger contacts_membership_search_insert on contacts_membership;
drop function keel_search_contact_ids();
drop function keel_search_account_of_contacts();
drop function keel_search_person();
drop function keel_search_membership();
drop function keel_search_contacts(bigint[]);
"""

FILL = "select keel_search_contacts(array(select id from contacts_membership))"


class Migration(migrations.Migration):
    dependencies = [("contacts", "0007_deliveries_that_arrived"), ("accounts", "0004_search")]
    operations = [
        migrations.CreateModel(
            name="MembershipSearch",
            fields=[
                (
                    "membership",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="search",
                        serialize=False,
                        to="contacts.membership",
                    ),
                ),
                ("name_key", models.TextField()),
                ("account_key", models.TextField()),
                ("access", models.CharField(blank=True, max_length=12)),
                ("words", django.contrib.postgres.search.SearchVectorField()),
            ],
            options={
                "indexes": [
                    models.Index(fields=["name_key", "membership"], name="contacts_by_name"),
                    models.Index(fields=["account_key", "name_key", "membership"], name="contacts_by_account"),
                    models.Index(fields=["access", "name_key", "membership"], name="contacts_by_access"),
                    django.contrib.postgres.indexes.GinIndex(fields=["words"], name="contact_words"),
                ],
            },
        ),
        migrations.RunSQL(FUNCTIONS, DROP),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
