"""Exchange rates carry since when they are believed; organizations say how long a renewal may be open."""

import django.contrib.postgres.fields.ranges
from django.db import migrations, models

import accounts.contracts.models
from cs_platform.common import triggers


class Migration(migrations.Migration):
    dependencies = [("accounts", "0007_zone")]
    operations = [
        migrations.AddField("organisation", "renewal_grace_days", models.PositiveSmallIntegerField(default=30)),
        migrations.AddField(
            "fxrate",
            "known",
            django.contrib.postgres.fields.ranges.DateTimeRangeField(
                default=accounts.contracts.models._always, editable=False
            ),
        ),
        migrations.RemoveConstraint("fxrate", "a_currency_has_one_rate_a_day"),
        triggers.audit("accounts_fxrate"),
    ]
