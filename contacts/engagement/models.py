"""The event stream. The partitioned tables are made by a migration in SQL; these models read and name them."""

from __future__ import annotations

from django.db import models

from contacts.delivery.models import Mailing


class Kind(models.TextChoices):
    DELIVERED = "delivered", "Delivered"
    OPENED = "opened", "Opened"
    CLICKED = "clicked", "Clicked"
    BOUNCED = "bounced", "Bounced"
    DEFERRED = "deferred", "Deferred"
    COMPLAINED = "complained", "Complained"
    UNSUBSCRIBED = "unsubscribed", "Unsubscribed"


class WebhookEvent(models.Model):
    """One provider POST as it came; stored before anything is read from it, kept 90 days."""

    source = models.CharField(max_length=30)
    source_key = models.CharField(max_length=160, unique=True)
    body = models.JSONField()
    received_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"{self.source} #{self.pk}"


class Event(models.Model):
    """One hit or provider event; append-only, partitioned by month, unique (dedupe_key, occurred_at)."""

    pk = models.CompositePrimaryKey("id", "occurred_at")
    id = models.BigIntegerField()
    kind = models.CharField(max_length=12, choices=Kind)
    delivery_id = models.BigIntegerField()
    mailing_id = models.BigIntegerField()
    person_id = models.BigIntegerField()
    account_id = models.BigIntegerField(null=True)
    link_id = models.BigIntegerField(null=True)
    # From the source, the same on redelivery; where the source gives none, the instant of the first receipt.
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()
    source = models.CharField(max_length=30)
    method = models.CharField(max_length=8)
    user_agent = models.CharField(max_length=400)
    network = models.CharField(max_length=45)
    detail = models.JSONField(default=dict)
    dedupe_key = models.CharField(max_length=80)

    class Meta:
        managed = False
        db_table = "contacts_event"

    def __str__(self) -> str:
        return f"{self.kind} of delivery {self.delivery_id}"


class Verdict(models.Model):
    """Whether a human or a machine caused an event, under one rule version; appended, never changed."""

    pk = models.CompositePrimaryKey("event_id", "occurred_at", "rule_version")
    event_id = models.BigIntegerField()
    occurred_at = models.DateTimeField()
    delivery_id = models.BigIntegerField()
    rule_version = models.PositiveSmallIntegerField()
    verdict = models.CharField(max_length=8)
    rule = models.CharField(max_length=40)
    judged_at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "contacts_verdict"

    def __str__(self) -> str:
        return f"{self.verdict} for event {self.event_id}"


class Bucket(models.Model):
    """Counters of one mailing, program version and link in one UTC quarter-hour, under one rule version."""

    mailing = models.ForeignKey(Mailing, models.CASCADE, related_name="buckets")
    program_version = models.PositiveIntegerField(default=0)
    link_ref = models.BigIntegerField(default=0)
    kind = models.CharField(max_length=12)
    # human, machine, unknown; "" where the kind has no such difference (sent, delivered, bounced).
    verdict = models.CharField(max_length=8, blank=True)
    rule_version = models.PositiveSmallIntegerField()
    quarter_at = models.DateTimeField()
    total = models.BigIntegerField(default=0)
    # A unique belongs to the bucket of its first hit, so any period's uniques are a sum.
    uniques = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["mailing", "program_version", "link_ref", "kind", "verdict", "rule_version", "quarter_at"],
                name="one_bucket_per_quarter_hour",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.verdict} at {self.quarter_at}"


class Cursor(models.Model):
    """How far one stream has been written; advanced in the transaction that writes its events."""

    stream = models.CharField(max_length=60)
    shard = models.PositiveSmallIntegerField(default=0)
    # A stream that was lost and begun anew counts from zero again: it is another incarnation.
    incarnation = models.CharField(max_length=40)
    position = models.CharField(max_length=40, default="0-0")
    moved_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["stream", "shard", "incarnation"], name="one_cursor_per_incarnation"),
        ]

    def __str__(self) -> str:
        return f"{self.stream}/{self.shard} at {self.position}"
