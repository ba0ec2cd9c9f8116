from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from accounts.team.models import User
from cs_platform.common.models import Public


class Kind(models.TextChoices):
    """What the rows of a file are."""

    ACCOUNTS = "accounts", "Accounts"
    CONTACTS = "contacts", "Contacts"
    SUBSCRIPTIONS = "subscriptions", "Subscriptions"
    CHURN_EVENTS = "churn_events", "Churn events"
    USAGE = "usage", "Usage"


class State(models.TextChoices):
    # Its file is kept; somebody says which column is what.
    DRAFT = "draft", "Draft"
    QUEUED = "queued", "Queued"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"


class ImportRun(Public):
    """One file taken in, or tried out: what it was, how far it is, and what became of its rows."""

    kind = models.CharField(max_length=16, choices=Kind)
    file_name = models.CharField(max_length=200)
    # Where an uploaded file lies under MEDIA_ROOT; empty when the file was named on the command line.
    stored = models.CharField(max_length=200, blank=True)
    # In whose words the external ids are (ExternalId.system).
    system = models.CharField(max_length=30, default="import")
    # Field to column heading, where somebody said so; the other columns are recognised by their headings.
    mapping = models.JSONField(default=dict)
    is_dry_run = models.BooleanField(default=False)
    state = models.CharField(max_length=8, choices=State, default=State.QUEUED)
    # Why the file as a whole could not be read.
    error = models.TextField(blank=True)
    ignored_columns = ArrayField(models.CharField(max_length=200), default=list)
    rows_total = models.PositiveIntegerField(default=0)
    rows_done = models.PositiveIntegerField(default=0)
    created = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    # Starts since rows were last saved: a worker that dies leaves the run to the next one, three times.
    attempts = models.PositiveSmallIntegerField(default=0)
    # Where the rows under way begin, for whoever asks which row a worker died of.
    at_line = models.PositiveIntegerField(default=0)
    # The position (Staging.first) behind the last rows saved; an interrupted run goes on from here.
    resume_after = models.PositiveIntegerField(default=0)
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="import_runs")
    requested_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["-requested_at"], name="import_newest_first")]

    def __str__(self) -> str:
        return f"{self.file_name} (#{self.pk})"

    @property
    def is_over(self) -> bool:
        return self.state in (State.DONE, State.FAILED)

    @property
    def real_run(self) -> ImportRun | None:
        """The run in which the same file was taken in, or is going to be."""
        same_file = ImportRun.objects.filter(stored=self.stored, is_dry_run=False)
        return same_file.exclude(state__in=(State.DRAFT, State.FAILED)).order_by("-pk").first()

    @property
    def percent(self) -> int:
        return 100 * self.rows_done // self.rows_total if self.rows_total else 0


class RowProblem(models.Model):
    """Why one row was refused: where it stands in the file, as an editor numbers lines, and what is wrong."""

    run = models.ForeignKey(ImportRun, models.CASCADE, related_name="problems")
    line = models.PositiveIntegerField()
    column = models.CharField(max_length=200, blank=True)
    value = models.CharField(max_length=200, blank=True)
    code = models.CharField(max_length=40)
    reason = models.CharField(max_length=400)

    class Meta:
        indexes = [models.Index(fields=["run", "line"], name="problem_by_line")]

    def __str__(self) -> str:
        return f"Line {self.line}: {self.reason}"
