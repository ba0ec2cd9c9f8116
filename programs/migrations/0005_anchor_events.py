import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_schema"), ("programs", "0004_mailings_heed_their_programs")]
    operations = [
        migrations.CreateModel(
            name="AnchorEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("source", models.CharField(max_length=20)),
                ("key", models.CharField(max_length=16)),
                ("date", models.DateField()),
                ("subject", models.BigIntegerField(null=True)),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="anchor_events",
                        to="accounts.account",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="anchorevent",
            constraint=models.UniqueConstraint(
                fields=["source", "account", "key"], name="an_anchor_event_has_its_own_key"
            ),
        ),
        migrations.AddConstraint(
            model_name="anchorevent",
            constraint=models.UniqueConstraint(fields=["source", "account", "date"], name="a_day_has_one_anchor_event"),
        ),
    ]
