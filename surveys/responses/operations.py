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
from cs_platform.common import dead_letters
from cs_platform.common.text import clean
from surveys.design.models import Question, SurveyVersion
from surveys.responses.models import Answer, Invitation, Response
from surveys.responses.rules import seal_invitation

STAYS_OPEN = dt.timedelta(days=30)
MOST_LETTERS = 5000
LONGEST_SUBJECT = 250
UNTOLD = "surveys.timeline"


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
    # Whoever presses twice waits for the first answer, so that the second changes it.
    Invitation.objects.select_for_update().get(pk=invitation.pk)
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
    try:
        with transaction.atomic():
            tell_timeline(response=response)
    except Exception as error:
        if not dead_letters.is_row_fault(error):
            raise
        # The answer is what must not be lost; the timeline is told when somebody retries.
        dead_letters.note(kind=UNTOLD, key=response.pk, error=error)
    return response


def _read(questions: list[Question], answers: Mapping[str, str]) -> dict[Question, tuple[int | None, str]]:
    read: dict[Question, tuple[int | None, str]] = {}
    problems: dict[str, str] = {}
    for question in questions:
        given = clean(answers.get(question.key, "")).strip()
        if not given:
            if question.is_required:
                problems[question.key] = "Choose an answer."
        elif question.kind == Question.Kind.TEXT:
            if len(given) > MOST_LETTERS:
                problems[question.key] = f"Use {MOST_LETTERS:,} characters or fewer. You entered {len(given):,}."
            read[question] = (None, given)
        else:
            least, most = (0, 10) if question.kind == Question.Kind.NPS else (1, 5)
            # Two digits at most: int() refuses thousands of them, and nobody means them.
            if given.isdecimal() and len(given) <= 2 and least <= int(given) <= most:
                read[question] = (int(given), "")
            else:
                problems[question.key] = f"Choose a number from {least} to {most}."
    if problems:
        raise BadAnswer(problems)
    return read


def tell_timeline(*, response: Response) -> None:
    """Write an answer to its account's timeline, once however often it is told."""
    invitation = response.invitation
    answers = sorted(response.answers.select_related("question"), key=lambda answer: answer.question.position)
    score = next((answer.number for answer in answers if answer.number is not None), None)
    words = next((answer.text for answer in answers if answer.text), "")
    person = invitation.person
    subject = f"{person.display_name} answered {invitation.survey.name}"
    suffix = f": {score}" if score is not None else ""
    timeline.record(
        entries=[
            Entry(
                account_id=invitation.account_id,
                kind=EntryKind.SURVEY,
                subject=subject[: LONGEST_SUBJECT - len(suffix)] + suffix,
                body=words,
                occurred_at=response.started_at,
                person_ref=person.pk,
                source_key=f"response:{response.pk}",
            )
        ]
    )
