"""A place for events of months that have no partition: whatever instant they claim, intake goes on."""

from django.db import migrations

TABLES = ("contacts_event", "contacts_verdict")


class Migration(migrations.Migration):
    dependencies = [("contacts", "0019_refusals_of_us"), ("common", "0008_default_partitions")]
    operations = [
        migrations.RunSQL(
            [f"create table {table}_default partition of {table} default" for table in TABLES],
            [f"drop table {table}_default" for table in TABLES],
        ),
    ]
