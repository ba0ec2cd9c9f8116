"""
The hash of an address in SQL, so that suppressions are joined instead of asked for, and whose hash it is.

The key is HMAC-SHA256's two padded keys, hexadecimal, of today's SECRET_KEY and of each one before it. It is told to
every session by contacts.consent.selectors.tell_address_keys and stored nowhere.
"""

from django.db import migrations, models

FUNCTIONS = r"""
create function keel_address_hashes(email text) returns varchar[] language plpgsql stable strict parallel safe as $$
declare
  keys text := current_setting('keel.address_keys', true);
  pair text;
  address bytea := convert_to(lower(btrim(email) collate "C"), 'UTF8');
  found varchar[] := '{}';
begin
  if coalesce(keys, '') = '' then
    raise exception 'keel.address_keys is not set in this session: nobody can say who is suppressed';
  end if;
  foreach pair in array string_to_array(keys, ',') loop
    found := found || encode(sha256(decode(split_part(pair, ':', 2), 'hex')
      || sha256(decode(split_part(pair, ':', 1), 'hex') || address)), 'hex')::varchar;
  end loop;
  return found;
end $$;

create table contacts_addresshash (
  address_hash varchar(64) not null,
  person_id bigint not null references contacts_person on delete cascade deferrable initially deferred,
  primary key (address_hash, person_id)
);
create index addresshash_of_person on contacts_addresshash (person_id);

-- A session that was not told the key (psql) may still mend people; the nightly job adds their hashes.
create function contacts_hash_addresses() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' then
    delete from contacts_addresshash h using new_rows n join old_rows o on o.id = n.id
    where h.person_id = n.id and o.email is distinct from n.email;
  end if;
  if coalesce(current_setting('keel.address_keys', true), '') <> '' then
    if tg_op = 'UPDATE' then
      insert into contacts_addresshash (address_hash, person_id)
      select unnest(keel_address_hashes(n.email)), n.id from new_rows n join old_rows o on o.id = n.id
      where n.email is not null and o.email is distinct from n.email on conflict do nothing;
    else
      insert into contacts_addresshash (address_hash, person_id)
      select unnest(keel_address_hashes(n.email)), n.id from new_rows n where n.email is not null on conflict do nothing;
    end if;
  end if;
  return null;
end $$;

create trigger contacts_person_hash_insert after insert on contacts_person referencing new table as new_rows
for each statement execute function contacts_hash_addresses();
create trigger contacts_person_hash_update after update on contacts_person
referencing old table as old_rows new table as new_rows
for each statement execute function contacts_hash_addresses();
"""

DROP = """
drop trigger contacts_person_hash_update on contacts_person;
drop trigger contacts_person_hash_insert on contacts_person;
drop function contacts_hash_addresses();
drop table contacts_addresshash;
drop function keel_address_hashes(text);
"""

MODEL = migrations.CreateModel(
    name="AddressHash",
    fields=[
        (
            "pk",
            models.CompositePrimaryKey(
                "address_hash", "person_id", blank=True, editable=False, primary_key=True, serialize=False
            ),
        ),
        ("address_hash", models.CharField(max_length=64)),
        (
            "person",
            models.ForeignKey(
                db_index=False, on_delete=models.deletion.DO_NOTHING, related_name="+", to="contacts.person"
            ),
        ),
    ],
    options={"db_table": "contacts_addresshash", "managed": False},
)


class Migration(migrations.Migration):
    dependencies = [("contacts", "0011_suppression_evidence")]
    operations = [migrations.RunSQL(FUNCTIONS, DROP), MODEL]
