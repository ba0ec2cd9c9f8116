"""The states of a participant in the words of the pages."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("programs", "0008_skipped"),
    ]

    operations = [
        migrations.AlterField(
            model_name="participant",
            name="state",
            field=models.CharField(
                choices=[
                    ("rejected", "Not enrolled"),
                    ("queued", "Queued"),
                    ("active", "Active"),
                    ("waiting", "Waiting"),
                    ("held", "Held"),
                    ("completed", "Completed"),
                    ("exited", "Exited"),
                    ("removed", "Removed"),
                    ("errored", "Errored"),
                ],
                max_length=10,
            ),
        ),
    ]
