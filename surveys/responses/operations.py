from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction

from accounts.timeline import operations as timeline
from accounts.timeline.models import Entry
from accounts.timeline.models import Kind as EntryKind
from contacts.delivery.selectors import tracking_key
from surveys.design.models import Question, SurveyVersion
from surveys.responses.models import Answer, Invitation, Response
from surveys.responses.rules import seal_invitation

STAYS_OPEN = dt.timedelta(days=30)
MOST_LETTERS = 5000


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


class Closed(Exception):
    """The survey takes no more answers."""


class BadAnswer(Exception):
    """An answer cannot be taken; `problems` maps the question's key to a sentence."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__("; ".join(problems.values()))
        self.problems = dict(problems)


@transaction.atomic
def record_response(*, invitation: Invitation, answers: Mapping[str, str], now: dt.datetime) -> Response:
    """
    Take somebody's answers, by question key, as they typed them; answering again changes the answers.

    One response per invitation. A score is kept as a number within the question's scale.

    :raises Closed: when the invitation's time is over.
    :raises BadAnswer: naming each question whose answer cannot be taken; nothing is stored then.
    """
    if invitation.closes_at is not None and now > invitation.closes_at:
        raise Closed
    questions = list(invitation.version.questions.order_by("position"))
    read = _read(questions, answers)
    response, is_new = Response.objects.get_or_create(
        invitation=invitation,
        defaults={"version": invitation.version, "started_at": now, "last_saved_at": now, "submitted_at": now},
    )
    if not is_new:
        response.last_saved_at = now
        response.save(update_fields=["last_saved_at"])
    # What was answered before and is left empty now is taken back.
    Answer.objects.filter(response=response).exclude(question__in=read).delete()
    for question, (number, text) in read.items():
        Answer.objects.update_or_create(response=response, question=question, defaults={"number": number, "text": text})
    _tell_the_timeline(invitation, response, read)
    return response


def _read(questions: list[Question], answers: Mapping[str, str]) -> dict[Question, tuple[int | None, str]]:
    read: dict[Question, tuple[int | None, str]] = {}
    problems: dict[str, str] = {}
    for question in questions:
        given = answers.get(question.key, "").strip()
        if not given:
            if question.is_required:
                problems[question.key] = "Please choose an answer."
        elif question.kind == Question.Kind.TEXT:
            if len(given) > MOST_LETTERS:
                problems[question.key] = (
                    f"Please keep this below {MOST_LETTERS:,} characters; yours has {len(given):,}."
                )
            read[question] = (None, given)
        else:
            least, most = (0, 10) if question.kind == Question.Kind.NPS else (1, 5)
            if given.isdecimal() and least <= int(given) <= most:
                read[question] = (int(given), "")
            else:
                problems[question.key] = f"Please choose a number from {least} to {most}."
    if problems:
        raise BadAnswer(problems)
    return read


def _tell_the_timeline(
    invitation: Invitation, response: Response, read: Mapping[Question, tuple[int | None, str]]
) -> None:
    score = next((number for number, _ in read.values() if number is not None), None)
    words = next((text for _, text in read.values() if text), "")
    person = invitation.person
    timeline.record(
        entries=[
            Entry(
                account_id=invitation.account_id,
                kind=EntryKind.SURVEY,
                subject=f"{person.display_name} answered {invitation.survey.name}"
                + (f": {score}" if score is not None else ""),
                body=words,
                occurred_at=response.started_at,
                person_ref=person.pk,
                source_key=f"response:{response.pk}",
            )
        ]
    )
