"""The database says when a row changed; spans know which transaction wrote them."""

from django.db import migrations, models

import cs_platform.common.models


class Migration(migrations.Migration):
    dependencies = [
        ("common", "0007_recording_time"),
        ("accounts", "0004_search"),
    ]

    operations = [
        migrations.AddField(
            model_name="accountspan",
            name="recorded_xid",
            field=models.BigIntegerField(db_default=0, editable=False),
        ),
        migrations.AlterField(
            model_name="account",
            name="changed_at",
            field=models.DateTimeField(db_default=cs_platform.common.models.RecordedAt()),
        ),
        migrations.AlterField(
            model_name="account",
            name="created_at",
            field=models.DateTimeField(db_default=cs_platform.common.models.RecordedAt()),
        ),
        migrations.AlterField(
            model_name="opportunity",
            name="changed_at",
            field=models.DateTimeField(db_default=cs_platform.common.models.RecordedAt()),
        ),
        migrations.AlterField(
            model_name="opportunity",
            name="created_at",
            field=models.DateTimeField(db_default=cs_platform.common.models.RecordedAt()),
        ),
        migrations.AlterField(
            model_name="subscription",
            name="changed_at",
            field=models.DateTimeField(db_default=cs_platform.common.models.RecordedAt()),
        ),
        migrations.AlterField(
            model_name="subscription",
            name="created_at",
            field=models.DateTimeField(db_default=cs_platform.common.models.RecordedAt()),
        ),
    ]
