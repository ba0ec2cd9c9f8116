"""A currency has one rate a day that is believed; built beside the writers."""

from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("accounts", "0008_known_rates")]
    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    "create unique index concurrently a_currency_has_one_rate_a_day on accounts_fxrate"
                    " (currency, date) where upper_inf(known)",
                    "drop index concurrently a_currency_has_one_rate_a_day",
                )
            ],
            state_operations=[
                migrations.AddConstraint(
                    "fxrate",
                    models.UniqueConstraint(
                        fields=["currency", "date"],
                        name="a_currency_has_one_rate_a_day",
                        condition=models.Q(("known__upper_inf", True)),
                    ),
                )
            ],
        )
    ]
