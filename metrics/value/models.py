from __future__ import annotations

from django.db import models
from django.db.models import Q

from accounts.book.models import Account
from accounts.contracts.models import Subscription


class Kind(models.TextChoices):
    ONBOARDING_STARTED = "onboarding_started", "Onboarding started"
    ONBOARDING_CLOSED = "onboarding_closed", "Onboarding closed"
    INFRASTRUCTURE_READY = "infrastructure_ready", "Infrastructure ready"
    FIRST_VALUE = "first_value", "First value"
    OUTCOME_ACHIEVED = "outcome_achieved", "Outcome achieved"


class Milestone(models.Model):
    """A milestone an account reached; appended. A correction ends the old row and adds a new one."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="milestones")
    subscription = models.ForeignKey(Subscription, models.CASCADE, null=True, blank=True, related_name="milestones")
    kind = models.CharField(max_length=24, choices=Kind)
    reached_date = models.DateField()
    source = models.CharField(max_length=30)
    recorded_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "subscription", "kind"],
                name="a_milestone_stands_once",
                condition=Q(withdrawn_at=None),
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of account {self.account_id}"
