from __future__ import annotations

from django.db import models

from cs_platform.common.models import Public


class Template(Public):
    """An email as it is being written."""

    key = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=160)
    subject = models.CharField(max_length=200)
    preheader = models.CharField(max_length=200, blank=True)
    # The blocks of content.rules, in order.
    blocks = models.JSONField(default=list)
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class TemplateVersion(models.Model):
    """An email as frozen by publishing: compiled once, filled for each recipient."""

    template = models.ForeignKey(Template, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    subject = models.CharField(max_length=200)
    preheader = models.CharField(max_length=200, blank=True)
    blocks = models.JSONField()
    compiled = models.JSONField()
    digest = models.CharField(max_length=64)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["template", "number"], name="a_template_version_has_its_own_number"),
            # Publishing unchanged text again reuses the version.
            models.UniqueConstraint(fields=["template", "digest"], name="a_text_is_frozen_once"),
        ]

    def __str__(self) -> str:
        return f"Version {self.number} of template {self.template_id}"


class Link(models.Model):
    """One link of a frozen email. The address is looked up here, on our side: no redirect names its target."""

    version = models.ForeignKey(TemplateVersion, models.CASCADE, related_name="links")
    number = models.PositiveSmallIntegerField()
    # May hold tokens, such as the link to the reader's own survey.
    url = models.TextField()
    label = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "number"], name="a_link_has_its_own_number")]

    def __str__(self) -> str:
        return f"Link {self.number} of version {self.version_id}"
