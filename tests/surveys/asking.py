"""Builders for what is asked: a survey, and an invitation to it with its delivery."""

from __future__ import annotations

import datetime as dt
from typing import Any

from contacts.models import Delivery, Membership
from surveys.design.models import SurveyVersion
from surveys.design.operations import NewQuestion, publish_survey
from surveys.responses.models import Invitation, Response
from surveys.responses.operations import Invitee, invite, record_response
from tests import factories, mail
from tests.factories import NOW

QUESTIONS = (
    NewQuestion("recommend", "nps", "How likely are you to recommend us?", is_required=True),
    NewQuestion("onboarding", "csat5", "How satisfied are you with your onboarding?"),
    NewQuestion("improve", "text", "What could be better?"),
)
OCCASION = "contract_start:2026-03-02"


def survey(*, key: str = "nps") -> SurveyVersion:
    return publish_survey(key=key, name="Post-onboarding NPS", kind="nps", questions=QUESTIONS, now=NOW)


def invitation(
    *, version: SurveyVersion | None = None, member: Membership | None = None, now: dt.datetime = NOW
) -> Invitation:
    """Return the invitation of a contact, by default of somebody new."""
    asking, who = version or survey(), member or factories.membership()
    invite(version=asking, invitees=[Invitee(who.person_id, who.account_id, who.pk, OCCASION)], now=now)
    return Invitation.objects.select_related("survey", "version", "person", "account").get(person=who.person_id)


def delivery(of: Invitation, **fields: Any) -> Delivery:
    """Return the delivery that carried an invitation."""
    (row,) = mail.deliveries(1, account=of.account)
    plain = {"state": "sent", "sent_at": of.invited_at, "person": of.person, "occurrence": of.occurrence, **fields}
    Delivery.objects.filter(pk=row.pk).update(**plain)
    row.refresh_from_db()
    return row


def answer(of: Invitation, now: dt.datetime = NOW, **answers: str) -> Response:
    return record_response(invitation=of, answers=answers, now=now)
