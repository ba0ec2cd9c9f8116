"""Say how far programs got to every account without reading the messages themselves."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("contacts", "0006_deliveries_in_trouble")]
    operations = [
        AddIndexConcurrently(
            model_name="delivery",
            index=models.Index(
                fields=["account", "sent_at"],
                name="deliveries_that_arrived",
                include=["clicked_at"],
                condition=Q(state="sent", bounced_at__isnull=True),
            ),
        ),
    ]
