"""Scores, response rates and words of a survey."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction

import pytest

from accounts.models import Account, User
from surveys.design.models import SurveyVersion
from surveys.responses import selectors
from surveys.responses.selectors import InvitationCounts
from tests import factories
from tests.factories import NOW
from tests.surveys import asking

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)


@pytest.fixture
def version(db: None) -> SurveyVersion:
    return asking.survey()


def answered(version: SurveyVersion, score: int, *, now: dt.datetime = NOW, **answers: str) -> int:
    """Return the number of the mailing by which somebody was asked, who then gave this score."""
    invited = asking.invitation(version=version, now=now)
    asking.answer(invited, now=now, recommend=str(score), **answers)
    return asking.delivery(invited).mailing_id


def test_the_rate_is_answers_over_delivered_invitations(version: SurveyVersion, ada: User) -> None:
    mailings = [answered(version, 9), answered(version, 2)]
    silent = asking.delivery(asking.invitation(version=version))
    bounced = asking.delivery(asking.invitation(version=version), bounced_at=NOW)

    found = selectors.invitation_counts(
        version.survey_id, viewer=ada, mailing_ids=[*mailings, silent.mailing_id, bounced.mailing_id]
    )

    assert found == InvitationCounts(invited=4, delivered=3, answered=2)
    assert found.rate == Fraction(2, 3)


def test_nobody_asked_is_no_rate(version: SurveyVersion, ada: User) -> None:
    assert selectors.invitation_counts(version.survey_id, viewer=ada, mailing_ids=[]).rate is None


def test_each_question_has_its_own_scores_in_the_order_of_the_survey(version: SurveyVersion, ada: User) -> None:
    answered(version, 9, onboarding="5")
    answered(version, 10, onboarding="2")
    answered(version, 3)

    recommend, onboarding = selectors.scores(version.survey_id, viewer=ada)

    assert (recommend.key, recommend.numbers, recommend.nps.score) == ("recommend", [3, 9, 10], Fraction(100, 3))
    assert (onboarding.kind, onboarding.csat.score) == ("csat5", Fraction(50))


def test_a_period_holds_those_who_were_asked_in_it(version: SurveyVersion, ada: User) -> None:
    early = answered(version, 9, now=NOW - 10 * DAY)
    late = answered(version, 3)
    period = {"since": NOW - DAY, "until": NOW + DAY}

    assert selectors.invitation_counts(version.survey_id, viewer=ada, mailing_ids=[early, late], **period).answered == 1
    assert [scores.numbers for scores in selectors.scores(version.survey_id, viewer=ada, **period)] == [[3]]


def test_a_score_leaves_out_what_its_viewer_may_not_see(version: SurveyVersion, ada: User, ben: User) -> None:
    mailings = [answered(version, 9), answered(version, 2)]
    Account.objects.filter(invitations__response__answers__number=2).update(is_pubsec=True)

    assert [
        selectors.invitation_counts(version.survey_id, viewer=who, mailing_ids=mailings).answered for who in (ada, ben)
    ] == [
        2,
        1,
    ]
    assert [selectors.scores(version.survey_id, viewer=who)[0].numbers for who in (ada, ben)] == [[2, 9], [9]]


def test_words_come_newest_first_from_accounts_the_viewer_may_see(version: SurveyVersion, ben: User) -> None:
    answered(version, 9, improve="Less waiting.", now=NOW - DAY)
    answered(version, 9, improve="More examples.")
    secret = asking.invitation(version=version, member=factories.membership(account=factories.account(is_pubsec=True)))
    asking.answer(secret, recommend="1", improve="A secret.")

    assert [answer.text for answer in selectors.verbatims(version.survey_id, viewer=ben)] == [
        "More examples.",
        "Less waiting.",
    ]


def test_an_account_shows_its_latest_answers_with_score_and_words(
    version: SurveyVersion, django_assert_num_queries
) -> None:
    invited = asking.invitation(version=version)
    asking.answer(invited, recommend="7", improve="Fewer tabs.")

    with django_assert_num_queries(3):
        (given,) = selectors.answers_at(invited.account_id)

    assert (given.score, given.words, given.invitation.person) == (7, "Fewer tabs.", invited.person)
    assert selectors.invited_at(invited.account_id) == 1
