from __future__ import annotations

from django.db import models

from accounts.team.models import Permission, User
from cs_platform.common.models import Public


class Category(models.TextChoices):
    ONBOARDING = "onboarding", "Onboarding"
    ENABLEMENT = "enablement", "Enablement"
    RETENTION = "retention", "Retention"


class Status(models.TextChoices):
    DRAFT = "draft", "Draft"
    SCHEDULED = "scheduled", "Scheduled"
    ACTIVE = "active", "Active"
    PAUSED = "paused", "Paused"
    STOPPED = "stopped", "Stopped"


class ProgramQuerySet(models.QuerySet["Program"]):
    def for_viewer(self, user: User) -> ProgramQuerySet:
        return self if user.may(Permission.VIEW) else self.none()


class Program(Public):
    """Something we do for customers."""

    key = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=160)
    kind = models.CharField(max_length=16, default="email")
    category = models.CharField(max_length=12, choices=Category)
    purpose = models.TextField(blank=True)
    goal = models.CharField(max_length=200, blank=True)
    owner = models.ForeignKey(User, models.PROTECT, related_name="programs")
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT)
    first_published_at = models.DateTimeField(null=True)
    resumed_at = models.DateTimeField(null=True)  # after the latest pause
    # Whoever resumed the program wanted nothing sent that fell due before.
    skipped_until = models.DateTimeField(null=True)
    changed_at = models.DateTimeField()

    objects = ProgramQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name


class Version(models.Model):
    """An immutable published graph of steps; participants stay on the version they entered."""

    program = models.ForeignKey(Program, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    # The canonical document of design.rules: audience, trigger, recipients, steps with stable keys.
    document = models.JSONField()
    published_at = models.DateTimeField()
    published_by = models.ForeignKey(User, models.PROTECT, related_name="published_versions")
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["program", "number"], name="a_program_version_has_its_own_number"),
        ]

    def __str__(self) -> str:
        return f"Version {self.number} of program {self.program_id}"
