"""Why an address was suppressed, and the record of what was lifted."""

from django.db import migrations, models

REASONS = [
    ("hard_bounce", "Hard bounce"),
    ("soft_bounces", "Repeated soft bounces"),
    ("complaint", "Spam complaint"),
    ("unsubscribed", "Unsubscribed"),
    ("erased", "Erased"),
    ("manual", "Set by hand"),
]


class Migration(migrations.Migration):
    dependencies = [("contacts", "0010_webhook_events")]
    operations = [
        migrations.AddField(
            "suppression", "evidence", models.CharField(blank=True, max_length=500, default="", db_default="")
        ),
        migrations.CreateModel(
            name="LiftedSuppression",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("address_hash", models.CharField(max_length=64)),
                ("scope", models.CharField(blank=True, max_length=20)),
                ("reason", models.CharField(choices=REASONS, max_length=16)),
                ("source", models.CharField(max_length=60)),
                ("evidence", models.CharField(blank=True, max_length=500)),
                ("since_at", models.DateTimeField()),
                ("lifted_at", models.DateTimeField()),
                ("lifted_by", models.CharField(max_length=254)),
                ("lift_reason", models.CharField(blank=True, max_length=300)),
            ],
            options={
                "indexes": [models.Index(fields=["address_hash", "-lifted_at"], name="lifted_suppressions_of")],
            },
        ),
    ]
