"""The database says when a row changed; spans know which transaction wrote them."""

from django.db import migrations, models

import cs_platform.common.models


class Migration(migrations.Migration):
    dependencies = [
        ("common", "0007_recording_time"),
        ("contacts", "0017_reach_triggers"),
    ]

    operations = [
        migrations.AddField(
            model_name="membershipspan",
            name="recorded_xid",
            field=models.BigIntegerField(db_default=0, editable=False),
        ),
        migrations.AlterField(
            model_name="membership",
            name="changed_at",
            field=models.DateTimeField(db_default=cs_platform.common.models.RecordedAt()),
        ),
        migrations.AlterField(
            model_name="membership",
            name="created_at",
            field=models.DateTimeField(db_default=cs_platform.common.models.RecordedAt()),
        ),
        migrations.AlterField(
            model_name="person",
            name="changed_at",
            field=models.DateTimeField(db_default=cs_platform.common.models.RecordedAt()),
        ),
        migrations.AlterField(
            model_name="person",
            name="created_at",
            field=models.DateTimeField(db_default=cs_platform.common.models.RecordedAt()),
        ),
        migrations.AlterField(
            model_name="rolechange",
            name="changed_at",
            field=models.DateTimeField(db_default=cs_platform.common.models.RecordedAt()),
        ),
    ]
