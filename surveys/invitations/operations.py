from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings

from contacts.delivery.selectors import tracking_key
from surveys.design.models import SurveyVersion
from surveys.invitations.models import Invitation
from surveys.invitations.rules import seal_invitation

STAYS_OPEN = dt.timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Invitee:
    """Somebody to ask, and the occasion: the key of asking once."""

    person_id: int
    account_id: int
    membership_id: int
    occurrence: str


def invite(*, version: SurveyVersion, invitees: Sequence[Invitee], now: dt.datetime) -> dict[tuple[int, str], str]:
    """
    Invite these people; whoever was invited for the occasion keeps that invitation.

    Return the address of each one's own answer page by (person, occurrence).
    """
    Invitation.objects.bulk_create(
        [
            Invitation(
                survey_id=version.survey_id,
                version=version,
                person_id=invitee.person_id,
                account_id=invitee.account_id,
                membership_id=invitee.membership_id,
                occurrence=invitee.occurrence,
                invited_at=now,
                closes_at=now + STAYS_OPEN,
            )
            for invitee in invitees
        ],
        ignore_conflicts=True,
    )
    standing = Invitation.objects.filter(
        survey=version.survey_id,
        person__in={invitee.person_id for invitee in invitees},
        occurrence__in={invitee.occurrence for invitee in invitees},
    ).values_list("person_id", "occurrence", "id")
    key = tracking_key()
    return {
        (person, occurrence): f"{settings.BASE_URL}/s/{seal_invitation(key, number)}/"
        for person, occurrence, number in standing
    }
