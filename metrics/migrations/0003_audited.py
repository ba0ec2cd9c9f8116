"""Who recorded or withdrew a milestone is kept, as of everything else that people know of a customer."""

from django.db import migrations

from cs_platform.common import triggers


class Migration(migrations.Migration):
    dependencies = [("metrics", "0002_readings"), ("accounts", "0002_triggers")]
    operations = [triggers.audit("metrics_milestone")]
