from __future__ import annotations

from django.db import models
from django.db.models import Q

from surveys.design.models import Question, SurveyVersion
from surveys.invitations.models import Invitation


class Response(models.Model):
    """What somebody answered; one per invitation, saved as it grows."""

    invitation = models.OneToOneField(Invitation, models.PROTECT, related_name="response")
    version = models.ForeignKey(SurveyVersion, models.PROTECT, related_name="responses")
    started_at = models.DateTimeField()
    last_saved_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["submitted_at"], name="response_by_submission")]

    def __str__(self) -> str:
        return f"Response #{self.pk}"


class Answer(models.Model):
    """The answer to one question of a response."""

    response = models.ForeignKey(Response, models.CASCADE, related_name="answers")
    question = models.ForeignKey(Question, models.PROTECT, related_name="answers")
    number = models.SmallIntegerField(null=True)
    text = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["response", "question"], name="a_question_is_answered_once"),
            models.CheckConstraint(
                name="a_score_is_0_to_10", condition=Q(number__gte=0, number__lte=10) | Q(number=None)
            ),
        ]

    def __str__(self) -> str:
        return f"Answer #{self.pk}"
