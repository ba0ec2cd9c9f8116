"""The order of a program's participants on its page, whatever their state; built without locking out writers."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("programs", "0006_known_events")]
    operations = [
        AddIndexConcurrently(
            "participant",
            models.Index(fields=["program", "-changed_at", "-id"], name="participants_newest_change"),
        ),
    ]
