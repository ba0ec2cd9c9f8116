"""Indexes for rare states that the list of contacts is narrowed to, built without locking out writers."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("contacts", "0008_search")]
    operations = [
        AddIndexConcurrently(
            "membership", models.Index(fields=["id"], name="memberships_inactive", condition=Q(is_active=False))
        ),
        AddIndexConcurrently(
            "membership", models.Index(fields=["id"], name="memberships_opted_out", condition=~Q(opted_out=[]))
        ),
    ]
