"""Changes by hand that make mail leave, held for a grace time."""

import django.contrib.postgres.fields
import django.core.serializers.json
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("contacts", "0020_default_partitions")]
    operations = [
        migrations.CreateModel(
            name="HeldChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("account_ids", django.contrib.postgres.fields.ArrayField(models.BigIntegerField(), size=None)),
                ("label", models.CharField(max_length=250)),
                ("actor", models.CharField(max_length=254)),
                ("upcoming", models.JSONField(default=list)),
                ("undo", models.JSONField(default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder)),
                ("made_at", models.DateTimeField()),
                ("held_until", models.DateTimeField()),
                ("undone_at", models.DateTimeField(null=True)),
                ("undone_by", models.CharField(blank=True, max_length=254)),
            ],
            options={
                "indexes": [models.Index(condition=Q(undone_at=None), fields=["held_until"], name="changes_held")],
            },
        ),
    ]
