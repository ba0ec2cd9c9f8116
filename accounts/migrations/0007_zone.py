"""The organization's time zone where SQL needs it: in it a day begins and a month closes, for everybody."""

from django.db import migrations

ZONE = """
create function keel_zone() returns text language sql stable parallel safe as $$
  select coalesce((select zone from accounts_organisation where id = 1), 'UTC')
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0006_grace")]
    operations = [migrations.RunSQL(ZONE, "drop function keel_zone()")]
