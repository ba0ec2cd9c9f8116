from __future__ import annotations

from django.db import models
from django.db.models import Q

from accounts.book.models import Account
from contacts.people.models import Membership, Person
from cs_platform.common.models import Public
from surveys.design.models import Question, Survey, SurveyVersion


class Invitation(Public):
    """One person asked once: unique (survey, person, occurrence). The link carries a sealed number."""

    survey = models.ForeignKey(Survey, models.PROTECT, related_name="invitations")
    version = models.ForeignKey(SurveyVersion, models.PROTECT, related_name="invitations")
    person = models.ForeignKey(Person, models.PROTECT, related_name="invitations")
    account = models.ForeignKey(Account, models.PROTECT, related_name="invitations")
    membership = models.ForeignKey(Membership, models.SET_NULL, null=True, related_name="invitations")
    occurrence = models.CharField(max_length=120)
    invited_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True)
    closes_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["survey", "person", "occurrence"], name="nobody_is_asked_twice_for_one_occurrence"
            ),
        ]
        indexes = [
            models.Index(fields=["person", "-invited_at"], name="invitations_of_person"),  # eight weeks' rest
            models.Index(fields=["account", "-invited_at"], name="invitations_of_account"),  # twice a year
        ]

    def __str__(self) -> str:
        return f"Invitation #{self.pk} to survey {self.survey_id}"


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
