"""Permissions and repair tools in the words of the pages."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0009_one_rate_a_day"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="csmassignment",
            options={"verbose_name": "CSM assignment"},
        ),
        migrations.AlterModelOptions(
            name="externalid",
            options={"verbose_name": "external ID"},
        ),
        migrations.AlterModelOptions(
            name="fxrate",
            options={"verbose_name": "exchange rate"},
        ),
        migrations.AlterField(
            model_name="bundle",
            name="permissions",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(
                    choices=[
                        ("view", "View accounts, contacts, programs and metrics"),
                        ("edit_contacts", "Edit contacts and GitLab roles"),
                        ("edit_accounts", "Edit accounts and log activities"),
                        ("run_programs", "Publish, pause and edit programs"),
                        ("import", "Import data"),
                        ("administer", "Configure Keel"),
                        ("see_pubsec", "View public-sector accounts"),
                    ],
                    max_length=40,
                ),
                default=list,
                size=None,
            ),
        ),
    ]
