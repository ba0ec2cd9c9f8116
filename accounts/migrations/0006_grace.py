"""How long mail waits that a change by hand makes leave."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_recorded_at")]
    operations = [
        migrations.AddField(
            "organisation", "grace_minutes", models.PositiveSmallIntegerField(db_default=10, default=10)
        ),
    ]
