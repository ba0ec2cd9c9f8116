from __future__ import annotations

from django.db import models

from accounts.team.models import User


class Segment(models.Model):
    """A saved condition over accounts, as canonical JSON of the condition language (segments.rules)."""

    name = models.CharField(max_length=120, unique=True)
    condition = models.JSONField(default=dict)
    owner = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="segments")

    def __str__(self) -> str:
        return self.name
