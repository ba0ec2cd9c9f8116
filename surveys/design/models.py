from __future__ import annotations

from django.db import models

from cs_platform.common.models import Public


class Kind(models.TextChoices):
    NPS = "nps", "NPS"
    CSAT = "csat", "CSAT"


class Survey(Public):
    """Something we ask, over time and in versions."""

    key = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=160)
    kind = models.CharField(max_length=8, choices=Kind)

    def __str__(self) -> str:
        return self.name


class SurveyVersion(models.Model):
    """A survey's questions as frozen by publishing."""

    survey = models.ForeignKey(Survey, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["survey", "number"], name="a_survey_version_has_its_own_number"),
        ]

    def __str__(self) -> str:
        return f"Version {self.number} of survey {self.survey_id}"


class Question(models.Model):
    """One question of a survey version; its kind never changes."""

    class Kind(models.TextChoices):
        NPS = "nps", "0 to 10"
        CSAT = "csat5", "1 to 5"
        TEXT = "text", "Text"

    version = models.ForeignKey(SurveyVersion, models.CASCADE, related_name="questions")
    key = models.SlugField(max_length=60)
    kind = models.CharField(max_length=8, choices=Kind)
    text = models.CharField(max_length=300)
    position = models.PositiveSmallIntegerField()
    is_required = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "key"], name="a_question_is_asked_once")]

    def __str__(self) -> str:
        return self.text
