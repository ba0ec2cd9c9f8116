from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q

from accounts.book.models import Account


class Reach(models.Model):
    """
    Who receives a class of message at an account, and why everybody else does not.

    Derived by rules.resolve under the policy of the class, kept by operations.refresh. Decisions that make mail leave
    ask the facts themselves (selectors.people_of); this is what lists, figures and pages join.
    """

    account = models.ForeignKey(Account, models.CASCADE, db_constraint=False, db_index=False, related_name="reaches")
    message_class = models.CharField(max_length=12)
    # Ids of memberships: those who receive it, and everybody at the account beside `reasons`, their codes.
    recipients = ArrayField(models.BigIntegerField())
    contacts = ArrayField(models.BigIntegerField())
    reasons = ArrayField(models.CharField(max_length=40))
    # Why it reaches nobody; "" where it reaches somebody.
    reason = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "message_class"], name="an_account_has_one_reach_per_class"),
        ]

    def __str__(self) -> str:
        return f"{self.message_class} at account {self.account_id}"


class AccountReach(models.Model):
    """
    Whether any class of message reaches somebody at an account: the sum of its Reach rows, which lists join.

    Locked while the account is resolved, so that of two changes the later one is resolved last.
    """

    account = models.OneToOneField(Account, models.CASCADE, primary_key=True, db_constraint=False, related_name="reach")
    is_reachable = models.BooleanField(default=False)
    # A GitLab Admin is among those who are reached.
    has_admin = models.BooleanField(default=False)
    reason = models.CharField(max_length=40, blank=True)
    # When time alone changes the answer: a suppression expires, a survey is far enough in the past.
    stale_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["stale_at"], name="reach_stale", condition=Q(stale_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"Reach of account {self.account_id}"


class HeldChange(models.Model):
    """
    A change made by hand that makes mail leave, held for a grace time in which it can be undone.

    No account in it enters a program, moves on in one, or is sent anything until `held_until`.
    """

    account_ids = ArrayField(models.BigIntegerField())
    label = models.CharField(max_length=250)
    actor = models.CharField(max_length=254)
    # What would leave, as it was foreseen: program, message, recipient, due_at.
    upcoming = models.JSONField(default=list)
    undo = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    made_at = models.DateTimeField()
    held_until = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)
    undone_by = models.CharField(max_length=254, blank=True)

    class Meta:
        indexes = [
            # The few that are held now.
            models.Index(fields=["held_until"], name="changes_held", condition=Q(undone_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.label} (#{self.pk})"
