from __future__ import annotations

from django.db import models
from django.db.models import Q

from accounts.book.models import Account
from accounts.team.models import Permission, User
from contacts.people.models import Membership
from programs.design.models import Program, Version


class AnchorEvent(models.Model):
    """
    Something that programs count from, such as a renewal of an account, whatever day it is believed to have.

    `key` names it in entry keys and in the ledger: the day it had when it was first seen. `date` follows corrections.
    """

    source = models.CharField(max_length=20)  # an EventSource by name
    account = models.ForeignKey(Account, models.CASCADE, db_index=False, related_name="anchor_events")
    key = models.CharField(max_length=16)
    date = models.DateField()
    # The subscription or opportunity that it is about, by number; kept when that row is gone.
    subject = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "account", "key"], name="an_anchor_event_has_its_own_key"),
            models.UniqueConstraint(fields=["source", "account", "date"], name="a_day_has_one_anchor_event"),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.key} of account {self.account_id}"


class EntryRun(models.Model):
    """
    One evaluation of a program's entry condition.

    `candidates` is counted by the entry query itself, independently of the participants it made, so that
    candidates = rejected + entered has two sides.
    """

    version = models.ForeignKey(Version, models.PROTECT, related_name="entry_runs")
    ran_at = models.DateTimeField()
    candidates = models.PositiveIntegerField()
    entered = models.PositiveIntegerField()
    rejected = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"Entry run #{self.pk}"


class State(models.TextChoices):
    REJECTED = "rejected", "Not enrolled"
    QUEUED = "queued", "Queued"
    ACTIVE = "active", "Active"
    WAITING = "waiting", "Waiting"
    HELD = "held", "Held"
    COMPLETED = "completed", "Completed"
    EXITED = "exited", "Exited"
    REMOVED = "removed", "Removed"
    ERRORED = "errored", "Errored"


class ParticipantQuerySet(models.QuerySet["Participant"]):
    def for_viewer(self, user: User) -> ParticipantQuerySet:
        if not user.may(Permission.VIEW):
            return self.none()
        return self if user.may(Permission.SEE_PUBSEC) else self.filter(account__is_pubsec=False)

    def inside(self) -> ParticipantQuerySet:
        return self.filter(state__in=[State.QUEUED, State.ACTIVE, State.WAITING, State.HELD])


class Participant(models.Model):
    """
    An account, or a contact of it, in a program for one reason.

    `entry_key` is that reason: the anchor and the key of its event (AnchorEvent), or the day where the calendar is the
    anchor. `anchor_date` is the event's date and follows corrections. The membership is null where no recipient was
    found, so the account that nobody can be reached at is a row too, with its reason.
    """

    program = models.ForeignKey(Program, models.PROTECT, db_index=False, related_name="participants")
    version = models.ForeignKey(Version, models.PROTECT, db_index=False, related_name="participants")
    account = models.ForeignKey(Account, models.PROTECT, db_index=False, related_name="participants")
    membership = models.ForeignKey(Membership, models.SET_NULL, null=True, related_name="participants")
    entry_key = models.CharField(max_length=80)
    anchor_date = models.DateField()
    state = models.CharField(max_length=10, choices=State)
    reason = models.CharField(max_length=60)
    step_key = models.CharField(max_length=80, blank=True)
    due_at = models.DateTimeField(null=True)
    entered_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    objects = ParticipantQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["program", "account", "membership", "entry_key"],
                name="a_participant_enters_once_per_reason",
                nulls_distinct=False,
            ),
        ]
        indexes = [
            # What is due: the cost follows what is due, not what waits.
            models.Index(fields=["due_at", "id"], name="participant_due", condition=Q(state__in=["queued", "waiting"])),
            models.Index(fields=["program", "state", "-changed_at"], name="participants_of_program"),
            models.Index(fields=["program", "-changed_at", "-id"], name="participants_newest_change"),
            models.Index(fields=["account", "-entered_at"], name="participants_of_account"),
        ]

    def __str__(self) -> str:
        return f"Participant #{self.pk} of program {self.program_id}"


class Decision(models.Model):
    """Why something was decided about a contact of an account; append-only, partitioned by month."""

    pk = models.CompositePrimaryKey("id", "decided_at")
    id = models.BigIntegerField()
    decided_at = models.DateTimeField()
    program_id = models.BigIntegerField()
    version_number = models.PositiveIntegerField()
    step_key = models.CharField(max_length=80)
    account_id = models.BigIntegerField()
    membership_id = models.BigIntegerField(null=True)
    entry_key = models.CharField(max_length=80)
    is_positive = models.BooleanField()
    code = models.CharField(max_length=60)
    facts = models.JSONField(default=dict)

    class Meta:
        managed = False
        db_table = "programs_decision"

    def __str__(self) -> str:
        return f"{self.code} for account {self.account_id}"
