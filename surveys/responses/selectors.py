"""Who was asked, and what people answered: scores of a survey's questions, their words, the latest at an account."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from accounts.book.models import Account
from accounts.team.models import Permission, User
from contacts.recipients.selectors import SurveyHistory
from cs_platform.common import clock
from surveys.design.models import Question
from surveys.responses.models import Answer, Invitation, Response
from surveys.responses.rules import Csat, Nps, csat, nps, response_rate


@dataclass(frozen=True, slots=True)
class InvitationCounts:
    """How many were asked in a period, whom the question reached, and who of those answered."""

    invited: int = 0
    delivered: int = 0
    answered: int = 0

    @property
    def rate(self) -> Fraction | None:
        return response_rate(submitted=self.answered, delivered=self.delivered)


ASKED = """
select count(*), count(*) filter (where d.state = 'sent' and d.bounced_at is null),
  count(*) filter (where d.state = 'sent' and d.bounced_at is null and r.submitted_at is not null)
from surveys_invitation i
join contacts_delivery d on d.mailing_id = any(%(mailings)s) and d.person_id = i.person_id
  and d.occurrence = i.occurrence
left join surveys_response r on r.invitation_id = i.id
where i.survey_id = %(survey)s and i.account_id in ({seen})
  and (%(since)s::timestamptz is null or i.invited_at >= %(since)s)
  and (%(until)s::timestamptz is null or i.invited_at < %(until)s)
"""


# The accounts whose answers somebody may see, as SQL: a score leaves out what does not open to its viewer.
def _seen_by(viewer: User) -> str:
    if not viewer.may(Permission.VIEW):
        return "select id from accounts_account where false"
    sees_all = viewer.may(Permission.SEE_PUBSEC)
    return "select id from accounts_account" if sees_all else "select id from accounts_account where not is_pubsec"


def invitation_counts(
    survey_id: int,
    *,
    viewer: User,
    mailing_ids: Collection[int],
    since: dt.datetime | None = None,
    until: dt.datetime | None = None,
) -> InvitationCounts:
    """Return who was invited to a survey in [since, until) by these mailings, and what came of it, for the viewer."""
    values: dict[str, Any] = {"survey": survey_id, "mailings": list(mailing_ids), "since": since, "until": until}
    with connection.cursor() as cursor:
        cursor.execute(ASKED.format(seen=_seen_by(viewer)), values)
        return InvitationCounts(*cursor.fetchone())


@dataclass(frozen=True, slots=True)
class Scores:
    """The answers to one question: how many gave each number."""

    key: str
    text: str
    kind: str
    by_number: Mapping[int, int] = field(default_factory=dict)

    @property
    def numbers(self) -> list[int]:
        return [number for number, count in sorted(self.by_number.items()) for _ in range(count)]

    @property
    def nps(self) -> Nps:
        return nps(self.numbers)

    @property
    def csat(self) -> Csat:
        return csat(self.numbers)


SCORES = """
select q.key, q.kind, (array_agg(q.text order by q.id desc))[1], min(q.position), a.number, count(*)
from surveys_invitation i
join surveys_response r on r.invitation_id = i.id and r.submitted_at is not null
join surveys_answer a on a.response_id = r.id and a.number is not null
join surveys_question q on q.id = a.question_id
where i.survey_id = %(survey)s and i.account_id in ({seen})
  and (%(since)s::timestamptz is null or i.invited_at >= %(since)s)
  and (%(until)s::timestamptz is null or i.invited_at < %(until)s)
group by q.key, q.kind, a.number order by 4, q.key, a.number
"""


def scores(
    survey_id: int, *, viewer: User, since: dt.datetime | None = None, until: dt.datetime | None = None
) -> list[Scores]:
    """
    Return the numbers given to each question by those invited in [since, until), whatever the survey's version.

    Of accounts the viewer may see. A question is the same in two versions when its key is.
    """
    found: dict[str, tuple[str, str, dict[int, int]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(SCORES.format(seen=_seen_by(viewer)), {"survey": survey_id, "since": since, "until": until})
        for key, kind, text, _, number, count in cursor.fetchall():
            found.setdefault(key, (text, kind, {}))[2][number] = count
    return [Scores(key, text, kind, by_number) for key, (text, kind, by_number) in found.items()]


def verbatims(survey_id: int, *, viewer: User) -> QuerySet[Answer]:
    """Return what people wrote, newest first, from accounts the viewer may see."""
    seen = Account.objects.for_viewer(viewer).values("id")
    found = Answer.objects.filter(response__invitation__survey=survey_id, response__invitation__account__in=seen)
    return (
        found.exclude(text="")
        .select_related("question", "response__invitation__person", "response__invitation__account")
        .order_by("-response__last_saved_at", "-pk")
    )


@dataclass(frozen=True, slots=True)
class Given:
    """One response as a list shows it: its score, if it has one, and its words."""

    response: Response
    invitation: Invitation
    score: int | None
    words: str


def answers_at(account_id: int) -> list[Given]:
    """Return the responses from an account, newest first; two queries."""
    responses = (
        Response.objects.filter(invitation__account=account_id, submitted_at__isnull=False)
        .select_related("invitation__survey", "invitation__person")
        .prefetch_related("answers__question")
        .order_by("-last_saved_at", "-pk")
    )
    return [_given(response) for response in responses]


def _given(response: Response) -> Given:
    answers = sorted(response.answers.all(), key=lambda answer: answer.question.position)
    score = next((a.number for a in answers if a.question.kind == Question.Kind.NPS), None)
    words = " ".join(answer.text for answer in answers if answer.text)
    return Given(response, response.invitation, score, words)


def invited_at(account_id: int) -> int:
    return Invitation.objects.filter(account=account_id).count()


def answers_to(invitation: Invitation) -> dict[str, str]:
    """Return what was answered to an invitation so far, by question key, as it was typed."""
    rows = Answer.objects.filter(response__invitation=invitation).values_list("question__key", "number", "text")
    return {key: text if number is None else str(number) for key, number, text in rows}


LAST_ASKED = """
select i.person_id, %(today)s::date - max(i.invited_at at time zone %(zone)s)::date from surveys_invitation i
join surveys_survey s on s.id = i.survey_id
where s.kind = 'csat'
  and i.person_id in (select person_id from contacts_membership where account_id = any(%(accounts)s))
group by 1
"""

ASKED_THIS_YEAR = """
select i.account_id, count(distinct (i.survey_id, i.occurrence)) from surveys_invitation i
join surveys_survey s on s.id = i.survey_id
where s.kind = 'csat' and i.account_id = any(%(accounts)s)
  and (i.invited_at at time zone %(zone)s)::date >= %(today)s::date - 365
group by 1
"""


def survey_history(account_ids: Collection[int], *, today: dt.date) -> SurveyHistory:
    """
    Return when people of these accounts were last asked for CSAT, and how often their accounts were within 365 days.

    GitLab handbook, NPS/CSAT surveys: nobody surveyed in the last eight weeks, no account more than twice a year.
    """
    values: dict[str, Any] = {"accounts": list(account_ids), "today": today, "zone": clock.zone().key}
    with connection.cursor() as cursor:
        cursor.execute(LAST_ASKED, values)
        days_since = dict(cursor.fetchall())
        cursor.execute(ASKED_THIS_YEAR, values)
        past_year = dict(cursor.fetchall())
    return SurveyHistory(days_since, past_year)
