"""Find the few messages in trouble among very many."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("contacts", "0005_touches")]
    operations = [
        AddIndexConcurrently(
            model_name="delivery",
            index=models.Index(
                fields=["state", "-due_at", "-id"],
                name="deliveries_in_trouble",
                condition=Q(state__in=["refused", "uncertain"]),
            ),
        ),
        AddIndexConcurrently(
            model_name="delivery",
            index=models.Index(
                fields=["-due_at", "-id"], name="deliveries_bounced", condition=Q(bounced_at__isnull=False)
            ),
        ),
    ]
