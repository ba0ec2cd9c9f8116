"""A message can be held, and a mailing says whether and how late its messages may leave."""

import datetime as dt

from django.db import migrations, models

STATES = [
    ("planned", "Planned"),
    ("held", "Held"),
    ("claimed", "Claimed"),
    ("handed_over", "Handed over"),
    ("sent", "Sent"),
    ("refused", "Refused"),
    ("uncertain", "Uncertain"),
    ("cancelled", "Cancelled"),
]


class Migration(migrations.Migration):
    dependencies = [("contacts", "0013_hashes_of_addresses")]
    operations = [
        migrations.AddField("delivery", "held_at", models.DateTimeField(null=True)),
        migrations.AlterField("delivery", "state", models.CharField(choices=STATES, default="planned", max_length=12)),
        migrations.AddField(
            "mailing",
            "status",
            models.CharField(
                choices=[("running", "Running"), ("paused", "Paused"), ("stopped", "Stopped")],
                default="running",
                max_length=8,
            ),
        ),
        migrations.AddField("mailing", "is_on_hold", models.BooleanField(default=False)),
        migrations.AddField("mailing", "max_lateness", models.DurationField(default=dt.timedelta(days=3))),
        migrations.AddField("mailing", "include_restricted", models.BooleanField(default=False)),
        migrations.AddField("mailing", "includes_churned", models.BooleanField(default=False)),
        migrations.AddField("mailing", "excludes_pubsec", models.BooleanField(default=False)),
    ]
