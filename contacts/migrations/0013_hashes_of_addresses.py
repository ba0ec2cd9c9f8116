"""Hash the addresses of the people who are there already."""

from django.db import migrations

HASH = """
insert into contacts_addresshash (address_hash, person_id)
select unnest(keel_address_hashes(email)), id from contacts_person where email is not null on conflict do nothing
"""


class Migration(migrations.Migration):
    dependencies = [("contacts", "0012_address_hashes")]
    operations = [migrations.RunSQL(HASH, migrations.RunSQL.noop)]
