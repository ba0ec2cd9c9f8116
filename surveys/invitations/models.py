from __future__ import annotations

from django.db import models

from accounts.book.models import Account
from contacts.people.models import Membership, Person
from cs_platform.common.models import Public
from surveys.design.models import Survey, SurveyVersion


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
