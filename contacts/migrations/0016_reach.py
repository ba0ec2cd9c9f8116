"""Who receives what at every account, kept."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("contacts", "0015_gate_indexes"), ("accounts", "0004_search")]
    operations = [
        migrations.CreateModel(
            name="AccountReach",
            fields=[
                (
                    "account",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="reach",
                        serialize=False,
                        to="accounts.account",
                    ),
                ),
                ("is_reachable", models.BooleanField(default=False)),
                ("has_admin", models.BooleanField(default=False)),
                ("reason", models.CharField(blank=True, max_length=40)),
                ("stale_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [models.Index(condition=Q(stale_at__isnull=False), fields=["stale_at"], name="reach_stale")],
            },
        ),
        migrations.CreateModel(
            name="Reach",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("message_class", models.CharField(max_length=12)),
                ("recipients", django.contrib.postgres.fields.ArrayField(models.BigIntegerField(), size=None)),
                ("contacts", django.contrib.postgres.fields.ArrayField(models.BigIntegerField(), size=None)),
                ("reasons", django.contrib.postgres.fields.ArrayField(models.CharField(max_length=40), size=None)),
                ("reason", models.CharField(blank=True, max_length=40)),
                (
                    "account",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="reaches",
                        to="accounts.account",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("account", "message_class"), name="an_account_has_one_reach_per_class"
                    )
                ],
            },
        ),
    ]
