"""Bases every room builds on, and the three tables of the floor."""

from __future__ import annotations

import datetime as dt

from django.db import models
from django.db.models import Func, Q


class Uuid7(Func):
    """The database's own `keel_uuid7()`: sortable by time, made in SQL so that bulk inserts have it too."""

    function = "keel_uuid7"
    template = "%(function)s()"
    arity = 0
    output_field = models.UUIDField()


class RecordedAt(Func):
    """
    The instant at which we come to know something, by the database's clock, whatever this host's says.

    Read it after the row's lock. The demo's moved clock and the instants of a simulation are in it.
    """

    function = "keel_recorded_at"
    arity = 0
    output_field = models.DateTimeField()


class Public(models.Model):
    """A row that leaves the product: it has a public name beside its number."""

    uuid = models.UUIDField(db_default=Uuid7(), unique=True, editable=False)

    class Meta:
        abstract = True


class Fed(models.Model):
    """
    A row that `modified_since` serves.

    The columns are written by the trigger `keel_feed`, never by code: `changed_at` is the database's time after the
    row's lock and grows with every change; the transaction id lets a reader stop at the oldest running transaction,
    so a row that commits late is not missed.
    """

    created_at = models.DateTimeField(db_default=RecordedAt())
    changed_at = models.DateTimeField(db_default=RecordedAt())
    changed_xid = models.BigIntegerField(db_default=0, editable=False)

    class Meta:
        abstract = True


class Clock(models.Model):
    """
    How far the demo has moved time ahead, which day its customers lived last, and how many there are for each of the
    full demo (`scale`); one row. Elsewhere none.
    """

    moved = models.DurationField(default=dt.timedelta)
    lived_date = models.DateField(null=True)
    scale = models.FloatField(default=1.0)

    def __str__(self) -> str:
        return f"Clock moved by {self.moved}"


class Outbox(models.Model):
    """Something a lower room did that an upper room must react to; written in the deciding transaction."""

    kind = models.CharField(max_length=60)
    payload = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            # The drain reads what is pending, oldest first.
            models.Index(fields=["id"], name="outbox_pending", condition=Q(done_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} (#{self.pk})"


class DeadLetter(models.Model):
    """A row of any room that made work on a set fail; written by `common.dead_letters` alone."""

    kind = models.CharField(max_length=60)
    key = models.CharField(max_length=200)
    error = models.TextField()
    attempts = models.PositiveIntegerField()
    first_failed_at = models.DateTimeField()
    last_failed_at = models.DateTimeField()
    # Left out of the work since; null while it is tried again.
    set_aside_at = models.DateTimeField(null=True)
    retried_at = models.DateTimeField(null=True)
    retried_by = models.CharField(max_length=254, blank=True)
    discarded_at = models.DateTimeField(null=True)
    discarded_by = models.CharField(max_length=254, blank=True)
    # It went through after all. The letter stays, since retrying and discarding are audited by its id.
    mended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "key"], name="one_dead_letter_a_row"),
        ]
        indexes = [
            # The Attention page, longest waiting first, and its count in the navigation.
            models.Index(
                fields=["first_failed_at", "id"],
                name="dead_letters_waiting",
                condition=Q(mended_at=None, discarded_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"
