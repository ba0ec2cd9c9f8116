"""The audit of what we ask."""

from django.db import migrations

from cs_platform.common import triggers


class Migration(migrations.Migration):
    dependencies = [("surveys", "0001_schema"), ("accounts", "0002_triggers")]
    operations = [triggers.audit("surveys_survey"), triggers.audit("surveys_question")]
