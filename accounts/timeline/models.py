from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from accounts.book.models import Account


class Kind(models.TextChoices):
    CALL = "call", "Call"
    MEETING = "meeting", "In-person meeting"
    EMAIL = "email", "Email"
    UPDATE = "update", "Update"
    MILESTONE = "milestone", "Milestone"
    CONTRACT = "contract", "Contract"
    ROLE = "role", "GitLab role"
    SURVEY = "survey", "Survey"


class Entry(models.Model):
    """Something that happened at an account; appended, never changed."""

    account: models.ForeignKey[Account, Account] = models.ForeignKey(
        "accounts.Account", models.CASCADE, related_name="timeline"
    )
    kind = models.CharField(max_length=20, choices=Kind)
    subject = models.CharField(max_length=250)
    body = models.TextField(blank=True)
    occurred_at = models.DateTimeField()
    actor = models.CharField(max_length=254, blank=True)
    # The person concerned, by number: people live in a room above this one.
    person_ref = models.BigIntegerField(null=True)
    sentiment = models.CharField(max_length=10, blank=True)
    data = models.JSONField(default=dict)
    # Written twice by a repeated task, kept once.
    source_key = models.CharField(max_length=120, null=True, unique=True)

    class Meta:
        verbose_name_plural = "entries"
        indexes = [
            models.Index(fields=["account", "-occurred_at"], name="entry_newest_first"),
            # First call or meeting of an account (Time to Engage), last activity.
            models.Index(
                fields=["account", "occurred_at"], name="entry_of_contact", condition=Q(kind__in=["call", "meeting"])
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject} (#{self.pk})"
