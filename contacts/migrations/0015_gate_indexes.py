"""Find what is held, built without locking out the workers that send."""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("contacts", "0014_gate")]
    operations = [
        AddIndexConcurrently(
            "delivery",
            models.Index(fields=["mailing", "due_at", "id"], name="deliveries_held", condition=Q(state="held")),
        ),
        AddIndexConcurrently(
            "delivery",
            models.Index(
                fields=["state", "-due_at", "-id"],
                name="deliveries_to_look_at",
                condition=Q(state__in=["held", "refused", "uncertain"]),
            ),
        ),
        RemoveIndexConcurrently("delivery", "deliveries_in_trouble"),
    ]
